/*
 * The ops. Each records one node (or a few) and returns it; nothing is computed. Operands of
 * elementwise ops are broadcast as in NumPy: shapes are aligned at the last axis, and a dimension
 * of 1, or one that is missing, is repeated. Real operands are of the tape's type; integer tensors
 * go only where an index, a target or a length is asked for, or through tl_cast.
 *
 * On failure: no tensor; the tape of the operands keeps the message (tl_tape_error).
 * Owner: the tape owns the node.
 */
#ifndef TAPELOOP_OPS_H
#define TAPELOOP_OPS_H

#include <tapeloop/params.h>
#include <tapeloop/tape.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One operand, elementwise. exp, expm1, log, log1p, tanh, sigmoid, softplus, softsign and erf are
 * within two units in the last place (four in double) of the exact value, for every number; silu,
 * mish and erfc within four, gelu within five; tan, sinh, cosh and the inverse functions are the C
 * library's. Infinities and NaN are as in C99, and as the limits are.
 */

TL_API tl_tensor tl_neg(tl_tensor x);
TL_API tl_tensor tl_abs(tl_tensor x);
TL_API tl_tensor tl_sign(tl_tensor x);  /* -1, 0, 1 */
TL_API tl_tensor tl_floor(tl_tensor x); /* rounded down; no gradient */
TL_API tl_tensor tl_ceil(tl_tensor x);  /* rounded up; no gradient */
TL_API tl_tensor tl_round(tl_tensor x); /* to the nearest, of two the even one; no gradient */
TL_API tl_tensor tl_exp(tl_tensor x);
TL_API tl_tensor tl_expm1(tl_tensor x); /* exp x - 1, accurate near 0 */
TL_API tl_tensor tl_log(tl_tensor x);
TL_API tl_tensor tl_log1p(tl_tensor x); /* log(1 + x), accurate near 0 */
TL_API tl_tensor tl_sqrt(tl_tensor x);
TL_API tl_tensor tl_rsqrt(tl_tensor x); /* 1 / sqrt x */
TL_API tl_tensor tl_square(tl_tensor x);
TL_API tl_tensor tl_reciprocal(tl_tensor x);
TL_API tl_tensor tl_sin(tl_tensor x);
TL_API tl_tensor tl_cos(tl_tensor x);
TL_API tl_tensor tl_tan(tl_tensor x);
TL_API tl_tensor tl_asin(tl_tensor x);
TL_API tl_tensor tl_acos(tl_tensor x);
TL_API tl_tensor tl_atan(tl_tensor x);
TL_API tl_tensor tl_sinh(tl_tensor x);
TL_API tl_tensor tl_cosh(tl_tensor x);
TL_API tl_tensor tl_tanh(tl_tensor x);
TL_API tl_tensor tl_erf(tl_tensor x);      /* 2 / sqrt(pi) times the integral of exp(-t^2) from 0 */
TL_API tl_tensor tl_erfc(tl_tensor x);     /* 1 - erf x, accurate where that is small */
TL_API tl_tensor tl_sigmoid(tl_tensor x);  /* 1 / (1 + exp -x) */
TL_API tl_tensor tl_softsign(tl_tensor x); /* x / (1 + |x|) */
TL_API tl_tensor tl_silu(tl_tensor x);     /* x sigmoid(x); also called swish */
TL_API tl_tensor tl_mish(tl_tensor x);     /* x tanh(softplus(x)) */
TL_API tl_tensor tl_gelu(tl_tensor x);     /* x P(X < x), X normal: the exact one, by erf */
TL_API tl_tensor tl_relu(tl_tensor x);
TL_API tl_tensor tl_leaky_relu(tl_tensor x, double slope); /* x > 0 ? x : slope x */
TL_API tl_tensor tl_elu(tl_tensor x, double alpha);        /* x > 0 ? x : alpha (exp x - 1) */
TL_API tl_tensor tl_softplus(tl_tensor x);                 /* log(1 + exp x) */
TL_API tl_tensor tl_hard_sigmoid(tl_tensor x, double slope,
				 double offset); /* slope x + offset in [0, 1] */
TL_API tl_tensor tl_hard_tanh(tl_tensor x);      /* x in [-1, 1] */
TL_API tl_tensor tl_clamp(tl_tensor x, double low, double high);
TL_API tl_tensor tl_one_minus(tl_tensor x);             /* 1 - x */
TL_API tl_tensor tl_scale(tl_tensor x, double by);      /* by x */
TL_API tl_tensor tl_add_scalar(tl_tensor x, double by); /* x + by */
TL_API tl_tensor tl_detach(tl_tensor x);                /* x, through which no gradient flows */
TL_API tl_tensor tl_cast(tl_tensor integers);           /* as real numbers */

