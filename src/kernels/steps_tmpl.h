/*
 * The steps of a strip program as loops, made of the rows of steps.def: out[i] = f(a[i], b[i],
 * c[i]) for n numbers, n a multiple of VL. out may be one of the operands. A step only ever runs on
 * whole vectors, so an element's value does not depend on where in a strip it lies.
 */
#ifndef TL_KERNELS_STEPS_TMPL_H
#define TL_KERNELS_STEPS_TMPL_H

#include "kernels/erf_tmpl.h"
#include "kernels/kernels.h"
#include "kernels/math_tmpl.h"

typedef void strip_fn(int64_t n, REAL *out, const REAL *a, const REAL *b, const REAL *c,
		      const double *imm);

/* What a row may be made of, besides the functions of the templates. */
#define ZERO        ((vec){0})
#define ONE         v_splat(1)
#define TRUTH(mask) ((vec)((mask) & (veci)ONE))

INLINE vec v_clamp(vec x, vec low, vec high)
{
	x = v_select(x < low, low, x);
	return v_select(x > high, high, x);
}

/* clang-format off */
#define LOAD_0() (void)a, (void)b, (void)c
#define LOAD_1() vec x = v_load(a + i); (void)b, (void)c
#define LOAD_2() vec x = v_load(a + i), y = v_load(b + i); (void)c
#define LOAD_3() vec x = v_load(a + i), y = v_load(b + i), z = v_load(c + i)
/* clang-format on */

#define LOOP(name, operands, value)                                                                \
	static void step_##name(int64_t n, REAL *out, const REAL *a, const REAL *b, const REAL *c, \
				const double *imm)                                                 \
	{                                                                                          \
		const vec p = v_splat((REAL)imm[0]), q = v_splat((REAL)imm[1]);                    \
		(void)p, (void)q;                                                                  \
		for (int64_t i = 0; i < n; i += VL) {                                              \
			LOAD_##operands();                                                         \
			v_store(out + i, value);                                                   \
		}                                                                                  \
	}

/* A vector's numbers one after the other. */
#define EACH(name, value)                                                                          \
	INLINE vec each_##name(vec left, vec right)                                                \
	{                                                                                          \
		vec result;                                                                        \
		for (int j = 0; j < VL; j++) {                                                     \
			const REAL x = left[j], y = right[j];                                      \
			(void)y;                                                                   \
			result[j] = value;                                                         \
		}                                                                                  \
		return result;                                                                     \
	}
#define EACH_OF_1(name) each_##name(x, x)
#define EACH_OF_2(name) each_##name(x, y)

#define STEP(name, operands, cost, value) LOOP(name, operands, value)
#define STEP_EACH(name, operands, cost, value)                                                     \
	EACH(name, value)                                                                          \
	LOOP(name, operands, EACH_OF_##operands(name))
#define STEP_OTHER(name, operands, cost)
#include "kernels/steps.def"

/* What runs a step; NULL for those that strip_tmpl.h runs. */
static strip_fn *const step_loops[TL_STRIP_OPS] = {
#define STEP(name, operands, cost, value) [TL_STRIP_##name] = step_##name,
#define STEP_OTHER(name, operands, cost)
#include "kernels/steps.def"
};

#endif
