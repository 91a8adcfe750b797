/*
 * Products with one weight at many time steps become one taller product: x1 W^T, x2 W^T, ... is
 * [x1; x2; ...] W^T and row slices of it, unless the recurrence goes through them. The steps of a
 * sequence that is one input are consecutive slices of it, and then nothing is copied either.
 */
#include "passes/depend.h"
#include "passes/groups.h"
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

static void join(tl_ir *ir, const tl_member *m, size_t n)
{
	bool transpose_b = m->group & 1;
	uint32_t when = ir->value[m->value].when, *piece = tl_alloc(n * sizeof *piece);
	if (!piece) {
		ir->short_of_memory = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		piece[i] = tl_ir_operand(ir, m[i].value, 0);
		if (ir->value[m[i].value].when < when)
			when = ir->value[m[i].value].when;
	}
	uint32_t all = tl_ir_concat(ir, piece, n, 0, when), right = tl_ir_operand(ir, m->value, 1);
	uint32_t product =
		all == TL_IR_NONE ? all : tl_ir_matmul(ir, all, false, right, transpose_b, when);
	int64_t start = 0;
	for (size_t i = 0; i < n && !ir->short_of_memory; i++) {
		int64_t rows = ir->value[m[i].value].shape.dim[0];
		uint32_t part =
			tl_ir_slice(ir, product, 0, start, rows, ir->value[m[i].value].when);
		if (part != TL_IR_NONE)
			tl_ir_replace(ir, m[i].value, part);
		start += rows;
	}
	tl_free(piece);
}

void tl_pass_steps(tl_ir *ir)
{
	if (!tl_ir_order(ir))
		return;
	tl_member *m = tl_alloc((ir->ordered + 1) * sizeof *m);
	uint32_t *group = tl_alloc((ir->values + 1) * sizeof *group);
	bool *accept = NULL;
	size_t groups = 0, n = 0;
	if (!m || !group)
		goto no_memory;
	memset(group, 0xff, ir->values * sizeof *group);
	n = list_members(ir, m);
	for (size_t i = 0, next; i < n; i = next) {
		next = tl_group_end(m, n, i);
		for (size_t k = i; next - i > 1 && k < next; k++)
			group[m[k].value] = (uint32_t)groups;
		groups += next - i > 1;
	}
	accept = tl_alloc_zero(groups + 1);
	if (!accept || !tl_find_contractible(ir, group, groups, accept))
		goto no_memory;
	for (size_t i = 0, next; i < n && !ir->short_of_memory; i = next) {
		next = tl_group_end(m, n, i);
		if (next - i > 1 && accept[group[m[i].value]])
			join(ir, m + i, next - i);
	}
	goto done;
no_memory:
	ir->short_of_memory = true;
done:
	tl_free(m);
	tl_free(group);
	tl_free(accept);
}
