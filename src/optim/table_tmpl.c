/* One table of optimisers: compiled once for each instruction set (TL_OPTIM_ISA). */
#include "optim/kind.h"
#include "optim/tables.h"

#include <math.h>

enum { LOOKED = 4096 };

/*
 * x - x is 0 of every number but NaN and infinity, of which it is NaN, and stays so in a sum.
 * Squares are summed in double, in blocks of lanes: quick, and as exact for many numbers as for
 * few.
 */
#define READS(REAL)                                                                                \
	static int64_t first_##REAL(int64_t n, const void *gradient)                               \
	{                                                                                          \
		enum { LANES = 256 / sizeof(REAL) };                                               \
		const REAL *g = gradient;                                                          \
		for (int64_t i = 0; i < n; i += LOOKED) {                                          \
			int64_t end = i + LOOKED < n ? i + LOOKED : n, j = i;                      \
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
	}                                                                                          \
	static void squares_##REAL(int64_t n, const void *gradient, double *sums)                  \
	{                                                                                          \
		const REAL *g = gradient;                                                          \
		for (int64_t i = 0; i < n; i += TL_SUMMED) {                                       \
			int64_t end = i + TL_SUMMED < n ? i + TL_SUMMED : n, j = i;                \
			double lane[8] = {0}, sum = 0;                                             \
			for (; j + 8 <= end; j += 8)                                               \
				for (int k = 0; k < 8; k++)                                        \
					lane[k] += (double)g[j + k] * (double)g[j + k];            \
			for (; j < end; j++)                                                       \
				sum += (double)g[j] * (double)g[j];                                \
			for (int k = 0; k < 8; k++)                                                \
				sum += lane[k];                                                    \
			*sums++ = sum;                                                             \
		}                                                                                  \
	}
READS(float)
READS(double)

#define KIND(name) &TL_OPTIMIZER_SYMBOL(name),
static const tl_optimizer_kind *const kinds[] = {
#include "optim/kinds.def"
};
#undef KIND

#define TABLE_PASTE(isa) tl_optim_table_##isa
#define TABLE(isa)       TABLE_PASTE(isa)
#define TEXT(isa)        #isa
#define TEXT_OF(isa)     TEXT(isa)

extern const tl_optim_table TABLE(TL_OPTIM_ISA);
const tl_optim_table TABLE(TL_OPTIM_ISA) = {
	.isa = TEXT_OF(TL_OPTIM_ISA),
	.kind = kinds,
	.first_not_finite = {first_float, first_double},
	.squares = {squares_float, squares_double},
};
