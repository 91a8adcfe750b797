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
	.equation = "y = x  # in [0, 1]",
	.derivative = "dx = dy",
	.operand_count = 1,
	.shape = tl_shape_elementwise,
	.kernel = probability_kernel,
	.vjp = probability_vjp,
	.example = probability_sample,
};

tl_tensor tl_mean_of_counted(tl_tensor sum, tl_tensor count)
{
	tl_tensor zero = tl_scalar(sum.tape, 0), one = tl_scalar(sum.tape, 1);
	return tl_div(sum, tl_where(tl_equal(count, zero), one, count));
}

tl_tensor tl_loss_weight(tl_tensor losses, tl_tensor weight, const char *name)
{
	tl_tensor none = {losses.tape, 0, 0};
	tl_shape w = tl_tensor_shape(weight), s = tl_tensor_shape(losses);
	char a[96], b[96];
	if (!tl_real_for(losses.tape, weight, name, 2))
		return none;
	bool fits = w.rank <= s.rank;
	for (int i = 0; i < w.rank && fits; i++)
		fits = w.dim[i] == s.dim[i];
	if (!fits) {
		tl_report(losses.tape, TL_ERROR_SHAPE,
			  "a weight is shaped like the losses, or like their leading axes",
			  "%s: weights %s do not go with losses %s", name, tl_shape_text(&w, a),
			  tl_shape_text(&s, b));
		return none;
	}
	if (w.rank == s.rank)
		return weight;
	for (; w.rank < s.rank; w.rank++)
		w.dim[w.rank] = 1;
	return tl_reshape(weight, w);
}

tl_tensor tl_reduced(tl_tensor losses, const tl_loss_options *o, const char *name)
{
	static const tl_loss_options usual;
	tl_tensor weight = (o = o ? o : &usual)->weight;
	bool weighted = !tl_is_left_out(weight);
	if (!losses.id)
		return losses;
	if (weighted && !(weight = tl_loss_weight(losses, weight, name)).id)
		return weight;
	if (weighted)
		losses = tl_mul(losses, weight);
	if (o->reduction == TL_REDUCTION_NONE)
		return losses;
	if (o->reduction == TL_REDUCTION_SUM)
		return tl_sum(losses, TL_ALL);
	if (o->reduction == TL_REDUCTION_MEAN && weighted) {
		int64_t size = tl_tensor_size(weight),
			each = size ? tl_tensor_size(losses) / size : 1;
		return tl_mean_of_counted(tl_sum(losses, TL_ALL),
					  tl_scale(tl_sum(weight, TL_ALL), (double)each));
	}
	if (o->reduction == TL_REDUCTION_MEAN)
		return tl_mean(losses, TL_ALL);
	tl_report(losses.tape, TL_ERROR_ARGUMENT, "TL_REDUCTION_MEAN, _SUM or _NONE",
		  "loss: there is no reduction %d", (int)o->reduction);
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
					      const tl_loss_options *options)
{
	return tl_reduced(binary_elements(logits, target), options,
			  "binary_cross_entropy_with_logits");
}

tl_tensor tl_mse(tl_tensor x, tl_tensor target, const tl_loss_options *options)
{
	if (!fit(x, target, "mse"))
		return (tl_tensor){x.tape, 0, 0};
	return tl_reduced(tl_square(tl_sub(x, target)), options, "mse");
}

tl_tensor tl_mae(tl_tensor x, tl_tensor target, const tl_loss_options *options)
{
	if (!fit(x, target, "mae"))
		return (tl_tensor){x.tape, 0, 0};
	return tl_reduced(tl_abs(tl_sub(x, target)), options, "mae");
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

tl_tensor tl_huber(tl_tensor x, tl_tensor target, double delta, const tl_loss_options *options)
{
	return tl_reduced(huber_elements(x, target, delta), options, "huber");
}

/* Of any reduction, without a weight, or with one an element or one a row. */
static tl_loss_options sample_options(tl_example *s, tl_shape shape)
{
	tl_loss_options o = {.reduction = (tl_loss_reduction)tl_example_integer(
				     s, TL_REDUCTION_MEAN, TL_REDUCTION_NONE)};
	if (tl_example_integer(s, 0, 1)) {
		if (shape.rank && tl_example_integer(s, 0, 1))
			shape.dim[--shape.rank] = 0;
		o.weight = tl_example_leaf(s, shape, 0.3, 2);
	}
	return o;
}

static tl_tensor sample(tl_example *s, tl_tensor (*of)(tl_tensor x, tl_tensor target,
						       const tl_loss_options *options))
{
	tl_shape shape = tl_example_shape(s, 0, 3);
	tl_tensor x = tl_example_leaf(s, shape, -2, 2), target = tl_example_leaf(s, shape, -2, 2);
	tl_loss_options o = sample_options(s, shape);
	return of(x, target, &o);
}

static tl_tensor binary_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 0, 3);
	tl_tensor x = tl_example_leaf(s, shape, -2, 2), target = tl_example_leaf(s, shape, 0, 1);
	tl_loss_options o = sample_options(s, shape);
	return tl_binary_cross_entropy_with_logits(x, target, &o);
}

static tl_tensor mse_sample(tl_example *s)
{
	return sample(s, tl_mse);
}

static tl_tensor mae_sample(tl_example *s)
{
	return sample(s, tl_mae);
}

static tl_tensor huber_for_sample(tl_tensor x, tl_tensor target, const tl_loss_options *options)
{
	return tl_huber(x, target, 0.7, options);
}

static tl_tensor huber_sample(tl_example *s)
{
	return sample(s, huber_for_sample);
}

static const tl_op op_binary =
	TL_COMPOUND("binary_cross_entropy_with_logits", binary_sample,
		    "-t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)), reduced", "x, t",
		    "y = −t ⊙ log(σ(x)) − (1 − t) ⊙ log(1 − σ(x))  # then reduced");
static const tl_op op_mse = TL_COMPOUND("mse", mse_sample, "squared error, reduced", "x, t",
					"y = (x − t)²  # then reduced");
static const tl_op op_mae = TL_COMPOUND("mae", mae_sample, "absolute error, reduced", "x, t",
					"y = abs(x − t)  # then reduced");
static const tl_op op_huber = TL_COMPOUND(
	"huber", huber_sample, "error, squared within delta and linear beyond, reduced", "x, t",
	"y = (x − t)² / 2 if abs(x − t) ≤ δ else δ (abs(x − t) − δ / 2)  # then reduced");

const tl_op *const tl_ops_loss[] = {&op_probability, &op_binary, &op_mse, &op_mae, &op_huber, NULL};
