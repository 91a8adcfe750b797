/*
 * Less memory for more time: what a stretch of the forward computation leaves for the backward pass
 * is not kept but computed again just before it is needed there, from the few values that cross
 * from one stretch to the next (Chen et al. 2016, "Training deep nets with sublinear memory cost").
 * With as many stretches as the root of the number of steps, memory grows with that root.
 *
 * Other passes must not join what belongs to different stretches, or it would all be kept again:
 * ir->boundary tells them where on the tape one ends and the next begins, forward and backward.
 */
#include "passes/passes.h"

#include "graph/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OTHER = -1 }; /* the stretch of what is kept: leaves, constants, what lies after the loss */

typedef struct recompute {
	tl_ir *ir;
	const tl_tape *tape;
	uint32_t forward; /* how many nodes of the tape lie before its adjoints */
	int stretches;
	int32_t *stretch;  /* per value */
	uint32_t *clone;   /* per value: what is computed again in its place, or TL_IR_NONE */
	bool *kept, *need; /* per value: it crosses into another stretch; it is to be cloned */
	uint32_t *begins;  /* per stretch: where on the tape its backward part begins */
} recompute;

static bool is_forward(const recompute *r, uint32_t v)
{
	const tl_value_ir *x = &r->ir->value[v];
	return !x->leaf && x->op != &tl_op_full && x->when < r->forward;
}

/* As many as the root of the number of steps, which are told apart by their number. */
static int root_of_steps(const recompute *r, const uint32_t *when, size_t n)
{
	size_t steps = 1;
	for (size_t i = 1; i < n; i++)
		steps += tl_node_at(r->tape, when[i])->step !=
			 tl_node_at(r->tape, when[i - 1])->step;
	if (steps == 1)
		steps = n / 16 + 1;
	return (int)ceil(sqrt((double)steps));
}

/* Cut the forward part into stretches of about the same number of nodes, where steps begin. */
static bool cut(recompute *r)
{
	tl_ir *ir = r->ir;
	size_t n = 0;
	uint32_t *when = tl_ir_take(ir, ir->ordered + 1, sizeof *when);
	if (!when)
		return false;
	for (size_t i = 0; i < ir->ordered; i++)
		if (is_forward(r, ir->order[i]))
			when[n++] = ir->value[ir->order[i]].when;
	qsort(when, n, sizeof *when, tl_by_number);
	if (r->stretches < 0)
		r->stretches = root_of_steps(r, when, n);
	if ((size_t)r->stretches > n) /* a stretch has a node at least */
		r->stretches = n ? (int)n : 1;
	r->begins = tl_ir_take(ir, (size_t)r->stretches + 1, sizeof *r->begins);
	ir->boundary =
		tl_arena_take(&ir->arena, (2 * (size_t)r->stretches + 2) * sizeof *ir->boundary, 8);
	if (!r->begins || !ir->boundary) {
		ir->short_of_memory = true;
		return false;
	}
	for (size_t i = 1; i < n; i++) {
		bool step_begins = tl_node_at(r->tape, when[i])->step < 0 ||
				   tl_node_at(r->tape, when[i])->step !=
					   tl_node_at(r->tape, when[i - 1])->step;
		if (step_begins && when[i] != when[i - 1] &&
		    i * (size_t)r->stretches >= (ir->boundaries + 1) * n &&
		    ir->boundaries + 1 < (size_t)r->stretches)
			ir->boundary[ir->boundaries++] = when[i];
	}
	r->stretches = (int)ir->boundaries + 1;
	return true;
}

/* What crosses from its stretch into another, or out of the forward part, is kept. */
static void find_kept(recompute *r)
{
	tl_ir *ir = r->ir;
	for (size_t i = 0; i < ir->ordered; i++) {
		uint32_t v = ir->order[i];
		r->stretch[v] =
			is_forward(r, v) ? (int32_t)tl_ir_segment(ir, ir->value[v].when) : OTHER;
	}
	for (size_t i = 0; i < ir->outputs; i++)
		r->kept[ir->output[i]] = true;
	for (size_t i = 0; i < ir->ordered; i++) {
		const tl_value_ir *x = &ir->value[ir->order[i]];
		for (uint32_t k = 0; x->when < r->forward && k < x->operands; k++) {
			uint32_t o = ir->operand[x->first + k];
			r->kept[o] |= r->stretch[o] != r->stretch[ir->order[i]];
		}
	}
	for (size_t i = 0; i < ir->ordered; i++) {
		uint32_t v = ir->order[i];
		/* the last stretch is still there when its backward part begins */
		r->kept[v] |= r->stretch[v] == OTHER || r->stretch[v] == r->stretches - 1;
	}
}

