/* Import: nodes become values in the order of the tape; identities are taken on the way. */
#include "plan/import.h"

#include "base/random.h"

#include <stdlib.h>
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

/* Slices put together
 * */

typedef struct piece {
	tl_slice_attr at;
	uint32_t value;
} piece;

static int by_start(const void *x, const void *y)
{
	const piece *a = x, *b = y;
	return (a->at.start > b->at.start) - (a->at.start < b->at.start);
}

/* Do sorted pieces of one axis cover it, each element once? */
static bool cover(const piece *p, size_t n, const tl_shape *shape)
{
	int64_t end = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i].at.axis != p[0].at.axis || p[i].at.step != 1 || p[i].at.start != end)
			return false;
		end += p[i].at.count;
	}
	return end == shape->dim[p[0].at.axis];
}

/* The adjoint of slices is a concat if they were all of the tensor and did not overlap. */
static uint32_t assemble(tl_ir *ir, const tl_node *n, const uint32_t *operand, uint32_t when)
{
	const tl_slice_attr *at = tl_pieces(n->attr);
	uint32_t out = TL_IR_NONE, *value = tl_alloc(n->operands * sizeof *value);
	piece *p = tl_alloc(n->operands * sizeof *p);
	if (!p || !value) {
		ir->short_of_memory = true;
		goto done;
	}
	for (uint32_t i = 0; i < n->operands; i++)
		p[i] = (piece){at[i], operand[i]};
	qsort(p, n->operands, sizeof *p, by_start);
	if (!cover(p, n->operands, &n->shape)) {
		out = tl_ir_add(ir, n->op, n->attr, operand, n->operands, n->shape, n->dtype, when);
		goto done;
	}
	for (uint32_t i = 0; i < n->operands && !ir->short_of_memory; i++) {
		value[i] = p[i].value;
		if (!p[i].at.drop)
			continue;
		tl_shape_attr attr = {.shape = n->shape};
		attr.shape.dim[p[i].at.axis] = 1;
		value[i] = tl_ir_add(ir, &tl_op_reshape, &attr, &value[i], 1, attr.shape, n->dtype,
				     ir->value[value[i]].when);
	}
	out = tl_ir_concat(ir, value, n->operands, (int)p[0].at.axis, when);
done:
	tl_free(p);
	tl_free(value);
	return out;
}

bool tl_import(const tl_tape *t, const tl_part *part, const uint32_t *place, tl_ir *ir,
	       uint32_t *value)
{
	uint32_t *operand = NULL;
	size_t room = 0;
	ir->real = t->dtype;
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
				   ? assemble(ir, n, operand, id)
				   : tl_ir_add(ir, n->op, n->attr, operand, n->operands, n->shape,
					       n->dtype, id);
		if (value[i] != TL_IR_NONE && !ir->value[value[i]].leaf &&
		    !ir->value[value[i]].node)
			ir->value[value[i]].node = (uint32_t)i;
	}
	tl_free(operand);
	return !ir->short_of_memory;
}
