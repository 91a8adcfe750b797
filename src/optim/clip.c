/* Keeping gradients in bounds. */
#include "optim/optim.h"

#include "graph/tape.h"

#include <math.h>

enum { BLOCK = 256 };

/* Squares are summed in double, in blocks of lanes: quick, and as exact for many numbers as for
 * few. */
#define CLIP(REAL)                                                                                 \
	static double squares_##REAL(int64_t n, const REAL *g)                                     \
	{                                                                                          \
		double total = 0;                                                                  \
		for (int64_t i = 0; i < n; i += BLOCK) {                                           \
			int64_t end = i + BLOCK < n ? i + BLOCK : n, j = i;                        \
			double lane[8] = {0}, sum = 0;                                             \
			for (; j + 8 <= end; j += 8)                                               \
				for (int k = 0; k < 8; k++)                                        \
					lane[k] += (double)g[j + k] * (double)g[j + k];            \
			for (; j < end; j++)                                                       \
				sum += (double)g[j] * (double)g[j];                                \
			for (int k = 0; k < 8; k++)                                                \
				sum += lane[k];                                                    \
			total += sum;                                                              \
		}                                                                                  \
		return total;                                                                      \
	}                                                                                          \
	/* multiplied before it is divided: 30 of norm 50, at 10, is then 6 and not nearly 6 */    \
	static void shrink_##REAL(int64_t n, REAL *g, double most, double norm)                    \
	{                                                                                          \
		for (int64_t i = 0; i < n; i++)                                                    \
			g[i] = (REAL)((double)g[i] * most / norm);                                 \
	}                                                                                          \
	static void bound_##REAL(int64_t n, REAL *g, REAL most)                                    \
	{                                                                                          \
		for (int64_t i = 0; i < n; i++) {                                                  \
			g[i] = g[i] > most ? most : g[i];                                          \
			g[i] = g[i] < -most ? -most : g[i];                                        \
		}                                                                                  \
	}
CLIP(float)
CLIP(double)

static double norm_of(tl_params *set)
{
	const void *g = tl_params_gradients(set, NULL);
	int64_t first, count;
	double total = 0;
	for (int next = 0; tl_learned_stretch(set, &next, &first, &count);)
		total += tl_params_dtype(set) == TL_F32
				 ? squares_float(count, (const float *)g + first)
				 : squares_double(count, (const double *)g + first);
	return sqrt(total);
}

double tl_clip_by_norm(tl_params *set, double most)
{
	void *g = tl_params_gradients(set, NULL);
	double norm = norm_of(set);
	int64_t first, count;
	if (!(most > 0) || !isfinite(norm) || norm <= most)
		return norm;
	for (int next = 0; tl_learned_stretch(set, &next, &first, &count);) {
		if (tl_params_dtype(set) == TL_F32)
			shrink_float(count, (float *)g + first, most, norm);
		else
			shrink_double(count, (double *)g + first, most, norm);
	}
	return norm;
}

void tl_clip_by_value(tl_params *set, double most)
{
	void *g = tl_params_gradients(set, NULL);
	int64_t first, count;
	if (!(most >= 0))
		return;
	for (int next = 0; tl_learned_stretch(set, &next, &first, &count);) {
		if (tl_params_dtype(set) == TL_F32)
			bound_float(count, (float *)g + first, (float)most);
		else
			bound_double(count, (double *)g + first, most);
	}
}
