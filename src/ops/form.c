/* Ops that show the same numbers in another form: reshape, broadcast, permute. */
#include "ops/box.h"

#include <stdio.h>
#include <string.h>

/* Reshape: the same memory */

static tl_status reshape_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape from = tl_call_operand_shape(c, 0), to = ((const tl_shape_attr *)c->attr)->shape;
	char a[96], b[96];
	*dtype = tl_call_operand_dtype(c, 0);
	int64_t size = tl_elements(&from), known;
	int open = -1;
	for (int i = 0; i < to.rank && i < TL_MAX_RANK && open < 0; i++)
		if (to.dim[i] == -1)
			open = i;
	if (open >= 0) {
		tl_shape rest = to;
		rest.dim[open] = 1;
		known = tl_shape_sound(&rest) ? tl_elements(&rest) : 0;
		if (known > 0 && size % known == 0)
			to.dim[open] = size / known;
	}
	if (!tl_shape_sound(&to) || tl_elements(&to) != size)
		return tl_call_fail(
			c, TL_ERROR_SHAPE, NULL, "%s has %lld elements and cannot become %s",
			tl_shape_text(&from, a), (long long)size, tl_shape_text(&to, b));
	*shape = to;
	return TL_OK;
}

static tl_tensor reshape_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	return tl_reshape(dy, tl_call_operand_shape(c, operand));
}

static tl_tensor reshape_sample(tl_example *s)
{
	return tl_reshape(tl_example_leaf(s, tl_dims(2, 3, 4), -2, 2), tl_dims(6, -1));
}

/* Of other than contiguous strides only dimensions of 1 come and go. */
static bool reshape_view(const void *attr, const tl_shape *from, const tl_shape *to, tl_view *view)
{
	int64_t stride[TL_MAX_RANK] = {0};
	(void)attr;
	if (tl_is_contiguous(from, view->stride)) {
		tl_strides(to, view->stride);
		return true;
	}
	for (int i = 0, k = 0; i < to->rank; i++) {
		if (to->dim[i] == 1)
			continue;
		while (k < from->rank && from->dim[k] == 1)
			k++;
		if (k == from->rank || from->dim[k] != to->dim[i])
			return false;
		stride[i] = view->stride[k++];
	}
	memcpy(view->stride, stride, sizeof stride);
	return true;
}

const tl_op tl_op_reshape = {
	.name = "reshape",
	.doc = "the same elements in another shape",
	.equation = "y = reshape(x)  # the same numbers, row by row",
	.derivative = "dx = reshape(dy)",
	.operand_count = 1,
	.attr_size = sizeof(tl_shape_attr),
	.shape = reshape_shape,
	.view = reshape_view,
	.step = &tl_step_kinds[TL_STRIP_copy],
	.vjp = reshape_vjp,
	.example = reshape_sample,
};

tl_tensor tl_reshape(tl_tensor x, tl_shape shape)
{
	tl_shape_attr attr = {shape};
	if (tl_is_already(x, "reshape", &shape))
		return x;
	return tl_apply(&tl_op_reshape, &attr, 1, &x);
}

tl_tensor tl_expand_dims(tl_tensor x, int axis)
{
	tl_tensor none = {x.tape, 0, 0};
	if (!x.tape || x.tape->problem.status || !tl_belongs(x.tape, x, "expand_dims", 0))
		return none;
	tl_shape s = tl_tensor_shape(x), wide = {.rank = s.rank + 1};
	int64_t at = axis < 0 ? axis + wide.rank : axis;
	if (s.rank == TL_MAX_RANK || at < 0 || at > s.rank) {
		tl_report(x.tape, TL_ERROR_SHAPE, NULL,
			  "expand_dims: axis %d of a tensor of rank %lld", axis, (long long)s.rank);
		return none;
	}
	for (int64_t i = 0; i < wide.rank; i++)
		wide.dim[i] = i == at ? 1 : s.dim[i < at ? i : i - 1];
	return tl_reshape(x, wide);
}

/* Permute */

static tl_status permute_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	const tl_permute_attr *attr = c->attr;
	tl_shape in = tl_call_operand_shape(c, 0), out = {.rank = in.rank};
	int seen = 0;
	*dtype = tl_call_operand_dtype(c, 0);
	for (int i = 0; i < in.rank; i++) {
		int axis = tl_axis_of(c, attr->axis[i], in.rank);
		if (axis < 0)
			return TL_ERROR_ARGUMENT;
		seen |= 1 << axis;
		out.dim[i] = in.dim[axis];
	}
	if (seen != (1 << in.rank) - 1)
		return tl_call_fail(c, TL_ERROR_ARGUMENT, NULL, "an axis is given twice");
	*shape = out;
	return TL_OK;
}

