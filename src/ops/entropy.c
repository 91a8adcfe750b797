/*
 * The negative log-likelihood of integer targets under softmax(logits). Loss and slope are ops of
 * their own, for the slope is simpler than what the chain rule would make of it: with p =
 * softmax(logits) and q the distribution the target asks for (one-hot, or smoothed: Szegedy et al.
 * 2016, section 7), loss = -<q, log p> and d loss / d logits = p - q.
 */
#include "ops/ops.h"
#include "ops/loss.h"

#include <stdio.h>
#include <string.h>

typedef struct entropy_attr {
	double smoothing;
	int32_t ignore, ignore_index;
} entropy_attr;

static void entropy_words(const tl_call *c, char *text, size_t room)
{
	const entropy_attr *a = c->attr;
	int used = 0;
	*text = '\0';
	if (a->smoothing != 0)
		used = snprintf(text, room, "smoothing %g", a->smoothing);
	if (a->ignore && used >= 0 && (size_t)used < room)
		snprintf(text + used, room - (size_t)used, "%signores %d", used ? ", " : "",
			 (int)a->ignore_index);
}

static bool ignored(const entropy_attr *a, int32_t target)
{
	return a->ignore && target == a->ignore_index;
}

static tl_status items_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape logits = tl_call_operand_shape(c, 0), target = tl_call_operand_shape(c, 1);
	char a[96], b[96];
	(void)dtype;
	if (!tl_wants_real(c, 0) || !tl_wants_integers(c, 1))
		return TL_ERROR_TYPE;
	if (!logits.rank)
		return tl_call_fail(c, TL_ERROR_SHAPE, NULL,
				    "the logits are one number, not a row of them");
	*shape = tl_shape_without(&logits, (int)logits.rank - 1);
	if (!tl_shape_same(shape, &target))
		return tl_call_fail(
			c, TL_ERROR_SHAPE,
			"targets are class numbers, in the shape of the logits without the last "
			"axis",
			"logits %s do not go with targets %s", tl_shape_text(&logits, a),
			tl_shape_text(&target, b));
	return TL_OK;
}

static tl_status slope_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_status status = items_shape(c, shape, dtype);
	*shape = tl_call_operand_shape(c, 0);
	return status;
}

/*
 * From the largest logit and the logarithm of the sum of e^(x - largest) to losses; from softmax to
 * p - q. A loss is made of distances from the largest logit, as log_softmax is, and not of the
 * logits' own numbers: far from 0 these have no digits to spare for it.
 */
#define ROWS(REAL)                                                                                 \
	static double below_##REAL(REAL most, REAL x)                                              \
	{                                                                                          \
		return x == most ? 0 : (double)most - (double)x; /* of infinities too */           \
	}                                                                                          \
	static REAL loss_##REAL(const entropy_attr *a, int64_t n, const REAL *x, int32_t target,   \
				REAL most, REAL log_total)                                         \
	{                                                                                          \
		double sum = 0, s = a->smoothing;                                                  \
		if (ignored(a, target))                                                            \
			return 0;                                                                  \
		for (int64_t j = 0; s > 0 && j < n; j++)                                           \
			sum += below_##REAL(most, x[j]);                                           \
		sum = s > 0 ? s * sum / (double)n : 0;                                             \
		if (s < 1)                                                                         \
			sum += (1 - s) * below_##REAL(most, x[target]);                            \
		return (REAL)(sum + (double)log_total);                                            \
	}                                                                                          \
	static void slope_##REAL(const entropy_attr *a, int64_t n, int32_t target, REAL *p)        \
	{                                                                                          \
		REAL even = (REAL)(a->smoothing / (double)n);                                      \
		for (int64_t j = 0; a->smoothing > 0 && j < n; j++)                                \
			p[j] -= even;                                                              \
		if (ignored(a, target))                                                            \
			memset(p, 0, (size_t)n * sizeof *p);                                       \
		else                                                                               \
			p[target] -= (REAL)(1 - a->smoothing);                                     \
	}
ROWS(float)
ROWS(double)

static tl_status check_targets(const tl_kernel_args *r)
{
	const tl_array *target = &r->in[1];
	int64_t classes = r->in[0].shape.dim[r->in[0].shape.rank - 1];
	for (int64_t i = 0; i < target->size; i++) {
		int32_t at = ((const int32_t *)target->data)[i];
		if ((at < 0 || at >= classes) && !ignored(r->attr, at))
			return tl_out_of_range(r, target, i, classes, "classes");
	}
	return TL_OK;
}

