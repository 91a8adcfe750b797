/*
 * One element of each row along an axis, by its number: select; place puts it back among zeros and
 * is its adjoint; one_hot is a row of zeros with a one.
 */
#include "ops/ops.h"

#include <string.h>

typedef struct place_attr {
	int64_t axis, count; /* count: the size of the axis that place makes */
} place_attr;

static tl_status select_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	int axis = (int)((const place_attr *)c->attr)->axis;
	tl_shape x = tl_call_operand_shape(c, 0), index = tl_call_operand_shape(c, 1);
	tl_shape rest = tl_shape_without(&x, axis);
	char a[96], b[96];
	if (!tl_wants_integers(c, 1))
		return TL_ERROR_TYPE;
	if (!tl_shape_same(&rest, &index))
		return tl_call_fail(c, TL_ERROR_SHAPE,
				    "the index has the shape of x without the axis",
				    "from %s along axis %d by an index %s", tl_shape_text(&x, a),
				    axis, tl_shape_text(&index, b));
	*shape = index;
	*dtype = tl_call_operand_dtype(c, 0);
	return TL_OK;
}

/* Between the elements of `wide` that the index points at and `narrow`, element by element. */
static tl_status move(const tl_kernel_args *r, const tl_array *wide, const tl_array *narrow,
		      const tl_array *index, bool pick)
{
	tl_rows v = tl_rows_of(&wide->shape, (int)((const place_attr *)r->attr)->axis);
	size_t number = tl_dtype_size(wide->dtype);
	for (int64_t k = 0; k < index->size; k++) {
		int32_t j = ((const int32_t *)index->data)[k];
		if (j < 0 || j >= v.n)
			return tl_out_of_range(r, index, k, v.n, "elements of the axis");
		int64_t at = (k / v.inner * v.n + j) * v.inner + k % v.inner;
		char *far = (char *)wide->data + (size_t)at * number;
		char *near = (char *)narrow->data + (size_t)k * number;
		memcpy(pick ? near : far, pick ? far : near, number);
	}
	return TL_OK;
}

static tl_status select_kernel(const tl_kernel_args *r)
{
	return move(r, &r->in[0], &r->out, &r->in[1], true);
}

static tl_status place_kernel(const tl_kernel_args *r)
{
	if (r->out.size)
		memset(r->out.data, 0, (size_t)r->out.size * tl_dtype_size(r->out.dtype));
	return move(r, &r->out, &r->in[0], &r->in[1], false);
}

static tl_status place_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	const place_attr *attr = c->attr;
	tl_shape x = tl_call_operand_shape(c, 0), index = tl_call_operand_shape(c, 1);
	if (!tl_wants_integers(c, 1))
		return TL_ERROR_TYPE;
	if (!tl_shape_same(&x, &index) || x.rank == TL_MAX_RANK)
		return tl_call_fail(c, TL_ERROR_SHAPE, NULL, "elements and index must be alike");
	*shape = (tl_shape){.rank = x.rank + 1};
	for (int i = 0; i < shape->rank; i++)
		shape->dim[i] = i == attr->axis ? attr->count : x.dim[i > attr->axis ? i - 1 : i];
	*dtype = tl_call_operand_dtype(c, 0);
	return TL_OK;
}

static const tl_op op_select, op_place;

static tl_tensor select_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	if (operand == 1)
		return TL_NONE;
	return tl_apply(&op_place, c->attr, 2, (tl_tensor[]){dy, tl_call_operand(c, 1)});
}

static tl_tensor place_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	if (operand == 1)
		return TL_NONE;
	return tl_apply(&op_select, c->attr, 2, (tl_tensor[]){dy, tl_call_operand(c, 1)});
}

static tl_tensor select_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 1, 4);
	int axis = (int)tl_example_integer(s, 0, shape.rank - 1);
	tl_tensor x = tl_example_leaf(s, shape, -2, 2);
	tl_shape rest = tl_shape_without(&shape, axis);
	return tl_pick(x, tl_example_index(s, rest, (int32_t)shape.dim[axis]), axis);
}

