/*
 * softmax, log_softmax and logsumexp. The ops are of the last axis; any other is brought there by a
 * permutation.
 */
#include "ops/ops.h"
#include "ops/reduce.h"

static int64_t columns_of(const tl_array *x)
{
	return x->shape.dim[x->shape.rank - 1];
}

static int64_t rows_of(const tl_array *x)
{
	int64_t columns = columns_of(x);
	return columns ? x->size / columns : 0;
}

static tl_status softmax_kernel(const tl_kernel_args *r)
{
	tl_kernels_for(r->real)->softmax(rows_of(&r->out), columns_of(&r->out), r->in[0].data,
					 r->out.data, r->part, r->parts);
	return TL_OK;
}

static tl_status log_softmax_kernel(const tl_kernel_args *r)
{
	tl_kernels_for(r->real)->log_softmax(rows_of(&r->out), columns_of(&r->out), r->in[0].data,
					     r->out.data, r->part, r->parts);
	return TL_OK;
}

static tl_status logsumexp_kernel(const tl_kernel_args *r)
{
	tl_kernels_for(r->real)->logsumexp(r->out.size, columns_of(&r->in[0]), r->in[0].data, NULL,
					   r->out.data, r->part, r->parts);
	return TL_OK;
}

static tl_status reduced_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_status status = tl_shape_elementwise(c, shape, dtype);
	*shape = tl_shape_without(shape, (int)shape->rank - 1);
	return status;
}

static tl_tensor last_sum(tl_tensor x)
{
	return tl_sum(x, tl_keepdims(tl_axes(-1)));
}

/* dx = y (dy - <dy, y>) */
static tl_tensor softmax_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	tl_tensor y = c->result;
	(void)operand;
	return tl_mul(y, tl_sub(dy, last_sum(tl_mul(dy, y))));
}

/* dx = dy - e^y sum dy */
static tl_tensor log_softmax_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	(void)operand;
	return tl_sub(dy, tl_mul(tl_exp(c->result), last_sum(dy)));
}

/* dx = softmax(x) dy */
static tl_tensor logsumexp_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	tl_tensor x = tl_call_operand(c, operand);
	tl_shape wide = tl_tensor_shape(x);
	wide.dim[wide.rank - 1] = 1;
	return tl_mul(tl_softmax(x, -1), tl_reshape(dy, wide));
}

static tl_tensor sample(tl_example *s, tl_tensor (*of)(tl_tensor x, int axis))
{
	tl_shape shape = tl_example_shape(s, 1, 4);
	int axis = (int)tl_example_integer(s, 0, shape.rank - 1);
	return of(tl_example_leaf(s, shape, -2, 2), axis);
}

static tl_tensor softmax_sample(tl_example *s)
{
	return sample(s, tl_softmax);
}

static tl_tensor log_softmax_sample(tl_example *s)
{
	return sample(s, tl_log_softmax);
}

/* Over one axis, two, or all. */
static tl_tensor logsumexp_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 0, 4);
	tl_tensor x = tl_example_leaf(s, shape, -2, 2);
	int most = (int)shape.rank - 1, first = (int)tl_example_integer(s, 0, most);
	int second = (int)tl_example_integer(s, 0, most);
	if (!shape.rank || tl_example_integer(s, 0, 3) == 0)
		return tl_logsumexp(x, TL_ALL);
	return tl_logsumexp(x, first == second ? tl_axes(first) : tl_axes(first, second));
}

static const tl_op op_softmax = {
	.name = "softmax",
	.doc = "e^x / sum e^x along an axis",
	.equation = "y = exp(x) / sum(exp(x))",
	.derivative = "dx = y ⊙ (dy − sum(y ⊙ dy))",
	.operand_count = 1,
	.shape = tl_shape_elementwise,
	.kernel = softmax_kernel,
	.parallel = true,
	.vjp = softmax_vjp,
	.example = softmax_sample,
};

static const tl_op op_log_softmax = {
	.name = "log_softmax",
	.doc = "x - log sum e^x along an axis",
	.equation = "y = x − log(sum(exp(x)))",
	.derivative = "dx = dy − sum(dy) exp(y)",
	.operand_count = 1,
	.shape = tl_shape_elementwise,
	.kernel = log_softmax_kernel,
	.parallel = true,
	.vjp = log_softmax_vjp,
	.example = log_softmax_sample,
};

static const tl_op op_logsumexp = {
	.name = "logsumexp",
	.doc = "log sum e^x over axes",
	.equation = "y = log(sum(exp(x)))",
	.derivative = "dx = dy exp(x − y)",
	.operand_count = 1,
	.shape = reduced_shape,
	.kernel = logsumexp_kernel,
	.parallel = true,
	.vjp = logsumexp_vjp,
	.example = logsumexp_sample,
};

/* x with this axis and the last exchanged. */
static tl_tensor exchanged(tl_tensor x, int axis)
{
	int last = (int)tl_tensor_shape(x).rank - 1, order[TL_MAX_RANK] = {0, 1, 2, 3};
	if (!x.id || axis == last)
		return x;
	order[axis] = last;
	order[last] = axis;
	return tl_permute(x, order);
}

static tl_tensor along(const tl_op *op, tl_tensor x, int axis)
{
	if (!tl_axis_fits(x, op->name, &axis))
		return (tl_tensor){x.tape, 0, 0};
	tl_tensor last = exchanged(x, axis);
	return exchanged(tl_apply(op, NULL, 1, &last), axis);
}

tl_tensor tl_softmax(tl_tensor x, int axis)
{
	return along(&op_softmax, x, axis);
}

tl_tensor tl_log_softmax(tl_tensor x, int axis)
{
	return along(&op_log_softmax, x, axis);
}

/* The axes that go are brought together at the end, as one. */
tl_tensor tl_logsumexp(tl_tensor x, tl_axis_list axes)
{
	tl_tensor none = {x.tape, 0, 0};
	if (!x.tape || x.tape->problem.status || !tl_belongs(x.tape, x, "logsumexp", 0))
		return none;
	int mask = tl_axes_mask(x, "logsumexp", axes), order[TL_MAX_RANK], at = 0;
	tl_shape s = tl_tensor_shape(x), wide = {0};
	int64_t size = 1;
	bool moved = false;
	if (mask < 0)
		return none;
	for (int goes = 0; goes <= 1; goes++)
		for (int i = 0; i < s.rank; i++)
			if ((mask >> i & 1) == goes) {
				moved |= i != at;
				order[at++] = i;
				if (goes)
					size *= s.dim[i];
				else
					wide.dim[wide.rank++] = s.dim[i];
			}
	wide.dim[wide.rank++] = size;
	tl_tensor last = tl_reshape(moved ? tl_permute(x, order) : x, wide);
	tl_tensor y = tl_apply(&op_logsumexp, NULL, 1, &last);
	for (int i = 0; i < s.rank; i++)
		s.dim[i] = mask >> i & 1 ? 1 : s.dim[i];
	return axes.keepdims ? tl_reshape(y, s) : y;
}

const tl_op *const tl_ops_softmax[] = {&op_softmax, &op_log_softmax, &op_logsumexp, NULL};
