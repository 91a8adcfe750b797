/* Arrays of either number type behind one pair of functions, for the tests of the kernels. */
#ifndef TL_TESTS_KERNEL_NUMBERS_H
#define TL_TESTS_KERNEL_NUMBERS_H

#include "suite.h"

#include "base/random.h"
#include "kernels/kernels.h"

enum { TABLES = 8 };

static uint64_t counter;

static inline uint64_t draw(uint64_t below)
{
	return tl_random_bits(2024, counter++) % below;
}

static inline double draw_unit(void)
{
	return 2 * tl_random_unit(7, counter++) - 1;
}

static inline double get(tl_dtype type, const void *array, int64_t i)
{
	return type == TL_F32   ? (double)((const float *)array)[i]
	       : type == TL_F64 ? ((const double *)array)[i]
				: (double)((const int32_t *)array)[i];
}

static inline void put(tl_dtype type, void *array, int64_t i, double x)
{
	if (type == TL_F32)
		((float *)array)[i] = (float)x;
	else if (type == TL_F64)
		((double *)array)[i] = x;
	else
		((int32_t *)array)[i] = (int32_t)x;
}

static inline double rounded(tl_dtype type, double x)
{
	return type == TL_F32 ? (double)(float)x : x;
}

static inline bool same(double a, double b)
{
	return a == b || (a != a && b != b);
}

/* Exactly as many numbers as asked for, so that a sanitizer sees any access beyond. */
static inline void *numbers(tl_dtype type, int64_t n)
{
	void *array = malloc((size_t)n * tl_dtype_size(type));
	for (int64_t i = 0; i < n; i++)
		put(type, array, i, type == TL_I32 ? (double)draw(5) - 2 : draw_unit());
	return array;
}

static inline void *copy_of(tl_dtype type, const void *array, int64_t n)
{
	void *copy = malloc((size_t)n * tl_dtype_size(type));
	if (n)
		memcpy(copy, array, (size_t)n * tl_dtype_size(type));
	return copy;
}

/* All tables this machine can run, or only the one that TL_ISA names: emulators are slow. */
static inline int tables_to_test(tl_dtype type, const tl_kernels **table)
{
	const char *wanted = getenv("TL_ISA");
	int count = tl_kernels_all(type, table, TABLES), kept = 0;

	for (int i = 0; i < count; i++)
		if (!wanted || strcmp(table[i]->isa, wanted) == 0)
			table[kept++] = table[i];
	ck_assert_msg(kept > 0, "no table %s on this machine", wanted ? wanted : "at all");
	return kept;
}

/* For each table of each type: `body` sees `k` and `type`. */
#define FOR_EACH_TABLE                                                                             \
	const tl_kernels *table[TABLES];                                                           \
	for (tl_dtype type = TL_F32; type <= TL_F64; type++)                                       \
		for (int t_ = 0, count_ = tables_to_test(type, table); t_ < count_; t_++)          \
			for (const tl_kernels *k = table[t_]; k; k = NULL)

#endif
