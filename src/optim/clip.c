/* Keeping gradients in bounds. */
#include "optim/finite.h"
#include "optim/optim.h"
#include "optim/stretch.h"

#include "graph/graph.h"

#include <float.h>
#include <math.h>

enum { BLOCK = 256 };

#define HUGE_NORM 1e150

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
	/* what is not finite stays so, for the step to refuse */                                  \
	static void bound_##REAL(int64_t n, REAL *g, REAL most, REAL largest)                      \
	{                                                                                          \
		for (int64_t i = 0; i < n; i++) {                                                  \
			REAL low = g[i] < -most ? -most : g[i], x = low > most ? most : low;       \
			g[i] = g[i] >= -largest && g[i] <= largest ? x : g[i];                     \
		}                                                                                  \
	}
CLIP(float)
CLIP(double)

/* Doubles whose squares overflow are summed up as shares of the largest. */
static double scaled_norm(const tl_params *set, const double *g)
{
	int64_t first, count;
	double largest = 0, total = 0;
	for (int next = 0; tl_learned_stretch(set, &next, &first, &count);)
		for (int64_t i = first; i < first + count; i++)
			largest = fmax(largest, fabs(g[i]));
	for (int next = 0; tl_learned_stretch(set, &next, &first, &count);)
		for (int64_t i = first; i < first + count; i++)
			total += g[i] / largest * (g[i] / largest);
	return largest * sqrt(total);
}

static double norm_of(tl_params *set)
{
	const void *g = tl_params_gradients(set, NULL);
	int64_t first, count;
	double total = 0;
	for (int next = 0; tl_learned_stretch(set, &next, &first, &count);)
		total += tl_params_dtype(set) == TL_F32
				 ? squares_float(count, (const float *)g + first)
				 : squares_double(count, (const double *)g + first);
	if (!isfinite(total) && tl_first_not_finite(set, g) < 0)
		return scaled_norm(set, g);
	return sqrt(total);
}

double tl_params_clip_gradient_norm(tl_params *set, double most)
{
	void *g = tl_params_gradients(set, NULL);
	double norm = norm_of(set);
	int64_t first, count;
	if (!(most > 0) || !isfinite(norm) || norm <= most)
		return norm;
	bool huge = norm > HUGE_NORM; /* the product could overflow */
	double by = huge ? most / norm : most, over = huge ? 1 : norm;
	for (int next = 0; tl_learned_stretch(set, &next, &first, &count);) {
		if (tl_params_dtype(set) == TL_F32)
			shrink_float(count, (float *)g + first, by, over);
		else
			shrink_double(count, (double *)g + first, by, over);
	}
	return norm;
}

void tl_params_clip_gradient_value(tl_params *set, double most)
{
	void *g = tl_params_gradients(set, NULL);
	int64_t first, count;
	if (!(most >= 0))
		return;
	for (int next = 0; tl_learned_stretch(set, &next, &first, &count);) {
		if (tl_params_dtype(set) == TL_F32)
			bound_float(count, (float *)g + first, (float)most, FLT_MAX);
		else
			bound_double(count, (double *)g + first, most, DBL_MAX);
	}
}