static tl_status permute_kernel(const tl_kernel_args *r)
{
	const tl_permute_attr *attr = r->attr;
	int64_t in[TL_MAX_RANK], out[TL_MAX_RANK];
	tl_box b = {.dim = {1, 1, 1, 1}};
	int rank = r->out.shape.rank, pad = TL_MAX_RANK - rank;
	tl_strides(&r->in[0].shape, in);
	tl_strides(&r->out.shape, out);
	for (int i = 0; i < rank; i++) {
		int axis = attr->axis[i] < 0 ? attr->axis[i] + rank : attr->axis[i];
		b.dim[pad + i] = r->out.shape.dim[i];
		b.to[pad + i] = out[i];
		b.from[pad + i] = in[axis];
	}
	tl_box_move(&b, r->out.dtype, r->out.data, r->in[0].data, false);
	return TL_OK;
}

static tl_tensor permute_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	const tl_permute_attr *attr = c->attr;
	int back[TL_MAX_RANK] = {0}, rank = tl_call_operand_shape(c, operand).rank;
	for (int i = 0; i < rank; i++)
		back[attr->axis[i] < 0 ? attr->axis[i] + rank : attr->axis[i]] = i;
	return tl_permute(dy, back);
}

static tl_tensor permute_sample(tl_example *s)
{
	static const int orders[][4] = {{0, 1, 2, 3}, {1, 0, 3, 2}, {3, 1, 0, 2}, {-1, 2, 1, 0}};
	return tl_permute(tl_example_leaf(s, tl_dims(2, 3, 1, 4), -2, 2),
			  orders[tl_example_integer(s, 0, 3)]);
}

static bool permute_view(const void *attr, const tl_shape *from, const tl_shape *to, tl_view *view)
{
	const tl_permute_attr *a = attr;
	int64_t stride[TL_MAX_RANK] = {0};
	(void)to;
	for (int i = 0; i < from->rank; i++)
		stride[i] = view->stride[a->axis[i] < 0 ? a->axis[i] + from->rank : a->axis[i]];
	memcpy(view->stride, stride, sizeof stride);
	return true;
}

static void permute_words(const tl_call *c, char *text, size_t room)
{
	const tl_permute_attr *a = c->attr;
	int used = snprintf(text, room, "axes");
	for (int i = 0; i < tl_tensor_shape(c->result).rank && (size_t)used < room; i++)
		used += snprintf(text + used, room - (size_t)used, "%s %d", i ? "," : "",
				 (int)a->axis[i]);
}

const tl_op tl_op_permute = {
	.name = "permute",
	.doc = "axes in another order",
	.equation = "y = permute(x)  # y[i, j] = x[j, i]",
	.derivative = "dx = permute(dy)  # the axes back",
	.operand_count = 1,
	.attr_size = sizeof(tl_permute_attr),
	.attributes = permute_words,
	.shape = permute_shape,
	.view = permute_view,
	.kernel = permute_kernel,
	.vjp = permute_vjp,
	.example = permute_sample,
};

tl_tensor tl_permute(tl_tensor x, const int *axes)
{
	tl_permute_attr attr = {{0}};
	if (!x.tape || x.tape->problem.status || !tl_belongs(x.tape, x, "permute", 0))
		return (tl_tensor){x.tape, 0, 0};
	if (!axes && tl_tensor_shape(x).rank) {
		tl_report(x.tape, TL_ERROR_ARGUMENT, NULL, "permute: the axes are NULL");
		return (tl_tensor){x.tape, 0, 0};
	}
	for (int i = 0; i < tl_tensor_shape(x).rank; i++)
		attr.axis[i] = axes[i];
	return tl_apply(&tl_op_permute, &attr, 1, &x);
}

tl_tensor tl_transpose(tl_tensor x)
{
	int rank = tl_tensor_shape(x).rank, axes[TL_MAX_RANK] = {0, 1, 2, 3};
	if (!x.tape || x.tape->problem.status || !tl_belongs(x.tape, x, "transpose", 0))
		return (tl_tensor){x.tape, 0, 0};
	if (rank < 2) {
		tl_report(x.tape, TL_ERROR_SHAPE, NULL,
			  "transpose: a tensor of rank %d has no two axes", rank);
		return (tl_tensor){x.tape, 0, 0};
	}
	axes[rank - 2] = rank - 1;
	axes[rank - 1] = rank - 2;
	return tl_permute(x, axes);
}

const tl_op *const tl_ops_form[] = {
	&tl_op_reshape,
	&tl_op_permute,
	NULL,
};
