/* Finding programs by the key of a part, wherever on the tape it lies; aiming and running them. */
#include "run/execute.h"

#include <string.h>

/* Aiming */

/* A number lives as long as the values do, for it may be one. */
static bool aim_number(tl_tape *t, tl_evaluation *e, size_t root, double number)
{
	tl_source s = tl_source_of_number(number, t->dtype);
	void *room = tl_arena_take(&e->memory, sizeof number, sizeof number);
	if (room)
		e->bound.base[root] = tl_source_read(&s, room);
	else
		tl_report_memory(t, "evaluate");
	return room;
}

/* Nodes past the end of the tape are of adjoints that were not recorded this time: numbers only. */
static bool aim_leaves(tl_tape *t, tl_evaluation *e, const tl_aim *a)
{
	const tl_code *code = &a->program->code;
	for (size_t i = 0; a->pass && i < a->pass->numbers; i++)
		if (!aim_number(t, e, a->pass->number[i].root, a->pass->number[i].value))
			return false;
	for (size_t i = 0; i < code->leaves; i++) {
		uint32_t r = code->leaf[i], id = a->node[code->root[r].node];
		if (id >= t->nodes)
			continue;
		const tl_node *n = tl_node_at(t, id);
		if (!e->value[id] && n->op == &tl_op_full) {
			if (!aim_number(t, e, r, ((const tl_full_attr *)n->attr)->value))
				return false;
			continue;
		}
		if (tl_read_leaf(t, e, id))
			return false;
		e->bound.base[r] = e->value[id];
	}
	return true;
}

tl_sink tl_sink_of_gradient(const tl_tape *t, uint32_t node, uint32_t output)
{
	const tl_node *n = tl_node_at(t, node);
	tl_sink s = {.param = tl_param_at(t, node),
		     .output = output,
		     .add = true,
		     .dtype = n->dtype,
		     .size = tl_elements(&n->shape)};
	if (tl_param_is_stored(t, s.param, &s.stored))
		s.to = tl_param_sink(t, s.param);
	return s;
}

static bool aim_sinks(const tl_tape *t, tl_bound *b, const tl_aim *a)
{
	for (size_t i = 0; i < a->sinks; i++) {
		tl_sink s = tl_sink_of_gradient(t, a->sink[i].param, a->sink[i].output);
		if (!tl_bound_add_sink(b, &s))
			return false;
	}
	return tl_bound_aim_sinks(b, t->set, t->sets);
}

static void aim_keys(const tl_tape *t, tl_bound *b, const tl_aim *a)
{
	const tl_code *code = &a->program->code;
	for (size_t k = 0; k < code->keys; k++)
		b->key[k] = tl_node_key(t, tl_node_at(t, a->node[code->key_place[k]]));
}

/* The node whose kernel failed; of an adjoint that is not recorded, the node it differentiates. */
static tl_status explain(tl_tape *t, const tl_aim *a, const tl_run_context *c, tl_status status)
{
	const char *words = tl_bound_problem(c, status);
	uint32_t id = c->culprit == TL_IR_NONE ? 0 : a->node[c->culprit];
	if (id >= t->nodes)
		id = a->pass->primal[c->culprit];
	return id ? tl_report_at(t, id, status, NULL, "%s", words)
		  : tl_report(t, status, NULL, "evaluate: %s", words);
}

tl_status tl_execute_run(tl_tape *t, tl_evaluation *e, const tl_aim *a)
{
	const tl_compiled *c = a->program;
	tl_bound *b = &e->bound;
	char *outputs = tl_arena_take(&e->memory, (size_t)c->output_bytes + 1, TL_ALIGN);
	if (!outputs || !tl_bind(b, c, outputs))
		return tl_report_memory(t, "evaluate");
	if (!aim_leaves(t, e, a))
		return t->problem.status;
	if (!aim_sinks(t, b, a))
		return tl_report_memory(t, "evaluate");
	aim_keys(t, b, a);
	tl_run_context context = {0};
	tl_status status = tl_bound_run(b, &context);
	if (status)
		return explain(t, a, &context, status);
	for (size_t i = 0; i < c->code.outputs; i++)
		if (a->node[c->output[i]] < t->nodes && !c->code.output_added[i])
			e->value[a->node[c->output[i]]] = tl_bound_output(b, i);
	return TL_OK;
}

/* Finding or making programs */

tl_cache *tl_execute_cache(const tl_tape *t, tl_evaluation *e)
{
	if (!e->cache)
		e->cache = tl_alloc_zero(sizeof *e->cache);
	else if (e->cache->epoch != t->signature_epoch)
		tl_cache_clear(e->cache);
	if (e->cache)
		e->cache->epoch = t->signature_epoch;
	return e->cache;
}

static tl_cached *compile(tl_tape *t, tl_evaluation *e, const tl_key *key, const uint32_t *ids,
			  size_t count, const tl_compile_options *o)
{
	tl_cached *c = tl_alloc_zero(sizeof *c);
	if (c && tl_key_keep(&c->key, key) &&
	    tl_compile(t, &e->part, e->value, &c->compiled, ids, count, o)) {
		tl_cache_add(e->cache, c, t->run.cache_limit);
		return c;
	}
	tl_cached_destroy(c);
	tl_report_memory(t, "compile");
	return NULL;
}

tl_cached *tl_execute_find(tl_tape *t, tl_evaluation *e, const uint32_t *ids, size_t count,
			   const tl_compile_options *o, tl_status *status)
{
	bool rest = false;
	tl_key key;
	for (size_t i = 0; i < count; i++) {
		if ((*status = tl_read_leaf(t, e, ids[i])))
			return NULL;
		rest |= !e->value[ids[i]];
	}
	if (!rest || (*status = tl_part_collect(t, e->value, &e->part, ids, count)))
		return NULL;
	if (!tl_execute_cache(t, e) || !tl_part_list(t, &e->part, &e->words) ||
	    !tl_key_of_program(t, &e->part, e->value, &e->words, ids, count, o, &key)) {
		*status = tl_report_memory(t, "evaluate");
		return NULL;
	}
	tl_cached *c = tl_cache_find(e->cache, &key);
	if (!c)
		c = compile(t, e, &key, ids, count, o);
	*status = t->problem.status;
	return c;
}

tl_status tl_execute(tl_tape *t, tl_evaluation *e, const uint32_t *ids, size_t count)
{
	tl_status status = TL_OK;
	for (size_t i = 0; i < count; i++)
		if (!e->value[ids[i]] && !tl_is_leaf(tl_node_at(t, ids[i])))
			tl_late_note(&e->lates, ids[i]);
	tl_cached *c =
		tl_execute_find(t, e, ids, count, &(tl_compile_options){.keep = true}, &status);
	return c ? tl_execute_run(t, e, &(tl_aim){.program = &c->compiled, .node = e->part.node})
		 : status;
}