static tl_tensor place_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 0, 3);
	place_attr attr = {tl_example_integer(s, 0, shape.rank), tl_example_integer(s, 1, 4)};
	tl_tensor x = tl_example_leaf(s, shape, -2, 2);
	tl_tensor index = tl_example_index(s, shape, (int32_t)attr.count);
	return tl_apply(&op_place, &attr, 2, (tl_tensor[]){x, index});
}

static const tl_op op_select = {
	.name = "pick",
	.doc = "one element of each row along an axis, by its number",
	.operands = "x, index",
	.equation = "y[i] = x[i, index[i]]",
	.derivative = "dx[i, j] = dy[i] if index[i] = j else 0",
	.operand_count = 2,
	.attr_size = sizeof(place_attr),
	.attributes = tl_axis_words,
	.shape = select_shape,
	.kernel = select_kernel,
	.vjp = select_vjp,
	.example = select_sample,
};

static const tl_op op_place = {
	.name = "place",
	.doc = "zeros with one element of each row set: the adjoint of select",
	.operands = "a, index",
	.equation = "y[i, j] = a[i] if index[i] = j else 0",
	.derivative = "da[i] = dy[i, index[i]]",
	.operand_count = 2,
	.attr_size = sizeof(place_attr),
	.attributes = tl_axis_words,
	.shape = place_shape,
	.kernel = place_kernel,
	.vjp = place_vjp,
	.example = place_sample,
};

tl_tensor tl_pick(tl_tensor x, tl_tensor index, int axis)
{
	if (!tl_axis_fits(x, "pick", &axis))
		return (tl_tensor){x.tape, 0, 0};
	place_attr attr = {axis, tl_tensor_dim(x, axis)};
	return tl_apply(&op_select, &attr, 2, (tl_tensor[]){x, index});
}

/* One-hot */

static tl_status one_hot_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	int64_t classes = ((const place_attr *)c->attr)->count;
	tl_shape index = tl_call_operand_shape(c, 0);
	char text[96];
	(void)dtype;
	if (!tl_wants_integers(c, 0))
		return TL_ERROR_TYPE;
	if (classes < 1)
		return tl_call_fail(c, TL_ERROR_ARGUMENT, NULL, "of %lld classes",
				    (long long)classes);
	if (index.rank == TL_MAX_RANK)
		return tl_call_fail(c, TL_ERROR_SHAPE, NULL,
				    "an index %s leaves no axis for the classes",
				    tl_shape_text(&index, text));
	index.dim[index.rank++] = classes;
	*shape = index;
	return TL_OK;
}

static tl_status one_hot_kernel(const tl_kernel_args *r)
{
	int64_t classes = ((const place_attr *)r->attr)->count;
	if (r->out.size)
		memset(r->out.data, 0, (size_t)r->out.size * tl_dtype_size(r->real));
	for (int64_t k = 0; k < r->in[0].size; k++) {
		int32_t j = ((const int32_t *)r->in[0].data)[k];
		if (j < 0 || j >= classes)
			return tl_out_of_range(r, &r->in[0], k, classes, "classes");
		if (r->real == TL_F32)
			((float *)r->out.data)[k * classes + j] = 1;
		else
			((double *)r->out.data)[k * classes + j] = 1;
	}
	return TL_OK;
}

static const tl_op op_one_hot = {
	.name = "one_hot",
	.doc = "a row of zeros with a one for each integer",
	.operands = "index",
	.equation = "y[i, j] = 1 if index[i] = j else 0",
	.operand_count = 1,
	.attr_size = sizeof(place_attr),
	.attributes = tl_axis_words,
	.shape = one_hot_shape,
	.kernel = one_hot_kernel,
	.zero_gradient = true,
};

tl_tensor tl_one_hot(tl_tensor index, int64_t classes)
{
	return tl_apply(&op_one_hot, &(place_attr){0, classes}, 1, &index);
}

const tl_op *const tl_ops_select[] = {&op_select, &op_place, &op_one_hot, NULL};
