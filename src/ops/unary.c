/* Elementwise ops of one operand. Each is a line: name, opcode, example, derivative, words. */
#include "ops/ops.h"

#include <math.h>

#define UNARY(NAME, OPCODE, SAMPLE, DERIVATIVE, DOC)                                               \
	static tl_tensor NAME##_vjp(const tl_call *c, int operand, tl_tensor dy)                   \
	{                                                                                          \
		tl_tensor x = tl_call_operand(c, operand), y = c->result;                          \
		(void)x;                                                                           \
		(void)y;                                                                           \
		return DERIVATIVE;                                                                 \
	}                                                                                          \
	static const tl_op op_##NAME = {.name = #NAME,                                             \
					.doc = DOC,                                                \
					.operand_count = 1,                                        \
					.shape = tl_shape_elementwise,                             \
					.strip = OPCODE,                                           \
					.vjp = NAME##_vjp,                                         \
					.example = SAMPLE};                                        \
	tl_tensor tl_##NAME(tl_tensor x)                                                           \
	{                                                                                          \
		return tl_apply(&op_##NAME, NULL, 1, &x);                                          \
	}

/* clang-format off */
UNARY(neg, TL_STRIP_neg, tl_example_unary, tl_neg(dy), "-x")
UNARY(abs, TL_STRIP_abs, tl_example_unary, tl_mul(dy, tl_sign(x)), "|x|; its derivative at 0 is 0")
UNARY(exp, TL_STRIP_exp, tl_example_unary, tl_mul(dy, y), "e^x")
UNARY(log, TL_STRIP_log, tl_example_positive, tl_div(dy, x), "natural logarithm")
UNARY(sqrt, TL_STRIP_sqrt, tl_example_positive, tl_div(tl_scale(dy, 0.5), y), "square root")
UNARY(rsqrt, TL_STRIP_rsqrt, tl_example_positive, tl_mul(tl_scale(dy, -0.5), tl_mul(y, tl_square(y))), "1 / sqrt x")
UNARY(square, TL_STRIP_square, tl_example_unary, tl_mul(dy, tl_scale(x, 2)), "x^2")
UNARY(reciprocal, TL_STRIP_reciprocal, tl_example_positive, tl_neg(tl_mul(dy, tl_square(y))), "1 / x")
UNARY(sin, TL_STRIP_sin, tl_example_unary, tl_mul(dy, tl_cos(x)), "sine")
UNARY(cos, TL_STRIP_cos, tl_example_unary, tl_neg(tl_mul(dy, tl_sin(x))), "cosine")
UNARY(tanh, TL_STRIP_tanh, tl_example_unary, tl_mul(dy, tl_one_minus(tl_square(y))), "hyperbolic tangent")
UNARY(sigmoid, TL_STRIP_sigmoid, tl_example_unary, tl_mul(dy, tl_mul(y, tl_one_minus(y))), "1 / (1 + e^-x)")
UNARY(relu, TL_STRIP_relu, tl_example_unary, tl_where(tl_less_equal(x, tl_scalar(c->tape, 0)), tl_scalar(c->tape, 0), dy), "max(x, 0); its derivative at 0 is 0")
UNARY(softplus, TL_STRIP_softplus, tl_example_unary, tl_mul(dy, tl_sigmoid(x)), "log(1 + e^x)")
UNARY(hard_tanh, TL_STRIP_hard_tanh, tl_example_unary, tl_mul(dy, tl_less(tl_abs(x), tl_scalar(c->tape, 1))), "x cut to [-1, 1]")
/* clang-format on */

/* With numbers of their own */

typedef struct numbers {
	double number[2];
} numbers;

static void immediates(const void *attr, double imm[2])
{
	const numbers *n = attr;
	imm[0] = n->number[0];
	imm[1] = n->number[1];
}

static double number(const tl_call *c, int i)
{
	return ((const numbers *)c->attr)->number[i];
}

static tl_tensor apply(const tl_op *op, tl_tensor x, double a, double b)
{
	numbers attr = {{a, b}};
	return tl_apply(op, &attr, 1, &x);
}

static tl_tensor constant(const tl_call *c, double value)
{
	return tl_scalar(c->tape, value);
}

static tl_tensor leaky_relu_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	tl_tensor positive = tl_greater(tl_call_operand(c, operand), constant(c, 0));
	return tl_mul(dy, tl_where(positive, constant(c, 1), constant(c, number(c, 0))));
}

/* d/dx alpha (e^x - 1) = y + alpha */
static tl_tensor elu_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	tl_tensor positive = tl_greater(tl_call_operand(c, operand), constant(c, 0));
	return tl_mul(dy,
		      tl_where(positive, constant(c, 1), tl_add_scalar(c->result, number(c, 0))));
}

static tl_tensor hard_sigmoid_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	(void)operand;
	tl_tensor y = c->result;
	tl_tensor inside = tl_greater(tl_mul(y, tl_one_minus(y)), constant(c, 0));
	return tl_mul(dy, tl_scale(inside, number(c, 0)));
}

