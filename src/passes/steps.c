/*
 * Products with one weight at many time steps become one taller product: x1 W^T, x2 W^T, ... is
 * [x1; x2; ...] W^T and row slices of it, unless the recurrence goes through them. The steps of a
 * sequence that is one input are consecutive slices of it, and then nothing is copied either.
 */
#include "passes/depend.h"
#include "passes/join.h"
#include "passes/passes.h"

#include <string.h>

/* Joining rows pays while the products are small; a product this tall runs at full speed alone. */
enum { TALL = 512 };

static size_t list_members(tl_ir *ir, tl_member *m)
{
	size_t n = 0;
	for (size_t i = 0; i < ir->ordered; i++) {
		uint32_t v = ir->order[i];
		const tl_value_ir *x = &ir->value[v];
		if (x->op != &tl_op_matmul || x->shape.rank != 2 || x->shape.dim[0] >= TALL)
			continue;
		const tl_matmul_attr *a = x->attr;
		uint32_t left = tl_ir_operand(ir, v, 0), right = tl_ir_operand(ir, v, 1);
		if (!a->transpose_a)
			m[n++] = (tl_member){(uint64_t)right << 1 | (uint64_t)a->transpose_b, 0,
					     tl_ir_segment(ir, x->when), ir->value[left].when, v};
	}
	tl_sort_members(m, n);
	return n;
}

/* Leave out those that a recurrence goes through, or that have no others; returns how many stay. */
static size_t drop_recurrent(tl_ir *ir, tl_member *m, size_t n)
{
	uint32_t *group = tl_ir_take(ir, ir->values + 1, sizeof *group);
	size_t groups = 0, kept = 0;
	if (!group)
		return 0;
	memset(group, 0xff, ir->values * sizeof *group);
	for (size_t i = 0, next; i < n; i = next) {
		next = tl_group_end(m, n, i);
		for (size_t k = i; next - i > 1 && k < next; k++)
			group[m[k].value] = (uint32_t)groups;
		groups += next - i > 1;
	}
	const bool *accept = tl_find_contractible(ir, group, groups);
	for (size_t i = 0; accept && i < n; i++)
		if (group[m[i].value] != TL_IR_NONE && accept[group[m[i].value]])
			m[kept++] = m[i];
	return kept;
}

void tl_pass_steps(tl_ir *ir)
{
	if (!tl_ir_order(ir))
		return;
	tl_member *m = tl_ir_take(ir, ir->ordered + 1, sizeof *m);
	if (m)
		tl_join_groups(ir, m, drop_recurrent(ir, m, list_members(ir, m)), TL_JOIN_ROWS);
}
