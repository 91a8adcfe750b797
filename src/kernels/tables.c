/*
 * The tables of kernels that are compiled here: one a number type and instruction set. The build
 * defines TL_HAVE_AVX2 and the like for those it made.
 */
#include "kernels/tables.h"

#define DECLARE(isa) extern const tl_kernels tl_kernels_##isa##_f32, tl_kernels_##isa##_f64;
#define VARIANT(isa, runs)                                                                         \
	{                                                                                          \
		&tl_kernels_##isa##_f32, &tl_kernels_##isa##_f64, runs                             \
	}

DECLARE(baseline)
DECLARE(avx2)
DECLARE(avx512)
DECLARE(neon)

#if defined(TL_HAVE_AVX2)
static bool runs_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

#if defined(TL_HAVE_AVX512)
static bool runs_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}
#endif

/* Plainest first; no test means that every machine of this architecture runs it. */
static const struct variant {
	const tl_kernels *f32, *f64;
	bool (*runs)(void);
} variants[] = {
	VARIANT(baseline, NULL),
#if defined(TL_HAVE_AVX2)
	VARIANT(avx2, runs_avx2),
#endif
#if defined(TL_HAVE_AVX512)
	VARIANT(avx512, runs_avx512),
#endif
#if defined(TL_HAVE_NEON)
	VARIANT(neon, NULL),
#endif
};

enum { VARIANTS = sizeof(variants) / sizeof(variants[0]) };

int tl_kernels_own(tl_dtype dtype, const tl_kernels **tables, int max)
{
	int count = 0;
	for (int i = 0; i < VARIANTS && count < max; i++)
		if (!variants[i].runs || variants[i].runs())
			tables[count++] = dtype == TL_F64 ? variants[i].f64 : variants[i].f32;
	return count;
}
