/*
 * Where values are to be. Views (slices, reshapes, permutations, broadcasts) are other strides over
 * the same memory. The pieces of a concat are computed straight into their part of it where that is
 * possible, and copied there where it is not.
 *
 * A concat of columns lends each piece its columns (parent). A concat of rows is a chain: each
 * piece is followed by the next; a piece may be in several concats of rows, such as the states
 * h0..hT-1 that go into a product and h1..hT that come out, if they agree on who follows whom.
 */
#include "code/place.h"
#include "ir/identities.h"

#include <string.h>

static const tl_slice_attr *pieces_of(const tl_ir *ir, uint32_t v)
{
	return tl_pieces(ir->value[v].attr);
}

bool tl_is_view(const tl_value_ir *x)
{
	return x->op->view != NULL;
}

bool tl_is_constant(const tl_value_ir *x)
{
	return x->op == &tl_op_full;
}

/* Is it the result of an instruction, and of which kind? */
static bool computed(const tl_value_ir *x)
{
	return !x->leaf && !tl_is_view(x) && x->op != &tl_op_concat && !tl_is_constant(x);
}

static bool can_have_strides(const tl_value_ir *x)
{
	return computed(x) &&
	       (tl_is_elementwise(x->op) || (x->op == &tl_op_matmul && x->shape.rank == 2));
}

/* A concat whose pieces are contiguous stretches of it, one after the other. */
static bool by_rows(const tl_ir *ir, uint32_t v)
{
	int64_t outer = 1;
	for (int64_t i = 0; i < pieces_of(ir, v)->axis; i++)
		outer *= ir->value[v].shape.dim[i];
	return outer == 1;
}

/* Copies */

static uint32_t copy(tl_ir *ir, uint32_t v)
{
	const tl_value_ir *x = &ir->value[v];
	return tl_ir_add(ir, &tl_op_copy, NULL, &v, 1, x->shape, x->dtype, x->when);
}

/* A value from another stretch of the tape is not to hold the whole concat's memory that long. */
static bool same_stretch(const tl_ir *ir, uint32_t v, uint32_t concat)
{
	return tl_ir_segment(ir, ir->value[v].when) == tl_ir_segment(ir, ir->value[concat].when);
}

/* A copy into a concat: made when the value is, or with the concat's own stretch. */
static uint32_t copy_into(tl_ir *ir, uint32_t v, uint32_t concat)
{
	uint32_t made = copy(ir, v);
	if (made != TL_IR_NONE && !same_stretch(ir, v, concat))
		ir->value[made].when = ir->value[concat].when;
	return made;
}

/* Chains and parents */

static bool reserve(tl_ir *ir, tl_placement *l)
{
	size_t before = l->room;
	if (!tl_ir_reserve(ir, &l->at, &l->room, ir->values, sizeof *l->at))
		return false;
	if (l->room > before)
		memset(l->at + before, 0xff, (l->room - before) * sizeof *l->at);
	return true;
}

/* A value that is the same memory: reshapes of contiguous values are looked through. */
static uint32_t behind_reshapes(tl_ir *ir, uint32_t v)
{
	while (tl_ir_is(ir, v, &tl_op_reshape))
		v = tl_ir_operand(ir, v, 0);
	return v;
}

static uint32_t chain_end(tl_placement *l, uint32_t v)
{
	uint32_t end = v;
	while (l->at[end].end != TL_IR_NONE)
		end = l->at[end].end;
	while (l->at[v].end != TL_IR_NONE) { /* shorten the way for the next time */
		uint32_t up = l->at[v].end;
		l->at[v].end = end == up ? up : end;
		v = up;
	}
	return end;
}

static bool may_chain(const tl_ir *ir, const tl_placement *l, uint32_t v)
{
	const tl_value_ir *x = &ir->value[v];
	bool columns = x->op == &tl_op_concat && !by_rows(ir, v);
	return (computed(x) || columns) && l->at[v].parent == TL_IR_NONE;
}

static bool may_follow(tl_placement *l, uint32_t u, uint32_t v)
{
	if (l->at[u].next == v)
		return true;
	return l->at[u].next == TL_IR_NONE && l->at[v].previous == TL_IR_NONE &&
	       chain_end(l, v) != u;
}

static void follow(tl_placement *l, uint32_t u, uint32_t v)
{
	if (l->at[u].next == v)
		return;
	l->at[u].next = v;
	l->at[v].previous = u;
	l->at[u].end = v;
}

