/* Losses of real targets, made of elementwise ops; each is the mean over all elements. */
#include "ops/ops.h"

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

/*
 * -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)): no difference of large numbers, and a
 * derivative that is exact everywhere.
 */
tl_tensor tl_binary_cross_entropy(tl_tensor logits, tl_tensor target)
{
	if (!fit(logits, target, "binary_cross_entropy"))
		return (tl_tensor){logits.tape, 0, 0};
	tl_tensor positive = tl_mul(target, tl_softplus(tl_neg(logits)));
	tl_tensor negative = tl_mul(tl_one_minus(target), tl_softplus(logits));
	return tl_mean(tl_add(positive, negative), TL_ALL);
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

/* Huber 1964: with c the difference cut to [-delta, delta], c (d - c / 2). */
tl_tensor tl_huber(tl_tensor x, tl_tensor target, double delta)
{
	tl_tensor none = {x.tape, 0, 0};
	if (!fit(x, target, "huber"))
		return none;
	if (!(delta > 0)) {
		tl_report(x.tape, TL_ERROR_ARGUMENT, NULL, "huber: delta %g is not above 0", delta);
		return none;
	}
	tl_tensor d = tl_sub(x, target), c = tl_clamp(d, -delta, delta);
	return tl_mean(tl_mul(c, tl_sub(d, tl_scale(c, 0.5))), TL_ALL);
}

static tl_tensor sample(tl_sample *s, double low, double high,
			tl_tensor (*of)(tl_tensor x, tl_tensor target))
{
	tl_shape shape = tl_sample_shape(s, 0, 3);
	tl_tensor x = tl_sample_real(s, shape, -2, 2);
	return of(x, tl_sample_real(s, shape, low, high));
}

static tl_tensor binary_sample(tl_sample *s)
{
	return sample(s, 0, 1, tl_binary_cross_entropy);
}

static tl_tensor mse_sample(tl_sample *s)
{
	return sample(s, -2, 2, tl_mse);
}

static tl_tensor mae_sample(tl_sample *s)
{
	return sample(s, -2, 2, tl_mae);
}

static tl_tensor huber_one(tl_tensor x, tl_tensor target)
{
	return tl_huber(x, target, 0.7);
}

static tl_tensor huber_sample(tl_sample *s)
{
	return sample(s, -2, 2, huber_one);
}

static const tl_op op_binary =
	TL_COMPOUND("binary_cross_entropy", binary_sample,
		    "mean of -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x))");
static const tl_op op_mse = TL_COMPOUND("mse", mse_sample, "mean squared error");
static const tl_op op_mae = TL_COMPOUND("mae", mae_sample, "mean absolute error");
static const tl_op op_huber =
	TL_COMPOUND("huber", huber_sample, "mean error, squared within delta and linear beyond");

const tl_op *const tl_ops_loss[] = {&op_binary, &op_mse, &op_mae, &op_huber, NULL};
