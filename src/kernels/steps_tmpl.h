/*
 * The steps of a strip program: out[i] = f(a[i], b[i], c[i]) for n numbers, n a multiple of VL. out
 * may be one of the operands. A step only ever runs on whole vectors, so an element's value does
 * not depend on where in a strip it lies.
 */
#ifndef TL_KERNELS_STEPS_TMPL_H
#define TL_KERNELS_STEPS_TMPL_H

#include "kernels/kernels.h"
#include "kernels/math_tmpl.h"

typedef void strip_fn(int64_t n, REAL *out, const REAL *a, const REAL *b, const REAL *c,
		      const double *imm);

/* clang-format off */
#define NO_OPERANDS()    (void)a, (void)b, (void)c
#define ONE_OPERAND()    vec x = v_load(a + i); (void)b, (void)c
#define TWO_OPERANDS()   vec x = v_load(a + i), y = v_load(b + i); (void)c
#define THREE_OPERANDS() vec x = v_load(a + i), y = v_load(b + i), z = v_load(c + i)
/* clang-format on */

/* p and q are the first two immediates */
#define STEP(name, OPERANDS, value)                                                                \
	static void step_##name(int64_t n, REAL *out, const REAL *a, const REAL *b, const REAL *c, \
				const double *imm)                                                 \
	{                                                                                          \
		const vec p = v_splat((REAL)imm[0]), q = v_splat((REAL)imm[1]);                    \
		(void)p, (void)q;                                                                  \
		for (int64_t i = 0; i < n; i += VL) {                                              \
			OPERANDS();                                                                \
			v_store(out + i, value);                                                   \
		}                                                                                  \
	}

/* One number at a time: the C library's, and square roots, which compilers vectorise. */
#define STEP_EACH(name, OPERANDS, value)                                                           \
	INLINE vec each_##name(vec x, vec y)                                                       \
	{                                                                                          \
		vec r;                                                                             \
		(void)y;                                                                           \
		for (int j = 0; j < VL; j++)                                                       \
			r[j] = value;                                                              \
		return r;                                                                          \
	}                                                                                          \
	STEP(name, OPERANDS, each_##name(x, SECOND_##OPERANDS()))
#define SECOND_ONE_OPERAND()  x
#define SECOND_TWO_OPERANDS() y

/* clang-format off */
#define ZERO    ((vec){0})
#define ONE     v_splat(1)
#define TRUTH(mask) ((vec)((mask) & (veci)ONE))

STEP(copy, ONE_OPERAND, x)
STEP(neg, ONE_OPERAND, -x)
STEP(abs, ONE_OPERAND, v_abs(x))
STEP(sign, ONE_OPERAND, v_select(x > 0, ONE, v_select(x < 0, -ONE, x)))
STEP_EACH(floor, ONE_OPERAND, REAL_FN(floor)(x[j]))
STEP(exp, ONE_OPERAND, v_exp(x))
STEP(log, ONE_OPERAND, v_log(x))
STEP_EACH(sqrt, ONE_OPERAND, REAL_FN(sqrt)(x[j]))
STEP_EACH(rsqrt, ONE_OPERAND, 1 / REAL_FN(sqrt)(x[j]))
STEP(square, ONE_OPERAND, x *x)
STEP(reciprocal, ONE_OPERAND, 1 / x)
STEP_EACH(sin, ONE_OPERAND, REAL_FN(sin)(x[j]))
STEP_EACH(cos, ONE_OPERAND, REAL_FN(cos)(x[j]))
STEP(tanh, ONE_OPERAND, v_tanh(x))
STEP(sigmoid, ONE_OPERAND, v_sigmoid(x))
STEP(relu, ONE_OPERAND, v_select(x <= 0, ZERO, x))
STEP(leaky_relu, ONE_OPERAND, v_select(x > 0, x, p *x))
STEP(elu, ONE_OPERAND, v_select(x > 0, x, p *v_expm1(x)))
STEP(softplus, ONE_OPERAND, v_softplus(x))

INLINE vec clamp(vec x, vec low, vec high)
{
	x = v_select(x < low, low, x);
	return v_select(x > high, high, x);
}

STEP(hard_sigmoid, ONE_OPERAND, clamp(p * x + q, ZERO, ONE))
STEP(hard_tanh, ONE_OPERAND, clamp(x, -ONE, ONE))
STEP(clamp, ONE_OPERAND, clamp(x, p, q))
STEP(fill, NO_OPERANDS, p)
STEP(add, TWO_OPERANDS, x + y)
STEP(sub, TWO_OPERANDS, x - y)
STEP(mul, TWO_OPERANDS, x * y)
STEP(div, TWO_OPERANDS, x / y)
STEP_EACH(pow, TWO_OPERANDS, REAL_FN(pow)(x[j], y[j]))
STEP(max, TWO_OPERANDS, v_select((x > y) | (x != x), x, y))
STEP(min, TWO_OPERANDS, v_select((x < y) | (x != x), x, y))
STEP(lt, TWO_OPERANDS, TRUTH(x < y))
STEP(le, TWO_OPERANDS, TRUTH(x <= y))
STEP(gt, TWO_OPERANDS, TRUTH(x > y))
STEP(ge, TWO_OPERANDS, TRUTH(x >= y))
STEP(eq, TWO_OPERANDS, TRUTH(x == y))
STEP(ne, TWO_OPERANDS, TRUTH(x != y))
STEP(where, THREE_OPERANDS, v_select(x != 0, y, z))

/* clang-format on */

#define OP(OPCODE, name, operands) [TL_STRIP_##OPCODE] = {step_##name, operands}

/* What each opcode runs, and how many operands it reads. */
static const struct strip_kind {
	strip_fn *run;
	int operands;
} strip_kinds[TL_STRIP_OPS] = {
	OP(COPY, copy, 1),
	OP(NEG, neg, 1),
	OP(ABS, abs, 1),
	OP(SIGN, sign, 1),
	OP(FLOOR, floor, 1),
	OP(EXP, exp, 1),
	OP(LOG, log, 1),
	OP(SQRT, sqrt, 1),
	OP(RSQRT, rsqrt, 1),
	OP(SQUARE, square, 1),
	OP(RECIPROCAL, reciprocal, 1),
	OP(SIN, sin, 1),
	OP(COS, cos, 1),
	OP(TANH, tanh, 1),
	OP(SIGMOID, sigmoid, 1),
	OP(RELU, relu, 1),
	OP(LEAKY_RELU, leaky_relu, 1),
	OP(ELU, elu, 1),
	OP(SOFTPLUS, softplus, 1),
	OP(HARD_SIGMOID, hard_sigmoid, 1),
	OP(HARD_TANH, hard_tanh, 1),
	OP(CLAMP, clamp, 1),
	OP(FILL, fill, 0),
	OP(ADD, add, 2),
	OP(SUB, sub, 2),
	OP(MUL, mul, 2),
	OP(DIV, div, 2),
	OP(POW, pow, 2),
	OP(MAX, max, 2),
	OP(MIN, min, 2),
	OP(LT, lt, 2),
	OP(LE, le, 2),
	OP(GT, gt, 2),
	OP(GE, ge, 2),
	OP(EQ, eq, 2),
	OP(NE, ne, 2),
	OP(WHERE, where, 3),
};

#endif
