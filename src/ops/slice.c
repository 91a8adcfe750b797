/*
 * Parts of tensors (slice, at, reverse, split) and tensors from parts (assemble, concat, stack,
 * pad): each is the adjoint of the other.
 */
#include "ops/box.h"

#include <stdio.h>
#include <string.h>

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

/* "axis 1, 128:256", "0:10:2" with a step, "at 3" where the axis goes away; downwards the end is
 * the last that is read. */
static void piece_words(const tl_slice_attr *a, char *text, size_t room)
{
	long long axis = a->axis, start = a->start, step = a->step, stop = start + a->count * step;
	if (a->drop)
		snprintf(text, room, "axis %lld, at %lld", axis, start);
	else if (step == 1)
		snprintf(text, room, "axis %lld, %lld:%lld", axis, start, stop);
	else if (step < 0)
		snprintf(text, room, "axis %lld, %lld down to %lld by %lld", axis, start,
			 stop - step, -step);
	else
		snprintf(text, room, "axis %lld, %lld:%lld:%lld", axis, start, stop, step);
}

static void slice_words(const tl_call *c, char *text, size_t room)
{
	piece_words(c->attr, text, room);
}

const tl_op tl_op_slice = {
	.name = "slice",
	.doc = "part of an axis: from start, before stop, every step-th",
	.equation = "y[i] = x[start + step i]",
	.derivative = "dx[start + step i] = dy[i]  # 0 elsewhere",
	.operand_count = 1,
	.attr_size = sizeof(tl_slice_attr),
	.attributes = slice_words,
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

/* From parts: assemble is the adjoint of slices */

static tl_status assemble_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	*shape = ((const tl_assemble_attr *)c->attr)->shape;
	*dtype = tl_call_operand_dtype(c, 0);
	return TL_OK;
}

static tl_status assemble_kernel(const tl_kernel_args *r)
{
	const tl_assemble_attr *head = r->attr;
	if (!r->out.size)
		return TL_OK;
	if (!head->whole)
		memset(r->out.data, 0, (size_t)r->out.size * tl_dtype_size(r->out.dtype));
	for (int i = 0; i < r->operands; i++) {
		int64_t start;
		tl_box b = tl_slice_box(&tl_pieces(head)[i], &r->out.shape, &start, false);
		tl_box_move(&b, r->out.dtype, tl_element(&r->out, start), r->in[i].data,
			    !head->whole);
	}
	return TL_OK;
}

static tl_tensor assemble_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	return tl_apply(&tl_op_slice, &tl_pieces(c->attr)[operand], 1, &dy);
}

/* The head and the pieces of several assembled tensors of one shape, in one. */
static tl_tensor assemble_merge(const tl_tensor *parts, int count)
{
	tl_tape *t = parts[0].tape;
	tl_tensor none = {t, 0, 0}, merged = none;
	size_t all = 0, at = 0;
	for (int i = 0; i < count; i++)
		all += tl_node_at(t, parts[i].id)->operands;
	tl_assemble_attr *head = tl_alloc(sizeof *head + all * sizeof(tl_slice_attr));
	tl_tensor *piece = tl_alloc(all * sizeof *piece);
	if (head && piece) {
		*head = *(const tl_assemble_attr *)tl_node_at(t, parts[0].id)->attr;
		head->whole = 0;
		for (int i = 0; i < count; i++) {
			const tl_node *n = tl_node_at(t, parts[i].id);
			memcpy((tl_slice_attr *)(head + 1) + at, tl_pieces(n->attr),
			       n->operands * sizeof(tl_slice_attr));
			for (uint32_t k = 0; k < n->operands; k++)
				piece[at++] = tl_handle(t, t->operand[n->first + k]);
		}
		merged = tl_apply(&tl_op_assemble, head, (int)all, piece);
	} else {
		tl_report_memory(t, "assemble");
	}
	tl_free(head);
	tl_free(piece);
	return merged;
}

enum { PIECES_SAID = 3 };

static void assemble_words(const tl_call *c, char *text, size_t room)
{
	const tl_slice_attr *piece = tl_pieces(c->attr);
	char one[100];
	int used = 0;
	for (int k = 0; k < c->operands && k < PIECES_SAID && (size_t)used < room; k++) {
		piece_words(piece + k, one, sizeof one);
		used += snprintf(text + used, room - (size_t)used, "%s%s", k ? "; " : "", one);
	}
	if (c->operands > PIECES_SAID && (size_t)used < room)
		snprintf(text + used, room - (size_t)used, "; and %d more",
			 c->operands - PIECES_SAID);
}

/* All pieces are of one axis, and follow one another. */
static void concat_words(const tl_call *c, char *text, size_t room)
{
	snprintf(text, room, "axis %lld", (long long)tl_pieces(c->attr)->axis);
}

const tl_op tl_op_assemble = {
	.name = "assemble",
	.doc = "zeros with pieces added in: the adjoint of slices",
	.equation = "y[start[k] + step[k] i] = x[k, i]  # sums where pieces meet, 0 elsewhere",
	.derivative = "dx[k, i] = dy[start[k] + step[k] i]",
	.operand_count = -1,
	.attr_size = sizeof(tl_assemble_attr),
	.attr_each = sizeof(tl_slice_attr),
	.attributes = assemble_words,
	.shape = assemble_shape,
	.kernel = assemble_kernel,
	.vjp = assemble_vjp,
	.merge = assemble_merge,
};

