/* Is a step possible at all? Gradients are looked at before anything is changed by them. */
#include "optim/finite.h"
#include "optim/stretch.h"

#include <float.h>
#include <math.h>

enum { BLOCK = 4096, LANES = 16 };

/* x - x is 0 of every number but NaN and infinity, of which it is NaN, and stays so in a sum. */
#define FINITE(REAL)                                                                               \
	static int64_t first_##REAL(int64_t n, const REAL *g)                                      \
	{                                                                                          \
		for (int64_t i = 0; i < n; i += BLOCK) {                                           \
			int64_t end = i + BLOCK < n ? i + BLOCK : n, j = i;                        \
			REAL lane[LANES] = {0}, sum = 0;                                           \
			for (; j + LANES <= end; j += LANES)                                       \
				for (int k = 0; k < LANES; k++)                                    \
					lane[k] += g[j + k] - g[j + k];                            \
			for (; j < end; j++)                                                       \
				sum += g[j] - g[j];                                                \
			for (int k = 0; k < LANES; k++)                                            \
				sum += lane[k];                                                    \
			for (j = i; sum != 0 && j < end; j++)                                      \
				if (!isfinite(g[j]))                                               \
					return j;                                                  \
		}                                                                                  \
		return -1;                                                                         \
	}
FINITE(float)
FINITE(double)

int64_t tl_first_not_finite(const tl_params *set, const void *gradient)
{
	int64_t first, count, at = -1;
	for (int next = 0; at < 0 && tl_learned_stretch(set, &next, &first, &count);) {
		at = tl_params_dtype(set) == TL_F32
			     ? first_float(count, (const float *)gradient + first)
			     : first_double(count, (const double *)gradient + first);
		at = at < 0 ? at : first + at;
	}
	return at;
}

bool tl_fits_set(const tl_params *set, double x)
{
	bool single = tl_params_dtype(set) == TL_F32;
	return fabs(x) <= (single ? FLT_MAX : DBL_MAX) && (!(x > 0) || !single || (float)x > 0);
}
