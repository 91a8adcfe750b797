/* Import: nodes become values in the order of the tape; identities are taken on the way. */
#include "ir/import.h"
#include "ir/assemble.h"
#include "ir/identities.h"

#include <string.h>

/* A leaf whose data is there when the program runs: an input, a parameter, a value computed before.
 */
static const tl_op op_known = {
	.name = "known",
	.doc = "data that is there when a program runs",
	.shape = tl_shape_like_first,
};

static uint32_t leaf(const tl_tape *t, tl_ir *ir, uint32_t id, uint32_t number, bool computed)
{
	const tl_node *n = tl_node_at(t, id);
	if (computed && n->op == &tl_op_full) {
		if (tl_is_plain_number(((const tl_full_attr *)n->attr)->value))
			return tl_ir_add(ir, &tl_op_full, n->attr, NULL, 0, n->shape, n->dtype, id);
		return tl_ir_leaf(ir, &tl_op_number, NULL, number, n->shape, n->dtype);
	}
	return tl_ir_leaf(ir, &op_known, NULL, number, n->shape, n->dtype);
}

bool tl_import(const tl_tape *t, const tl_part *part, tl_ir *ir, uint32_t *value)
{
	tl_mark mark = tl_arena_mark(&ir->scratch);
	uint32_t *operand = NULL;
	size_t room = 0;
	ir->real = t->dtype;
	if (!tl_array_reserve(&ir->operand, &ir->operand_room, 16, sizeof *ir->operand)) {
		ir->short_of_memory = true;
		return false;
	}
	for (size_t i = part->computed; i < part->nodes; i++)
		value[i] = leaf(t, ir, part->node[i], (uint32_t)i, false);
	for (size_t i = 0; i < part->computed && !ir->short_of_memory; i++) {
		uint32_t id = part->node[i];
		const tl_node *n = tl_node_at(t, id);
		if (tl_is_leaf(n)) {
			value[i] = leaf(t, ir, id, (uint32_t)i, true);
			continue;
		}
		if (!tl_ir_reserve(ir, &operand, &room, n->operands + 1, sizeof *operand))
			break;
		for (uint32_t k = 0; k < n->operands; k++)
			operand[k] =
				tl_ir_now(ir, value[part->place[t->operand[n->first + k]] - 1]);
		value[i] = n->op == &tl_op_assemble
				   ? tl_import_assemble(ir, n, operand, id)
				   : tl_ir_add(ir, n->op, n->attr, operand, n->operands, n->shape,
					       n->dtype, id);
		if (value[i] != TL_IR_NONE && ir->value[value[i]].node == TL_IR_NONE)
			ir->value[value[i]].node = (uint32_t)i;
	}
	tl_arena_reset_to(&ir->scratch, mark);
	return !ir->short_of_memory;
}
