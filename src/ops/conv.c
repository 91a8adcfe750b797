/*
 * Convolution, and its two adjoints. y = x * w is linear in x and in w, so there are three ops,
 * from two of (x, w, y) to the third, and the derivative of each by one of its operands is another
 * of the three: nothing else is needed for derivatives of any order.
 */
#include "ops/conv_kernels.h"

/* Shapes: what the functions below have checked, or an adjoint made. */

static tl_status shape_of(const tl_call *c, int64_t first, int64_t second, const int64_t last[2],
			  tl_shape *shape)
{
	for (int k = 0; k < 2; k++) {
		if (!tl_wants_real(c, k))
			return TL_ERROR_TYPE;
		if (tl_call_operand_shape(c, k).rank != 4)
			return tl_call_fail(c, TL_ERROR_SHAPE, NULL, "operand %d has not four axes",
					    k);
	}
	*shape = tl_dims(first, second, last[0], last[1]);
	return TL_OK;
}

static tl_status conv_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape x = tl_call_operand_shape(c, 0), w = tl_call_operand_shape(c, 1);
	(void)dtype;
	return shape_of(c, x.dim[0], w.dim[0], ((const tl_window *)c->attr)->out, shape);
}

static tl_status input_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape y = tl_call_operand_shape(c, 0), w = tl_call_operand_shape(c, 1);
	(void)dtype;
	return shape_of(c, y.dim[0], w.dim[1], ((const tl_window *)c->attr)->in, shape);
}

static tl_status weight_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape x = tl_call_operand_shape(c, 0), y = tl_call_operand_shape(c, 1);
	(void)dtype;
	return shape_of(c, y.dim[1], x.dim[1], ((const tl_window *)c->attr)->size, shape);
}

static const tl_op op_conv, op_input, op_weight;

static tl_tensor of(const tl_op *op, const void *window, tl_tensor a, tl_tensor b)
{
	return tl_apply(op, window, 2, (tl_tensor[]){a, b});
}

/* y of (x, w): x of (dy, w), w of (x, dy) */
static tl_tensor conv_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	return operand == 0 ? of(&op_input, c->attr, dy, tl_call_operand(c, 1))
			    : of(&op_weight, c->attr, tl_call_operand(c, 0), dy);
}

/* x of (y, w): y of (dx, w), w of (dx, y) */
static tl_tensor input_vjp(const tl_call *c, int operand, tl_tensor dx)
{
	return operand == 0 ? of(&op_conv, c->attr, dx, tl_call_operand(c, 1))
			    : of(&op_weight, c->attr, dx, tl_call_operand(c, 0));
}

/* w of (x, y): x of (y, dw), y of (x, dw) */
static tl_tensor weight_vjp(const tl_call *c, int operand, tl_tensor dw)
{
	return operand == 0 ? of(&op_input, c->attr, tl_call_operand(c, 1), dw)
			    : of(&op_conv, c->attr, tl_call_operand(c, 0), dw);
}

/* Small sizes and options; all that fits. */
static tl_conv_options sample_options(tl_example *s)
{
	tl_conv_options o;
	for (int i = 0; i < 2; i++) {
		o.stride[i] = tl_example_integer(s, 1, 3);
		o.padding[i] = tl_example_integer(s, 0, 2);
		o.dilation[i] = tl_example_integer(s, 1, 2);
	}
	return o;
}

static tl_shape sample_sizes(tl_example *s, int64_t least, int64_t most)
{
	return tl_dims(tl_example_integer(s, 1, 2), tl_example_integer(s, 1, 2),
		       tl_example_integer(s, least, most), tl_example_integer(s, least, most));
}

static tl_tensor conv_sample(tl_example *s)
{
	tl_conv_options o = sample_options(s);
	tl_shape x = sample_sizes(s, 3, 5), w = sample_sizes(s, 1, 2);
	w.dim[1] = x.dim[1];
	tl_tensor image = tl_example_leaf(s, x, -2, 2);
	return tl_conv2d(image, tl_example_leaf(s, w, -2, 2), &o);
}

/* An adjoint is met in the derivative of a convolution. */
static tl_tensor adjoint_sample(tl_example *s)
{
	tl_conv_options o = sample_options(s);
	tl_shape x = sample_sizes(s, 3, 5), w = sample_sizes(s, 1, 2), y;
	tl_window window;
	w.dim[1] = x.dim[1];
	if (!tl_window_make(tl_zeros(s->tape, x), s->op->name, w.dim + 2, (int64_t[]){1, 1}, &o,
			    &window))
		return (tl_tensor){s->tape, 0, 0};
	y = tl_dims(x.dim[0], w.dim[0], window.out[0], window.out[1]);
	bool input = s->op == &op_input;
	tl_tensor first = tl_example_leaf(s, input ? y : x, -2, 2);
	return of(s->op, &window, first, tl_example_leaf(s, input ? w : y, -2, 2));
}

static tl_tensor conv1d_sample(tl_example *s)
{
	tl_conv_options o = sample_options(s);
	int64_t in = tl_example_integer(s, 1, 3);
	tl_shape x = tl_dims(tl_example_integer(s, 1, 2), in, tl_example_integer(s, 3, 6));
	tl_shape w = tl_dims(tl_example_integer(s, 1, 3), in, tl_example_integer(s, 1, 2));
	tl_tensor line = tl_example_leaf(s, x, -2, 2);
	return tl_conv1d(line, tl_example_leaf(s, w, -2, 2), &o);
}

