/*
 * Sums of products become one deeper product: dz1^T x1 + dz2^T x2 + ..., the gradient of a weight
 * that was used at every step, is [dz1; dz2; ...]^T [x1; x2; ...]; d1 U1 + d2 U2 + ..., what comes
 * back from several gates to one state, is [d1 d2 ...] [U1; U2; ...]. Sums of column sums (the
 * gradients of biases) become one column sum in the same way. What remains of a sum is added term
 * by term, so that each addition can join the strip that makes its term.
 */
#include "passes/column_sums.h"
#include "passes/depend.h"
#include "passes/join.h"
#include "passes/passes.h"
#include "ir/compose.h"
#include "ir/identities.h"

#include <string.h>

/* Kinds of terms: those of one go together. A product has its transposes in its number, a slice
 * its place; one that is LONE stays alone. */
enum { LONE = 0, COLUMN_SUM = 1, PRODUCT = 2, SLICE = 6 };

typedef struct sums {
	tl_ir *ir;
	const bool *sink;     /* of the first `known` values */
	const uint32_t *rows; /* of the same: how many rows are multiplied by each */
	size_t known;
	tl_laid_list laid;
} sums;

typedef struct terms {
	tl_member *m;
	size_t n, room;
} terms;

/* The terms of v, in order, going through sums that nothing else uses. */
static bool collect(sums *s, uint32_t v, terms *t)
{
	tl_ir *ir = s->ir;
	uint32_t *stack = NULL;
	size_t depth = 0, room = 0;
	if (!tl_ir_reserve(ir, &stack, &room, 1, sizeof *stack))
		return false;
	stack[depth++] = v;
	while (depth) {
		uint32_t x = stack[--depth], n = ir->value[x].operands;
		if ((x != v && ir->value[x].uses != 1) || !tl_is_sum(ir, x)) {
			if (!tl_ir_reserve(ir, &t->m, &t->room, t->n + 1, sizeof *t->m))
				return false;
			t->m[t->n++] = (tl_member){.value = x};
			continue;
		}
		if (!tl_ir_reserve(ir, &stack, &room, depth + n, sizeof *stack))
			return false;
		for (uint32_t k = n; k-- > 0;)
			stack[depth++] = tl_ir_operand(ir, x, k);
	}
	return true;
}

static bool is_sink(const sums *s, uint32_t v)
{
	return v < s->known && s->sink[v];
}

/* A product is worth deepening if its right operand is a weight, or both sides are stacked by rows.
 */
static void classify(sums *s, tl_member *t)
{
	tl_ir *ir = s->ir;
	const tl_value_ir *x = &ir->value[t->value];
	t->when = t->value;
	t->segment = tl_ir_segment(ir, x->when);
	if (tl_is_column_sum(x)) {
		t->kind = COLUMN_SUM;
		t->when = ir->value[tl_ir_operand(ir, t->value, 0)].when;
	} else if (x->op == &tl_op_matmul && x->shape.rank == 2) {
		const tl_matmul_attr *a = x->attr;
		bool by_rows = a->transpose_a && !a->transpose_b;
		uint32_t right = tl_ir_operand(ir, t->value, 1);
		if (by_rows || (ir->value[right].leaf && right < s->known &&
				s->rows[right] >= TL_ROWS_WORTH_JOINING))
			t->kind = PRODUCT + (uint32_t)(a->transpose_a * 2 + a->transpose_b);
		/* steps in the order of time, so that the inputs lie as they were given; gates as
		 * widen has them */
		t->when = ir->value[tl_ir_operand(ir, t->value, by_rows ? 1 : 0)].when;
	} else if (x->op == &tl_op_slice && (t->value >= s->known || s->sink[t->value])) {
		const tl_slice_attr *a = x->attr;
		t->kind = SLICE + (uint32_t)(a->start * 8 + a->axis * 2 + a->drop);
	}
}

static uint32_t latest(const tl_ir *ir, const tl_member *t, size_t n)
{
	uint32_t when = 0;
	for (size_t i = 0; i < n; i++)
		if (ir->value[t[i].value].when > when)
			when = ir->value[t[i].value].when;
	return when;
}

static bool same_slices(tl_ir *ir, const tl_member *t, size_t n)
{
	tl_shape first = ir->value[tl_ir_operand(ir, t->value, 0)].shape;
	for (size_t i = 1; i < n; i++) {
		tl_shape other = ir->value[tl_ir_operand(ir, t[i].value, 0)].shape;
		if (!tl_shape_same(&first, &other) ||
		    memcmp(ir->value[t[i].value].attr, ir->value[t->value].attr,
			   sizeof(tl_slice_attr)))
			return false;
	}
	return true;
}

static uint32_t reduce_sum(sums *s, uint32_t v);

/* The same slice of several: that slice of their sum. Only worth it if their sum is one product. */
static uint32_t slice_of_sum(sums *s, const tl_member *t, size_t n)
{
	tl_ir *ir = s->ir;
	uint32_t first = tl_ir_operand(ir, t->value, 0), when = latest(ir, t, n);
	uint32_t *whole = tl_ir_take(ir, n, sizeof *whole);
	if (!whole || !same_slices(ir, t, n) ||
	    !(tl_ir_is(ir, first, &tl_op_matmul) || tl_is_column_sum(&ir->value[first])))
		return TL_IR_NONE;
	for (size_t i = 0; i < n; i++)
		whole[i] = tl_ir_operand(ir, t[i].value, 0);
	uint32_t sum = tl_ir_sum(ir, whole, n, when);
	if (sum != TL_IR_NONE)
		sum = reduce_sum(s, sum);
	if (sum == TL_IR_NONE)
		return TL_IR_NONE;
	const tl_value_ir *x = &ir->value[t->value];
	return tl_ir_add(ir, &tl_op_slice, x->attr, &sum, 1, x->shape, x->dtype, when);
}

