/*
 * Sums of products become one deeper product: dz1^T x1 + dz2^T x2 + ..., the gradient of a weight
 * that was used at every step, is [dz1; dz2; ...]^T [x1; x2; ...]; d1 U1 + d2 U2 + ..., what comes
 * back from several gates to one state, is [d1 d2 ...] [U1; U2; ...]. Sums of column sums (the
 * gradients of biases) become one column sum in the same way. What remains of a sum is added term
 * by term, so that each addition can join the strip that makes its term.
 */
#include "passes/depend.h"
#include "passes/passes.h"

#include <stdlib.h>
#include <string.h>

typedef struct term {
	uint32_t value, kind; /* kind: which terms go together; LONE for one that stays alone */
	uint32_t segment;     /* terms of different segments stay apart */
	uint64_t when;        /* the order within a kind */
} term;

enum {
	LONE = 0,
	COLUMN_SUM = 1,
	PRODUCT = 2,
	SLICE = 6
}; /* PRODUCT + transposes; SLICE + number of the slice */

typedef struct sums {
	tl_ir *ir;
	term *term; /* of the sum at hand */
	size_t terms, term_room;
	uint32_t *stack; /* values to look at; pieces of a concat */
	size_t stack_room;
	bool *sink;     /* of the first `known` values */
	uint32_t *rows; /* of the same: how many rows are multiplied by each */
	size_t known;
} sums;

static bool reserve(sums *s, size_t n)
{
	if (tl_array_reserve(&s->term, &s->term_room, n, sizeof *s->term) &&
	    tl_array_reserve(&s->stack, &s->stack_room, 2 * n, sizeof *s->stack))
		return true;
	s->ir->short_of_memory = true;
	return false;
}

/* The terms of v, in order, going through sums that nothing else uses. */
static bool collect(sums *s, uint32_t v)
{
	tl_ir *ir = s->ir;
	size_t depth = 0;
	s->terms = 0;
	if (!reserve(s, 1))
		return false;
	s->stack[depth++] = v;
	while (depth) {
		uint32_t x = s->stack[--depth];
		if ((x != v && ir->value[x].uses != 1) || !tl_is_sum(ir, x)) {
			if (!reserve(s, s->terms + 1))
				return false;
			s->term[s->terms++] = (term){.value = x};
			continue;
		}
		uint32_t n = ir->value[x].operands;
		if (!reserve(s, depth + n))
			return false;
		for (uint32_t k = n; k-- > 0;)
			s->stack[depth++] = tl_ir_operand(ir, x, k);
	}
	return true;
}

/* Kinds */

static bool column_sum(const tl_value_ir *x)
{
	const tl_reduce_attr *a = x->attr;
	return x->op == &tl_op_sum && a->first == 0 && a->count == 1 && !a->keep &&
	       x->shape.rank == 1;
}

/* A product is worth deepening if its right operand is a weight, or both sides are stacked by rows.
 */
