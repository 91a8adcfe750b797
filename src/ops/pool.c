/*
 * Pooling. The largest of each window is found again wherever its place is needed, not stored: the
 * adjoint (max_pool_input) and the derivative of that (max_pool_pick) look at x once more. Averages
 * are linear, so two ops are each other's derivative.
 */
#include "ops/window.h"

#include <math.h>
#include <string.h>

/* The planes [first, last) that are this part's. */
static void planes_of(const tl_kernel_args *r, int64_t *first, int64_t *last)
{
	int64_t planes = r->out.size ? r->out.shape.dim[0] * r->out.shape.dim[1] : 0;
	*first = planes * r->part / r->parts;
	*last = planes * (r->part + 1) / r->parts;
}

/* Zeros in these planes of the result, which windows are then added into. */
static void clear(const tl_kernel_args *r, int64_t first, int64_t last)
{
	int64_t plane = r->out.shape.dim[2] * r->out.shape.dim[3];
	size_t bytes = (size_t)plane * tl_dtype_size(r->real);
	if (last > first)
		memset((char *)r->out.data + (size_t)first * bytes, 0,
		       (size_t)(last - first) * bytes);
}

static tl_status max_kernel(const tl_kernel_args *r)
{
	int64_t first, last;
	planes_of(r, &first, &last);
	tl_window_largest(r->attr, r->real, first, last, r->in[0].data, r->in[0].data, r->out.data,
			  false);
	return TL_OK;
}

static tl_status input_kernel(const tl_kernel_args *r)
{
	int64_t first, last;
	planes_of(r, &first, &last);
	clear(r, first, last);
	tl_window_largest(r->attr, r->real, first, last, r->in[0].data, r->out.data, r->in[1].data,
			  true);
	return TL_OK;
}

static tl_status pick_kernel(const tl_kernel_args *r)
{
	int64_t first, last;
	planes_of(r, &first, &last);
	tl_window_largest(r->attr, r->real, first, last, r->in[0].data, r->in[1].data, r->out.data,
			  false);
	return TL_OK;
}

static tl_status mean_kernel(const tl_kernel_args *r)
{
	int64_t first, last;
	planes_of(r, &first, &last);
	tl_window_mean(r->attr, r->real, first, last, r->in[0].data, r->out.data, false);
	return TL_OK;
}

static tl_status spread_kernel(const tl_kernel_args *r)
{
	int64_t first, last;
	planes_of(r, &first, &last);
	clear(r, first, last);
	tl_window_mean(r->attr, r->real, first, last, r->out.data, r->in[0].data, true);
	return TL_OK;
}

static tl_status shape_with(const tl_call *c, const int64_t last[2], tl_shape *shape)
{
	for (int k = 0; k < c->operands; k++) {
		if (!tl_wants_real(c, k))
			return TL_ERROR_TYPE;
		if (tl_call_operand_shape(c, k).rank != 4)
			return tl_call_fail(c, TL_ERROR_SHAPE, NULL, "operand %d has not four axes",
					    k);
	}
	tl_shape x = tl_call_operand_shape(c, 0);
	*shape = tl_dims(x.dim[0], x.dim[1], last[0], last[1]);
	return TL_OK;
}

static tl_status pooled_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	(void)dtype;
	return shape_with(c, ((const tl_window *)c->attr)->out, shape);
}

static tl_status input_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	(void)dtype;
	return shape_with(c, ((const tl_window *)c->attr)->in, shape);
}

static const tl_op op_max, op_max_input, op_max_pick, op_mean, op_mean_input;

static tl_tensor max_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	return tl_apply(&op_max_input, c->attr, 2, (tl_tensor[]){tl_call_operand(c, operand), dy});
}

/* Where the largest is does not change with x, so x gets nothing. */
static tl_tensor max_input_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	if (operand == 0)
		return TL_NONE;
	return tl_apply(&op_max_pick, c->attr, 2, (tl_tensor[]){tl_call_operand(c, 0), dy});
}

static tl_tensor max_pick_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	if (operand == 0)
		return TL_NONE;
	return tl_apply(&op_max_input, c->attr, 2, (tl_tensor[]){tl_call_operand(c, 0), dy});
}

static tl_tensor mean_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	(void)operand;
	return tl_apply(&op_mean_input, c->attr, 1, &dy);
}

static tl_tensor mean_input_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	(void)operand;
	return tl_apply(&op_mean, c->attr, 1, &dy);
}

/* Sizes and options of an example; x is what is pooled. */
static bool sample_window(tl_example *s, tl_shape *x, tl_window *w)
{
	tl_conv_options o;
	int64_t size[2];
	*x = tl_dims(tl_example_integer(s, 1, 2), tl_example_integer(s, 1, 2),
		     tl_example_integer(s, 3, 6), tl_example_integer(s, 3, 6));
	for (int i = 0; i < 2; i++) {
		size[i] = tl_example_integer(s, 1, 3);
		o.stride[i] = tl_example_integer(s, 0, 2);
		o.padding[i] = tl_example_integer(s, 0, size[i] / 2);
		o.dilation[i] = size[i] < 3 ? tl_example_integer(s, 1, 2) : 1;
	}
	return tl_window_make(tl_zeros(s->tape, *x), s->op->name, size, size, &o, w);
}