static tl_tensor concat_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 1, 4);
	tl_tensor x[3] = {{0}};
	int axis = (int)tl_example_integer(s, 0, shape.rank - 1),
	    count = (int)tl_example_integer(s, 1, 3);
	for (int i = 0; i < count; i++) {
		shape.dim[axis] = tl_example_integer(s, 1, 3);
		x[i] = tl_example_leaf(s, shape, -2, 2);
	}
	return tl_concat(x, count, axis);
}

const tl_op tl_op_concat = {
	.name = "concat",
	.doc = "tensors one after the other along an axis",
	.equation = "y[start[k] + i] = x[k, i]",
	.derivative = "dx[k, i] = dy[start[k] + i]",
	.operand_count = -1,
	.attr_size = sizeof(tl_assemble_attr),
	.attr_each = sizeof(tl_slice_attr),
	.attributes = concat_words,
	.shape = assemble_shape,
	.kernel = assemble_kernel,
	.vjp = assemble_vjp,
	.example = concat_sample,
};

/* All of one shape but for the axis, and of one type; fills in the head and the pieces. */
static bool concat_fits(const tl_tensor *x, int count, int axis, tl_assemble_attr *head)
{
	tl_slice_attr *piece = (tl_slice_attr *)(head + 1);
	tl_shape first = tl_tensor_shape(x[0]);
	int64_t total = 0;
	char a[96], b[96];
	for (int i = 0; i < count; i++) {
		tl_shape s = tl_tensor_shape(x[i]), other = s;
		if (!tl_belongs(x[0].tape, x[i], "concat", i))
			return false;
		if (s.rank > axis)
			other.dim[axis] = first.dim[axis];
		if (!tl_shape_same(&other, &first)) {
			tl_report(x[0].tape, TL_ERROR_SHAPE,
				  "all but the joined axis must be equal",
				  "concat: operand %d is %s, the first %s, along axis %d", i,
				  tl_shape_text(&s, a), tl_shape_text(&first, b), axis);
			return false;
		}
		if (tl_tensor_dtype(x[i]) != tl_tensor_dtype(x[0])) {
			tl_report(x[0].tape, TL_ERROR_TYPE, NULL,
				  "concat: integers and real numbers");
			return false;
		}
		piece[i] = (tl_slice_attr){axis, total, s.dim[axis], 1, 0};
		total += s.dim[axis];
	}
	*head = (tl_assemble_attr){.shape = first, .whole = 1};
	head->shape.dim[axis] = total;
	return true;
}

tl_tensor tl_concat(const tl_tensor *x, int count, int axis)
{
	tl_tape *t = tl_tape_of(x, count);
	tl_tensor y = {t, 0, 0};
	if (!t || t->problem.status || !tl_belongs(t, x[0], "concat", 0) ||
	    !tl_axis_fits(x[0], "concat", &axis))
		return y;
	tl_assemble_attr *head = tl_alloc(sizeof *head + (size_t)count * sizeof(tl_slice_attr));
	if (!head)
		tl_report_memory(t, "concat");
	else if (concat_fits(x, count, axis, head))
		y = tl_apply(&tl_op_concat, head, count, x);
	tl_free(head);
	return y;
}

tl_tensor tl_stack(const tl_tensor *x, int count, int axis)
{
	tl_tape *t = tl_tape_of(x, count);
	tl_tensor y = {t, 0, 0};
	if (!t || t->problem.status || !tl_belongs(t, x[0], "stack", 0))
		return y;
	tl_shape s = tl_tensor_shape(x[0]), wide = {.rank = s.rank + 1};
	int at = axis < 0 ? axis + s.rank + 1 : axis;
	if (at < 0 || at > s.rank || s.rank == TL_MAX_RANK) {
		tl_report(t, TL_ERROR_ARGUMENT, NULL, "stack: no new axis %d in tensors of rank %d",
			  axis, (int)s.rank);
		return y;
	}
	for (int i = 0; i < wide.rank; i++)
		wide.dim[i] = i == at ? 1 : s.dim[i > at ? i - 1 : i];
	tl_tensor *widened = tl_alloc((size_t)count * sizeof *widened);
	if (!widened) {
		tl_report_memory(t, "stack");
		return y;
	}
	for (int i = 0; i < count; i++)
		widened[i] = tl_reshape(x[i], wide);
	y = tl_concat(widened, count, at);
	tl_free(widened);
	return y;
}

static tl_tensor margin(tl_tensor x, int axis, int64_t size, double value)
{
	tl_shape s = tl_tensor_shape(x);
	s.dim[axis] = size;
	return tl_full(x.tape, s, value);
}

tl_tensor tl_pad(tl_tensor x, int axis, int64_t before, int64_t after, double value)
{
	tl_tensor none = {x.tape, 0, 0};
	if (!tl_axis_fits(x, "pad", &axis))
		return none;
	if (before < 0 || after < 0) {
		tl_report(x.tape, TL_ERROR_ARGUMENT, "tl_slice takes away",
			  "pad: %lld before and %lld after", (long long)before, (long long)after);
		return none;
	}
	tl_tensor parts[] = {margin(x, axis, before, value), x, margin(x, axis, after, value)};
	return tl_concat(parts, 3, axis);
}

const tl_op *const tl_ops_slice[] = {&tl_op_slice, NULL};

const tl_op *const tl_ops_join[] = {&tl_op_assemble, &tl_op_concat, NULL};
