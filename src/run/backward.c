/*
 * tl_backward and tl_tape_commit: gradients are added to the parameters' own, buffers take their
 * values. A backward pass is found by all that was recorded before it, and then its adjoints need
 * not be recorded to find the program that computes them.
 */
#include "run/execute.h"
#include "run/reference.h"

#include <tapeloop/grad.h>

#include <stdlib.h>
#include <string.h>

/* Buffers take their values when everything is computed */

/*
 * Have the tape keep what it reads of a buffer that is about to change: values asked for later are
 * those of the buffer as it was, and a buffer may be assigned to another. What lies in the block of
 * the set (the leaf, and views of it) moves to a copy.
 */
static tl_status detach(tl_tape *t, tl_evaluation *e, tl_param *buffer)
{
	uint32_t id = tl_used_as(t, buffer);
	char *there = tl_param_value(buffer), *copy;
	if (!id)
		return TL_OK;
	if (tl_read_leaf(t, e, id))
		return t->problem.status;
	if (e->value[id] != there)
		return TL_OK;
	const tl_node *n = tl_node_at(t, id);
	size_t bytes = (size_t)tl_elements(&n->shape) * tl_dtype_size(n->dtype);
	if (!(copy = tl_arena_take(&e->memory, bytes, 64)))
		return tl_report_memory(t, "assign");
	memcpy(copy, there, bytes);
	for (size_t i = 1; i < e->known; i++) {
		char *value = e->value[i];
		if (value >= there && value < there + bytes)
			e->value[i] = copy + (value - there);
	}
	return TL_OK;
}

/* The state to compute a pass in; what the buffers change is not read any more. NULL after
 * reporting. */
static tl_evaluation *begin(tl_tape *t)
{
	tl_evaluation *e = tl_evaluation_of(t);
	for (size_t i = 0; e && i < t->assignments && !t->shadow; i++)
		if (detach(t, e, t->assignment[i].buffer))
			return NULL;
	return e;
}

/* On a tape that sees a shadow of the set (the checker's) nothing outside the tape changes. */
static void assign_all(tl_tape *t, const tl_evaluation *e)
{
	for (size_t i = 0; i < t->assignments && !t->shadow; i++) {
		tl_param *b = t->assignment[i].buffer;
		const tl_node *n = tl_node_at(t, t->assignment[i].node);
		tl_store(tl_param_value(b), tl_params_dtype(tl_param_set(b)),
			 e->value[t->assignment[i].node], n->dtype, tl_elements(&n->shape), false);
	}
	if (!t->shadow)
		t->assignments = 0;
}

/* A gradient that was computed before the pass, or by the reference executor. */
static void add_gradient(const tl_tape *t, uint32_t param, const void *gradient)
{
	tl_sink s = tl_sink_of_gradient(t, param, 0);
	tl_sink_store(&s, gradient);
}

/* Passes that ran before */

/* Run the program that is known for this pass, if one is. *found says so; to be asked before
 * adjoints are recorded. */
static tl_status run_again(tl_tape *t, tl_evaluation *e, uint32_t loss, bool *found)
{
	*found = false;
	if (!tl_execute_cache(t, e) || !tl_pass_state_take(t, e->value, loss, &e->pass))
		return tl_report_memory(t, "backward");
	tl_key key = tl_key_of_pass(t, &e->pass);
	const tl_pass *pass = tl_cache_find_pass(e->cache, &key);
	uint32_t late[TL_LATES];
	e->lates.last = key.hash;
	e->lates.last_nodes = e->pass.head.nodes;
	if (!pass || pass->lates != tl_late_list(&e->lates, late))
		return TL_OK;
	*found = true;
	tl_read_leaf(t, e, loss);
	for (size_t i = 0; i < t->assignments; i++)
		tl_read_leaf(t, e, t->assignment[i].node);
	if (t->problem.status)
		return t->problem.status;
	return tl_execute_run(
		t, e,
		&(tl_aim){&pass->program->compiled, pass->node, pass->sink, pass->sinks, pass});
}

static bool is_number(const tl_node *n)
{
	return n->op == &tl_op_full;
}

