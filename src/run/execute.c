/*
 * The compiled executor of a tape: finds the program for what is to be computed, compiles it if it
 * is not there, aims it at this tape's data, runs it. Programs are found in two ways: any part of a
 * tape by its own key, wherever on the tape it lies; a backward pass besides by all that was
 * recorded before it, and then its adjoints need not be recorded to find it.
 */
#include "run/cache.h"
#include "ir/import.h"

#include <stdlib.h>
#include <string.h>

enum { LATES = sizeof((tl_plan *)0)->late / sizeof(tl_late) };

/* A program and what it is to run for this time. */
typedef struct aim {
	const tl_compiled *compiled;
	const uint32_t *node; /* per place: the node of this tape */
	const tl_sink *sink;
	size_t sinks;
	const tl_pass *pass; /* has the numbers of adjoints that are not recorded; or NULL */
} aim;

/* Aiming */

/* A leaf that is asked for is read, not computed. */
static tl_status read_leaf(tl_tape *t, tl_plan *p, uint32_t id)
{
	if (!p->value[id] && tl_is_leaf(tl_node_at(t, id)))
		p->value[id] = tl_plan_leaf(t, p, id);
	return t->problem.status;
}

/* A number lives as long as the values do, for it may be one. */
static bool aim_number(tl_tape *t, tl_plan *p, size_t root, double value)
{
	tl_number *n = tl_arena_take(&p->memory, sizeof *n, sizeof *n);
	if (n)
		*n = tl_number_of(value, t->dtype);
	else
		tl_report_memory(t, "evaluate");
	p->frame.base[root] = n;
	return n;
}

/* Nodes past the end of the tape are of adjoints that were not recorded this time: numbers only. */
static bool aim_leaves(tl_tape *t, tl_plan *p, const aim *a)
{
	const tl_code *code = &a->compiled->code;
	for (size_t i = 0; a->pass && i < a->pass->numbers; i++)
		if (!aim_number(t, p, a->pass->number[i].root, a->pass->number[i].value))
			return false;
	for (size_t i = 0; i < code->leaves; i++) {
		uint32_t r = code->leaf[i], id = a->node[code->root[r].node];
		if (id >= t->nodes)
			continue;
		const tl_node *n = tl_node_at(t, id);
		if (!p->value[id] && n->op == &tl_op_full) {
			if (!aim_number(t, p, r, ((const tl_full_attr *)n->attr)->value))
				return false;
			continue;
		}
		if (read_leaf(t, p, id))
			return false;
		p->frame.base[r] = p->value[id];
	}
	return true;
}

/* Does a leaf read from the gradients that are to be added to? */
static bool reads_gradients(const tl_tape *t, const tl_plan *p, const tl_code *code)
{
	for (size_t s = 0; s < t->sets; s++) {
		int64_t count;
		const char *block = tl_params_gradients(t->set[s].set, &count);
		if (!block)
			continue;
		const char *end =
			block + (size_t)count * tl_dtype_size(tl_params_dtype(t->set[s].set));
		for (size_t i = 0; i < code->leaves; i++) {
			const char *base = p->frame.base[code->leaf[i]];
			if (base < end && base + code->root[code->leaf[i]].bytes > block)
				return true;
		}
	}
	return false;
}

static void *zeros(tl_tape *t, tl_plan *p, int64_t bytes)
{
	void *memory = tl_arena_take(&p->memory, (size_t)bytes + 1, TL_ALIGN);
	if (!memory)
		tl_report_memory(t, "evaluate");
	return memory ? memset(memory, 0, (size_t)bytes) : NULL;
}

/* Outputs that are added to gradients straight away; or to zeros, and later to the gradients, if
 * the program still has to read those. */
static bool aim_sinks(tl_tape *t, tl_plan *p, const aim *a)
{
	const tl_code *code = &a->compiled->code;
	bool reads = a->sinks && reads_gradients(t, p, code);
	for (size_t i = 0; i < a->sinks; i++) {
		uint32_t output = a->sink[i].output, root = code->output_root[output];
		if (!code->output_added[output])
			continue;
		p->frame.base[root] = reads ? zeros(t, p, code->root[root].bytes)
					    : tl_param_sink(t, tl_param_at(t, a->sink[i].param));
		if (!p->frame.base[root] && reads)
			return false;
	}
	return true;
}

