/*
 * The adjoint of slices becomes a concat. Slices that cover a tensor without overlapping are the
 * pieces of it. Where they overlap, as what comes back from the groups of a clockwork net does, the
 * axis falls into stretches, each the sum of the slices' parts that lie there, or zero.
 */
#include "ir/assemble.h"
#include "ir/compose.h"
#include "ir/identities.h"

#include <stdlib.h>

typedef struct piece {
	int64_t start;
	uint32_t number; /* which operand it is */
} piece;

typedef struct assembly {
	tl_ir *ir;
	const tl_node *node;
	const tl_slice_attr *at; /* per operand */
	uint32_t *value;         /* the same, with the axis that may have been dropped */
	int axis;
	piece *piece;   /* by where they start */
	int64_t *bound; /* where stretches begin and end */
	size_t pieces, bounds;
	uint32_t *active, *term, *part; /* pieces at hand; what is added up; the stretches */
} assembly;

/* Adding parts up must not cost more than copying would. */
enum { TERMS_A_PIECE = 6 };

static int by_start(const void *x, const void *y)
{
	const piece *a = x, *b = y;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static int by_size(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
	return (a > b) - (a < b);
}

static bool simple(const tl_node *n)
{
	const tl_slice_attr *at = tl_pieces(n->attr);
	for (uint32_t i = 0; i < n->operands; i++)
		if (at[i].axis != at[0].axis || at[i].step != 1 || !at[i].count)
			return false;
	return n->operands > 0;
}

/* A piece with its axis, if that was dropped. */
static uint32_t with_axis(tl_ir *ir, const tl_node *n, const tl_slice_attr *at, uint32_t value)
{
	if (!at->drop)
		return value;
	tl_shape_attr attr = {.shape = n->shape};
	attr.shape.dim[at->axis] = 1;
	return tl_ir_add(ir, &tl_op_reshape, &attr, &value, 1, attr.shape, n->dtype,
			 ir->value[value].when);
}

static void list_pieces(assembly *a, const uint32_t *operand)
{
	const tl_slice_attr *at = a->at;
	a->bound[a->bounds++] = 0;
	a->bound[a->bounds++] = a->node->shape.dim[a->axis];
	for (uint32_t i = 0; i < a->node->operands && !a->ir->short_of_memory; i++) {
		a->value[i] = with_axis(a->ir, a->node, &at[i], operand[i]);
		a->piece[a->pieces++] = (piece){at[i].start, i};
		a->bound[a->bounds++] = at[i].start;
		a->bound[a->bounds++] = at[i].start + at[i].count;
	}
	qsort(a->piece, a->pieces, sizeof *a->piece, by_start);
	qsort(a->bound, a->bounds, sizeof *a->bound, by_size);
	size_t kept = 1;
	for (size_t i = 1; i < a->bounds; i++)
		if (a->bound[i] != a->bound[kept - 1])
			a->bound[kept++] = a->bound[i];
	a->bounds = kept;
}

/* The sum of what lies between two bounds, in the order of the operands. */
static uint32_t stretch(assembly *a, int64_t from, int64_t to, size_t active, uint32_t when)
{
	tl_ir *ir = a->ir;
	tl_shape shape = a->node->shape;
	shape.dim[a->axis] = to - from;
	if (!active) {
		tl_full_attr zero = {0};
		return tl_ir_add(ir, &tl_op_full, &zero, NULL, 0, shape, a->node->dtype, when);
	}
	for (size_t i = 0; i < active; i++)
		a->term[i] = a->active[i];
	qsort(a->term, active, sizeof *a->term, tl_by_number);
	for (size_t i = 0; i < active && !ir->short_of_memory; i++) {
		uint32_t value = a->value[a->term[i]];
		a->term[i] = tl_ir_slice(ir, value, a->axis, from - a->at[a->term[i]].start,
					 to - from, ir->value[value].when);
	}
	return tl_ir_sum(ir, a->term, active, when);
}

/* The stretches, or none if there would be too much to add. */
static size_t list_stretches(assembly *a, uint32_t when)
{
	size_t next = 0, active = 0, terms = 0;
	for (size_t b = 0; b + 1 < a->bounds && !a->ir->short_of_memory; b++) {
		size_t kept = 0;
		for (size_t i = 0; i < active; i++)
			if (a->at[a->active[i]].start + a->at[a->active[i]].count > a->bound[b])
				a->active[kept++] = a->active[i];
		active = kept;
		while (next < a->pieces && a->piece[next].start == a->bound[b])
			a->active[active++] = a->piece[next++].number;
		terms += active + 1;
		if (terms > TERMS_A_PIECE * (a->pieces + 1))
			return 0;
		a->part[b] = stretch(a, a->bound[b], a->bound[b + 1], active, when);
	}
	return a->bounds - 1;
}

uint32_t tl_import_assemble(tl_ir *ir, const tl_node *n, const uint32_t *operand, uint32_t when)
{
	size_t count = n->operands + 1;
	assembly a = {.ir = ir, .node = n, .at = tl_pieces(n->attr)};
	uint32_t out = TL_IR_NONE;
	tl_mark mark = tl_arena_mark(&ir->scratch);
	if (simple(n) && tl_elements(&n->shape)) {
		a.axis = (int)a.at->axis;
		a.value = tl_ir_take(ir, count, sizeof *a.value);
		a.piece = tl_ir_take(ir, count, sizeof *a.piece);
		a.bound = tl_ir_take(ir, 2 * count, sizeof *a.bound);
		a.active = tl_ir_take(ir, count, sizeof *a.active);
		a.term = tl_ir_take(ir, count, sizeof *a.term);
		a.part = tl_ir_take(ir, 2 * count, sizeof *a.part);
		if (!ir->short_of_memory)
			list_pieces(&a, operand);
		size_t parts = ir->short_of_memory ? 0 : list_stretches(&a, when);
		if (parts && !ir->short_of_memory)
			out = tl_ir_concat(ir, a.part, parts, a.axis, when);
	}
	tl_arena_reset_to(&ir->scratch, mark);
	if (out == TL_IR_NONE && !ir->short_of_memory)
		out = tl_ir_add(ir, n->op, n->attr, operand, n->operands, n->shape, n->dtype, when);
	return out;
}