/*
 * Two operands, elementwise. max, min and relu of NaN are NaN, and the gradient passes (of max and
 * min to both operands), so that a NaN is not lost on the way. The derivative of pow(a, b) by a is
 * 0 where b is 0, whatever a is; that by b is 0 where a is 0 and b is not negative.
 */

TL_API tl_tensor tl_add(tl_tensor a, tl_tensor b);
TL_API tl_tensor tl_sub(tl_tensor a, tl_tensor b);
TL_API tl_tensor tl_mul(tl_tensor a, tl_tensor b);
TL_API tl_tensor tl_div(tl_tensor a, tl_tensor b);
TL_API tl_tensor tl_pow(tl_tensor a, tl_tensor b);
TL_API tl_tensor tl_atan2(tl_tensor a, tl_tensor b); /* the angle of the point (b, a) */
TL_API tl_tensor tl_maximum(tl_tensor a,
			    tl_tensor b); /* where equal, half of the gradient to each */
TL_API tl_tensor tl_minimum(tl_tensor a, tl_tensor b);
TL_API tl_tensor tl_less(tl_tensor a, tl_tensor b); /* comparisons: 1 or 0, no gradient */
TL_API tl_tensor tl_less_equal(tl_tensor a, tl_tensor b);
TL_API tl_tensor tl_greater(tl_tensor a, tl_tensor b);
TL_API tl_tensor tl_greater_equal(tl_tensor a, tl_tensor b);
TL_API tl_tensor tl_equal(tl_tensor a, tl_tensor b);
TL_API tl_tensor tl_not_equal(tl_tensor a, tl_tensor b);
TL_API tl_tensor tl_where(tl_tensor condition, tl_tensor a,
			  tl_tensor b);                   /* condition != 0 ? a : b */
TL_API tl_tensor tl_add_n(const tl_tensor *x, int count); /* the sum of tensors of one shape */
TL_API tl_tensor tl_blend(tl_tensor z, tl_tensor a, tl_tensor b); /* z a + (1 - z) b */

/* Along axes */

/*
 * Reductions. The axes listed are removed: tl_sum(x, tl_axes(0, 2)); TL_ALL lists all of them.
 * tl_sum(x, tl_keepdims(tl_axes(1))) keeps them as dimensions of 1, so that the result broadcasts
 * against x.
 */
typedef struct tl_axis_list {
	int count;
	int axis[TL_MAX_RANK];
	bool keepdims;
} tl_axis_list;

#define TL_NO_AXIS_ (-1000)
/* All axes. */
#define TL_ALL tl_make_axes_(TL_NO_AXIS_, TL_NO_AXIS_, TL_NO_AXIS_, TL_NO_AXIS_)
/* One axis to four. */
#define tl_axes(...)                  TL_PICK_AXES(__VA_ARGS__, TL_NO_AXIS_, TL_NO_AXIS_, TL_NO_AXIS_, TL_NO_AXIS_)
#define TL_PICK_AXES(a, b, c, d, ...) tl_make_axes_(a, b, c, d)

static inline tl_axis_list tl_make_axes_(int a, int b, int c, int d)
{
	tl_axis_list list;
	list.axis[0] = a, list.axis[1] = b, list.axis[2] = c, list.axis[3] = d;
	for (list.count = 0; list.count < TL_MAX_RANK && list.axis[list.count] != TL_NO_AXIS_;
	     list.count++)
		;
	list.keepdims = false;
	return list;
}

/* The same axes, kept as dimensions of 1. */
static inline tl_axis_list tl_keepdims(tl_axis_list axes)
{
	axes.keepdims = true;
	return axes;
}

/* The sum over the axes. */
TL_API tl_tensor tl_sum(tl_tensor x, tl_axis_list axes);
TL_API tl_tensor tl_mean(tl_tensor x,
			 tl_axis_list axes); /* the sum divided by how many there are */
TL_API tl_tensor tl_max(tl_tensor x,
			tl_axis_list axes); /* the gradient is shared by equal largest */
TL_API tl_tensor tl_min(tl_tensor x, tl_axis_list axes); /* the smallest; the gradient likewise */
TL_API tl_tensor tl_argmax(tl_tensor x,
			   int axis); /* integers; the first of equals, or the first NaN */
TL_API tl_tensor tl_cumsum(tl_tensor x, int axis); /* running sums along the axis */

