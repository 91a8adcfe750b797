/* What a value comes down to: x + 0, a slice of a slice, a concat of what was cut apart. */
#include "ir/ir.h"

#include <math.h>
#include <string.h>

bool tl_ir_is_full(const tl_ir *ir, uint32_t v, double number)
{
	const tl_value_ir *x = &ir->value[v];
	return x->op == &tl_op_full && ((const tl_full_attr *)x->attr)->value == number;
}

/* Zero of this sign. */
static bool is_zero(const tl_ir *ir, uint32_t v, bool negative)
{
	return tl_ir_is_full(ir, v, 0) &&
	       !signbit(((const tl_full_attr *)ir->value[v].attr)->value) == !negative;
}

/*
 * The operand that an elementwise op comes down to, or TL_IR_NONE: x + -0, x - 0, x 1, x / 1. Not
 * x + 0, which is 0 where x is -0: results are those of the reference executor to the bit.
 */
static uint32_t neutral(const tl_ir *ir, const tl_op *op, const uint32_t *operand,
			const tl_shape *shape)
{
	uint32_t a = operand[0], b = operand[1], left = TL_IR_NONE;
	if (op == &tl_op_add || op == &tl_op_sub)
		left = is_zero(ir, b, op == &tl_op_add)           ? a
		       : op == &tl_op_add && is_zero(ir, a, true) ? b
								  : TL_IR_NONE;
	else if (op == &tl_op_mul || op == &tl_op_div)
		left = tl_ir_is_full(ir, b, 1)                       ? a
		       : op == &tl_op_mul && tl_ir_is_full(ir, a, 1) ? b
								     : TL_IR_NONE;
	return left != TL_IR_NONE && tl_shape_same(&ir->value[left].shape, shape) ? left
										  : TL_IR_NONE;
}

static uint32_t full(tl_ir *ir, double number, tl_shape shape, uint32_t when)
{
	tl_full_attr attr = {number};
	return tl_ir_as_given(ir, &tl_op_full, &attr, NULL, 0, shape, ir->real, when);
}

static uint32_t simplify_slice(tl_ir *ir, const tl_slice_attr *attr, uint32_t x, tl_shape shape,
			       tl_dtype dtype, uint32_t when)
{
	const tl_value_ir *v = &ir->value[x];
	if (attr->step == 1 && !attr->start && attr->count == v->shape.dim[attr->axis] &&
	    !attr->drop)
		return x;
	if (v->op == &tl_op_slice && attr->step == 1) { /* a slice of a slice along one axis */
		tl_slice_attr inner = *(const tl_slice_attr *)v->attr;
		if (inner.axis == attr->axis && inner.step == 1 && !inner.drop) {
			inner.start += attr->start;
			inner.count = attr->count;
			inner.drop = attr->drop;
			uint32_t whole = tl_ir_operand(ir, x, 0);
			return tl_ir_add(ir, &tl_op_slice, &inner, &whole, 1, shape, dtype, when);
		}
	}
	if (v->op == &tl_op_concat && attr->step == 1 &&
	    !attr->drop) { /* of what was put together */
		const tl_slice_attr *piece = tl_pieces(v->attr);
		uint32_t i = 0;
		if (piece->axis != attr->axis)
			return TL_IR_NONE;
		while (i < v->operands && piece[i].start < attr->start)
			i++;
		if (i < v->operands && piece[i].start == attr->start &&
		    piece[i].count == attr->count)
			return tl_ir_operand(ir, x, i);
	}
	return TL_IR_NONE;
}

static bool first_axis(const tl_shape *s, int64_t axis)
{
	int64_t outer = 1;
	for (int64_t i = 0; i < axis; i++)
		outer *= s->dim[i];
	return outer == 1;
}

/*
 * Pieces that are consecutive slices of one tensor are a slice of it; along the first axis they lie
 * one after the other in memory, whatever shape each was given on the way.
 */
static uint32_t simplify_concat(tl_ir *ir, const void *attr, const uint32_t *operand,
				size_t operands, tl_shape shape, tl_dtype dtype, uint32_t when)
{
	const tl_slice_attr *to = tl_pieces(attr);
	bool rows = first_axis(&shape, to->axis);
	uint32_t source = TL_IR_NONE;
	tl_slice_attr whole = {0};
	if (operands == 1)
		return operand[0];
	for (size_t i = 0; i < operands; i++) {
		uint32_t p = operand[i];
		while (rows && tl_ir_is(ir, p, &tl_op_reshape))
			p = tl_ir_operand(ir, p, 0);
		if (!tl_ir_is(ir, p, &tl_op_slice))
			return TL_IR_NONE;
		const tl_slice_attr *s = ir->value[p].attr;
		uint32_t from = tl_ir_operand(ir, p, 0);
		if (i == 0) {
			source = from;
			whole = (tl_slice_attr){s->axis, s->start, 0, 1, 0};
		}
		if (from != source || s->axis != whole.axis || s->step != 1 ||
		    s->start != whole.start + whole.count ||
		    (rows ? !first_axis(&ir->value[from].shape, s->axis)
			  : s->axis != to->axis || s->drop))
			return TL_IR_NONE;
		whole.count += s->count;
	}
	tl_shape out = ir->value[source].shape;
	out.dim[whole.axis] = whole.count;
	source = tl_ir_add(ir, &tl_op_slice, &whole, &source, 1, out, dtype, when);
	if (source == TL_IR_NONE || tl_shape_same(&out, &shape))
		return source;
	tl_shape_attr to_shape = {.shape = shape};
	return tl_ir_add(ir, &tl_op_reshape, &to_shape, &source, 1, shape, dtype, when);
}