static tl_tensor pool_sample(tl_example *s)
{
	tl_shape x, y;
	tl_window w;
	tl_tensor operand[2];
	if (!sample_window(s, &x, &w))
		return (tl_tensor){s->tape, 0, 0};
	y = tl_dims(x.dim[0], x.dim[1], w.out[0], w.out[1]);
	operand[0] = tl_example_leaf(s, s->op == &op_mean_input ? y : x, -2, 2);
	if (s->op->operand_count == 2)
		operand[1] = tl_example_leaf(s, s->op == &op_max_input ? y : x, -2, 2);
	return tl_apply(s->op, &w, s->op->operand_count, operand);
}

#define POOL(VARIABLE, NAME, OPERANDS, SHAPE, KERNEL, VJP, DOC, NAMES, EQUATION, RULE)             \
	static const tl_op VARIABLE = {.name = NAME,                                               \
				       .doc = DOC,                                                 \
				       .operands = NAMES,                                          \
				       .equation = EQUATION,                                       \
				       .derivative = RULE,                                         \
				       .operand_count = OPERANDS,                                  \
				       .attr_size = sizeof(tl_window),                             \
				       .attributes = tl_window_words,                              \
				       .shape = SHAPE,                                             \
				       .kernel = KERNEL,                                           \
				       .parallel = true,                                           \
				       .vjp = VJP,                                                 \
				       .example = pool_sample};

/* clang-format off */
POOL(op_max, "max_pool2d", 1, pooled_shape, max_kernel, max_vjp, "the largest of each window",
     "x",
     "y[i] = max(x[j] for j)  # j in window i",
     "dx[j] = sum(dy[i] if p[i] = j else 0 for i)  # p[i]: where x is largest in window i")
POOL(op_max_input, "max_pool_input", 2, input_shape, input_kernel, max_input_vjp, "the adjoint of max_pool",
     "x, a",
     "y[j] = sum(a[i] if p[i] = j else 0 for i)  # p[i]: where x is largest in window i",
     "da[i] = dy[p[i]]")
POOL(op_max_pick, "max_pool_pick", 2, pooled_shape, pick_kernel, max_pick_vjp, "of the second operand, where the first is largest in each window",
     "x, a",
     "y[i] = a[p[i]]  # p[i]: where x is largest in window i",
     "da[j] = sum(dy[i] if p[i] = j else 0 for i)")
POOL(op_mean, "average_pool2d", 1, pooled_shape, mean_kernel, mean_vjp, "the mean of each window, padding being zeros",
     "x",
     "y[i] = sum(x[j] / n for j)  # the n places j of window i",
     "dx[j] = sum(dy[i] / n for i)  # the windows i that have j")
POOL(op_mean_input, "average_pool_input", 1, input_shape, spread_kernel, mean_input_vjp, "the adjoint of average_pool",
     "x",
     "y[j] = sum(x[i] / n for i)  # the windows i that have j, of n places each",
     "dx[i] = sum(dy[j] / n for j)  # the n places j of window i")
/* clang-format on */

static tl_tensor pool(const tl_op *op, tl_tensor x, const int64_t size[2],
		      const tl_conv_options *options)
{
	tl_tensor none = {x.tape, 0, 0};
	tl_shape s = tl_tensor_shape(x);
	tl_window w;
	char text[96];
	if (!tl_real_for(x.tape, x, op->name, 0))
		return none;
	if (!size) {
		tl_report(x.tape, TL_ERROR_ARGUMENT, NULL, "%s: the size of the window is NULL",
			  op->name);
		return none;
	}
	if (s.rank != 4) {
		tl_report(x.tape, TL_ERROR_SHAPE, "x is [batch, channels, rows, columns]",
			  "%s: %s has not four axes", op->name, tl_shape_text(&s, text));
		return none;
	}
	if (!tl_window_make(x, op->name, size, size, options, &w))
		return none;
	for (int i = 0; i < 2; i++)
		if (2 * w.padding[i] > w.size[i]) {
			tl_report(x.tape, TL_ERROR_ARGUMENT, "some windows would see nothing of x",
				  "%s: padding %lld is more than half of the window of %lld",
				  op->name, (long long)w.padding[i], (long long)w.size[i]);
			return none;
		}
	return tl_apply(op, &w, 1, &x);
}

tl_tensor tl_max_pool2d(tl_tensor x, const int64_t size[2], const tl_conv_options *options)
{
	return pool(&op_max, x, size, options);
}

tl_tensor tl_average_pool2d(tl_tensor x, const int64_t size[2], const tl_conv_options *options)
{
	return pool(&op_mean, x, size, options);
}

const tl_op *const tl_ops_pool[] = {&op_max,  &op_max_input,  &op_max_pick,
				    &op_mean, &op_mean_input, NULL};