static const tl_op op_conv = {
	.name = "conv2d",
	.doc = "convolution (cross-correlation) over rows and columns",
	.operands = "x, w",
	.equation = "y[b, o, i, j] = sum(w[o, c, k, l] x[b, c, i + k, j + l] for c, k, l)"
		    "  # stride 1, no padding",
	.derivative = "dx = conv2d_input(dy, w); dw = conv2d_weight(x, dy)",
	.operand_count = 2,
	.attr_size = sizeof(tl_window),
	.attributes = tl_window_words,
	.shape = conv_shape,
	.kernel = tl_conv_kernel,
	.workspace = tl_conv_workspace,
	.cost = tl_conv_cost,
	.parallel = true,
	.vjp = conv_vjp,
	.example = conv_sample,
};

static const tl_op op_input = {
	.name = "conv2d_input",
	.doc = "the adjoint of conv2d by its input",
	.operands = "a, w",
	.equation = "y[b, c, i, j] = sum(w[o, c, k, l] a[b, o, i − k, j − l] for o, k, l)"
		    "  # stride 1, no padding",
	.derivative = "da = conv2d(dy, w); dw = conv2d_weight(dy, a)",
	.operand_count = 2,
	.attr_size = sizeof(tl_window),
	.attributes = tl_window_words,
	.shape = input_shape,
	.kernel = tl_conv_input_kernel,
	.workspace = tl_conv_input_workspace,
	.cost = tl_conv_input_cost,
	.parallel = true,
	.vjp = input_vjp,
	.example = adjoint_sample,
};

static const tl_op op_weight = {
	.name = "conv2d_weight",
	.doc = "the adjoint of conv2d by its weight",
	.operands = "x, a",
	.equation = "y[o, c, k, l] = sum(a[b, o, i, j] x[b, c, i + k, j + l] for b, i, j)"
		    "  # stride 1, no padding",
	.derivative = "dx = conv2d_input(a, dy); da = conv2d(x, dy)",
	.operand_count = 2,
	.attr_size = sizeof(tl_window),
	.attributes = tl_window_words,
	.shape = weight_shape,
	.kernel = tl_conv_weight_kernel,
	.workspace = tl_conv_weight_workspace,
	.cost = tl_conv_weight_cost,
	.parallel = true,
	.vjp = weight_vjp,
	.example = adjoint_sample,
};

static const tl_op op_conv1d = TL_COMPOUND(
	"conv1d", conv1d_sample, "convolution (cross-correlation) along the last axis", "x, w",
	"y[b, o, i] = sum(w[o, c, k] x[b, c, i + k] for c, k)  # stride 1, no padding");

/* Ranks and channels of x and w, which are [batch, in, ..] and [out, in, ..]. */
static bool operands_fit(tl_tensor x, tl_tensor w, const char *name, int rank)
{
	tl_shape xs = tl_tensor_shape(x), ws = tl_tensor_shape(w);
	char a[96], b[96];
	if (!tl_real_for(x.tape, x, name, 0) || !tl_real_for(x.tape, w, name, 1))
		return false;
	if (xs.rank == rank && ws.rank == rank && xs.dim[1] == ws.dim[1])
		return true;
	tl_report(x.tape, TL_ERROR_SHAPE,
		  rank == 4 ? "x is [batch, in, rows, columns], w [out, in, rows, columns]"
			    : "x is [batch, in, length], w [out, in, length]",
		  xs.rank == rank && ws.rank == rank ? "%s: x %s and w %s differ in channels"
						     : "%s: x %s and w %s have not the right ranks",
		  name, tl_shape_text(&xs, a), tl_shape_text(&ws, b));
	return false;
}

static tl_tensor convolve(tl_tensor x, tl_tensor w, const char *name,
			  const tl_conv_options *options)
{
	tl_shape s = tl_tensor_shape(w);
	tl_window window;
	if (!tl_window_make(x, name, s.dim + 2, (int64_t[]){1, 1}, options, &window))
		return (tl_tensor){x.tape, 0, 0};
	return of(&op_conv, &window, x, w);
}

tl_tensor tl_conv2d(tl_tensor x, tl_tensor w, const tl_conv_options *options)
{
	if (!operands_fit(x, w, "conv2d", 4))
		return (tl_tensor){x.tape, 0, 0};
	return convolve(x, w, "conv2d", options);
}

/* As images of one row. */
tl_tensor tl_conv1d(tl_tensor x, tl_tensor w, const tl_conv_options *options)
{
	if (!operands_fit(x, w, "conv1d", 3))
		return (tl_tensor){x.tape, 0, 0};
	tl_shape xs = tl_tensor_shape(x), ws = tl_tensor_shape(w);
	tl_conv_options o = {{1, 0}, {0, 0}, {1, 0}};
	if (options) {
		o.stride[1] = options->stride[0];
		o.padding[1] = options->padding[0];
		o.dilation[1] = options->dilation[0];
	}
	tl_tensor image = tl_reshape(x, tl_dims(xs.dim[0], xs.dim[1], 1, xs.dim[2]));
	tl_tensor kernel = tl_reshape(w, tl_dims(ws.dim[0], ws.dim[1], 1, ws.dim[2]));
	tl_tensor y = convolve(image, kernel, "conv1d", &o);
	return y.id ? tl_reshape(y, tl_dims(xs.dim[0], ws.dim[0], tl_tensor_dim(y, -1))) : y;
}

const tl_op *const tl_ops_conv[] = {&op_conv, &op_input, &op_weight, &op_conv1d, NULL};