static uint32_t simplify(tl_ir *ir, const tl_op *op, const void *attr, const uint32_t *operand,
			 size_t operands, tl_shape shape, tl_dtype dtype, uint32_t when)
{
	const tl_value_ir *x = operands ? &ir->value[operand[0]] : NULL;
	if (x && x->op == &tl_op_full &&
	    (op == &tl_op_broadcast || op == &tl_op_reshape || op == &tl_op_slice ||
	     op == &tl_op_permute))
		return full(ir, ((const tl_full_attr *)x->attr)->value, shape, when);
	if (op->strip && operands == 2)
		return neutral(ir, op, operand, &shape);
	if (op->strip == TL_STRIP_copy && op->view && tl_shape_same(&x->shape, &shape))
		return operand[0]; /* stop_gradient, a reshape that changes nothing */
	if (op->strip == TL_STRIP_neg && x->op->strip == TL_STRIP_neg)
		return tl_ir_operand(ir, operand[0], 0);
	if (op == &tl_op_reshape && x->op == &tl_op_sum &&
	    ((const tl_reduce_attr *)x->attr)->keep) {
		tl_reduce_attr reduce = *(const tl_reduce_attr *)x->attr;
		tl_shape without = {0};
		for (int i = 0; i < x->shape.rank; i++)
			if (i < reduce.first || i >= reduce.first + reduce.count)
				without.dim[without.rank++] = x->shape.dim[i];
		uint32_t below = tl_ir_operand(ir, operand[0], 0);
		reduce.keep = 0;
		if (tl_shape_same(&without, &shape))
			return tl_ir_add(ir, &tl_op_sum, &reduce, &below, 1, shape, dtype, when);
	}
	if (op == &tl_op_reshape && x->op == &tl_op_reshape) {
		uint32_t below = tl_ir_operand(ir, operand[0], 0);
		return tl_ir_add(ir, op, attr, &below, 1, shape, dtype, when);
	}
	if (op == &tl_op_slice)
		return simplify_slice(ir, attr, operand[0], shape, dtype, when);
	if (op == &tl_op_concat)
		return simplify_concat(ir, attr, operand, operands, shape, dtype, when);
	if (op == &tl_op_add_n && operands == 1)
		return operand[0];
	if (op == &tl_op_add_n && operands == 2)
		return tl_ir_add(ir, &tl_op_add, NULL, operand, 2, shape, dtype, when);
	return TL_IR_NONE;
}

/* An elementwise op need not have a broadcast carried out, if its other operands give the shape. */
static void skip_broadcasts(tl_ir *ir, uint32_t *operand, size_t operands, const tl_shape *shape)
{
	for (size_t k = 0; k < operands; k++) {
		if (!tl_ir_is(ir, operand[k], &tl_op_broadcast))
			continue;
		tl_shape rest = ir->value[tl_ir_operand(ir, operand[k], 0)].shape;
		for (size_t i = 0; i < operands; i++)
			if (i != k)
				tl_broadcast(&rest, &ir->value[operand[i]].shape, &rest);
		if (tl_shape_same(&rest, shape))
			operand[k] = tl_ir_operand(ir, operand[k], 0);
	}
}

uint32_t tl_ir_add(tl_ir *ir, const tl_op *op, const void *attr, const uint32_t *operand,
		   size_t operands, tl_shape shape, tl_dtype dtype, uint32_t when)
{
	uint32_t own[4];
	if (ir->short_of_memory)
		return TL_IR_NONE;
	if (op->strip && operands >= 2 && operands <= 3) {
		memcpy(own, operand, operands * sizeof *own);
		skip_broadcasts(ir, own, operands, &shape);
		operand = own;
	}
	uint32_t simple = simplify(ir, op, attr, operand, operands, shape, dtype, when);
	if (simple != TL_IR_NONE || ir->short_of_memory)
		return simple;
	return tl_ir_as_given(ir, op, attr, operand, operands, shape, dtype, when);
}
