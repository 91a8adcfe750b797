/*
 * Elementwise ops, which differentiate into each other. unary.def and binary.def have a row for
 * each of one or two operands; what the rows become is here, and the few functions that are no row.
 */
#include "ops/ops.h"
#include "ops/sample.h"

#include <stdio.h>
#include <string.h>

/* The numbers that an op has of its own. */
typedef struct numbers {
	double p, q;
} numbers;

static void immediates(const void *attr, double imm[2])
{
	const numbers *n = attr;
	imm[0] = n->p;
	imm[1] = n->q;
}

static tl_tensor constant(tl_tensor x, double n)
{
	return tl_scalar(x.tape, n);
}

/* s + x s (1 - s), s the sigmoid and y = x s */
static tl_tensor silu_slope(tl_tensor x, tl_tensor y)
{
	tl_tensor s = tl_sigmoid(x);
	return tl_add(s, tl_mul(y, tl_one_minus(s)));
}

/* t + x (1 - t^2) sigmoid(x), t = tanh(softplus(x)) */
static tl_tensor mish_slope(tl_tensor x)
{
	tl_tensor t = tl_tanh(tl_softplus(x));
	return tl_add(t, tl_mul(tl_mul(x, tl_sigmoid(x)), tl_one_minus(tl_square(t))));
}

/* P(X < x) + x p(x), X a normal random number and p its density */
static tl_tensor gelu_slope(tl_tensor x)
{
	tl_tensor below = tl_scale(tl_erfc(tl_scale(x, -0.7071067811865476)), 0.5);
	tl_tensor density = tl_scale(tl_exp(tl_scale(tl_square(x), -0.5)), 0.3989422804014327);
	return tl_add(below, tl_mul(x, density));
}

/* The second is 0 of those that have one number. */
static void words(const tl_call *c, char *text, size_t room)
{
	const numbers *n = c->attr;
	if (n->q == 0)
		snprintf(text, room, "%g", n->p);
	else
		snprintf(text, room, "%g, %g", n->p, n->q);
}

#define VJP(NAME, DERIVATIVE)                                                                      \
	static tl_tensor NAME##_vjp(const tl_call *c, int operand, tl_tensor dy)                   \
	{                                                                                          \
		static const numbers none;                                                         \
		const numbers *n = c->op->attr_size ? c->attr : &none;                             \
		const double p = n->p, q = n->q;                                                   \
		tl_tensor x = tl_call_operand(c, operand), y = c->result;                          \
		(void)x, (void)y, (void)p, (void)q;                                                \
		return DERIVATIVE;                                                                 \
	}
#define EXAMPLE(NAME, LOW, HIGH, P, Q)                                                             \
	static tl_tensor NAME##_example(tl_example *s)                                             \
	{                                                                                          \
		return tl_example_of_one(s, &(numbers){P, Q}, LOW, HIGH);                          \
	}
#define ONE(NAME, WORDS, EQUATION, ...)                                                            \
	const tl_op tl_op_##NAME = {.name = #NAME,                                                 \
				    .doc = WORDS,                                                  \
				    .equation = EQUATION,                                          \
				    .operand_count = 1,                                            \
				    .shape = tl_shape_elementwise,                                 \
				    .step = &tl_step_kinds[TL_STRIP_##NAME],                       \
				    __VA_ARGS__};