/* Give a concat of rows its chain; pieces that cannot be where it wants them are copied. */
static bool place_rows(tl_ir *ir, tl_placement *l, uint32_t c)
{
	uint32_t n = ir->value[c].operands;
	bool fresh = false;
	uint32_t seen = TL_IR_NONE;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t v = behind_reshapes(ir, tl_ir_operand(ir, c, i));
		if (!may_chain(ir, l, v) || !same_stretch(ir, v, c)) {
			uint32_t made = copy_into(ir, tl_ir_operand(ir, c, i), c);
			if (made == TL_IR_NONE || !reserve(ir, l))
				return false;
			tl_ir_set_operand(ir, c, i, v = made);
		}
		fresh |= i && !may_follow(l, seen, v);
		if (i && !fresh) /* link at once, so that a piece given twice is noticed */
			follow(l, seen, v);
		seen = v;
	}
	for (uint32_t i = 0; fresh && i < n; i++) {
		uint32_t made = copy_into(ir, tl_ir_operand(ir, c, i), c);
		if (made == TL_IR_NONE || !reserve(ir, l))
			return false;
		tl_ir_set_operand(ir, c, i, made);
		if (i)
			follow(l, tl_ir_operand(ir, c, i - 1), made);
	}
	return true;
}

static bool place_columns(tl_ir *ir, tl_placement *l, uint32_t c, const bool *output)
{
	uint32_t n = ir->value[c].operands;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t v = tl_ir_operand(ir, c, i);
		tl_layout_entry *e = &l->at[v];
		if (!can_have_strides(&ir->value[v]) || e->parent != TL_IR_NONE ||
		    e->next != TL_IR_NONE || e->previous != TL_IR_NONE || output[v] ||
		    !same_stretch(ir, v, c)) {
			v = copy_into(ir, v, c);
			if (v == TL_IR_NONE || !reserve(ir, l))
				return false;
			tl_ir_set_operand(ir, c, i, v);
		}
		l->at[v].parent = c;
		l->at[v].piece = i;
	}
	return true;
}

static bool place_concats(tl_ir *ir, tl_placement *l)
{
	if (!tl_ir_order(ir) || !reserve(ir, l))
		return false;
	bool *output = tl_ir_take_zero(ir, ir->values + 1, sizeof *output);
	bool fine = output != NULL;
	for (size_t i = 0; fine && i < ir->outputs; i++)
		output[ir->output[i]] = true;
	for (int rows = 0; fine && rows < 2; rows++) /* columns first: a chain takes whole rows */
		for (size_t i = 0; fine && i < ir->ordered; i++) {
			uint32_t v = ir->order[i];
			if (tl_ir_is(ir, v, &tl_op_concat) && by_rows(ir, v) == (rows == 1))
				fine = rows ? place_rows(ir, l, v)
					    : place_columns(ir, l, v, output);
		}
	return fine;
}

/* Strides */

/* False if it cannot be a view of what lies there. */
static bool view_place(const tl_ir *ir, uint32_t v, const tl_place *of, tl_place *out)
{
	const tl_value_ir *x = &ir->value[v];
	const tl_shape *from = &ir->value[ir->operand[x->first]].shape;
	tl_view view = {.offset = of->offset};
	memcpy(view.stride, of->stride, sizeof view.stride);
	if (!x->op->view(x->attr, from, &x->shape, &view))
		return false;
	*out = (tl_place){.root = of->root, .offset = view.offset};
	memcpy(out->stride, view.stride, sizeof out->stride);
	return true;
}

static void place_in_parent(const tl_ir *ir, tl_placement *l, uint32_t v)
{
	const tl_layout_entry *e = &l->at[v];
	const tl_slice_attr *piece = &pieces_of(ir, e->parent)[e->piece];
	tl_place *p = &l->place[v];
	*p = l->place[e->parent];
	p->offset += piece->start * p->stride[piece->axis];
}

/*
 * Places in order: what nobody else places gets a root of its own (numbered by the value that heads
 * it, for now). A concat of columns settles its pieces when it is itself settled, before they are
 * asked for: hence the first loop.
 */
