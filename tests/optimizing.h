/* For tests of optimisers: a set of a few numbers, with the gradients of
 * tools/make_optim_fixtures.py. */
#ifndef TL_TESTS_OPTIMIZING_H
#define TL_TESTS_OPTIMIZING_H

#include "values.h"

enum { N = 7 };

static inline void store(tl_params *set, void *block, int64_t i, double x)
{
	if (tl_params_dtype(set) == TL_F32)
		((float *)block)[i] = (float)x;
	else
		((double *)block)[i] = x;
}

static inline double load(tl_params *set, const void *block, int64_t i)
{
	return value_of(block, tl_params_dtype(set), i);
}

/* The gradients of the script: a number, and a quarter of the value. */
static inline void set_gradients(tl_params *set, int step)
{
	for (int64_t i = 0; i < N; i++)
		store(set, tl_params_gradients(set, NULL), i,
		      number_of(step, i, -1, 1) + 0.25 * load(set, tl_params_values(set, NULL), i));
}

static inline tl_params *set_of(tl_dtype dtype)
{
	tl_params *set = tl_params_create(dtype);
	tl_params_add(set, "x", tl_dims(N), tl_init_zeros());
	for (int64_t i = 0; i < N; i++)
		store(set, tl_params_values(set, NULL), i, number_of(99, i, -2, 2));
	return set;
}

static inline tl_optimizer *optimizer_of(tl_params *set, const char *text)
{
	tl_optimizer *o = tl_optimizer_create(set, text);
	ck_assert_msg(o && !tl_optimizer_error(o), "%s: %s", text, tl_optimizer_error(o));
	return o;
}

#endif