/*
 * Where some x are +infinity, softmax, log_softmax and logsumexp, and their gradients, are the
 * limits: these x share the probability of 1 evenly and the others have none. Where all are
 * -infinity no limit exists: softmax and log_softmax are NaN, logsumexp is -infinity and its
 * gradient NaN.
 */
TL_API tl_tensor tl_logsumexp(tl_tensor x, tl_axis_list axes);
TL_API tl_tensor tl_softmax(tl_tensor x, int axis);
TL_API tl_tensor tl_log_softmax(tl_tensor x, int axis);
TL_API tl_tensor tl_sum_to(tl_tensor x,
			   tl_shape shape); /* undo a broadcast: sum over what was repeated */

/* Products */

/*
 * a b. Two matrices; a vector on either side counts as a row (left) or a column (right) and its
 * axis is removed; leading axes beyond two are a batch and broadcast. A transpose of an operand is
 * taken into the product and not carried out.
 */
TL_API tl_tensor tl_matmul(tl_tensor a, tl_tensor b);

/* x W^T + b: a linear layer, W being [out, in] as papers write W x; b may be TL_NONE. */
TL_API tl_tensor tl_linear(tl_tensor x, tl_tensor W, tl_tensor b);

/* x^T W y of each row: x [batch, n], W [out, n, m], y [batch, m]; the result is [batch, out]. */
TL_API tl_tensor tl_bilinear(tl_tensor x, tl_tensor W, tl_tensor y);

/* Shapes */

TL_API tl_tensor tl_transpose(tl_tensor x); /* swaps the last two axes */
TL_API tl_tensor tl_permute(tl_tensor x,
			    const int *axes); /* axis i of the result is axes[i] of x */
TL_API tl_tensor tl_reshape(tl_tensor x,
			    tl_shape shape);            /* one dimension may be -1: what is left */
TL_API tl_tensor tl_expand_dims(tl_tensor x, int axis); /* a new axis of size 1, there */
TL_API tl_tensor tl_broadcast_to(
	tl_tensor x, tl_shape shape); /* dimensions of 1, and missing ones in front, repeated */
/* start:stop:step as in Python: stop not included, negative ones count from the end; step >= 1. */
TL_API tl_tensor tl_slice(tl_tensor x, int axis, int64_t start, int64_t stop, int64_t step);
TL_API tl_tensor tl_at(tl_tensor x, int64_t index); /* x[index]: the first axis is removed */
TL_API tl_tensor tl_reverse(tl_tensor x, int axis); /* elements of the axis from last to first */
TL_API tl_tensor tl_concat(const tl_tensor *x, int count,
			   int axis); /* one after the other along an axis that is there */
TL_API tl_tensor tl_stack(const tl_tensor *x, int count, int axis); /* along a new axis */
TL_API TL_SITED tl_status tl_split(tl_tensor x, int axis, int parts,
				   tl_tensor *out); /* equal parts */
/* `before` and `after` elements of one value at the ends of an axis. */
TL_API tl_tensor tl_pad(tl_tensor x, int axis, int64_t before, int64_t after, double value);

/* By index; one that is out of range is TL_ERROR_VALUE when the value is computed. */

TL_API tl_tensor tl_embedding(tl_tensor table,
			      tl_tensor index); /* rows: index.shape + table.shape[1:] */
TL_API tl_tensor tl_segment_sum(tl_tensor rows, tl_tensor index,
				int64_t count); /* sums rows into count rows */
TL_API tl_tensor tl_pick(tl_tensor x, tl_tensor index,
			 int axis); /* x[.., index[..], ..]: the axis is removed */
/* x[.., index[.., i, ..], ..], as NumPy's: index has the shape of x, but for the size of the axis,
 * which the result takes from it. */
TL_API tl_tensor tl_take_along_axis(tl_tensor x, tl_tensor index, int axis);
TL_API tl_tensor tl_one_hot(tl_tensor index, int64_t classes); /* a new last axis */

/* For sequences of these lengths, [batch] integers: 1 where a row takes part, 0 in the padding,
 * [steps, batch, 1]. */
TL_API tl_tensor tl_length_mask(tl_tensor lengths, int64_t steps);

/*
 * Losses. A real target is shaped like x, or is one number. Each element has a loss; options, which
 * may be NULL, say what becomes of them. A weight is a factor for each, or for each index of the
 * leading axes: [steps, batch] for x of [steps, batch, n], 0 in the padding. The mean is then
 * that by weight, and 0 if all weights are 0.
 */

typedef enum tl_loss_reduction {
	TL_REDUCTION_MEAN,
	TL_REDUCTION_SUM,
	TL_REDUCTION_NONE
} tl_loss_reduction;