/* What the backward part reads and is not kept; and where it first reads of each stretch. */
static void find_needed(recompute *r)
{
	tl_ir *ir = r->ir;
	for (int s = 0; s <= r->stretches; s++)
		r->begins[s] = UINT32_MAX;
	for (size_t i = 0; i < ir->ordered; i++) {
		const tl_value_ir *x = &ir->value[ir->order[i]];
		for (uint32_t k = 0; x->when >= r->forward && k < x->operands; k++) {
			uint32_t o = ir->operand[x->first + k];
			if (r->kept[o])
				continue;
			r->need[o] = true;
			if (x->when < r->begins[r->stretch[o]])
				r->begins[r->stretch[o]] = x->when;
		}
	}
	for (size_t i = ir->ordered; i-- > 0;) { /* and what that is made of */
		const tl_value_ir *x = &ir->value[ir->order[i]];
		for (uint32_t k = 0; r->need[ir->order[i]] && k < x->operands; k++) {
			uint32_t o = ir->operand[x->first + k];
			r->need[o] |= !r->kept[o];
		}
	}
}

static void make_clones(recompute *r, size_t values)
{
	tl_ir *ir = r->ir;
	uint32_t *operand = NULL;
	size_t room = 0;
	for (size_t i = 0; i < ir->ordered && !ir->short_of_memory; i++) {
		uint32_t v = ir->order[i];
		if (!r->need[v])
			continue;
		uint32_t n = ir->value[v].operands;
		if (!tl_ir_reserve(ir, &operand, &room, n + 1, sizeof *operand))
			return;
		for (uint32_t k = 0; k < n; k++) {
			uint32_t o = ir->operand[ir->value[v].first + k];
			operand[k] = r->clone[o] != TL_IR_NONE ? r->clone[o] : o;
		}
		r->clone[v] = tl_ir_again(ir, v, operand, r->begins[r->stretch[v]]);
	}
	for (size_t i = 0; i < ir->ordered && !ir->short_of_memory; i++) {
		const tl_value_ir *x = &ir->value[ir->order[i]];
		for (uint32_t k = 0; x->when >= r->forward && k < x->operands; k++) {
			uint32_t o = ir->operand[x->first + k];
			if (o < values && r->clone[o] != TL_IR_NONE)
				tl_ir_set_operand(ir, ir->order[i], k, r->clone[o]);
		}
	}
}

/* Backward parts follow one another in the opposite order. */
static void add_boundaries(recompute *r)
{
	tl_ir *ir = r->ir;
	ir->boundary[ir->boundaries++] = r->forward;
	for (int s = r->stretches - 2; s >= 0; s--)
		if (r->begins[s] != UINT32_MAX && r->begins[s] > ir->boundary[ir->boundaries - 1])
			ir->boundary[ir->boundaries++] = r->begins[s];
}

void tl_pass_recompute(tl_ir *ir)
{
	recompute r = {
		.ir = ir, .tape = ir->tape, .forward = ir->forward, .stretches = ir->stretches};
	if (!r.stretches || !r.forward || !tl_ir_order(ir))
		return;
	size_t values = ir->values;
	r.stretch = tl_ir_take(ir, values + 1, sizeof *r.stretch);
	r.clone = tl_ir_take(ir, values + 1, sizeof *r.clone);
	r.kept = tl_ir_take_zero(ir, values + 1, sizeof *r.kept);
	r.need = tl_ir_take_zero(ir, values + 1, sizeof *r.need);
	if (ir->short_of_memory || !cut(&r))
		return;
	memset(r.clone, 0xff, values * sizeof *r.clone);
	find_kept(&r);
	find_needed(&r);
	/* a stretch's backward part begins no earlier than that of the one after it */
	for (int s = r.stretches - 2; s > 0; s--)
		if (r.begins[s - 1] < r.begins[s] && r.begins[s] != UINT32_MAX)
			r.begins[s - 1] = r.begins[s];
	make_clones(&r, values);
	add_boundaries(&r);
}
