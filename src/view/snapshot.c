/*
 * Taking a snapshot. What tl_backward recorded is left out and recorded again, with respect to all
 * that led to the loss and not to parameters alone; the order of the walk and what is added up are
 * the same.
 */
#include "view/snapshot.h"
#include "base/fail.h"
#include "graph/copy.h"
#include "run/evaluation.h"

#include <stdio.h>
#include <string.h>

enum { MOST_GIGABYTES = 4 };

static tl_status no_memory(tl_error *error)
{
	return tl_fail(error, TL_ERROR_MEMORY, "view: out of memory");
}

/* Nodes that the copy has: if adjoints are to be recorded again, those before tl_backward's; but
 * what was recorded after them keeps its number, and then they stay. */
static size_t nodes_to_copy(const tl_tape *t, bool again)
{
	bool last = t->run.adjoints_end == t->nodes && t->run.adjoints < t->run.adjoints_end;
	return again && last ? t->run.adjoints : t->nodes;
}

/* Does the loss follow from it along operands that have derivatives? Marked in `leads`. */
static void mark_what_leads(const tl_tape *t, uint32_t loss, bool *leads)
{
	leads[loss] = true;
	for (uint32_t id = loss; id > 0; id--) {
		const tl_node *n = tl_node_at(t, id);
		if (!leads[id] || n->op->zero_gradient)
			continue;
		for (uint32_t k = 0; k < n->operands; k++) {
			uint32_t o = t->operand[n->first + k];
			leads[o] |= tl_node_at(t, o)->dtype != TL_I32;
		}
	}
}

static size_t list_what_leads(tl_snapshot *s, const bool *leads, tl_tensor *wrt)
{
	size_t count = 0;
	for (uint32_t id = 1; id <= s->loss; id++)
		if (leads[id])
			wrt[count++] = tl_handle(s->tape, id);
	return count;
}

/* Adjoints of all that led to the loss. An op without a derivative is told in the page. */
static tl_status record_adjoints(tl_snapshot *s)
{
	tl_tape *t = s->tape;
	bool *leads = tl_alloc_zero(t->nodes);
	tl_tensor *wrt = tl_alloc((size_t)s->loss * sizeof *wrt);
	tl_tensor *adjoint = tl_alloc((size_t)s->loss * sizeof *adjoint);
	tl_status status = leads && wrt && adjoint ? TL_OK : TL_ERROR_MEMORY;
	if (!status) {
		mark_what_leads(t, s->loss, leads);
		size_t count = list_what_leads(s, leads, wrt);
		t->primal = s->loss; /* zeros of what the loss does not follow from, too */
		status = tl_grads(tl_handle(t, s->loss), wrt, (int)count, adjoint);
		t->primal = 0;
		for (size_t i = 0; !status && i < count; i++)
			s->gradient[wrt[i].id] = adjoint[i].id;
	}
	tl_free(leads);
	tl_free(wrt);
	tl_free(adjoint);
	return status;
}

/* The adjoints that are recorded are known by what the walk noted. */
static void find_adjoints(tl_snapshot *s)
{
	for (uint32_t id = 1; id < s->tape->nodes; id++) {
		const tl_node *n = tl_node_at(s->tape, id);
		if (n->gradient_of && !s->gradient[n->gradient_of])
			s->gradient[n->gradient_of] = id;
	}
}

/* What the page says in place of what could not be recorded or computed. The copy goes on. */
static void note_problem(tl_snapshot *s)
{
	tl_tape *t = s->tape;
	if (!t->problem.status)
		return;
	if (!*s->problem)
		snprintf(s->problem, sizeof s->problem, "%s", tl_tape_error(t));
	t->problem = (tl_problem){0};
}

/* Leaves have the data that the tape's own have read: a buffer may have changed since. */
static void take_leaves(tl_snapshot *s, const tl_tape *from)
{
	tl_evaluation *e = tl_evaluation_of(s->tape);
	for (uint32_t id = 1; e && id < s->tape->nodes && id < from->nodes; id++)
		if (tl_is_leaf(tl_node_at(from, id)) && !tl_node_at(s->tape, id)->primal)
			e->value[id] = (void *)tl_evaluation_value(from, id);
}

/* Values are kept of all nodes at once; where that is more than a machine may have, it is said
 * before and not by the system that ends the process. */
static bool fits(const tl_snapshot *s, double *gigabytes)
{
	double bytes = 0;
	for (uint32_t id = 1; id < s->nodes; id++) {
		const tl_node *n = tl_node_at(s->tape, id);
		bool shown = n->op->view || tl_is_leaf(n); /* lies elsewhere */
		bytes += shown ? 0
			       : (double)tl_elements(&n->shape) * (double)tl_dtype_size(n->dtype);
	}
	*gigabytes = bytes / 1e9;
	return *gigabytes <= MOST_GIGABYTES;
}