typedef struct tl_loss_options {
	tl_tensor weight; /* TL_NONE: 1 */
	tl_loss_reduction reduction;
} tl_loss_options;

typedef struct tl_cross_entropy_options {
	double label_smoothing; /* fraction of the target spread evenly over all classes */
	bool use_ignore_index;  /* elements whose target is ignore_index count nothing */
	int32_t ignore_index;
	tl_tensor weight; /* TL_NONE: 1 */
	tl_loss_reduction reduction;
} tl_cross_entropy_options;

/*
 * -log softmax(logits)[target] along the last axis; target has the shape of logits without it. The
 * mean is over elements not ignored, by their weight; 0 if there are none.
 */
TL_API tl_tensor tl_cross_entropy(tl_tensor logits, tl_tensor target,
				  const tl_cross_entropy_options *options);
/* A target that is not in [0, 1] is TL_ERROR_VALUE when the value is computed. */
TL_API tl_tensor tl_binary_cross_entropy_with_logits(tl_tensor logits, tl_tensor target,
						     const tl_loss_options *options);
/* Mean squared error, mean absolute error, and Huber's: quadratic within delta. */
TL_API tl_tensor tl_mse(tl_tensor x, tl_tensor target, const tl_loss_options *options);
TL_API tl_tensor tl_mae(tl_tensor x, tl_tensor target, const tl_loss_options *options);
TL_API tl_tensor tl_huber(tl_tensor x, tl_tensor target, double delta,
			  const tl_loss_options *options);

/* Normalisation and noise */

/* Over the last axis; gain and bias have its size, either may be TL_NONE; epsilon 0 means 1e-5. */
TL_API tl_tensor tl_layer_norm(tl_tensor x, tl_tensor gain, tl_tensor bias, double epsilon);

/* What is kept of the batches, for when the tape is not training. */
typedef struct tl_batch_norm_options {
	double momentum; /* of the running statistics: the share of the new; 0 means 0.1 */
	double epsilon;  /* 0 means 1e-5 */
	tl_param *mean, *variance; /* running statistics: buffers of the size of the axis; may be
				      NULL while training */
} tl_batch_norm_options;

/*
 * Over all axes but `axis`; gain and bias have its size, either may be TL_NONE. While the tape is
 * training (tl_tape_set_training) by the batch's own statistics, which also move the running ones;
 * else by these. options may be NULL while training. The running variance is the unbiased estimate.
 * The running statistics are assigned when the tape is committed (tl_backward, tl_tape_commit); a
 * layer used several times on one tape updates them as often.
 */
TL_API tl_tensor tl_batch_norm(tl_tensor x, tl_tensor gain, tl_tensor bias, int axis,
			       const tl_batch_norm_options *options);

/*
 * Set each element to zero with this probability and scale the others by 1 / (1 - rate); x itself
 * while the tape is not training (tl_tape_set_training). The mask follows
 * from the tape's seed and generation; it is computed, never stored. tl_dropout_mask is the mask
 * itself (0 or 1 / (1 - rate)), to be shared over steps: it is drawn in either mode, so ask
 * tl_tape_is_training before using it.
 */
TL_API tl_tensor tl_dropout(tl_tensor x, double rate);
TL_API tl_tensor tl_dropout_mask(tl_tape *tape, tl_shape shape, double rate);

/* Convolution and pooling */

/* How windows move. A convolution in one dimension reads the first of each. */
typedef struct tl_conv_options {
	int64_t stride[2], padding[2], dilation[2]; /* rows, columns; 0 means 1, 0, 1 */
} tl_conv_options;

/* x [batch, in, rows, columns], w [out, in, kernel rows, kernel columns]; options may be NULL. */
TL_API tl_tensor tl_conv2d(tl_tensor x, tl_tensor w, const tl_conv_options *options);
/* x [batch, in, length], w [out, in, kernel]; options' first numbers. */
TL_API tl_tensor tl_conv1d(tl_tensor x, tl_tensor w, const tl_conv_options *options);

/*
 * Over windows of size[0] x size[1] of x [batch, channels, rows, columns]; stride 0 means the size;
 * padding is at most half of the size. The gradient of max_pool goes to the first of equals; in
 * average_pool padding counts as zeros.
 */
TL_API tl_tensor tl_max_pool2d(tl_tensor x, const int64_t size[2], const tl_conv_options *options);
TL_API tl_tensor tl_average_pool2d(tl_tensor x, const int64_t size[2],
				   const tl_conv_options *options);

#ifdef __cplusplus
}
#endif
#endif