#define FUNCTION(NAME)                                                                             \
	tl_tensor tl_##NAME(tl_tensor x)                                                           \
	{                                                                                          \
		return tl_apply(&tl_op_##NAME, NULL, 1, &x);                                       \
	}

#define UNARY(NAME, LOW, HIGH, DERIVATIVE, WORDS, EQUATION, RULE)                                  \
	VJP(NAME, DERIVATIVE)                                                                      \
	EXAMPLE(NAME, LOW, HIGH, 0, 0)                                                             \
	ONE(NAME, WORDS, EQUATION, .derivative = RULE, .vjp = NAME##_vjp,                          \
	    .example = NAME##_example)                                                             \
	FUNCTION(NAME)
#define FLAT(NAME, WORDS, EQUATION)                                                                \
	ONE(NAME, WORDS, EQUATION, .zero_gradient = true)                                          \
	FUNCTION(NAME)
#define NUMBERED(NAME, P, Q, DERIVATIVE, WORDS, EQUATION, RULE)                                    \
	VJP(NAME, DERIVATIVE)                                                                      \
	EXAMPLE(NAME, -2, 2, P, Q)                                                                 \
	ONE(NAME, WORDS, EQUATION, .derivative = RULE, .attr_size = sizeof(numbers),               \
	    .attributes = words, .immediates = immediates, .vjp = NAME##_vjp,                      \
	    .example = NAME##_example)
#include "ops/unary.def"

/* Functions of the ops with numbers */

static tl_tensor apply(const tl_op *op, tl_tensor x, double p, double q)
{
	numbers attr = {p, q};
	return tl_apply(op, &attr, 1, &x);
}

tl_tensor tl_leaky_relu(tl_tensor x, double slope)
{
	return apply(&tl_op_leaky_relu, x, slope, 0);
}

tl_tensor tl_elu(tl_tensor x, double alpha)
{
	return apply(&tl_op_elu, x, alpha, 0);
}

tl_tensor tl_hard_sigmoid(tl_tensor x, double slope, double offset)
{
	return apply(&tl_op_hard_sigmoid, x, slope, offset);
}

tl_tensor tl_clamp(tl_tensor x, double low, double high)
{
	tl_tensor none = {x.tape, 0, 0};
	if (x.tape && !(low <= high)) {
		tl_report(x.tape, TL_ERROR_ARGUMENT, NULL,
			  "clamp: the low end %g is not below the high end %g", low, high);
		return none;
	}
	return apply(&tl_op_clamp, x, low, high);
}

tl_tensor tl_one_minus(tl_tensor x)
{
	return tl_sub(tl_scalar(x.tape, 1), x);
}

tl_tensor tl_scale(tl_tensor x, double by)
{
	return tl_mul(x, tl_scalar(x.tape, by));
}

tl_tensor tl_add_scalar(tl_tensor x, double by)
{
	return tl_add(x, tl_scalar(x.tape, by));
}

/* Those that are rows of no table: what they give is their operand, and no gradient passes */

const tl_op tl_op_detach = {
	.name = "detach",
	.doc = "x, through which no gradient flows",
	.equation = "y = x",
	.operand_count = 1,
	.shape = tl_shape_like_first,
	.step = &tl_step_kinds[TL_STRIP_copy],
	.view = tl_view_whole,
	.zero_gradient = true,
};

tl_tensor tl_detach(tl_tensor x)
{
	return tl_apply(&tl_op_detach, NULL, 1, &x);
}

static tl_status cast_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	(void)dtype;
	*shape = tl_call_operand_shape(c, 0);
	return tl_wants_integers(c, 0) ? TL_OK : TL_ERROR_TYPE;
}

const tl_op tl_op_cast = {
	.name = "cast",
	.doc = "integers as real numbers",
	.equation = "y = x",
	.operand_count = 1,
	.shape = cast_shape,
	.step = &tl_step_kinds[TL_STRIP_copy],
	.zero_gradient = true,
};

tl_tensor tl_cast(tl_tensor integers)
{
	return tl_apply(&tl_op_cast, NULL, 1, &integers);
}

/* Two operands */

/* The base of a power is positive where the exponent is a fraction. */
static tl_tensor with_positive_a(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 0, 3);
	tl_tensor a = tl_example_leaf(s, shape, 0.3, 2);
	tl_tensor b = tl_example_leaf(s, tl_example_broadcast(s, shape), -2, 2);
	return s ? tl_apply(s->op, NULL, 2, (tl_tensor[]){a, b}) : a;
}

/* Division keeps away from 0. */
static tl_tensor with_positive_b(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 0, 3);
	tl_tensor b = tl_example_leaf(s, shape, 0.3, 2);
	tl_tensor a = tl_example_leaf(s, tl_example_broadcast(s, shape), -2, 2);
	return s ? tl_apply(s->op, NULL, 2, (tl_tensor[]){a, b}) : a;
}