static double number_of(const tl_tape *t, uint32_t id)
{
	return ((const tl_full_attr *)tl_node_at(t, id)->attr)->value;
}

/*
 * Would the same tape lead to the same program if its adjoints were not recorded? Not if they read
 * values, drew random numbers or brought data with them, other than numbers. How many of those; -1
 * if it must be found by its adjoints.
 */
static int64_t numbers_of_adjoints(const tl_tape *t, const tl_evaluation *e, const tl_code *code)
{
	int64_t numbers = 0;
	if (t->run.evaluations != e->pass.evaluations || t->draws != e->pass.draws ||
	    t->assignments != e->pass.head.assigned)
		return -1;
	for (size_t i = 0; i < code->leaves; i++) {
		uint32_t id = e->part.node[code->root[code->leaf[i]].node];
		if (id < e->wanted.forward)
			continue;
		if (!is_number(tl_node_at(t, id)))
			return -1;
		numbers++;
	}
	return numbers;
}

/* File the pass that just ran, so that it is found by its tape alone from now on. It is no error if
 * there is no memory for that. */
static void file_pass(tl_tape *t, tl_evaluation *e, tl_cached *c, size_t sinks, int lates)
{
	const tl_code *code = &c->compiled.code;
	const tl_part *part = &e->part;
	int64_t numbers = numbers_of_adjoints(t, e, code);
	if (numbers < 0)
		return;
	tl_key key = tl_key_of_pass(t, &e->pass);
	tl_pass *pass = tl_cache_new_pass(e->cache, &key, c, part->nodes, sinks, (size_t)numbers);
	if (!pass)
		return;
	for (size_t i = 0; i < part->nodes; i++) {
		pass->node[i] = part->node[i];
		pass->primal[i] = tl_node_at(t, part->node[i])->primal;
	}
	if (sinks)
		memcpy(pass->sink, e->sink, sinks * sizeof *e->sink);
	pass->lates = lates;
	size_t n = 0;
	for (size_t i = 0; i < code->leaves; i++) {
		uint32_t root = code->leaf[i], id = part->node[code->root[root].node];
		if (id >= e->wanted.forward)
			pass->number[n++] = (tl_pass_number){root, number_of(t, id)};
	}
	tl_cache_file_pass(e->cache, pass, t->run.cache_limit);
}

/* Passes that are new */

/* Can gradients be added to where they are? All must be stored as what the tape computes in. */
static bool adds_in_place(const tl_tape *t, const tl_wanted *w)
{
	tl_dtype stored;
	for (size_t i = 0; i < w->gradients; i++)
		if (!tl_param_is_stored(t, tl_param_at(t, w->param[i]), &stored) ||
		    stored != t->dtype)
			return false;
	return true;
}

/* The gradients that the program computes, in the order of its outputs: those that have no value
 * yet. *zero: the others are nothing but zeros. Returns how many. */
static size_t list_sinks(const tl_tape *t, tl_evaluation *e, bool *zero)
{
	const tl_wanted *w = &e->wanted;
	size_t sinks = 0;
	*zero = true;
	for (size_t i = 0; i < w->gradients; i++) {
		const tl_node *n = tl_node_at(t, w->id[i]);
		if (!e->value[w->id[i]] && !tl_is_leaf(n)) {
			e->sink[sinks] = (tl_pass_sink){w->param[i], (uint32_t)sinks};
			sinks++;
		} else {
			*zero &= is_number(n) && number_of(t, w->id[i]) == 0;
		}
	}
	return sinks;
}

/* What was read late is kept only if the pass computes it anyway: what it does not need may fail.
 * *kept counts those that are. */
static tl_status want_lates(tl_tape *t, tl_evaluation *e, int *noted)
{
	tl_wanted *w = &e->wanted;
	const tl_part *part = &e->part;
	uint32_t late[TL_LATES];
	*noted = tl_late_list(&e->lates, late);
	tl_status status = *noted ? tl_part_collect(t, e->value, &e->part, w->id, w->ids) : TL_OK;
	for (int i = 0; i < *noted && !status; i++)
		if (bsearch(&late[i], part->node, part->nodes, sizeof *late, tl_by_number) &&
		    !tl_want_value(w, late[i]))
			status = tl_report_memory(t, "backward");
	return status;
}

