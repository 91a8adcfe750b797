/*
 * Elements along an axis by their numbers: take_along_axis, where each row has numbers of its own,
 * and add_along_axis, which adds elements back among zeros. They are each other's derivative.
 */
#include "ops/ops.h"

#include <string.h>

typedef struct along_attr {
	int64_t axis, count; /* count: the size of the axis that add_along_axis makes */
} along_attr;

/* Both have as many axes, and the same sizes but for the axis. */
static tl_status shapes_fit(const tl_call *c, int axis)
{
	tl_shape x = tl_call_operand_shape(c, 0), index = tl_call_operand_shape(c, 1),
		 other = index;
	char a[96], b[96];
	if (!tl_wants_integers(c, 1))
		return TL_ERROR_TYPE;
	if (index.rank == x.rank)
		other.dim[axis] = x.dim[axis];
	if (!tl_shape_same(&x, &other))
		return tl_call_fail(c, TL_ERROR_SHAPE,
				    "the index has the shape of x, but for the size of the axis",
				    "from %s along axis %d by an index %s", tl_shape_text(&x, a),
				    axis, tl_shape_text(&index, b));
	return TL_OK;
}

static tl_status take_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	*shape = tl_call_operand_shape(c, 1);
	*dtype = tl_call_operand_dtype(c, 0);
	return shapes_fit(c, (int)((const along_attr *)c->attr)->axis);
}

static tl_status add_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	const along_attr *attr = c->attr;
	tl_shape x = tl_call_operand_shape(c, 0), index = tl_call_operand_shape(c, 1);
	char a[96], b[96];
	(void)dtype;
	if (!tl_wants_real(c, 0) || !tl_wants_integers(c, 1))
		return TL_ERROR_TYPE;
	if (!tl_shape_same(&x, &index))
		return tl_call_fail(c, TL_ERROR_SHAPE, NULL, "elements %s by an index %s",
				    tl_shape_text(&x, a), tl_shape_text(&index, b));
	*shape = x;
	shape->dim[attr->axis] = attr->count;
	return TL_OK;
}

/* Where in `wide` the k-th of the index points, or -1 after saying what is wrong with it. */
static int64_t place_of(const tl_kernel_args *r, const tl_rows *v, int64_t taken, int64_t k)
{
	int32_t j = ((const int32_t *)r->in[1].data)[k];
	if (j < 0 || j >= v->n) {
		tl_out_of_range(r, &r->in[1], k, v->n, "elements of the axis");
		return -1;
	}
	return (k / (taken * v->inner) * v->n + j) * v->inner + k % v->inner;
}

static tl_status take_kernel(const tl_kernel_args *r)
{
	int axis = (int)((const along_attr *)r->attr)->axis;
	tl_rows v = tl_rows_of(&r->in[0].shape, axis);
	int64_t taken = r->in[1].shape.dim[axis];
	for (int64_t k = 0; k < r->in[1].size; k++) {
		int64_t at = place_of(r, &v, taken, k);
		if (at < 0)
			return TL_ERROR_VALUE;
		if (tl_dtype_size(r->out.dtype) == 4)
			memcpy((uint32_t *)r->out.data + k, (const uint32_t *)r->in[0].data + at,
			       4);
		else
			memcpy((uint64_t *)r->out.data + k, (const uint64_t *)r->in[0].data + at,
			       8);
	}
	return TL_OK;
}

static tl_status add_kernel(const tl_kernel_args *r)
{
	int axis = (int)((const along_attr *)r->attr)->axis;
	tl_rows v = tl_rows_of(&r->out.shape, axis);
	int64_t taken = r->in[1].shape.dim[axis];
	if (r->out.size)
		memset(r->out.data, 0, (size_t)r->out.size * tl_dtype_size(r->real));
	for (int64_t k = 0; k < r->in[1].size; k++) {
		int64_t at = place_of(r, &v, taken, k);
		if (at < 0)
			return TL_ERROR_VALUE;
		if (r->real == TL_F32)
			((float *)r->out.data)[at] += ((const float *)r->in[0].data)[k];
		else
			((double *)r->out.data)[at] += ((const double *)r->in[0].data)[k];
	}
	return TL_OK;
}

static const tl_op op_take, op_add;

static tl_tensor take_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	if (operand == 1)
		return TL_NONE;
	return tl_apply(&op_add, c->attr, 2, (tl_tensor[]){dy, tl_call_operand(c, 1)});
}

static tl_tensor add_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	if (operand == 1)
		return TL_NONE;
	return tl_apply(&op_take, c->attr, 2, (tl_tensor[]){dy, tl_call_operand(c, 1)});
}

static tl_tensor along_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 1, 4), index = shape;
	int axis = (int)tl_example_integer(s, 0, shape.rank - 1);
	along_attr attr = {axis, shape.dim[axis]};
	index.dim[axis] = tl_example_integer(s, 1, 3);
	tl_tensor x = tl_example_leaf(s, s->op == &op_add ? index : shape, -2, 2);
	tl_tensor i = tl_example_index(s, index, (int32_t)attr.count);
	return tl_apply(s->op, &attr, 2, (tl_tensor[]){x, i});
}

static const tl_op op_take = {
	.name = "take_along_axis",
	.doc = "elements along an axis by their numbers, which each row has of its own",
	.operands = "x, index",
	.equation = "y[i] = x[index[i]]",
	.derivative = "dx[j] = sum(dy[i] if index[i] = j else 0 for i)",
	.operand_count = 2,
	.attr_size = sizeof(along_attr),
	.attributes = tl_axis_words,
	.shape = take_shape,
	.kernel = take_kernel,
	.vjp = take_vjp,
	.example = along_sample,
};

static const tl_op op_add = {
	.name = "add_along_axis",
	.doc = "zeros with elements added in along an axis: the adjoint of take_along_axis",
	.operands = "x, index",
	.equation = "y[j] = sum(x[i] if index[i] = j else 0 for i)",
	.derivative = "dx[i] = dy[index[i]]",
	.operand_count = 2,
	.attr_size = sizeof(along_attr),
	.attributes = tl_axis_words,
	.shape = add_shape,
	.kernel = add_kernel,
	.vjp = add_vjp,
	.example = along_sample,
};

tl_tensor tl_take_along_axis(tl_tensor x, tl_tensor index, int axis)
{
	if (!tl_axis_fits(x, "take_along_axis", &axis))
		return (tl_tensor){x.tape, 0, 0};
	along_attr attr = {axis, tl_tensor_dim(x, axis)};
	return tl_apply(&op_take, &attr, 2, (tl_tensor[]){x, index});
}

const tl_op *const tl_ops_along[] = {&op_take, &op_add, NULL};