/* One value for several terms of a kind; TL_IR_NONE if nothing is gained, or memory is short. */
static uint32_t merge(sums *s, const tl_member *t, size_t n)
{
	if (n == 1 || t->kind == LONE)
		return TL_IR_NONE;
	if (t->kind >= SLICE)
		return slice_of_sum(s, t, n);
	if (t->kind >= PRODUCT)
		return tl_join(s->ir, t, n, TL_JOIN_DEPTH);
	return tl_join_column_sums(s->ir, &s->laid, t, n, latest(s->ir, t, n));
}

/* Merge the terms of each kind that has several; whether anything changed. */
static bool merge_kinds(sums *s, terms *t)
{
	size_t kept = 0;
	bool changed = false;
	tl_sort_members(t->m, t->n);
	for (size_t i = 0, next; i < t->n && !s->ir->short_of_memory; i = next) {
		next = tl_group_end(t->m, t->n, i);
		uint32_t by = merge(s, t->m + i, next - i);
		if (by != TL_IR_NONE) {
			t->m[kept++] = (tl_member){.value = by};
			changed = true;
		} else {
			memmove(t->m + kept, t->m + i, (next - i) * sizeof *t->m);
			kept += next - i;
		}
	}
	t->n = kept;
	return changed;
}

/* Terms added one after the other, earliest first. */
static uint32_t add_up(tl_ir *ir, const terms *t)
{
	uint32_t sum = t->m[0].value;
	for (size_t i = 1; i < t->n && sum != TL_IR_NONE; i++) {
		uint32_t pair[] = {sum, t->m[i].value}, when = 0;
		for (int k = 0; k < 2; k++)
			when = ir->value[pair[k]].when > when ? ir->value[pair[k]].when : when;
		sum = tl_ir_add(ir, &tl_op_add, NULL, pair, 2, ir->value[sum].shape, ir->real,
				when);
	}
	return sum;
}

static uint32_t reduce_terms(sums *s, uint32_t v)
{
	tl_ir *ir = s->ir;
	terms t = {0};
	if (!collect(s, v, &t))
		return TL_IR_NONE;
	for (size_t i = 0; i < t.n; i++) {
		uint32_t x = t.m[i].value;
		if (tl_is_column_sum(&ir->value[x]) && is_sink(s, x))
			x = t.m[i].value = tl_lift_column_sum(ir, &s->laid, x);
		if (x == TL_IR_NONE)
			return TL_IR_NONE;
		classify(s, &t.m[i]);
	}
	bool changed = merge_kinds(s, &t);
	if (!changed && !tl_ir_is(ir, v, &tl_op_add_n))
		return v;
	return ir->short_of_memory ? TL_IR_NONE : add_up(ir, &t);
}

/* What stands for the sum v: v itself if nothing is gained. */
static uint32_t reduce_sum(sums *s, uint32_t v)
{
	if (!tl_is_sum(s->ir, v))
		return v;
	tl_mark mark = tl_arena_mark(&s->ir->scratch);
	v = reduce_terms(s, v);
	tl_arena_reset_to(&s->ir->scratch, mark);
	return v;
}

/* A sum whose only user is another sum is part of that one. */
static bool *find_inner(tl_ir *ir)
{
	bool *inner = tl_ir_take_zero(ir, ir->values + 1, sizeof *inner);
	for (size_t i = 0; inner && i < ir->ordered; i++) {
		uint32_t v = ir->order[i];
		if (!tl_is_sum(ir, v))
			continue;
		for (uint32_t k = 0; k < ir->value[v].operands; k++) {
			uint32_t o = ir->operand[ir->value[v].first + k];
			inner[o] = ir->value[o].uses == 1 && tl_is_sum(ir, o);
		}
	}
	return inner;
}

/* Products first, since they settle where values lie; column sums follow what is there then. */
static void sweep(tl_ir *ir, bool products)
{
	if (ir->short_of_memory || !tl_ir_order(ir))
		return;
	size_t values = ir->values;
	const bool *inner = find_inner(ir);
	sums s = {.ir = ir,
		  .sink = tl_find_sinks(ir),
		  .rows = tl_count_rows(ir),
		  .known = values,
		  .laid = products ? (tl_laid_list){0} : tl_find_laid(ir)};
	for (size_t i = 0; i < ir->ordered && !ir->short_of_memory; i++) {
		uint32_t v = ir->order[i];
		if (v >= values || inner[v] || !tl_is_sum(ir, v) ||
		    (ir->value[v].shape.rank == 1) == products)
			continue;
		uint32_t by = reduce_sum(&s, v);
		if (by != TL_IR_NONE)
			tl_ir_replace(ir, v, by);
	}
}

void tl_pass_sums(tl_ir *ir)
{
	sweep(ir, true);
	sweep(ir, false);
}