static void share(const tl_kernel_args *r, int64_t *first, int64_t *last)
{
	*first = r->in[1].size * r->part / r->parts;
	*last = r->in[1].size * (r->part + 1) / r->parts;
}

static tl_status items_kernel(const tl_kernel_args *r)
{
	const tl_kernels *k = tl_kernels_for(r->real);
	int64_t n = r->in[0].shape.dim[r->in[0].shape.rank - 1], first, last;
	share(r, &first, &last);
	if (check_targets(r))
		return TL_ERROR_VALUE;
	for (int64_t i = first; i < last; i++) {
		int32_t target = ((const int32_t *)r->in[1].data)[i];
		if (r->real == TL_F32) {
			const float *x = (const float *)r->in[0].data + i * n;
			float most, log_total;
			k->logsumexp(1, n, x, &most, &log_total, 0, 1);
			((float *)r->out.data)[i] =
				loss_float(r->attr, n, x, target, most, log_total);
		} else {
			const double *x = (const double *)r->in[0].data + i * n;
			double most, log_total;
			k->logsumexp(1, n, x, &most, &log_total, 0, 1);
			((double *)r->out.data)[i] =
				loss_double(r->attr, n, x, target, most, log_total);
		}
	}
	return TL_OK;
}

static tl_status slope_kernel(const tl_kernel_args *r)
{
	int64_t n = r->in[0].shape.dim[r->in[0].shape.rank - 1], first, last;
	size_t offset;
	share(r, &first, &last);
	if (check_targets(r))
		return TL_ERROR_VALUE;
	offset = (size_t)(first * n) * tl_dtype_size(r->real);
	tl_kernels_for(r->real)->softmax(last - first, n, (const char *)r->in[0].data + offset,
					 (char *)r->out.data + offset, 0, 1);
	for (int64_t i = first; i < last; i++) {
		int32_t target = ((const int32_t *)r->in[1].data)[i];
		if (r->real == TL_F32)
			slope_float(r->attr, n, target, (float *)r->out.data + i * n);
		else
			slope_double(r->attr, n, target, (double *)r->out.data + i * n);
	}
	return TL_OK;
}

/* 1 for an item that counts, 0 for one that is ignored. */

static tl_status counted_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	(void)dtype;
	*shape = tl_call_operand_shape(c, 0);
	return tl_wants_integers(c, 0) ? TL_OK : TL_ERROR_TYPE;
}

static tl_status counted_kernel(const tl_kernel_args *r)
{
	const int32_t *target = r->in[0].data;
	for (int64_t i = 0; i < r->out.size; i++) {
		if (r->real == TL_F32)
			((float *)r->out.data)[i] = !ignored(r->attr, target[i]);
		else
			((double *)r->out.data)[i] = !ignored(r->attr, target[i]);
	}
	return TL_OK;
}

static const tl_op op_counted = {
	.name = "counted",
	.doc = "1 where an integer is not the one to be ignored, else 0",
	.operands = "target",
	.equation = "y = 1 if target ≠ ignored else 0",
	.operand_count = 1,
	.attr_size = sizeof(entropy_attr),
	.attributes = entropy_words,
	.shape = counted_shape,
	.kernel = counted_kernel,
	.zero_gradient = true,
};

static const tl_op op_slope;

/* Of items, as a last axis that broadcasts along the classes. */
static tl_tensor column(tl_tensor items)
{
	tl_shape s = tl_tensor_shape(items);
	s.dim[s.rank++] = 1;
	return tl_reshape(items, s);
}

static tl_tensor items_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	if (operand == 1)
		return TL_NONE;
	tl_tensor x[] = {tl_call_operand(c, 0), tl_call_operand(c, 1)};
	return tl_mul(tl_apply(&op_slope, c->attr, 2, x), column(dy));
}

/* That of softmax, for q is constant; nothing for items that are ignored. */
static tl_tensor slope_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	const entropy_attr *attr = c->attr;
	if (operand == 1)
		return TL_NONE;
	tl_tensor p = tl_softmax(tl_call_operand(c, 0), -1), target = tl_call_operand(c, 1);
	if (attr->ignore)
		dy = tl_mul(dy, column(tl_apply(&op_counted, attr, 1, &target)));
	return tl_mul(p, tl_sub(dy, tl_sum(tl_mul(dy, p), tl_keepdims(tl_axes(-1)))));
}