/* What the program did not add to the gradients itself. */
static void store_sinks(tl_tape *t, const tl_plan *p, const aim *a)
{
	const tl_code *code = &a->compiled->code;
	for (size_t i = 0; i < a->sinks; i++) {
		const tl_sink *s = &a->sink[i];
		const void *there = tl_output_at(&p->frame, code, s->output);
		if (!code->output_added[s->output] ||
		    there != tl_param_sink(t, tl_param_at(t, s->param)))
			tl_add_gradient(t, s->param, there);
	}
}

static void aim_keys(const tl_tape *t, tl_plan *p, const aim *a)
{
	const tl_code *code = &a->compiled->code;
	for (size_t k = 0; k < code->keys; k++)
		p->frame.key[k] = tl_node_key(t, tl_node_at(t, a->node[code->key_place[k]]));
}

/* The node whose kernel failed; of an adjoint that is not recorded, the node it differentiates. */
static tl_status explain(tl_tape *t, const aim *a, const tl_run_context *c, tl_status status)
{
	const char *words = *c->problem ? c->problem : tl_status_text(status);
	uint32_t id = c->culprit == TL_IR_NONE ? 0 : a->node[c->culprit];
	if (id >= t->nodes)
		id = a->pass->primal[c->culprit];
	return id ? tl_report_at(t, id, status, NULL, "%s", words)
		  : tl_report(t, status, NULL, "evaluate: %s", words);
}

static tl_status run(tl_tape *t, tl_plan *p, const aim *a)
{
	const tl_compiled *c = a->compiled;
	char *outputs = tl_arena_take(&p->memory, (size_t)c->output_bytes + 1, TL_ALIGN);
	if (!outputs || !tl_frame_reserve(&p->frame, &c->code))
		return tl_report_memory(t, "evaluate");
	tl_frame_bind(&p->frame, &c->code, outputs);
	if (!aim_leaves(t, p, a) || !aim_sinks(t, p, a))
		return t->problem.status;
	aim_keys(t, p, a);
	tl_run_context context = {.base = p->frame.base,
				  .key = p->frame.key,
				  .workspace = tl_frame_workspace(&p->frame, &c->code)};
	tl_status status = tl_code_run(&c->code, &context);
	if (status)
		return explain(t, a, &context, status);
	for (size_t i = 0; i < c->code.outputs; i++)
		if (a->node[c->output[i]] < t->nodes && !c->code.output_added[i])
			p->value[a->node[c->output[i]]] = tl_output_at(&p->frame, &c->code, i);
	store_sinks(t, p, a);
	return TL_OK;
}

/* Finding or making programs */

static tl_cache *cache_of(tl_tape *t, tl_plan *p)
{
	if (!p->cache)
		p->cache = tl_alloc_zero(sizeof *p->cache);
	else if (p->cache->epoch != t->signature_epoch)
		tl_cache_clear(p->cache);
	if (p->cache)
		p->cache->epoch = t->signature_epoch;
	return p->cache;
}

static bool list_part(tl_tape *t, tl_plan *p)
{
	size_t before = p->place_room;
	if (!tl_array_reserve(&p->place, &p->place_room, t->nodes, sizeof *p->place))
		return false;
	memset(p->place + before, 0, (p->place_room - before) * sizeof *p->place);
	return tl_part_list(t, p, &p->part, &p->words, p->place);
}

static tl_cached *compile(tl_tape *t, tl_plan *p, const tl_key *key, const uint32_t *ids,
			  size_t count, const tl_compile_options *o)
{
	tl_cached *c = tl_alloc_zero(sizeof *c);
	if (c && tl_key_keep(&c->key, key) && tl_compile(t, p, &c->compiled, ids, count, o)) {
		tl_cache_add(p->cache, c, t->cache_limit);
		return c;
	}
	tl_cached_destroy(c);
	tl_report_memory(t, "compile");
	return NULL;
}

/* The program for these, from the cache or made now; its places are those of plan->part. NULL with
 * *status OK when there is nothing to compute. */
