/* Rules that op families share: broadcasting, axes, types. */
#include "ops/ops.h"

#include <stdio.h>

bool tl_broadcast(const tl_shape *a, const tl_shape *b, tl_shape *out)
{
	if (tl_shape_same(a, b)) {
		*out = *a;
		return true;
	}
	int rank = a->rank > b->rank ? a->rank : b->rank;
	tl_shape s = {.rank = rank};
	for (int i = 1; i <= rank; i++) {
		int64_t x = i <= a->rank ? a->dim[a->rank - i] : 1;
		int64_t y = i <= b->rank ? b->dim[b->rank - i] : 1;
		if (x != y && x != 1 && y != 1)
			return false;
		s.dim[rank - i] = x == 1 ? y : x;
	}
	*out = s;
	return true;
}

void tl_strides(const tl_shape *s, int64_t stride[TL_MAX_RANK])
{
	int64_t n = 1;
	for (int i = s->rank - 1; i >= 0; i--) {
		stride[i] = n;
		n *= s->dim[i];
	}
}

tl_strip_step tl_step_of(const tl_op *op, const void *attr)
{
	tl_strip_step s = {0};
	if (op->step) {
		s.op = (uint8_t)(op->step - tl_step_kinds);
	} else {
		s.op = (uint8_t)(TL_STRIP_own_1 + op->operand_count - 1);
		s.own = op;
		s.attr = attr;
	}
	if (op->immediates)
		op->immediates(attr, s.imm);
	return s;
}

bool tl_view_whole(const void *attr, const tl_shape *operand, const tl_shape *result, tl_view *view)
{
	(void)attr, (void)operand, (void)result, (void)view;
	return true;
}

bool tl_is_contiguous(const tl_shape *shape, const int64_t *stride)
{
	int64_t expected = 1;
	for (int i = shape->rank - 1; i >= 0; i--) {
		if (shape->dim[i] != 1 && stride[i] != expected)
			return false;
		expected *= shape->dim[i];
	}
	return true;
}

void tl_broadcast_strides(const tl_shape *from, const int64_t *own, int64_t rank, int64_t *stride)
{
	int64_t missing = rank - from->rank;
	for (int64_t i = 0; i < rank; i++)
		stride[i] = i < missing || from->dim[i - missing] == 1 ? 0 : own[i - missing];
}

bool tl_wants_real(const tl_call *c, int operand)
{
	if (tl_operand_node(c, operand)->dtype != TL_I32)
		return true;
	tl_call_fail(c, TL_ERROR_TYPE, "tl_cast makes real numbers of integers",
		     "operand %d is of integers", operand);
	return false;
}

bool tl_wants_integers(const tl_call *c, int operand)
{
	if (tl_operand_node(c, operand)->dtype == TL_I32)
		return true;
	tl_call_fail(c, TL_ERROR_TYPE,
		     "integers come from tl_input_int, tl_constant_int or tl_argmax",
		     "operand %d is not of integers", operand);
	return false;
}

int tl_axis_of(const tl_call *c, int axis, int rank)
{
	int a = axis < 0 ? axis + rank : axis;
	if (a >= 0 && a < rank)
		return a;
	tl_call_fail(c, TL_ERROR_ARGUMENT, NULL, "there is no axis %d in a tensor of rank %d", axis,
		     rank);
	return -1;
}

tl_tape *tl_tape_of(const tl_tensor *x, int count)
{
	tl_tape *t = NULL;
	for (int i = 0; x && i < count && !t; i++)
		t = x[i].tape;
	return t;
}

bool tl_axis_fits(tl_tensor x, const char *op, int *axis)
{
	if (!x.tape || x.tape->problem.status || !tl_belongs(x.tape, x, op, 0))
		return false;
	int rank = tl_node_at(x.tape, x.id)->shape.rank, a = *axis < 0 ? *axis + rank : *axis;
	if (a < 0 || a >= rank) {
		tl_report(x.tape, TL_ERROR_ARGUMENT, NULL,
			  "%s: there is no axis %d in a tensor of rank %d", op, *axis, rank);
		return false;
	}
	*axis = a;
	return true;
}

