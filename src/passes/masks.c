/*
 * Dropout masks are drawn again where they are used again, in the backward pass, rather than kept:
 * they follow from a key, and the strip that uses one can make it. A mask that many steps share is
 * kept, since drawing costs more than reading.
 */
#include "passes/passes.h"

enum { FEW = 3 };

void tl_pass_masks(tl_ir *ir)
{
	if (!tl_ir_order(ir))
		return;
	size_t values = ir->values;
	bool *drawn = tl_ir_take_zero(ir, values + 1, sizeof *drawn);
	if (!drawn)
		return;
	for (size_t i = 0; i < ir->outputs; i++)
		drawn[ir->output[i]] = true;
	for (size_t i = 0; i < ir->ordered && !ir->short_of_memory; i++) {
		uint32_t user = ir->order[i], first = ir->value[user].first;
		for (uint32_t k = 0; k < ir->value[user].operands; k++) {
			uint32_t mask = ir->operand[first + k];
			const tl_op *op = ir->value[mask].op;
			if (mask >= values || !op->random || !tl_is_elementwise(op) ||
			    ir->value[mask].operands || ir->value[mask].uses > FEW)
				continue;
			if (drawn[mask])
				tl_ir_set_operand(
					ir, user, k,
					tl_ir_again(ir, mask, NULL, ir->value[user].when));
			drawn[mask] = true;
		}
	}
}