static tl_cached *prepare(tl_tape *t, tl_plan *p, const uint32_t *ids, size_t count,
			  const tl_compile_options *o, tl_status *status)
{
	bool rest = false;
	tl_key key;
	for (size_t i = 0; i < count; i++) {
		if ((*status = read_leaf(t, p, ids[i])))
			return NULL;
		rest |= !p->value[ids[i]];
	}
	if (!rest || (*status = tl_plan_collect(t, p, ids, count)))
		return NULL;
	if (!cache_of(t, p) || !list_part(t, p) ||
	    !tl_key_of_program(t, p, &p->part, &p->words, p->place, ids, count, o, &key)) {
		*status = tl_report_memory(t, "evaluate");
		return NULL;
	}
	tl_cached *c = tl_cache_find(p->cache, &key);
	if (!c)
		c = compile(t, p, &key, ids, count, o);
	*status = t->problem.status;
	return c;
}

/* Of a computation that ran backwards, a value is read that was not kept: next time it will be. */
static void note_late(tl_plan *p, uint32_t id)
{
	if (id >= p->last_nodes)
		return;
	for (int i = 0; i < LATES; i++)
		if (p->late[i].node == id && p->late[i].pass == p->last)
			return;
	p->late[p->lates++ % LATES] = (tl_late){p->last, id};
}

/* How many values of this pass are to be kept since they were read late; into ids, unless NULL. */
static int list_late(const tl_plan *p, uint64_t pass, uint32_t nodes, uint32_t *ids)
{
	int n = 0;
	for (int i = 0; i < LATES; i++)
		if (p->late[i].node && p->late[i].pass == pass && p->late[i].node < nodes) {
			if (ids)
				ids[n] = p->late[i].node;
			n++;
		}
	return n;
}

tl_status tl_compiled_run(tl_tape *t, tl_plan *p, const uint32_t *ids, size_t count)
{
	tl_status status = TL_OK;
	for (size_t i = 0; i < count; i++)
		if (!p->value[ids[i]] && !tl_is_leaf(tl_node_at(t, ids[i])))
			note_late(p, ids[i]);
	tl_cached *c = prepare(t, p, ids, count, &(tl_compile_options){.keep = true}, &status);
	return c ? run(t, p, &(aim){.compiled = &c->compiled, .node = p->part.node}) : status;
}

/* Backward passes */

tl_status tl_compiled_again(tl_tape *t, tl_plan *p, uint32_t loss, bool *found)
{
	*found = false;
	if (!cache_of(t, p) || !tl_pass_state_take(t, p, loss, &p->pass))
		return tl_report_memory(t, "backward");
	tl_key key = tl_key_of_pass(t, &p->pass);
	const tl_pass *pass = tl_cache_find_pass(p->cache, &key);
	p->last = key.hash;
	p->last_nodes = p->pass.head.nodes;
	if (!pass || pass->lates != list_late(p, p->last, p->last_nodes, NULL))
		return TL_OK;
	*found = true;
	read_leaf(t, p, loss);
	for (size_t i = 0; i < t->assignments; i++)
		read_leaf(t, p, t->assignment[i].node);
	if (t->problem.status)
		return t->problem.status;
	return run(t, p,
		   &(aim){&pass->program->compiled, pass->node, pass->sink, pass->sinks, pass});
}

/* Can gradients be added to where they are? All must be stored as what the tape computes in. */
static bool adds_in_place(const tl_tape *t, const uint32_t *param, size_t count)
{
	tl_dtype stored;
	for (size_t i = 0; i < count; i++)
		if (!tl_param_is_stored(t, tl_param_at(t, param[i]), &stored) || stored != t->dtype)
			return false;
	return true;
}

static bool is_number(const tl_node *n)
{
	return n->op == &tl_op_full;
}

/*
 * Would the same tape lead to the same program if its adjoints were not recorded? Not if they read
 * values, drew random numbers or brought data with them, other than numbers. How many of those; -1
 * if it must be found by its adjoints.
 */
static int64_t numbers_of_adjoints(const tl_tape *t, const tl_plan *p, const tl_compiled *c,
				   size_t forward)
{
	int64_t numbers = 0;
	if (t->evaluations != p->pass.evaluations || t->draws != p->pass.draws ||
	    t->assignments != p->pass.head.assigned)
		return -1;
	for (size_t i = 0; i < c->code.leaves; i++) {
		uint32_t id = p->part.node[c->code.root[c->code.leaf[i]].node];
		if (id < forward)
			continue;
		if (!is_number(tl_node_at(t, id)))
			return -1;
		numbers++;
	}
	return numbers;
}

/* File the pass that just ran, so that it is found by its tape alone from now on. It is no error if
 * there is no memory for that. */
