/* Concats, slices, products and sums of values. */
#include "ir/compose.h"
#include "ir/identities.h"

uint32_t tl_ir_concat(tl_ir *ir, const uint32_t *piece, size_t pieces, int axis, uint32_t when)
{
	if (ir->short_of_memory)
		return TL_IR_NONE;
	tl_mark mark = tl_arena_mark(&ir->scratch);
	tl_assemble_attr *head = tl_ir_take(ir, sizeof *head + pieces * sizeof(tl_slice_attr), 1);
	if (!head)
		return TL_IR_NONE;
	*head = (tl_assemble_attr){.shape = ir->value[piece[0]].shape, .whole = 1};
	int64_t total = 0;
	for (size_t i = 0; i < pieces; i++) {
		int64_t n = ir->value[piece[i]].shape.dim[axis];
		((tl_slice_attr *)(head + 1))[i] = (tl_slice_attr){axis, total, n, 1, 0};
		total += n;
	}
	head->shape.dim[axis] = total;
	uint32_t v = tl_ir_add(ir, &tl_op_concat, head, piece, pieces, head->shape,
			       ir->value[piece[0]].dtype, when);
	tl_arena_reset_to(&ir->scratch, mark);
	return v;
}

uint32_t tl_ir_slice(tl_ir *ir, uint32_t whole, int axis, int64_t start, int64_t count,
		     uint32_t when)
{
	if (ir->short_of_memory)
		return TL_IR_NONE;
	tl_slice_attr attr = {axis, start, count, 1, 0};
	tl_shape shape = ir->value[whole].shape;
	shape.dim[axis] = count;
	return tl_ir_add(ir, &tl_op_slice, &attr, &whole, 1, shape, ir->value[whole].dtype, when);
}

uint32_t tl_ir_matmul(tl_ir *ir, uint32_t a, bool ta, uint32_t b, bool tb, uint32_t when)
{
	if (ir->short_of_memory)
		return TL_IR_NONE;
	tl_matmul_attr attr = {ta, tb};
	tl_shape as = ir->value[a].shape, bs = ir->value[b].shape;
	tl_shape shape = tl_dims(as.dim[ta ? 1 : 0], bs.dim[tb ? 0 : 1]);
	return tl_ir_add(ir, &tl_op_matmul, &attr, (uint32_t[]){a, b}, 2, shape, ir->real, when);
}

uint32_t tl_ir_sum(tl_ir *ir, const uint32_t *term, size_t terms, uint32_t when)
{
	if (ir->short_of_memory)
		return TL_IR_NONE;
	if (terms == 1)
		return term[0];
	return tl_ir_add(ir, &tl_op_add_n, NULL, term, terms, ir->value[term[0]].shape, ir->real,
			 when);
}
