/*
 * Elementwise ops of one operand. unary.def has a row for each; what it becomes is here, and the
 * few functions that are no row.
 */
#include "ops/ops.h"

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
#define OP(NAME, WORDS, ...)                                                                       \
	const tl_op tl_op_##NAME = {.name = #NAME,                                                 \
				    .doc = WORDS,                                                  \
				    .operand_count = 1,                                            \
				    .shape = tl_shape_elementwise,                                 \
				    .step = &tl_step_kinds[TL_STRIP_##NAME],                       \
				    __VA_ARGS__};
#define FUNCTION(NAME)                                                                             \
	tl_tensor tl_##NAME(tl_tensor x)                                                           \
	{                                                                                          \
		return tl_apply(&tl_op_##NAME, NULL, 1, &x);                                       \
	}

#define UNARY(NAME, LOW, HIGH, DERIVATIVE, WORDS)                                                  \
	VJP(NAME, DERIVATIVE)                                                                      \
	EXAMPLE(NAME, LOW, HIGH, 0, 0)                                                             \
	OP(NAME, WORDS, .vjp = NAME##_vjp, .example = NAME##_example)                              \
	FUNCTION(NAME)
#define FLAT(NAME, WORDS)                                                                          \
	OP(NAME, WORDS, .zero_gradient = true)                                                     \
	FUNCTION(NAME)
#define NUMBERED(NAME, P, Q, DERIVATIVE, WORDS)                                                    \
	VJP(NAME, DERIVATIVE)                                                                      \
	EXAMPLE(NAME, -2, 2, P, Q)                                                                 \
	OP(NAME, WORDS, .attr_size = sizeof(numbers), .immediates = immediates, .vjp = NAME##_vjp, \
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
	.operand_count = 1,
	.shape = cast_shape,
	.step = &tl_step_kinds[TL_STRIP_copy],
	.zero_gradient = true,
};

tl_tensor tl_cast(tl_tensor integers)
{
	return tl_apply(&tl_op_cast, NULL, 1, &integers);
}

const tl_op *const tl_ops_unary[] = {
#define UNARY(NAME, LOW, HIGH, DERIVATIVE, WORDS) &tl_op_##NAME,
#define FLAT(NAME, WORDS)                         &tl_op_##NAME,
#define NUMBERED(NAME, P, Q, DERIVATIVE, WORDS)   &tl_op_##NAME,
#include "ops/unary.def"
	&tl_op_detach,
	&tl_op_cast,
	NULL,
};