static void settle_roots(const tl_ir *ir, tl_placement *l)
{
	for (size_t i = 0; i < ir->ordered; i++) {
		uint32_t v = ir->order[i];
		const tl_value_ir *x = &ir->value[v];
		bool rows = x->op == &tl_op_concat && by_rows(ir, v);
		l->place[v] = (tl_place){.root = v};
		tl_strides(&x->shape, l->place[v].stride);
		if (x->op == &tl_op_number) /* one number, whatever the shape */
			memset(l->place[v].stride, 0, sizeof l->place[v].stride);
		if (rows || tl_is_view(x))
			l->place[v].root = TL_IR_NONE;
	}
	for (size_t i = 0; i < ir->ordered; i++) { /* chains, from their heads */
		uint32_t v = ir->order[i];
		if (l->at[v].previous != TL_IR_NONE || l->at[v].next == TL_IR_NONE)
			continue;
		int64_t offset = 0;
		for (uint32_t u = v; u != TL_IR_NONE; u = l->at[u].next) {
			l->place[u].root = v;
			l->place[u].offset = offset;
			offset += tl_elements(&ir->value[u].shape);
		}
	}
	for (size_t i = ir->ordered; i-- > 0;) /* pieces come before their concat in the order */
		if (l->at[ir->order[i]].parent != TL_IR_NONE)
			place_in_parent(ir, l, ir->order[i]);
}

/* Copy what cannot be used where it is */

static bool unit(int64_t dim, int64_t stride)
{
	return stride == 1 || dim == 1;
}

static bool fits_gemm(const tl_value_ir *x, const tl_place *p)
{
	if (x->shape.rank != 2 || tl_elements(&x->shape) == 0)
		return tl_is_contiguous(&x->shape, p->stride);
	for (int i = 0; i < 2; i++)
		if (p->stride[i] < 0 || (p->stride[i] == 0 && x->shape.dim[i] != 1))
			return false;
	return unit(x->shape.dim[0], p->stride[0]) || unit(x->shape.dim[1], p->stride[1]);
}

/* Can the value `user` read operand o where it is? */
static bool readable(const tl_ir *ir, const tl_placement *l, const tl_value_ir *user, uint32_t o)
{
	const tl_value_ir *x = &ir->value[o];
	if (tl_is_elementwise(user->op))
		return true;
	if (tl_is_constant(x))
		return false;
	if (user->op == &tl_op_matmul)
		return fits_gemm(x, &l->place[o]);
	return tl_is_contiguous(&x->shape, l->place[o].stride);
}

static uint32_t copied(tl_ir *ir, tl_placement *l, uint32_t v)
{
	if (l->at[v].copy == TL_IR_NONE) {
		uint32_t made = copy(ir, v);
		if (made == TL_IR_NONE || !reserve(ir, l))
			return TL_IR_NONE;
		l->at[v].copy = made;
	}
	return l->at[v].copy;
}

/* Settle views in order, and note what has to be copied. */
static bool settle_views(tl_ir *ir, tl_placement *l, bool *changed)
{
	for (size_t i = 0; i < ir->ordered; i++) {
		uint32_t v = ir->order[i];
		const tl_value_ir x = ir->value[v];
		if (x.op == &tl_op_concat && by_rows(ir, v)) {
			l->place[v] = l->place[behind_reshapes(ir, ir->operand[x.first])];
			tl_strides(&x.shape, l->place[v].stride);
			continue;
		}
		for (uint32_t k = 0; k < x.operands && x.op != &tl_op_concat; k++) {
			uint32_t o = ir->operand[x.first + k];
			bool fine = tl_is_view(&x)
					    ? !tl_is_constant(&ir->value[o]) &&
						      view_place(ir, v, &l->place[o], &l->place[v])
					    : readable(ir, l, &x, o);
			if (fine)
				continue;
			uint32_t made = copied(ir, l, o);
			if (made == TL_IR_NONE)
				return false;
			tl_ir_set_operand(ir, v, k, made);
			*changed = true;
			if (tl_is_view(&x)) { /* go on as if the copy were settled */
				tl_place p = {.root = made};
				tl_strides(&ir->value[o].shape, p.stride);
				if (!view_place(ir, v, &p, &l->place[v]))
					return false;
			}
		}
	}
	for (size_t i = 0; i < ir->outputs; i++) {
		uint32_t v = ir->output[i];
		if (!tl_is_constant(&ir->value[v]) &&
		    tl_is_contiguous(&ir->value[v].shape, l->place[v].stride))
			continue;
		ir->output[i] = copied(ir, l, v);
		ir->in_order = false;
		if (ir->output[i] == TL_IR_NONE)
			return false;
		*changed = true;
	}
	return true;
}

static bool settle(tl_ir *ir, tl_placement *l, bool *changed)
{
	if (!tl_ir_order(ir) || !reserve(ir, l) ||
	    !tl_ir_reserve(ir, &l->place, &l->place_room, ir->values, sizeof *l->place))
		return false;
	settle_roots(ir, l);
	return settle_views(ir, l, changed);
}

bool tl_place_values(tl_ir *ir, tl_placement *l)
{
	bool changed = false;
	return place_concats(ir, l) && settle(ir, l, &changed) &&
	       (!changed || settle(ir, l, &changed));
}