static tl_tensor clamp_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	tl_tensor x = tl_call_operand(c, operand);
	return tl_mul(dy, tl_mul(tl_greater_equal(x, constant(c, number(c, 0))),
				 tl_less_equal(x, constant(c, number(c, 1)))));
}

static tl_tensor leaky_relu_sample(tl_example *s)
{
	return tl_leaky_relu(tl_example_leaf(s, tl_example_shape(s, 0, 3), -2, 2), 0.1);
}

static tl_tensor elu_sample(tl_example *s)
{
	return tl_elu(tl_example_leaf(s, tl_example_shape(s, 0, 3), -2, 2), 1.5);
}

static tl_tensor hard_sigmoid_sample(tl_example *s)
{
	return tl_hard_sigmoid(tl_example_leaf(s, tl_example_shape(s, 0, 3), -2, 2), 0.5, 0.5);
}

static tl_tensor clamp_sample(tl_example *s)
{
	return tl_clamp(tl_example_leaf(s, tl_example_shape(s, 0, 3), -2, 2), -0.5, 1);
}

#define WITH_NUMBERS(NAME, OPCODE, DOC)                                                            \
	static const tl_op op_##NAME = {.name = #NAME,                                             \
					.doc = DOC,                                                \
					.operand_count = 1,                                        \
					.attr_size = sizeof(numbers),                              \
					.shape = tl_shape_elementwise,                             \
					.strip = OPCODE,                                           \
					.immediates = immediates,                                  \
					.vjp = NAME##_vjp,                                         \
					.example = NAME##_sample};

WITH_NUMBERS(leaky_relu, TL_STRIP_leaky_relu, "x > 0 ? x : slope x")
WITH_NUMBERS(elu, TL_STRIP_elu, "x > 0 ? x : alpha (e^x - 1)")
WITH_NUMBERS(hard_sigmoid, TL_STRIP_hard_sigmoid, "slope x + offset, cut to [0, 1]")
WITH_NUMBERS(clamp, TL_STRIP_clamp, "x cut to [low, high]")

tl_tensor tl_leaky_relu(tl_tensor x, double slope)
{
	return apply(&op_leaky_relu, x, slope, 0);
}

tl_tensor tl_elu(tl_tensor x, double alpha)
{
	return apply(&op_elu, x, alpha, 0);
}

tl_tensor tl_hard_sigmoid(tl_tensor x, double slope, double offset)
{
	return apply(&op_hard_sigmoid, x, slope, offset);
}

tl_tensor tl_clamp(tl_tensor x, double low, double high)
{
	tl_tensor none = {x.tape, 0, 0};
	if (x.tape && !(low <= high)) {
		tl_report(x.tape, TL_ERROR_ARGUMENT, NULL,
			  "clamp: the low end %g is not below the high end %g", low, high);
		return none;
	}
	return apply(&op_clamp, x, low, high);
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

/* Through which no gradient flows */

static const tl_op op_sign = {
	.name = "sign",
	.doc = "-1, 0 or 1",
	.operand_count = 1,
	.shape = tl_shape_elementwise,
	.strip = TL_STRIP_sign,
	.zero_gradient = true,
};

tl_tensor tl_sign(tl_tensor x)
{
	return tl_apply(&op_sign, NULL, 1, &x);
}

static const tl_op op_floor = {
	.name = "floor",
	.doc = "the largest whole number that is not above x",
	.operand_count = 1,
	.shape = tl_shape_elementwise,
	.strip = TL_STRIP_floor,
	.zero_gradient = true,
};

tl_tensor tl_floor(tl_tensor x)
{
	return tl_apply(&op_floor, NULL, 1, &x);
}

static const tl_op op_stop_gradient = {
	.name = "detach",
	.doc = "x, through which no gradient flows",
	.operand_count = 1,
	.shape = tl_shape_like_first,
	.strip = TL_STRIP_copy,
	.view = tl_view_whole,
	.zero_gradient = true,
};

tl_tensor tl_detach(tl_tensor x)
{
	return tl_apply(&op_stop_gradient, NULL, 1, &x);
}

static tl_status cast_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	(void)dtype;
	*shape = tl_call_operand_shape(c, 0);
	return tl_wants_integers(c, 0) ? TL_OK : TL_ERROR_TYPE;
}

static const tl_op op_cast = {
	.name = "cast",
	.doc = "integers as real numbers",
	.operand_count = 1,
	.shape = cast_shape,
	.strip = TL_STRIP_copy,
	.zero_gradient = true,
};

tl_tensor tl_cast(tl_tensor integers)
{
	return tl_apply(&op_cast, NULL, 1, &integers);
}

const tl_op *const tl_ops_unary[] = {
	&op_neg,       &op_abs,          &op_sign,   &op_floor,         &op_exp,  &op_log,
	&op_sqrt,      &op_rsqrt,        &op_square, &op_reciprocal,    &op_sin,  &op_cos,
	&op_tanh,      &op_sigmoid,      &op_relu,   &op_leaky_relu,    &op_elu,  &op_softplus,
	&op_hard_tanh, &op_hard_sigmoid, &op_clamp,  &op_stop_gradient, &op_cast, NULL,
};
