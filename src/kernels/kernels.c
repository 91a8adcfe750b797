/*
 * Which table of kernels to use: the last one that was built and that this machine can run, or the
 * one TL_ISA names. The build defines TL_HAVE_AVX2 and the like for the tables it made. And the
 * facts of steps, which are the same in every table.
 */
#include "kernels/blas.h"

#include "base/environment.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

const tl_step_kind tl_step_kinds[TL_STRIP_OPS] = {
#define STEP(name, operands, cost, value) [TL_STRIP_##name] = {#name, operands, cost},
#include "kernels/steps.def"
};

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

int tl_kernels_all(tl_dtype dtype, const tl_kernels **tables, int max)
{
	int count = tl_kernels_own(dtype, tables, max);
#if defined(TL_HAVE_BLAS)
	if (count < max)
		tables[count++] = tl_kernels_blas(dtype);
#endif
	return count;
}

static const tl_kernels *choose(tl_dtype dtype)
{
	const tl_kernels *tables[VARIANTS + 1];
	int count = tl_kernels_all(dtype, tables, VARIANTS + 1);
	const char *wanted = tl_environment("TL_ISA");

	for (int i = 0; wanted && i < count; i++)
		if (strcmp(tables[i]->isa, wanted) == 0)
			return tables[i];
	return tables[count - 1];
}

const tl_kernels *tl_kernels_for(tl_dtype dtype)
{
	static _Atomic(const tl_kernels *) chosen[2];
	int type = dtype == TL_F64;

	const tl_kernels *k = atomic_load_explicit(&chosen[type], memory_order_acquire);
	if (!k) { /* two threads may both look: they find the same */
		k = choose(dtype);
		atomic_store_explicit(&chosen[type], k, memory_order_release);
	}
	return k;
}