static tl_tensor items_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 1, 3),
		 items = tl_shape_without(&shape, (int)shape.rank - 1);
	int32_t classes = (int32_t)shape.dim[shape.rank - 1];
	entropy_attr attr = {tl_example_integer(s, 0, 1) ? 0.1 : 0,
			     (int32_t)tl_example_integer(s, 0, 1), 1};
	tl_tensor logits = tl_example_leaf(s, shape, -2, 2);
	return tl_apply(s->op, &attr, 2,
			(tl_tensor[]){logits, tl_example_index(s, items, classes)});
}

static const tl_op op_items = {
	.name = "cross_entropy",
	.doc = "-log softmax(logits)[target], one for each row of logits",
	.operands = "x, target",
	.equation = "y = −log(softmax(x)[target])",
	.derivative = "dx = dy (softmax(x) − one_hot(target))",
	.operand_count = 2,
	.attr_size = sizeof(entropy_attr),
	.attributes = entropy_words,
	.shape = items_shape,
	.kernel = items_kernel,
	.parallel = true,
	.vjp = items_vjp,
	.example = items_sample,
};

static const tl_op op_slope = {
	.name = "cross_entropy_slope",
	.doc = "softmax(logits) - what the target asks for: the derivative of cross_entropy",
	.operands = "x, target",
	.equation = "y = softmax(x) − one_hot(target)",
	.derivative = "p = softmax(x); dx = p ⊙ (dy − sum(p ⊙ dy))",
	.operand_count = 2,
	.attr_size = sizeof(entropy_attr),
	.attributes = entropy_words,
	.shape = slope_shape,
	.kernel = slope_kernel,
	.parallel = true,
	.vjp = slope_vjp,
	.example = items_sample,
};

tl_tensor tl_cross_entropy(tl_tensor logits, tl_tensor target,
			   const tl_cross_entropy_options *options)
{
	static const tl_cross_entropy_options usual;
	const tl_cross_entropy_options *o = options ? options : &usual;
	bool ignores = o->use_ignore_index;
	entropy_attr attr = {o->label_smoothing, ignores, ignores ? o->ignore_index : 0};
	tl_tensor none = {logits.tape, 0, 0}, weight = o->weight;
	bool weighted = !tl_is_left_out(weight);
	if (!tl_real_for(logits.tape, logits, "cross_entropy", 0))
		return none;
	if (!(attr.smoothing >= 0 && attr.smoothing <= 1)) {
		tl_report(logits.tape, TL_ERROR_ARGUMENT, NULL,
			  "cross_entropy: label_smoothing %g is not in [0, 1]", attr.smoothing);
		return none;
	}
	tl_tensor items = tl_apply(&op_items, &attr, 2, (tl_tensor[]){logits, target});
	if (!items.id)
		return none;
	if (!weighted && !ignores && o->reduction == TL_REDUCTION_MEAN) {
		int64_t count = tl_tensor_size(items);
		return tl_scale(tl_sum(items, TL_ALL), count ? 1 / (double)count : 0);
	}
	if (!ignores || o->reduction != TL_REDUCTION_MEAN)
		return tl_reduced(items, &(tl_loss_options){weight, o->reduction}, "cross_entropy");
	tl_tensor count = tl_apply(&op_counted, &attr, 1, &target);
	if (weighted) {
		weight = tl_loss_weight(items, weight, "cross_entropy");
		items = tl_mul(items, weight);
		count = tl_mul(count, weight);
	}
	return tl_mean_of_counted(tl_sum(items, TL_ALL), tl_sum(count, TL_ALL));
}

static tl_tensor cross_entropy_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 1, 3),
		 items = tl_shape_without(&shape, (int)shape.rank - 1);
	int32_t classes = (int32_t)shape.dim[shape.rank - 1];
	tl_cross_entropy_options options = {
		.label_smoothing = tl_example_integer(s, 0, 1) ? 0.2 : 0,
		.use_ignore_index = tl_example_integer(s, 0, 1),
		.reduction = (tl_loss_reduction)tl_example_integer(s, 0, TL_REDUCTION_NONE)};
	tl_tensor logits = tl_example_leaf(s, shape, -2, 2);
	if (tl_example_integer(s, 0, 1))
		options.weight = tl_example_leaf(s, items, 0.3, 2);
	return tl_cross_entropy(logits, tl_example_index(s, items, classes), &options);
}

static const tl_op op_cross_entropy =
	TL_COMPOUND("cross_entropy_reduced", cross_entropy_sample,
		    "-log softmax(logits)[target], reduced over those that count", "x, target",
		    "y = mean(−log(softmax(x[i])[target[i]]) for i)  # the i that count");

const tl_op *const tl_ops_entropy[] = {&op_items, &op_slope, &op_counted, &op_cross_entropy, NULL};
