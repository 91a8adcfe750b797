/*
 * Products that share an operand become one wider product.
 *
 * a W1^T, a W2^T, ... (the gates of a cell, each with its own weight) become a [W1; W2; ...]^T and
 * column slices of it. The weights must be leaves, so that joining them cannot close a cycle, and
 * of one kind: a weight that a recurrence goes through is not joined with one that it does not go
 * through, or the second could no longer be taken out of the loop (steps.c).
 *
 * Where the products of one such weight are added to more others than it has siblings (what comes
 * back from several gates to one state), sums.c makes them deeper instead.
 *
 * d1^T b, d2^T b, ... (the gradients of those weights) become [d1 d2 ...]^T b and row slices of it.
 * Joining the d can close a cycle unless the products only ever flow into sums and outputs; such
 * values are called sinks.
 */
#include "passes/depend.h"
#include "passes/join.h"
#include "passes/passes.h"

#include <string.h>

static uint64_t group_of(uint32_t shared, const tl_matmul_attr *attr)
{
	return (uint64_t)shared << 2 | (uint64_t)attr->transpose_a << 1 |
	       (uint64_t)attr->transpose_b;
}

/* top[v]: the outermost sum that v is a term of, through sums that nothing else uses. */
static uint32_t *find_sums(tl_ir *ir)
{
	uint32_t *top = tl_ir_take(ir, ir->values + 1, sizeof *top);
	if (!top)
		return NULL;
	memset(top, 0xff, ir->values * sizeof *top);
	for (size_t i = ir->ordered; i-- > 0;) { /* users before operands */
		uint32_t v = ir->order[i];
		if (!tl_is_sum(ir, v))
			continue;
		for (uint32_t k = 0; k < ir->value[v].operands; k++) {
			uint32_t o = tl_ir_operand(ir, v, k);
			if (ir->value[o].uses == 1)
				top[o] = top[v] == TL_IR_NONE ? v : top[v];
		}
	}
	return top;
}

/* addends[v] for each product v: how many products like it, with weights of the same kind, are
 * added up with it. */
static uint32_t *count_addends(tl_ir *ir, const tl_member *m, size_t n)
{
	uint32_t *addends = tl_ir_take_zero(ir, ir->values + 1, sizeof *addends);
	tl_member *by_sum = tl_ir_take(ir, n + 1, sizeof *by_sum);
	const uint32_t *top = find_sums(ir);
	size_t count = 0;
	if (ir->short_of_memory)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (top[m[i].value] != TL_IR_NONE)
			by_sum[count++] =
				(tl_member){group_of(top[m[i].value], ir->value[m[i].value].attr),
					    m[i].kind, m[i].segment, 0, m[i].value};
	tl_sort_members(by_sum, count);
	for (size_t i = 0, next; i < count; i = next) {
		next = tl_group_end(by_sum, count, i);
		for (size_t k = i; k < next; k++)
			addends[by_sum[k].value] = (uint32_t)(next - i);
	}
	return addends;
}

/* Leave out the products that are better made deeper; returns how many of the n stay. */
static size_t drop_deeper(tl_ir *ir, tl_member *m, size_t n)
{
	const uint32_t *addends = count_addends(ir, m, n);
	size_t kept = 0;
	tl_sort_members(m, n);
	for (size_t i = 0, next; addends && i < n; i = next) {
		next = tl_group_end(m, n, i);
		for (size_t k = i; k < next; k++)
			if (addends[m[k].value] <= next - i)
				m[kept++] = m[k];
	}
	return kept;
}

static bool matrix_product(const tl_ir *ir, uint32_t v)
{
	return ir->value[v].live && tl_ir_is(ir, v, &tl_op_matmul) && ir->value[v].shape.rank == 2;
}

/* Products of one left operand by several weights: the gates of a cell. */
static void join_weights(tl_ir *ir)
{
	tl_member *m = tl_ir_take(ir, ir->ordered + 1, sizeof *m);
	const bool *recurrent = tl_find_recurrent(ir);
	const uint32_t *rows = tl_count_rows(ir);
	size_t n = 0;
	if (ir->short_of_memory)
		return;
	for (size_t i = 0; i < ir->ordered; i++) {
		uint32_t v = ir->order[i];
		if (!matrix_product(ir, v))
			continue;
		uint32_t a = tl_ir_operand(ir, v, 0), b = tl_ir_operand(ir, v, 1);
		if (ir->value[b].leaf && rows[b] >= TL_ROWS_WORTH_JOINING)
			m[n++] = (tl_member){group_of(a, ir->value[v].attr), recurrent[b],
					     tl_ir_segment(ir, ir->value[v].when),
					     ir->value[b].when, v};
	}
	tl_join_groups(ir, m, drop_deeper(ir, m, n), TL_JOIN_COLUMNS);
}

/* Products of one right operand that are sinks: the gradients of those weights. */
static void join_gradients(tl_ir *ir)
{
	tl_member *m = tl_ir_take(ir, ir->ordered + 1, sizeof *m);
	const bool *sink = tl_find_sinks(ir);
	size_t n = 0;
	if (ir->short_of_memory)
		return;
	for (size_t i = 0; i < ir->ordered; i++) {
		uint32_t v = ir->order[i];
		if (!matrix_product(ir, v) || !sink[v] ||
		    !((const tl_matmul_attr *)ir->value[v].attr)->transpose_a)
			continue;
		uint32_t a = tl_ir_operand(ir, v, 0), b = tl_ir_operand(ir, v, 1);
		m[n++] = (tl_member){group_of(b, ir->value[v].attr), 0,
				     tl_ir_segment(ir, ir->value[v].when), ir->value[a].when, v};
	}
	tl_join_groups(ir, m, n, TL_JOIN_ROWS);
}

void tl_pass_widen(tl_ir *ir)
{
	if (tl_ir_order(ir))
		join_weights(ir);
	if (!ir->short_of_memory && tl_ir_order(ir))
		join_gradients(ir);
}
