/* Normalisation by the last axis (layer) and by the batch. Both are made of other ops. */
#include "ops/ops.h"

#include <math.h>

/* Gain and bias are vectors of this many numbers, or left out. */
static bool affine_fits(tl_tensor x, tl_tensor gain, tl_tensor bias, int64_t size, const char *name)
{
	tl_tensor part[] = {gain, bias};
	char text[96];
	for (int i = 0; i < 2; i++) {
		tl_shape s = tl_tensor_shape(part[i]);
		if (tl_is_left_out(part[i]))
			continue;
		if (!tl_real_for(x.tape, part[i], name, i + 1))
			return false;
		if (s.rank != 1 || s.dim[0] != size) {
			tl_report(x.tape, TL_ERROR_SHAPE, NULL, "%s: %s is %s, not [%lld]", name,
				  i ? "bias" : "gain", tl_shape_text(&s, text), (long long)size);
			return false;
		}
	}
	return true;
}

static bool epsilon_fits(tl_tape *t, double *epsilon, const char *name)
{
	if (*epsilon == 0)
		*epsilon = 1e-5;
	if (*epsilon > 0)
		return true;
	tl_report(t, TL_ERROR_ARGUMENT, NULL, "%s: epsilon %g is not above 0", name, *epsilon);
	return false;
}

/* Ba, Kiros & Hinton 2016, eq. 3 and 4. */
tl_tensor tl_layer_norm(tl_tensor x, tl_tensor gain, tl_tensor bias, double epsilon)
{
	tl_tensor none = {x.tape, 0, 0};
	int axis = -1;
	if (!tl_real_for(x.tape, x, "layer_norm", 0) || !tl_axis_fits(x, "layer_norm", &axis) ||
	    !affine_fits(x, gain, bias, tl_tensor_dim(x, axis), "layer_norm") ||
	    !epsilon_fits(x.tape, &epsilon, "layer_norm"))
		return none;
	tl_tensor d = tl_sub(x, tl_mean(x, tl_keepdims(tl_axes(axis))));
	tl_tensor variance = tl_mean(tl_square(d), tl_keepdims(tl_axes(axis)));
	tl_tensor y = tl_mul(d, tl_rsqrt(tl_add_scalar(variance, epsilon)));
	y = tl_is_left_out(gain) ? y : tl_mul(y, gain);
	return tl_is_left_out(bias) ? y : tl_add(y, bias);
}

/* Batch normalisation: Ioffe & Szegedy 2015 */

/* A vector along `axis` of a tensor of this rank, the other dimensions 1. */
static tl_tensor along(tl_tensor vector, int64_t rank, int axis)
{
	tl_shape s = {.rank = rank};
	for (int i = 0; i < rank; i++)
		s.dim[i] = i == axis ? tl_tensor_size(vector) : 1;
	return tl_reshape(vector, s);
}

static bool buffer_fits(tl_tape *t, const tl_param *p, int64_t size, bool training,
			const char *what)
{
	tl_shape s = tl_param_shape(p);
	char text[96];
	if (!p && training)
		return true;
	if (!p)
		tl_report(t, TL_ERROR_ARGUMENT,
			  "the tape is not training: give a buffer made by tl_params_add_buffer",
			  "batch_norm: there is no running %s to normalise by", what);
	else if (!tl_param_is_buffer(p))
		tl_report(t, TL_ERROR_ARGUMENT, "make it with tl_params_add_buffer",
			  "batch_norm: the running %s is %s, which is learned", what,
			  tl_param_name(p));
	else if (s.rank != 1 || s.dim[0] != size)
		tl_report(t, TL_ERROR_SHAPE, NULL, "batch_norm: the running %s is %s, not [%lld]",
			  what, tl_shape_text(&s, text), (long long)size);
	else
		return true;
	return false;
}

static bool batch_fits(tl_tensor x, tl_tensor gain, tl_tensor bias, int axis,
		       tl_batch_norm_options *o)
{
	bool training = tl_tape_is_training(x.tape);
	int64_t size = tl_tensor_dim(x, axis), count = size ? tl_tensor_size(x) / size : 0;
	tl_shape s = tl_tensor_shape(x);
	char text[96];
	if (!affine_fits(x, gain, bias, size, "batch_norm") ||
	    !epsilon_fits(x.tape, &o->epsilon, "batch_norm") ||
	    !buffer_fits(x.tape, o->mean, size, training, "mean") ||
	    !buffer_fits(x.tape, o->variance, size, training, "variance"))
		return false;
	if (o->momentum == 0)
		o->momentum = 0.1;
	if (!(o->momentum > 0 && o->momentum <= 1))
		tl_report(x.tape, TL_ERROR_ARGUMENT, NULL,
			  "batch_norm: momentum %g is not in [0, 1]", o->momentum);
	else if (training && count < 2)
		tl_report(x.tape, TL_ERROR_SHAPE,
			  "a batch of two or more, or tl_tape_set_training(tape, false)",
			  "batch_norm: %s has no two values along its other axes to take a "
			  "variance of",
			  tl_shape_text(&s, text));
	else
		return true;
	return false;
}