/* Compute what is wanted by a program; add the gradients to the parameters' own. */
static tl_status run_compiled(tl_tape *t, tl_evaluation *e, uint32_t loss)
{
	tl_wanted *w = &e->wanted;
	int lates = 0;
	tl_status status = loss ? want_lates(t, e, &lates) : TL_OK;
	if (status)
		return status;
	if (!tl_array_reserve(&e->sink, &e->sink_room, w->gradients + 1, sizeof *e->sink))
		return tl_report_memory(t, "backward");
	bool zero;
	size_t sinks = list_sinks(t, e, &zero), next = 0;
	tl_compile_options o = {.forward = w->forward,
				.recompute = t->run.recompute,
				.sinks = adds_in_place(t, w) ? w->gradients : 0};
	tl_cached *c = tl_execute_find(t, e, w->id, w->ids, &o, &status);
	if (c)
		status = tl_execute_run(
			t, e, &(tl_aim){&c->compiled, e->part.node, e->sink, sinks, NULL});
	if (status)
		return status;
	for (size_t i = 0; i < w->gradients; i++) {
		if (next < sinks && e->sink[next].param == w->param[i])
			next++;
		else
			add_gradient(t, w->param[i], e->value[w->id[i]]);
	}
	if (c && loss && zero)
		file_pass(t, e, c, sinks, lates);
	return TL_OK;
}

static tl_status run_reference(tl_tape *t, tl_evaluation *e)
{
	const tl_wanted *w = &e->wanted;
	tl_status status = tl_reference_run(t, e, w->id, w->ids);
	for (size_t i = 0; !status && i < w->gradients; i++)
		add_gradient(t, w->param[i], e->value[w->id[i]]);
	return status;
}

/* Record the gradients of a loss, unless it is 0; compute them and what is to be assigned; then add
 * and assign. */
static tl_status record_and_compute(tl_tape *t, tl_wanted *w, uint32_t loss)
{
	uint32_t before = (uint32_t)t->nodes;
	if (!tl_want_gradients(w, t, loss) || !tl_want_assignments(w, t) ||
	    (loss && !tl_want_value(w, loss)))
		return tl_report_memory(t, "backward");
	t->run.adjoints = before;
	t->run.adjoints_end = (uint32_t)t->nodes;
	tl_evaluation *e = begin(t);
	if (!e)
		return t->problem.status;
	tl_status status =
		tl_evaluation_compiles(t) ? run_compiled(t, e, loss) : run_reference(t, e);
	tl_evaluation_count(t);
	if (!status)
		assign_all(t, e);
	return status;
}

tl_status tl_tape_commit(tl_tape *t)
{
	if (!t)
		return TL_ERROR_TAPE;
	if (t->problem.status || !t->assignments)
		return t->problem.status;
	tl_evaluation *e = begin(t);
	return e ? record_and_compute(t, &e->wanted, 0) : t->problem.status;
}

tl_status tl_backward(tl_tensor loss)
{
	tl_tape *t = loss.tape;
	if (!t)
		return TL_ERROR_TAPE;
	if (t->problem.status || !tl_belongs(t, loss, "backward", 0))
		return t->problem.status;
	tl_evaluation *e = begin(t);
	bool found = false;
	if (!e)
		return t->problem.status;
	t->run.loss = loss.id;
	tl_status status = tl_evaluation_compiles(t) ? run_again(t, e, loss.id, &found) : TL_OK;
	if (found) {
		tl_evaluation_count(t);
		if (!status)
			assign_all(t, e);
	}
	if (found || status)
		return status;
	if (tl_tensor_size(loss) == 1 && !tl_learned(t, loss.id, NULL)) /* else tl_grads says it */
		return tl_report(t, TL_ERROR_ARGUMENT,
				 "tl_use brings a parameter onto the tape; tl_grads differentiates "
				 "by other tensors, tl_tape_commit only assigns buffers",
				 "backward: no parameter that is learned was brought onto the tape "
				 "before the loss");
	return record_and_compute(t, &e->wanted, loss.id);
}
