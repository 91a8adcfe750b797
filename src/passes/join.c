/* Joining products: their operands are laid side by side, and one product reads them all. */
#include "passes/join.h"
#include "ir/compose.h"

#include <stdlib.h>

static int by_group(const void *x, const void *y)
{
	const tl_member *a = x, *b = y;
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->segment != b->segment)
		return a->segment < b->segment ? -1 : 1;
	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	return (a->value > b->value) - (a->value < b->value);
}

void tl_sort_members(tl_member *m, size_t n)
{
	qsort(m, n, sizeof *m, by_group);
}

size_t tl_group_end(const tl_member *m, size_t n, size_t first)
{
	const tl_member *a = &m[first];
	size_t end = first + 1;
	while (end < n && m[end].group == a->group && m[end].kind == a->kind &&
	       m[end].segment == a->segment)
		end++;
	return end;
}

/* A sum is there when its last term is; rows and columns are wanted when the first of them is. */
static uint32_t when_joined(const tl_ir *ir, const tl_member *m, size_t n, tl_join_axis axis)
{
	uint32_t when = ir->value[m->value].when;
	for (size_t i = 1; i < n; i++) {
		uint32_t other = ir->value[m[i].value].when;
		if (axis == TL_JOIN_DEPTH ? other > when : other < when)
			when = other;
	}
	return when;
}

static uint32_t side_by_side(tl_ir *ir, const tl_member *m, size_t n, uint32_t operand, int along,
			     uint32_t when)
{
	tl_mark mark = tl_arena_mark(&ir->scratch);
	uint32_t *piece = tl_ir_take(ir, n, sizeof *piece);
	if (!piece)
		return TL_IR_NONE;
	for (size_t i = 0; i < n; i++)
		piece[i] = tl_ir_operand(ir, m[i].value, operand);
	uint32_t all = tl_ir_concat(ir, piece, n, along, when);
	tl_arena_reset_to(&ir->scratch, mark);
	return all;
}

uint32_t tl_join(tl_ir *ir, const tl_member *m, size_t n, tl_join_axis axis)
{
	const tl_matmul_attr attr = *(const tl_matmul_attr *)ir->value[m->value].attr;
	uint32_t when = when_joined(ir, m, n, axis), side[2];
	for (uint32_t k = 0; k < 2; k++) {
		bool transposed = k ? attr.transpose_b : attr.transpose_a;
		bool shared = axis == (k ? TL_JOIN_ROWS : TL_JOIN_COLUMNS);
		/* the second dimension of the left operand is depth, as is the first of the right
		 */
		bool second = (axis == TL_JOIN_DEPTH) == (k == 0);
		side[k] = shared ? tl_ir_operand(ir, m->value, k)
				 : side_by_side(ir, m, n, k, second != transposed, when);
	}
	return tl_ir_matmul(ir, side[0], attr.transpose_a, side[1], attr.transpose_b, when);
}

static void join_group(tl_ir *ir, const tl_member *m, size_t n, tl_join_axis axis)
{
	uint32_t first = when_joined(ir, m, n, axis), all = tl_join(ir, m, n, axis);
	int64_t start = 0;
	for (size_t i = 0; i < n && !ir->short_of_memory; i++) {
		int64_t count = ir->value[m[i].value].shape.dim[axis];
		uint32_t when = axis == TL_JOIN_COLUMNS ? first : ir->value[m[i].value].when;
		uint32_t part = tl_ir_slice(ir, all, (int)axis, start, count, when);
		if (part != TL_IR_NONE)
			tl_ir_replace(ir, m[i].value, part);
		start += count;
	}
}

void tl_join_groups(tl_ir *ir, tl_member *m, size_t n, tl_join_axis axis)
{
	tl_sort_members(m, n);
	for (size_t i = 0, next; i < n && !ir->short_of_memory; i = next) {
		next = tl_group_end(m, n, i);
		if (next - i > 1)
			join_group(ir, m + i, next - i, axis);
	}
}
