/* Parts of tensors: slice, at, reverse, split. */
#include "ops/box.h"

static tl_status slice_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	const tl_slice_attr *a = c->attr;
	*dtype = tl_call_operand_dtype(c, 0);
	*shape = tl_call_operand_shape(c, 0);
	shape->dim[a->axis] = a->count;
	if (a->drop) {
		for (int i = (int)a->axis; i + 1 < shape->rank; i++)
			shape->dim[i] = shape->dim[i + 1];
		shape->dim[--shape->rank] = 0;
	}
	return TL_OK;
}

static tl_status slice_kernel(const tl_kernel_args *r)
{
	int64_t start;
	tl_box b = tl_slice_box(r->attr, &r->in[0].shape, &start, true);
	tl_box_move(&b, r->out.dtype, r->out.data, tl_element(&r->in[0], start), false);
	return TL_OK;
}

static bool slice_view(const void *attr, const tl_shape *from, const tl_shape *to, tl_view *view)
{
	const tl_slice_attr *a = attr;
	(void)to;
	view->offset += a->start * view->stride[a->axis];
	view->stride[a->axis] *= a->step;
	for (int i = (int)a->axis; a->drop && i + 1 < from->rank; i++)
		view->stride[i] = view->stride[i + 1];
	return true;
}

static tl_tensor slice_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	struct {
		tl_assemble_attr head;
		tl_slice_attr piece;
	} attr = {{.shape = tl_call_operand_shape(c, operand)}, *(const tl_slice_attr *)c->attr};
	return tl_apply(&tl_op_assemble, &attr, 1, &dy);
}

static tl_tensor slice_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 1, 4);
	int axis = (int)tl_example_integer(s, 0, shape.rank - 1);
	tl_tensor x = tl_example_leaf(s, shape, -2, 2);
	int64_t start = tl_example_integer(s, 0, shape.dim[axis]),
		step = tl_example_integer(s, 1, 2);
	if (tl_example_integer(s, 0, 2) == 0)
		return tl_reverse(x, axis);
	return tl_slice(x, axis, start, tl_example_integer(s, start, shape.dim[axis]), step);
}

const tl_op tl_op_slice = {
	.name = "slice",
	.doc = "part of an axis: from start, before stop, every step-th",
	.operand_count = 1,
	.attr_size = sizeof(tl_slice_attr),
	.shape = slice_shape,
	.kernel = slice_kernel,
	.view = slice_view,
	.vjp = slice_vjp,
	.example = slice_sample,
};

tl_tensor tl_slice(tl_tensor x, int axis, int64_t start, int64_t stop, int64_t step)
{
	tl_tensor none = {x.tape, 0, 0};
	if (!tl_axis_fits(x, "slice", &axis))
		return none;
	int64_t n = tl_tensor_dim(x, axis), from = start < 0 ? start + n : start,
		to = stop < 0 ? stop + n : stop;
	if (from < 0 || to > n || from > to || step < 1) {
		tl_report(x.tape, TL_ERROR_ARGUMENT,
			  "0 <= start <= stop <= size, negative ones count from the end",
			  "slice: %lld to %lld by %lld of an axis of size %lld", (long long)start,
			  (long long)stop, (long long)step, (long long)n);
		return none;
	}
	if (step > n) /* the same slice, in numbers that can be multiplied */
		step = n ? n : 1;
	tl_slice_attr attr = {axis, from, (to - from + step - 1) / step, step, 0};
	return tl_apply(&tl_op_slice, &attr, 1, &x);
}

tl_tensor tl_at(tl_tensor x, int64_t index)
{
	int axis = 0;
	if (!tl_axis_fits(x, "at", &axis))
		return (tl_tensor){x.tape, 0, 0};
	int64_t n = tl_tensor_dim(x, 0), i = index < 0 ? index + n : index;
	if (i < 0 || i >= n) {
		tl_report(x.tape, TL_ERROR_ARGUMENT, NULL, "at: index %lld of an axis of size %lld",
			  (long long)index, (long long)n);
		return (tl_tensor){x.tape, 0, 0};
	}
	return tl_apply(&tl_op_slice, &(tl_slice_attr){0, i, 1, 1, 1}, 1, &x);
}

tl_tensor tl_reverse(tl_tensor x, int axis)
{
	if (!tl_axis_fits(x, "reverse", &axis))
		return (tl_tensor){x.tape, 0, 0};
	int64_t n = tl_tensor_dim(x, axis);
	return tl_apply(&tl_op_slice, &(tl_slice_attr){axis, n ? n - 1 : 0, n, -1, 0}, 1, &x);
}

tl_status tl_split(tl_tensor x, int axis, int parts, tl_tensor *out)
{
	for (int i = 0; out && i < parts; i++)
		out[i] = (tl_tensor){x.tape, 0, 0};
	if (x.tape && !out)
		return tl_report(x.tape, TL_ERROR_ARGUMENT, NULL,
				 "split: there is no array for the parts");
	if (!tl_axis_fits(x, "split", &axis))
		return tl_tape_status(x.tape);
	int64_t n = tl_tensor_dim(x, axis);
	if (parts < 1 || n % parts)
		return tl_report(x.tape, TL_ERROR_ARGUMENT, NULL,
				 "split: an axis of size %lld in %d equal parts", (long long)n,
				 parts);
	for (int i = 0; i < parts; i++)
		out[i] = tl_slice(x, axis, n / parts * i, n / parts * (i + 1), 1);
	return tl_tape_status(x.tape);
}

const tl_op *const tl_ops_slice[] = {&tl_op_slice, NULL};