tl_status tl_shape_elementwise(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	(void)dtype;
	if (!c || !shape)
		return TL_ERROR_ARGUMENT;
	for (int i = 0; i < c->operands; i++)
		if (!tl_wants_real(c, i))
			return TL_ERROR_TYPE;
	*shape = tl_operand_node(c, 0)->shape;
	for (int i = 1; i < c->operands; i++) {
		const tl_shape *other = &tl_operand_node(c, i)->shape;
		char a[96], b[96];
		if (!tl_shape_same(shape, other) && !tl_broadcast(shape, other, shape))
			return tl_call_fail(c, TL_ERROR_SHAPE,
					    "aligned at the last axis, sizes must be equal or 1",
					    "%s and %s do not broadcast", tl_shape_text(shape, a),
					    tl_shape_text(other, b));
	}
	return TL_OK;
}

tl_status tl_shape_like_first(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	if (!c || !shape || !dtype)
		return TL_ERROR_ARGUMENT;
	*shape = tl_call_operand_shape(c, 0);
	*dtype = tl_call_operand_dtype(c, 0);
	return TL_OK;
}

void tl_axis_words(const tl_call *c, char *text, size_t room)
{
	snprintf(text, room, "axis %lld", (long long)*(const int64_t *)c->attr);
}

tl_shape tl_shape_without(const tl_shape *s, int axis)
{
	tl_shape out = {0};
	for (int i = 0; i < s->rank; i++)
		if (i != axis)
			out.dim[out.rank++] = s->dim[i];
	return out;
}

tl_rows tl_rows_of(const tl_shape *s, int axis)
{
	tl_rows v = {1, s->dim[axis], 1};
	for (int i = 0; i < s->rank; i++)
		if (i != axis)
			*(i < axis ? &v.outer : &v.inner) *= s->dim[i];
	return v;
}

const char *tl_position_text(const tl_shape *s, int64_t i, char text[96])
{
	tl_shape at = {.rank = s->rank};
	for (int d = (int)s->rank - 1; d >= 0; d--) {
		at.dim[d] = i % s->dim[d];
		i /= s->dim[d];
	}
	return tl_shape_text(&at, text);
}

tl_status tl_out_of_range(const tl_kernel_args *r, const tl_array *index, int64_t at, int64_t size,
			  const char *what)
{
	char position[96];
	snprintf(r->message, TL_PROBLEM, "index %d at %s is not one of %lld %s",
		 ((const int32_t *)index->data)[at], tl_position_text(&index->shape, at, position),
		 (long long)size, what);
	return TL_ERROR_VALUE;
}

bool tl_real_for(tl_tape *t, tl_tensor x, const char *name, int operand)
{
	if (!t || t->problem.status || !tl_belongs(t, x, name, operand))
		return false;
	if (tl_node_at(t, x.id)->dtype != TL_I32)
		return true;
	tl_report(t, TL_ERROR_TYPE, "tl_cast makes real numbers of integers",
		  "%s: operand %d is of integers", name, operand);
	return false;
}

bool tl_is_already(tl_tensor x, const char *op, const tl_shape *shape)
{
	tl_shape now = tl_tensor_shape(x);
	return x.tape && !x.tape->problem.status && tl_belongs(x.tape, x, op, 0) &&
	       tl_shape_same(&now, shape);
}

tl_tensor tl_same_integers(tl_tape *t, int64_t count, int32_t integer, const char *name)
{
	tl_tensor none = {t, 0, 0};
	int32_t *x = tl_alloc((size_t)count * sizeof *x + 1);
	if (!x) {
		tl_report_memory(t, name);
		return none;
	}
	for (int64_t i = 0; i < count; i++)
		x[i] = integer;
	tl_tensor y = tl_constant_int(t, tl_dims(count), x);
	tl_free(x);
	return y;
}
