/* The memory of evaluation, and reading leaves into it. */
#include "run/evaluation.h"
#include "graph/attach.h"

#include <string.h>

static void evaluation_end(void *evaluation)
{
	tl_evaluation *e = evaluation;
	if (e->cache)
		tl_cache_clear(e->cache);
	tl_free(e->cache);
	tl_bound_finish(&e->bound);
	tl_part_finish(&e->part);
	tl_wanted_finish(&e->wanted);
	tl_free(e->words.word);
	tl_free(e->pass.id);
	tl_free(e->sink);
	tl_arena_finish(&e->memory);
	tl_free(e->value);
	tl_free(e->workspace);
	tl_free(e->array);
}

tl_evaluation *tl_evaluation_of(tl_tape *t)
{
	if (!tl_sets_alive(t))
		return NULL;
	tl_evaluation *e = tl_attach(t, evaluation_end, sizeof *e);
	if (!e) {
		tl_report_memory(t, "evaluate");
		return NULL;
	}
	if (e->generation != t->generation) {
		e->generation = t->generation;
		e->known = 0;
		e->lates.last_nodes = 0;
		tl_arena_reset(&e->memory);
	}
	if (!tl_array_reserve(&e->value, &e->value_room, t->nodes, sizeof *e->value)) {
		tl_report_memory(t, "evaluate");
		return NULL;
	}
	if (e->known < t->nodes) {
		memset(e->value + e->known, 0, (t->nodes - e->known) * sizeof *e->value);
		e->known = t->nodes;
	}
	return e;
}

size_t tl_tape_cache_bytes(const tl_tape *t)
{
	const tl_evaluation *e = t ? tl_attached(t, evaluation_end) : NULL;
	return e && e->cache ? e->cache->bytes : 0;
}

const void *tl_evaluation_value(const tl_tape *t, uint32_t id)
{
	const tl_evaluation *e = tl_attached(t, evaluation_end);
	return e && e->generation == t->generation && id < e->known ? e->value[id] : NULL;
}

static void *value_of_leaf(tl_tape *t, tl_evaluation *e, uint32_t id)
{
	tl_source s = tl_source_of(t, id);
	if (tl_source_is_missing(&s)) {
		tl_report_at(t, id, TL_ERROR_VALUE,
			     "give tl_input the data, or tl_input_bind it before reading values",
			     "no data was bound to it");
		return NULL;
	}
	void *room = NULL;
	if (!tl_source_lies(&s) && !(room = tl_arena_take(&e->memory, tl_source_bytes(&s), 64))) {
		tl_report_memory(t, "evaluate");
		return NULL;
	}
	return tl_source_read(&s, room);
}

tl_status tl_read_leaf(tl_tape *t, tl_evaluation *e, uint32_t id)
{
	if (!e->value[id] && tl_is_leaf(tl_node_at(t, id)))
		e->value[id] = value_of_leaf(t, e, id);
	return t->problem.status;
}