static tl_status compute(tl_snapshot *s)
{
	tl_tape *t = s->tape;
	tl_tensor *all = tl_alloc(t->nodes * sizeof *all);
	if (!all)
		return TL_ERROR_MEMORY;
	for (uint32_t id = 1; id < t->nodes; id++)
		all[id - 1] = tl_handle(t, id);
	tl_tape_set_executor(t, TL_EXECUTOR_REFERENCE);
	tl_status status = tl_evaluate(all, (int)(t->nodes - 1));
	tl_free(all);
	return status;
}

static tl_status check(tl_tape *t, const tl_view_options *o, tl_error *error)
{
	if (!t)
		return tl_fail(error, TL_ERROR_TAPE, "view: there is no tape");
	if (o->sequence < 0)
		return tl_fail(error, TL_ERROR_ARGUMENT, "view: sequence is %d", o->sequence);
	for (size_t i = 0; i < t->sets; i++)
		if (!tl_set_is_alive(t->set[i].set, t->set[i].serial))
			return tl_fail(error, TL_ERROR_TAPE,
				       "view: a parameter set that the tape uses was "
				       "destroyed");
	if (!o->loss.tape)
		return TL_OK;
	if (o->loss.tape != t || o->loss.generation != t->round || !o->loss.id ||
	    o->loss.id >= t->nodes)
		return tl_fail(error, TL_ERROR_TAPE, "view: the loss is no tensor of this tape");
	const tl_node *n = tl_node_at(t, o->loss.id);
	if (tl_elements(&n->shape) != 1 || n->dtype == TL_I32)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "view: the loss is not one real number: add it up with tl_sum "
			       "or tl_mean");
	return TL_OK;
}

tl_status tl_snapshot_take(tl_snapshot *s, tl_tape *from, const tl_view_options *o, tl_error *error)
{
	tl_status status = check(from, o, error);
	*s = (tl_snapshot){0};
	if (status)
		return status;
	uint32_t loss = o->loss.tape ? o->loss.id : from->run.loss;
	if (from->problem.status)
		snprintf(s->problem, sizeof s->problem, "%s", tl_tape_error(from));
	s->tape = tl_tape_copy(from, nodes_to_copy(from, loss != 0));
	size_t before = s->tape ? s->tape->nodes : 0, room = before;
	if (!s->tape || !(s->gradient = tl_alloc_zero(room * sizeof *s->gradient)))
		return no_memory(error);
	bool recorded = loss && nodes_to_copy(from, true) == from->nodes &&
			from->run.adjoints < from->run.adjoints_end && !o->loss.tape;
	s->loss = loss;
	if (loss && !recorded)
		status = record_adjoints(s);
	if (status == TL_ERROR_MEMORY)
		return no_memory(error);
	if (!loss || recorded || status)
		find_adjoints(s);
	note_problem(s);
	s->nodes = (uint32_t)s->tape->nodes;
	if (!tl_array_reserve(&s->gradient, &room, s->nodes, sizeof *s->gradient))
		return no_memory(error);
	for (size_t id = before; id < s->nodes; id++)
		s->gradient[id] = 0;
	double gigabytes;
	if (!fits(s, &gigabytes))
		return tl_fail(error, TL_ERROR_MEMORY,
			       "view: the values of all %u nodes take %.0f GB: look at fewer "
			       "steps, or at a smaller batch",
			       (unsigned)s->nodes - 1, gigabytes);
	take_leaves(s, from);
	if (compute(s) == TL_ERROR_MEMORY)
		return no_memory(error);
	note_problem(s);
	return TL_OK;
}

void tl_snapshot_finish(tl_snapshot *s)
{
	tl_free(s->gradient);
	tl_tape_destroy(s->tape);
}

const void *tl_snapshot_value(const tl_snapshot *s, uint32_t id)
{
	return tl_evaluation_value(s->tape, id);
}

/* The sum is recorded for the node itself, what it adds up for the node's users. */
static bool is_sum(const tl_snapshot *s, uint32_t id)
{
	return s->gradient[id] && tl_node_at(s->tape, s->gradient[id])->primal == id;
}

uint32_t tl_snapshot_parts(const tl_snapshot *s, uint32_t id)
{
	return is_sum(s, id) ? tl_node_at(s->tape, s->gradient[id])->operands
			     : s->gradient[id] != 0;
}

uint32_t tl_snapshot_part(const tl_snapshot *s, uint32_t id, uint32_t k)
{
	const tl_node *sum = tl_node_at(s->tape, s->gradient[id]);
	return is_sum(s, id) ? s->tape->operand[sum->first + k] : s->gradient[id];
}
