/*
 * Products that share an operand become one wider product.
 *
 * a W1^T, a W2^T, ... (the gates of a cell, each with its own weight) become a [W1; W2; ...]^T and
 * column slices of it. The weights must be leaves, so that joining them cannot close a cycle, and
 * of one kind: a weight that a recurrence goes through is not joined with one that it does not go
 * through, or the second could no longer be taken out of the loop (pass_steps.c).
 *
 * Where the products of one such weight are added to more others than it has siblings (what comes
 * back from several gates to one state), pass_sums.c makes them deeper instead.
 *
 * d1^T b, d2^T b, ... (the gradients of those weights) become [d1 d2 ...]^T b and row slices of it.
 * Joining the d can close a cycle unless the products only ever flow into sums and outputs; such
 * values are called sinks.
 */
#include "passes/depend.h"
#include "passes/groups.h"
#include "passes/passes.h"

/* Join members m[0 .. n): operand `joined` of each along `axis`, the other shared. */
static void join(tl_ir *ir, const tl_member *m, size_t n, uint32_t joined)
{
	tl_matmul_attr attr = *(const tl_matmul_attr *)ir->value[m->value].attr;
	uint32_t when = ir->value[m->value].when, *piece = tl_alloc(n * sizeof *piece);
	if (!piece) {
		ir->short_of_memory = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		piece[i] = tl_ir_operand(ir, m[i].value, joined);
		if (ir->value[m[i].value].when < when)
			when = ir->value[m[i].value].when;
	}
	uint32_t shared = tl_ir_operand(ir, m->value, 1 - joined);
	int axis = joined == 1 ? (attr.transpose_b ? 0 : 1) : (attr.transpose_a ? 1 : 0);
	uint32_t all = tl_ir_concat(ir, piece, n, axis, when), product = TL_IR_NONE;
	if (!ir->short_of_memory) {
		product = joined == 1 ? tl_ir_matmul(ir, shared, attr.transpose_a, all,
						     attr.transpose_b, when)
				      : tl_ir_matmul(ir, all, attr.transpose_a, shared,
						     attr.transpose_b, when);
	}
	if (joined == 0)
		tl_ir_set_home(ir, all);
	int64_t start = 0;
	for (size_t i = 0; i < n && !ir->short_of_memory; i++) {
		int64_t count = ir->value[m[i].value].shape.dim[joined];
		uint32_t part = tl_ir_slice(ir, product, (int)joined, start, count, when);
		if (part != TL_IR_NONE)
			tl_ir_replace(ir, m[i].value, part);
		start += count;
	}
	tl_free(piece);
}

static uint64_t group_of(uint32_t shared, const tl_matmul_attr *attr)
{
	return (uint64_t)shared << 2 | (uint64_t)attr->transpose_a << 1 |
	       (uint64_t)attr->transpose_b;
}

/*
 * addends[v] for each product v: how many products like it, with weights of the same kind, are
 * added up with it. top is room for a number a value.
 */
static void count_addends(tl_ir *ir, const tl_member *m, size_t n, uint32_t *top, uint32_t *addends)
{
	for (size_t v = 0; v < ir->values; v++)
		top[v] = TL_IR_NONE;
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
	tl_member *by_sum = tl_alloc((n + 1) * sizeof *by_sum);
	if (!by_sum) {
		ir->short_of_memory = true;
		return;
	}
	size_t count = 0, next;
	for (size_t i = 0; i < n; i++) {
		addends[m[i].value] = 0;
		if (top[m[i].value] != TL_IR_NONE)
			by_sum[count++] =
				(tl_member){group_of(top[m[i].value], ir->value[m[i].value].attr),
					    m[i].kind, m[i].segment, 0, m[i].value};
	}
	tl_sort_members(by_sum, count);
	for (size_t i = 0; i < count; i = next) {
		next = tl_group_end(by_sum, count, i);
		for (size_t k = i; k < next; k++)
			addends[by_sum[k].value] = (uint32_t)(next - i);
	}
	tl_free(by_sum);
}

/* Leave out the products that are better made deeper; returns how many of the n stay. */
static size_t drop_deeper(tl_ir *ir, tl_member *m, size_t n)
{
	uint32_t *top = tl_alloc((ir->values + 1) * sizeof *top);
	uint32_t *addends = tl_alloc((ir->values + 1) * sizeof *addends);
	size_t kept = 0, next;
	if (top && addends) {
		count_addends(ir, m, n, top, addends);
		tl_sort_members(m, n);
		for (size_t i = 0; i < n && !ir->short_of_memory; i = next) {
			next = tl_group_end(m, n, i);
			for (size_t k = i; k < next; k++)
				if (addends[m[k].value] <= next - i)
					m[kept++] = m[k];
		}
	} else {
		ir->short_of_memory = true;
	}
	tl_free(top);
	tl_free(addends);
	return kept;
}

static void join_groups(tl_ir *ir, tl_member *m, size_t n, uint32_t joined)
{
	tl_sort_members(m, n);
	for (size_t i = 0, next; i < n && !ir->short_of_memory; i = next) {
		next = tl_group_end(m, n, i);
		if (next - i > 1)
			join(ir, m + i, next - i, joined);
	}
}

static bool matrix_product(const tl_ir *ir, uint32_t v)
{
	return ir->value[v].live && tl_ir_is(ir, v, &tl_op_matmul) && ir->value[v].shape.rank == 2;
}

/* Products of one left operand by several weights: the gates of a cell. */
static void join_weights(tl_ir *ir)
{
	tl_member *m = tl_alloc((ir->ordered + 1) * sizeof *m);
	bool *recurrent = tl_alloc(ir->values + 1);
	uint32_t *rows = tl_alloc((ir->values + 1) * sizeof *rows);
	size_t n = 0;
	if (m && recurrent && rows && tl_find_recurrent(ir, recurrent)) {
		tl_count_rows(ir, rows);
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
		n = drop_deeper(ir, m, n);
		join_groups(ir, m, n, 1);
	} else {
		ir->short_of_memory = true;
	}
	tl_free(rows);
	tl_free(m);
	tl_free(recurrent);
}

/* Products of one right operand that are sinks: the gradients of those weights. */
static void join_gradients(tl_ir *ir)
{
	tl_member *m = tl_alloc((ir->ordered + 1) * sizeof *m);
	bool *sink = tl_alloc(ir->values + 1);
	size_t n = 0;
	if (m && sink) {
		tl_find_sinks(ir, sink);
		for (size_t i = 0; i < ir->ordered; i++) {
			uint32_t v = ir->order[i];
			if (!matrix_product(ir, v) || !sink[v] ||
			    !((const tl_matmul_attr *)ir->value[v].attr)->transpose_a)
				continue;
			uint32_t a = tl_ir_operand(ir, v, 0), b = tl_ir_operand(ir, v, 1);
			m[n++] = (tl_member){group_of(b, ir->value[v].attr), 0,
					     tl_ir_segment(ir, ir->value[v].when),
					     ir->value[a].when, v};
		}
		join_groups(ir, m, n, 0);
	} else {
		ir->short_of_memory = true;
	}
	tl_free(m);
	tl_free(sink);
}

void tl_pass_widen(tl_ir *ir)
{
	if (tl_ir_order(ir))
		join_weights(ir);
	if (!ir->short_of_memory && tl_ir_order(ir))
		join_gradients(ir);
}
