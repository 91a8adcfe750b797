/* Import: nodes become values in the order of the tape; identities are taken on the way. */
#include "plan/import.h"

#include "base/random.h"

#include <string.h>

/* A leaf whose data is there when the program runs: an input, a parameter, a value computed before.
 */
static const tl_op op_known = {
	.name = "known",
	.doc = "data that is there when a program runs",
	.shape = tl_shape_like_first,
};

static bool list(tl_part *part, uint32_t node)
{
	if (!tl_array_reserve(&part->node, &part->room, part->nodes + 1, sizeof *part->node))
		return false;
	part->node[part->nodes++] = node;
	return true;
}

bool tl_part_list(const tl_tape *t, const tl_plan *p, tl_part *part, uint32_t *place)
{
	part->nodes = 0;
	part->structure = t->dtype;
	for (size_t i = 0; i < p->todo_count; i++) {
		if (!list(part, p->todo[i]))
			return false;
		place[p->todo[i]] = (uint32_t)part->nodes;
	}
	part->computed = part->nodes;
	for (size_t i = 0; i < part->computed; i++) {
		const tl_node *n = tl_node_at(t, part->node[i]);
		uint64_t h = part->structure ^ n->structure;
		for (uint32_t k = 0; k < n->operands; k++) {
			uint32_t o = t->operand[n->first + k];
			/* a known node has no place in this list yet, or one left from another list
			 */
			if (place[o] == 0 || place[o] > part->nodes ||
			    part->node[place[o] - 1] != o) {
				if (!list(part, o))
					return false;
				place[o] = (uint32_t)part->nodes;
				const tl_node *known = tl_node_at(t, o);
				for (int d = 0; d < known->shape.rank; d++)
					h = tl_mix(h + (uint64_t)known->shape.dim[d]);
				h = tl_mix(h + (uint64_t)known->dtype);
			}
			h = tl_mix(h + place[o]);
		}
		part->structure = tl_mix(h);
	}
	return true;
}

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

bool tl_import(const tl_tape *t, const tl_part *part, const uint32_t *place, tl_ir *ir,
	       uint32_t *value)
{
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
		if (!tl_array_reserve(&operand, &room, n->operands + 1, sizeof *operand)) {
			ir->short_of_memory = true;
			break;
		}
		for (uint32_t k = 0; k < n->operands; k++)
			operand[k] = tl_ir_now(ir, value[place[t->operand[n->first + k]] - 1]);
		value[i] = n->op == &tl_op_assemble
				   ? tl_import_assemble(ir, n, operand, id)
				   : tl_ir_add(ir, n->op, n->attr, operand, n->operands, n->shape,
					       n->dtype, id);
		if (value[i] != TL_IR_NONE && !ir->value[value[i]].leaf &&
		    !ir->value[value[i]].node)
			ir->value[value[i]].node = (uint32_t)i;
	}
	tl_free(operand);
	return !ir->short_of_memory;
}
