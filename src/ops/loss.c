/* Losses of real targets, made of elementwise ops: one an element, or the mean over all of them. */
#include "ops/ops.h"
#include "ops/loss.h"

#include <stdio.h>
#include <string.h>

/*
 * x and the target must be alike: a target [n] with an x [n,1] would broadcast to [n,n], and train
 * on nonsense without a word. One number is no accident.
 */
static bool fit(tl_tensor x, tl_tensor target, const char *name)
{
	tl_shape a = tl_tensor_shape(x), b = tl_tensor_shape(target);
	char at[96], bt[96];
	if (!tl_real_for(x.tape, x, name, 0) || !tl_real_for(x.tape, target, name, 1))
		return false;
	if (tl_shape_same(&a, &b) || !b.rank)
		return true;
	tl_report(x.tape, TL_ERROR_SHAPE, "tl_reshape or tl_broadcast_to make them alike",
		  "%s: x is %s and the target %s", name, tl_shape_text(&a, at),
		  tl_shape_text(&b, bt));
	return false;
}

/* A target of binary cross-entropy is a probability; anything else trains on nonsense. */
static tl_status probability_kernel(const tl_kernel_args *r)
{
	const tl_array *in = &r->in[0];
	char position[96];
	for (int64_t i = 0; i < in->size; i++) {
		double x = r->real == TL_F32 ? (double)((const float *)in->data)[i]
					     : ((const double *)in->data)[i];
		if (!(x >= 0 && x <= 1)) {
			snprintf(r->message, TL_PROBLEM, "target %g at %s is not in [0, 1]", x,
				 tl_position_text(&in->shape, i, position));
			return TL_ERROR_VALUE;
		}
	}
	if (in->size)
		memcpy(r->out.data, in->data, (size_t)in->size * tl_dtype_size(r->real));
	return TL_OK;
}

static tl_tensor probability_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	(void)c;
	(void)operand;
	return dy;
}

static tl_tensor probability_sample(tl_example *s)
{
	tl_tensor x = tl_example_leaf(s, tl_example_shape(s, 0, 4), 0.1, 0.9);
	return tl_apply(s->op, NULL, 1, &x);
}

static const tl_op op_probability = {
	.name = "binary_cross_entropy_target",
	.doc = "x, which must be in [0, 1]",
	.operand_count = 1,
	.shape = tl_shape_elementwise,
	.kernel = probability_kernel,
	.vjp = probability_vjp,
	.example = probability_sample,
};

tl_tensor tl_reduced(tl_tensor losses, tl_loss_reduction reduction)
{
	if (!losses.id || reduction == TL_REDUCTION_NONE)
		return losses;
	if (reduction == TL_REDUCTION_SUM)
		return tl_sum(losses, TL_ALL);
	if (reduction == TL_REDUCTION_MEAN)
		return tl_mean(losses, TL_ALL);
	tl_report(losses.tape, TL_ERROR_ARGUMENT, "TL_REDUCTION_MEAN, _SUM or _NONE",
		  "loss: there is no reduction %d", (int)reduction);
	return (tl_tensor){losses.tape, 0, 0};
}

/*
 * -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)): no difference of large numbers, and a
 * derivative that is exact everywhere.
 */
static tl_tensor binary_elements(tl_tensor logits, tl_tensor target)
{
	if (!fit(logits, target, "binary_cross_entropy_with_logits"))
		return (tl_tensor){logits.tape, 0, 0};
	target = tl_apply(&op_probability, NULL, 1, &target);
	tl_tensor positive = tl_mul(target, tl_softplus(tl_neg(logits)));
	tl_tensor negative = tl_mul(tl_one_minus(target), tl_softplus(logits));
	return tl_add(positive, negative);
}

tl_tensor tl_binary_cross_entropy_with_logits(tl_tensor logits, tl_tensor target,
					      tl_loss_reduction reduction)
{
	return tl_reduced(binary_elements(logits, target), reduction);
}

tl_tensor tl_mse(tl_tensor x, tl_tensor target)
{
	if (!fit(x, target, "mse"))
		return (tl_tensor){x.tape, 0, 0};
	return tl_mean(tl_square(tl_sub(x, target)), TL_ALL);
}

tl_tensor tl_mae(tl_tensor x, tl_tensor target)
{
	if (!fit(x, target, "mae"))
		return (tl_tensor){x.tape, 0, 0};
	return tl_mean(tl_abs(tl_sub(x, target)), TL_ALL);
}

/*
 * Huber 1964: with c the difference d cut to [-delta, delta], c^2 / 2 + delta (|d| - delta)+. In
 * this form the derivative at an infinite d is its limit, delta.
 */
static tl_tensor huber_elements(tl_tensor x, tl_tensor target, double delta)
{
	tl_tensor none = {x.tape, 0, 0};
	if (!fit(x, target, "huber"))
		return none;
	if (!(delta > 0)) {
		tl_report(x.tape, TL_ERROR_ARGUMENT, NULL, "huber: delta %g is not above 0", delta);
		return none;
	}
	tl_tensor d = tl_sub(x, target), c = tl_clamp(d, -delta, delta);
	tl_tensor beyond = tl_relu(tl_add_scalar(tl_abs(d), -delta));
	return tl_add(tl_scale(tl_square(c), 0.5), tl_scale(beyond, delta));
}

tl_tensor tl_huber(tl_tensor x, tl_tensor target, double delta, tl_loss_reduction reduction)
{
	return tl_reduced(huber_elements(x, target, delta), reduction);
}

static tl_tensor sample(tl_example *s, tl_tensor (*of)(tl_tensor x, tl_tensor target))
{
	tl_shape shape = tl_example_shape(s, 0, 3);
	tl_tensor x = tl_example_leaf(s, shape, -2, 2);
	return of(x, tl_example_leaf(s, shape, -2, 2));
}

static tl_loss_reduction sample_reduction(tl_example *s)
{
	return (tl_loss_reduction)tl_example_integer(s, TL_REDUCTION_MEAN, TL_REDUCTION_NONE);
}

static tl_tensor binary_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 0, 3);
	tl_tensor x = tl_example_leaf(s, shape, -2, 2), target = tl_example_leaf(s, shape, 0, 1);
	return tl_binary_cross_entropy_with_logits(x, target, sample_reduction(s));
}

static tl_tensor mse_sample(tl_example *s)
{
	return sample(s, tl_mse);
}

static tl_tensor mae_sample(tl_example *s)
{
	return sample(s, tl_mae);
}

static tl_tensor huber_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 0, 3);
	tl_tensor x = tl_example_leaf(s, shape, -2, 2), target = tl_example_leaf(s, shape, -2, 2);
	return tl_huber(x, target, 0.7, sample_reduction(s));
}

static const tl_op op_binary =
	TL_COMPOUND("binary_cross_entropy_with_logits", binary_sample,
		    "-t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)), reduced");
static const tl_op op_mse = TL_COMPOUND("mse", mse_sample, "mean squared error");
static const tl_op op_mae = TL_COMPOUND("mae", mae_sample, "mean absolute error");
static const tl_op op_huber = TL_COMPOUND("huber", huber_sample,
					  "error, squared within delta and linear beyond, reduced");

const tl_op *const tl_ops_loss[] = {&op_probability, &op_binary, &op_mse, &op_mae, &op_huber, NULL};