/*
 * b a^(b - 1), and 0 where b is 0, for a^0 is 1 for every a. There the formula says 0 / a, which is
 * right wherever it is a number (and its own derivative by b needs it); where it is not, at a = 0
 * or NaN, the 0 is put in its place and the formula kept away from what it cannot do.
 */
static tl_tensor pow_by_base(tl_tensor a, tl_tensor b)
{
	tl_tensor zero = tl_scalar(a.tape, 0), one = tl_scalar(a.tape, 1);
	tl_tensor flat = tl_where(tl_greater(tl_abs(a), zero), zero, tl_equal(b, zero));
	tl_tensor exponent = tl_where(flat, one, tl_sub(b, one));
	return tl_where(flat, zero, tl_mul(b, tl_pow(a, exponent)));
}

/* a^b log a, and where a is 0 its limit, 0 (for b = 0 there is none: 0 too), but for negative b. */
static tl_tensor pow_by_exponent(tl_tensor a, tl_tensor b, tl_tensor y)
{
	tl_tensor zero = tl_scalar(a.tape, 0), one = tl_scalar(a.tape, 1);
	tl_tensor flat = tl_mul(tl_equal(a, zero), tl_greater_equal(b, zero));
	return tl_mul(y, tl_log(tl_where(flat, one, a)));
}

static tl_tensor squares(tl_tensor a, tl_tensor b)
{
	return tl_add(tl_square(a), tl_square(b));
}

/* What passes to a: 1 where it wins, 1/2 where they are equal, 0 where it does not; 1 to both where
 * one is NaN, as the result is. */
static tl_tensor share(tl_tensor wins_not, tl_tensor a, tl_tensor b)
{
	return tl_add(tl_one_minus(wins_not), tl_scale(tl_equal(a, b), 0.5));
}

#define TWO(NAME, WORDS, EQUATION, ...)                                                            \
	const tl_op tl_op_##NAME = {.name = #NAME,                                                 \
				    .doc = WORDS,                                                  \
				    .equation = EQUATION,                                          \
				    .operand_count = 2,                                            \
				    .shape = tl_shape_elementwise,                                 \
				    .step = &tl_step_kinds[TL_STRIP_##NAME],                       \
				    __VA_ARGS__};                                                  \
	tl_tensor tl_##NAME(tl_tensor a, tl_tensor b)                                              \
	{                                                                                          \
		return tl_apply(&tl_op_##NAME, NULL, 2, (tl_tensor[]){a, b});                      \
	}
#define BINARY(NAME, SAMPLE, BY_A, BY_B, WORDS, EQUATION, RULES)                                   \
	static tl_tensor NAME##_vjp(const tl_call *c, int operand, tl_tensor dy)                   \
	{                                                                                          \
		tl_tensor a = tl_call_operand(c, 0), b = tl_call_operand(c, 1), y = c->result;     \
		(void)a, (void)b, (void)y;                                                         \
		return operand == 0 ? BY_A : BY_B;                                                 \
	}                                                                                          \
	TWO(NAME, WORDS, EQUATION, .derivative = RULES, .vjp = NAME##_vjp, .example = SAMPLE)
#define COMPARE(NAME, WORDS, EQUATION) TWO(NAME, WORDS, EQUATION, .zero_gradient = true)
#include "ops/binary.def"

static tl_tensor where_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	tl_tensor condition = tl_call_operand(c, 0), zero = tl_scalar(c->tape, 0);
	if (operand == 0)
		return (tl_tensor){0};
	return operand == 1 ? tl_where(condition, dy, zero) : tl_where(condition, zero, dy);
}

static tl_tensor where_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 0, 3);
	tl_tensor a = tl_example_leaf(s, shape, -2, 2);
	tl_tensor b = tl_example_leaf(s, tl_example_broadcast(s, shape), -2, 2);
	return tl_where(tl_greater(a, tl_scalar(s->tape, 0.5)), a, b);
}