/*
 * The buffer takes a share of the new. Used again on the same tape (a layer unrolled in time) it
 * goes on from what it is to become, as if the uses came one after the other.
 */
static void run_on(tl_tape *t, tl_param *buffer, tl_tensor now, double share)
{
	tl_assignment *earlier = NULL;
	if (!buffer || t->problem.status)
		return;
	for (size_t i = t->assignments; i-- > 0 && !earlier;)
		if (t->assignment[i].buffer == buffer)
			earlier = &t->assignment[i];
	tl_tensor before = earlier ? tl_handle(t, earlier->node) : tl_use(t, buffer);
	tl_tensor after = tl_add(tl_scale(before, 1 - share), tl_scale(tl_detach(now), share));
	if (earlier && after.id)
		earlier->node = after.id;
	else
		tl_assign(buffer, after);
}

tl_tensor tl_batch_norm(tl_tensor x, tl_tensor gain, tl_tensor bias, int axis,
			const tl_batch_norm_options *options)
{
	tl_tensor none = {x.tape, 0, 0}, mean, variance;
	tl_batch_norm_options o = options ? *options : (tl_batch_norm_options){0};
	if (!tl_real_for(x.tape, x, "batch_norm", 0) || !tl_axis_fits(x, "batch_norm", &axis) ||
	    !batch_fits(x, gain, bias, axis, &o))
		return none;
	int64_t rank = tl_tensor_shape(x).rank, size = tl_tensor_dim(x, axis);
	if (tl_tape_is_training(x.tape)) {
		double count = (double)tl_tensor_size(x) / (double)size;
		tl_axis_list others = {0};
		for (int i = 0; i < rank; i++)
			if (i != axis)
				others.axis[others.count++] = i;
		mean = tl_mean(x, tl_keepdims(others));
		variance = tl_mean(tl_square(tl_sub(x, mean)), tl_keepdims(others));
		/* what is kept is the unbiased estimate, as in the paper's algorithm 2 */
		run_on(x.tape, o.mean, tl_reshape(mean, tl_dims(size)), o.momentum);
		run_on(x.tape, o.variance,
		       tl_scale(tl_reshape(variance, tl_dims(size)), count / (count - 1)),
		       o.momentum);
	} else {
		mean = along(tl_use(x.tape, o.mean), rank, axis);
		variance = along(tl_use(x.tape, o.variance), rank, axis);
	}
	tl_tensor y = tl_mul(tl_sub(x, mean), tl_rsqrt(tl_add_scalar(variance, o.epsilon)));
	y = tl_is_left_out(gain) ? y : tl_mul(y, along(gain, rank, axis));
	return tl_is_left_out(bias) ? y : tl_add(y, along(bias, rank, axis));
}

static tl_tensor layer_norm_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 1, 3);
	int64_t size = shape.dim[shape.rank - 1];
	tl_tensor x = tl_example_leaf(s, shape, -2, 2);
	tl_tensor gain = tl_example_leaf(s, tl_dims(size), -2, 2);
	tl_tensor bias = tl_example_leaf(s, tl_dims(size), -2, 2);
	return tl_layer_norm(x, gain, tl_example_integer(s, 0, 3) ? bias : TL_NONE, 0.1);
}

static tl_tensor batch_norm_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 2, 4);
	int axis = (int)tl_example_integer(s, 0, shape.rank - 1);
	shape.dim[axis ? 0 : 1] += 1;
	int64_t size = shape.dim[axis];
	tl_tensor x = tl_example_leaf(s, shape, -2, 2);
	tl_tensor gain = tl_example_leaf(s, tl_dims(size), -2, 2);
	tl_batch_norm_options options = {.epsilon = 0.1};
	return tl_batch_norm(x, gain, tl_example_leaf(s, tl_dims(size), -2, 2), axis, &options);
}

static const tl_op op_layer_norm =
	TL_COMPOUND("layer_norm", layer_norm_sample,
		    "rows shifted and scaled to mean 0, variance 1", "x, gain, bias",
		    "μ = mean(x); v = mean((x − μ)²); y = gain ⊙ (x − μ) / sqrt(v + ε) + bias");
static const tl_op op_batch_norm = TL_COMPOUND(
	"batch_norm", batch_norm_sample,
	"channels shifted and scaled to mean 0, variance 1 over a batch", "x, gain, bias",
	"μ = mean(x[b] for b); v = mean((x[b] − μ)² for b); y[b] = gain ⊙ (x[b] − μ) / sqrt(v + ε) "
	"+ bias");

const tl_op *const tl_ops_norm[] = {&op_layer_norm, &op_batch_norm, NULL};
