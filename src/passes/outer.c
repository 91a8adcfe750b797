/*
 * A product of depth 1 is a column times a row, one multiplication an element. Where elementwise
 * neighbours read it, it becomes elementwise too and joins their strip, instead of going through
 * memory: so in the adjoint of additive attention, whose scores are one product with a vector.
 */
#include "passes/passes.h"
#include "ir/identities.h"

static bool is_outer(tl_ir *ir, uint32_t v)
{
	if (!tl_ir_is(ir, v, &tl_op_matmul))
		return false;
	const tl_value_ir *left = &ir->value[tl_ir_operand(ir, v, 0)];
	const tl_matmul_attr *attr = ir->value[v].attr;
	return left->shape.dim[left->shape.rank - (attr->transpose_a ? 2 : 1)] == 1;
}

static uint32_t reshaped(tl_ir *ir, uint32_t v, tl_shape shape, uint32_t when)
{
	tl_shape_attr attr = {.shape = shape};
	return tl_ir_add(ir, &tl_op_reshape, &attr, &v, 1, shape, ir->real, when);
}

/* The same as an elementwise product, in the shape it is read in; TL_IR_NONE if that is not of
 * whole rows. */
static uint32_t elementwise(tl_ir *ir, uint32_t product, tl_shape shape, uint32_t when)
{
	tl_shape own = ir->value[product].shape, column = shape, row = shape;
	if (!shape.rank || shape.dim[shape.rank - 1] != own.dim[own.rank - 1] ||
	    (own.rank != 2 && !tl_shape_same(&own, &shape)))
		return TL_IR_NONE;
	column.dim[shape.rank - 1] = 1;
	for (int i = 0; i < row.rank - 1; i++)
		if (own.rank == 2 || i == row.rank - 2)
			row.dim[i] = 1;
	uint32_t factor[] = {reshaped(ir, tl_ir_operand(ir, product, 0), column, when), TL_IR_NONE};
	if (factor[0] != TL_IR_NONE)
		factor[1] = reshaped(ir, tl_ir_operand(ir, product, 1), row, when);
	return factor[1] == TL_IR_NONE
		       ? TL_IR_NONE
		       : tl_ir_add(ir, &tl_op_mul, NULL, factor, 2, shape, ir->real, when);
}

void tl_pass_outer(tl_ir *ir)
{
	if (!tl_ir_order(ir))
		return;
	for (size_t i = 0; i < ir->ordered && !ir->short_of_memory; i++) {
		const tl_value_ir user = ir->value[ir->order[i]];
		if (!tl_is_elementwise(user.op) || user.op->view)
			continue;
		for (uint32_t k = 0; k < user.operands; k++) {
			uint32_t read = ir->operand[user.first + k], product = read;
			if (tl_ir_is(ir, product, &tl_op_reshape))
				product = tl_ir_operand(ir, product, 0);
			if (!is_outer(ir, product))
				continue;
			uint32_t by = elementwise(ir, product, ir->value[read].shape, user.when);
			if (by != TL_IR_NONE)
				tl_ir_set_operand(ir, ir->order[i], k, by);
		}
	}
}