static const tl_op op_where = {
	.name = "where",
	.doc = "a where the condition is not 0, else b",
	.operands = "condition, a, b",
	.equation = "y = a if condition ≠ 0 else b",
	.derivative = "da = dy if condition ≠ 0 else 0; db = 0 if condition ≠ 0 else dy",
	.operand_count = 3,
	.shape = tl_shape_elementwise,
	.step = &tl_step_kinds[TL_STRIP_where],
	.vjp = where_vjp,
	.example = where_sample,
};

tl_tensor tl_where(tl_tensor condition, tl_tensor a, tl_tensor b)
{
	return tl_apply(&op_where, NULL, 3, (tl_tensor[]){condition, a, b});
}

/* The sum of many */

static tl_status add_n_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	char a[96], b[96];
	(void)dtype;
	*shape = tl_call_operand_shape(c, 0);
	for (int i = 0; i < c->operands; i++) {
		tl_shape other = tl_call_operand_shape(c, i);
		if (!tl_wants_real(c, i))
			return TL_ERROR_TYPE;
		if (!tl_shape_same(shape, &other))
			return tl_call_fail(c, TL_ERROR_SHAPE,
					    "tl_add broadcasts; tl_add_n does not",
					    "operand %d is %s, the first %s", i,
					    tl_shape_text(&other, a), tl_shape_text(shape, b));
	}
	return TL_OK;
}

#define ADD_TO(REAL)                                                                               \
	static void add_to_##REAL(int64_t n, const REAL *x, REAL *sum)                             \
	{                                                                                          \
		for (int64_t i = 0; i < n; i++)                                                    \
			sum[i] += x[i];                                                            \
	}
ADD_TO(float)
ADD_TO(double)

static tl_status add_n_kernel(const tl_kernel_args *r)
{
	if (!r->out.size)
		return TL_OK;
	memcpy(r->out.data, r->in[0].data, (size_t)r->out.size * tl_dtype_size(r->real));
	for (int i = 1; i < r->operands; i++)
		if (r->real == TL_F32)
			add_to_float(r->out.size, r->in[i].data, r->out.data);
		else
			add_to_double(r->out.size, r->in[i].data, r->out.data);
	return TL_OK;
}

static tl_tensor add_n_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	(void)c;
	(void)operand;
	return dy;
}

static tl_tensor add_n_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 0, 3);
	tl_tensor x[4];
	int count = (int)tl_example_integer(s, 1, 4);
	for (int i = 0; i < count; i++)
		x[i] = tl_square(tl_example_leaf(s, shape, -2, 2));
	return tl_add_n(x, count);
}

const tl_op tl_op_add_n = {
	.name = "add_n",
	.doc = "the sum of any number of tensors of one shape",
	.equation = "y = sum(x[k] for k)",
	.derivative = "dx[k] = dy",
	.operand_count = -1,
	.shape = add_n_shape,
	.kernel = add_n_kernel,
	.vjp = add_n_vjp,
	.example = add_n_sample,
};

tl_tensor tl_add_n(const tl_tensor *x, int count)
{
	return tl_apply(&tl_op_add_n, NULL, count, x);
}

tl_tensor tl_blend(tl_tensor z, tl_tensor a, tl_tensor b)
{
	return tl_add(tl_mul(z, a), tl_mul(tl_one_minus(z), b));
}

const tl_op *const tl_ops_unary[] = {
#define UNARY(NAME, LOW, HIGH, DERIVATIVE, WORDS, EQUATION, RULE) &tl_op_##NAME,
#define FLAT(NAME, WORDS, EQUATION)                               &tl_op_##NAME,
#define NUMBERED(NAME, P, Q, DERIVATIVE, WORDS, EQUATION, RULE)   &tl_op_##NAME,
#include "ops/unary.def"
	&tl_op_detach,
	&tl_op_cast,
	NULL,
};

const tl_op *const tl_ops_binary[] = {
#define BINARY(NAME, SAMPLE, BY_A, BY_B, WORDS, EQUATION, RULES) &tl_op_##NAME,
#define COMPARE(NAME, WORDS, EQUATION)                           &tl_op_##NAME,
#include "ops/binary.def"
	&op_where,
	&tl_op_add_n,
	NULL,
};