static void file_pass(tl_tape *t, tl_plan *p, tl_cached *c, const tl_sink *sink, size_t sinks,
		      int lates, size_t forward)
{
	int64_t numbers = numbers_of_adjoints(t, p, &c->compiled, forward);
	if (numbers < 0)
		return;
	tl_key key = tl_key_of_pass(t, &p->pass);
	tl_pass *pass = tl_cache_new_pass(p->cache, &key, c, p->part.nodes, sinks, (size_t)numbers);
	if (!pass)
		return;
	for (size_t i = 0; i < p->part.nodes; i++) {
		pass->node[i] = p->part.node[i];
		pass->primal[i] = tl_node_at(t, p->part.node[i])->primal;
	}
	if (sinks)
		memcpy(pass->sink, sink, sinks * sizeof *sink);
	pass->lates = lates;
	size_t n = 0;
	for (size_t i = 0; i < c->compiled.code.leaves; i++) {
		uint32_t root = c->compiled.code.leaf[i];
		uint32_t id = p->part.node[c->compiled.code.root[root].node];
		if (id >= forward)
			pass->number[n++] = (tl_pass_number){
				root, ((const tl_full_attr *)tl_node_at(t, id)->attr)->value};
	}
	tl_cache_file_pass(p->cache, pass, t->cache_limit);
}

static bool is_zero(const tl_node *n)
{
	return is_number(n) && ((const tl_full_attr *)n->attr)->value == 0;
}

/* The gradients that the program computes, in the order of its outputs. known: per gradient,
 * whether it had a value before. *zero: those that had are nothing but zeros. */
static size_t list_sinks(const tl_tape *t, const tl_backward_part *b, const uint32_t *known,
			 tl_sink *sink, bool *zero)
{
	size_t sinks = 0;
	*zero = true;
	for (size_t i = 0; i < b->count; i++) {
		if (!known[i]) {
			sink[sinks] = (tl_sink){b->param[i], (uint32_t)sinks};
			sinks++;
		} else {
			*zero &= is_zero(tl_node_at(t, b->grad[i]));
		}
	}
	return sinks;
}

/* What was read late is kept only if the pass computes it anyway: what it does not need may fail.
 * Adds to *count those of the `lates` ids that follow. */
static tl_status computed_anyway(tl_tape *t, tl_plan *p, uint32_t *ids, size_t *count, int lates)
{
	size_t first = *count;
	tl_status status = tl_plan_collect(t, p, ids, first);
	for (int i = 0; i < lates && !status; i++)
		if (bsearch(&ids[first + (size_t)i], p->todo, p->todo_count, sizeof *p->todo,
			    tl_by_number))
			ids[(*count)++] = ids[first + (size_t)i];
	return status;
}

tl_status tl_compiled_backward(tl_tape *t, tl_plan *p, const tl_backward_part *b, size_t forward)
{
	tl_status status = TL_OK;
	size_t most = b->count + t->assignments + 1 + LATES;
	if (!tl_array_reserve(&p->ids, &p->id_room, 2 * most, sizeof *p->ids) ||
	    !tl_array_reserve(&p->sink, &p->sink_room, b->count + 1, sizeof *p->sink))
		return tl_report_memory(t, "backward");
	uint32_t *ids = p->ids, *known = ids + most;
	size_t count = tl_backward_ids(t, b, ids);
	int lates = b->loss ? list_late(p, p->last, p->last_nodes, ids + count) : 0;
	if (lates && (status = computed_anyway(t, p, ids, &count, lates)))
		return status;
	for (size_t i = 0; i < count; i++)
		known[i] = p->value[ids[i]] || tl_is_leaf(tl_node_at(t, ids[i]));
	tl_compile_options o = {.forward = forward,
				.recompute = t->recompute,
				.sinks = adds_in_place(t, b->param, b->count) ? b->count : 0};
	tl_cached *c = prepare(t, p, ids, count, &o, &status);
	bool zero;
	size_t sinks = list_sinks(t, b, known, p->sink, &zero);
	if (c)
		status = run(t, p, &(aim){&c->compiled, p->part.node, p->sink, sinks, NULL});
	if (status)
		return status;
	for (size_t i = 0; i < b->count; i++)
		if (known[i])
			tl_add_gradient(t, b->param[i], p->value[b->grad[i]]);
	if (c && b->loss && zero)
		file_pass(t, p, c, p->sink, sinks, lates, forward);
	return TL_OK;
}