static void classify(sums *s, term *t)
{
	tl_ir *ir = s->ir;
	const tl_value_ir *x = &ir->value[t->value];
	t->when = t->value;
	t->segment = tl_ir_segment(ir, x->when);
	if (column_sum(x)) {
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

static int by_kind(const void *x, const void *y)
{
	const term *a = x, *b = y;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->segment != b->segment)
		return a->segment < b->segment ? -1 : 1;
	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	return (a->value > b->value) - (a->value < b->value);
}

static uint32_t latest(const tl_ir *ir, const term *t, size_t n)
{
	uint32_t when = 0;
	for (size_t i = 0; i < n; i++)
		if (ir->value[t[i].value].when > when)
			when = ir->value[t[i].value].when;
	return when;
}

/* Merging a kind */

static uint32_t joined(sums *s, const term *t, size_t n, uint32_t operand, int axis, uint32_t when)
{
	tl_ir *ir = s->ir;
	for (size_t i = 0; i < n; i++)
		s->stack[i] = tl_ir_operand(ir, t[i].value, operand);
	uint32_t all = tl_ir_concat(ir, s->stack, n, axis, when);
	tl_ir_set_home(ir, all);
	return all;
}

static uint32_t deepen(sums *s, const term *t, size_t n)
{
	const tl_matmul_attr a = *(const tl_matmul_attr *)s->ir->value[t->value].attr;
	uint32_t when = latest(s->ir, t, n);
	uint32_t left = joined(s, t, n, 0, a.transpose_a ? 0 : 1, when);
	uint32_t right = joined(s, t, n, 1, a.transpose_b ? 1 : 0, when);
	return tl_ir_matmul(s->ir, left, a.transpose_a, right, a.transpose_b, when);
}

static bool same_parents(sums *s, const term *t, size_t n)
{
	tl_ir *ir = s->ir;
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
static uint32_t slice_of_sum(sums *s, const term *t, size_t n)
{
	tl_ir *ir = s->ir;
	uint32_t first = tl_ir_operand(ir, t->value, 0), when = latest(ir, t, n), slice = t->value;
	if (!same_parents(s, t, n) ||
	    !(tl_ir_is(ir, first, &tl_op_matmul) || column_sum(&ir->value[first])))
		return TL_IR_NONE;
	for (size_t i = 0; i < n; i++)
		s->stack[i] = tl_ir_operand(ir, t[i].value, 0);
	uint32_t sum = tl_ir_sum(ir, s->stack, n, when);
	if (sum == TL_IR_NONE)
		return TL_IR_NONE;
	sum = reduce_sum(s, sum);
	if (sum == TL_IR_NONE)
		return TL_IR_NONE;
	const tl_value_ir *x = &ir->value[slice];
	return tl_ir_add(ir, &tl_op_slice, x->attr, &sum, 1, x->shape, x->dtype, when);
}

/* Sums of the columns of many matrices: of the rows of them all. */
static uint32_t column_sum_of_all(sums *s, const term *t, size_t n)
{
	tl_ir *ir = s->ir;
	tl_reduce_attr attr = {0, 1, 0};
	uint32_t when = latest(ir, t, n), piece;
	uint32_t all = tl_ir_home(ir, tl_ir_operand(ir, t->value, 0), &piece);
	tl_shape shape = ir->value[t->value].shape;
	tl_shape first = ir->value[tl_ir_operand(ir, t->value, 0)].shape;
	bool alike = true, lie_together = all != TL_IR_NONE && ir->value[all].operands == n &&
					  tl_pieces(ir->value[all].attr)->axis == 0;
	uint32_t *met =
		tl_ir_scratch(ir, n); /* of the pieces: the same one twice is not the whole */
	if (!met)
		return TL_IR_NONE;
	memset(met, 0, n * sizeof *met);
	for (size_t i = 0; i < n; i++) {
		s->stack[i] = tl_ir_operand(ir, t[i].value, 0);
		lie_together =
			lie_together && tl_ir_home(ir, s->stack[i], &piece) == all && !met[piece]++;
		alike &= tl_shape_same(&first, &ir->value[s->stack[i]].shape);
	}
	if (!lie_together && !alike)
		return TL_IR_NONE;
	if (!lie_together)
		all = tl_ir_sum(ir, s->stack, n, when);
	if (all == TL_IR_NONE)
		return all;
	return tl_ir_add(ir, &tl_op_sum, &attr, &all, 1, shape, ir->real, when);
}

/* A column sum of a block of columns is a block of the column sum. */
static void lift_column_sum(sums *s, term *t)
{
	tl_ir *ir = s->ir;
	uint32_t x = tl_ir_operand(ir, t->value, 0), piece, home = tl_ir_home(ir, x, &piece);
	if (home == TL_IR_NONE || t->value >= s->known || !s->sink[t->value])
		return;
	const tl_slice_attr place = tl_pieces(ir->value[home].attr)[piece];
	if (place.axis != 1 || ir->value[home].shape.rank != 2)
		return;
	tl_reduce_attr attr = {0, 1, 0};
	uint32_t when = ir->value[t->value].when;
	uint32_t sum = tl_ir_add(ir, &tl_op_sum, &attr, &home, 1,
				 tl_dims(ir->value[home].shape.dim[1]), ir->real, when);
	if (sum != TL_IR_NONE)
		t->value = tl_ir_slice(ir, sum, 0, place.start, place.count, when);
}

/* Terms added one after the other, earliest first. */
static uint32_t add_up(sums *s)
{
	tl_ir *ir = s->ir;
	uint32_t sum = s->term[0].value;
	for (size_t i = 1; i < s->terms && sum != TL_IR_NONE; i++) {
		uint32_t pair[] = {sum, s->term[i].value}, when = 0;
		for (int k = 0; k < 2; k++)
			when = ir->value[pair[k]].when > when ? ir->value[pair[k]].when : when;
		sum = tl_ir_add(ir, &tl_op_add, NULL, pair, 2, ir->value[sum].shape, ir->real,
				when);
	}
	return sum;
}

/* Merge the terms of each kind that has several; whether anything changed. */
static bool merge_kinds(sums *s)
{
	size_t kept = 0, n;
	bool changed = false;
	qsort(s->term, s->terms, sizeof *s->term, by_kind);
	for (size_t i = 0; i < s->terms && !s->ir->short_of_memory; i += n) {
		const term *t = &s->term[i];
		uint32_t by = TL_IR_NONE;
		for (n = 1; i + n < s->terms && t[n].kind == t->kind && t[n].segment == t->segment;
		     n++)
			;
		if (n > 1 && t->kind >= SLICE) {
			/* the inner sum needs the lists: keep this one aside */
			sums inner = {
				.ir = s->ir, .sink = s->sink, .rows = s->rows, .known = s->known};
			if (reserve(&inner, n))
				by = slice_of_sum(&inner, t, n);
			tl_free(inner.term);
			tl_free(inner.stack);
		} else if (n > 1 && t->kind >= PRODUCT) {
			by = deepen(s, t, n);
		} else if (n > 1 && t->kind == COLUMN_SUM) {
			by = column_sum_of_all(s, t, n);
		}
		if (by != TL_IR_NONE) {
			s->term[kept++] = (term){.value = by};
			changed = true;
		} else {
			memmove(s->term + kept, t, n * sizeof *t);
			kept += n;
		}
	}
	s->terms = kept;
	return changed;
}

/* What stands for the sum v: v itself if nothing is gained. */
static uint32_t reduce_sum(sums *s, uint32_t v)
{
	tl_ir *ir = s->ir;
	if (!tl_is_sum(ir, v))
		return v;
	if (!collect(s, v))
		return TL_IR_NONE;
	for (size_t i = 0; i < s->terms; i++) {
		if (column_sum(&ir->value[s->term[i].value]))
			lift_column_sum(s, &s->term[i]);
		if (s->term[i].value == TL_IR_NONE)
			return TL_IR_NONE;
		classify(s, &s->term[i]);
	}
	bool changed = merge_kinds(s);
	if (!changed && !tl_ir_is(ir, v, &tl_op_add_n))
		return v;
	return ir->short_of_memory ? TL_IR_NONE : add_up(s);
}

/* A sum whose only user is another sum is part of that one. */
static void mark_inner(const tl_ir *ir, bool *inner)
{
	memset(inner, 0, ir->values);
	for (size_t i = 0; i < ir->ordered; i++) {
		uint32_t v = ir->order[i];
		if (!tl_is_sum(ir, v))
			continue;
		for (uint32_t k = 0; k < ir->value[v].operands; k++) {
			uint32_t o = ir->operand[ir->value[v].first + k];
			inner[o] = ir->value[o].uses == 1 && tl_is_sum(ir, o);
		}
	}
}

/* Products first, since they settle where values lie; column sums follow what is there then. */
static void sweep(sums *s, bool products)
{
	tl_ir *ir = s->ir;
	bool *inner = NULL;
	if (!tl_ir_order(ir))
		return;
	size_t values = ir->values;
	s->sink = tl_alloc(values + 1);
	s->rows = tl_alloc((values + 1) * sizeof *s->rows);
	s->known = values;
	inner = tl_alloc(values + 1);
	if (s->sink && s->rows && inner) {
		tl_count_rows(ir, s->rows);
		tl_find_sinks(ir, s->sink);
		mark_inner(ir, inner);
		for (size_t i = 0; i < ir->ordered && !ir->short_of_memory; i++) {
			uint32_t v = ir->order[i];
			if (v >= values || inner[v] || !tl_is_sum(ir, v) ||
			    (ir->value[v].shape.rank == 1) == products)
				continue;
			uint32_t by = reduce_sum(s, v);
			if (by != TL_IR_NONE)
				tl_ir_replace(ir, v, by);
		}
	} else {
		ir->short_of_memory = true;
	}
	tl_free(s->sink);
	tl_free(s->rows);
	tl_free(inner);
	s->sink = NULL;
}

void tl_pass_sums(tl_ir *ir)
{
	sums s = {.ir = ir};
	sweep(&s, true);
	sweep(&s, false);
	tl_free(s.term);
	tl_free(s.stack);
}
