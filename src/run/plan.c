/* What both executors need: which nodes to compute, what the leaves hold. */
#include "run/cache.h"

#include "ops/ops.h"

#include <stdlib.h>
#include <string.h>

static void plan_destroy(void *plan)
{
	tl_plan *p = plan;
	if (p->cache)
		tl_cache_clear(p->cache);
	tl_free(p->cache);
	tl_frame_finish(&p->frame);
	tl_free(p->part.node);
	tl_free(p->words.word);
	tl_free(p->pass.id);
	tl_free(p->sink);
	tl_free(p->place);
	tl_free(p->ids);
	tl_free(p->param);
	tl_free(p->tensor);
	tl_arena_finish(&p->memory);
	tl_free(p->value);
	tl_free(p->todo);
	tl_free(p->workspace);
	tl_free(p->array);
	tl_free(p);
}

tl_plan *tl_plan_of(tl_tape *t)
{
	tl_plan *p = t->plan;
	if (!p) {
		p = t->plan = tl_alloc_zero(sizeof *p);
		if (!p) {
			tl_report_memory(t, "evaluate");
			return NULL;
		}
		t->plan_destroy = plan_destroy;
	}
	if (p->generation != t->generation) {
		p->generation = t->generation;
		p->known = 0;
		p->last_nodes = 0;
		tl_arena_reset(&p->memory);
	}
	if (!tl_array_reserve(&p->value, &p->value_room, t->nodes, sizeof *p->value)) {
		tl_report_memory(t, "evaluate");
		return NULL;
	}
	if (p->known < t->nodes) {
		memset(p->value + p->known, 0, (t->nodes - p->known) * sizeof *p->value);
		p->known = t->nodes;
	}
	return p;
}

size_t tl_tape_cache_bytes(const tl_tape *t)
{
	const tl_plan *p = t ? t->plan : NULL;
	return p && p->cache ? p->cache->bytes : 0;
}

/* What to compute */

/* Stands in plan->value while a node is in the list. */
static char pending;

static bool push(tl_plan *p, uint32_t id)
{
	if (p->value[id])
		return true;
	if (!tl_array_reserve(&p->todo, &p->todo_room, p->todo_count + 1, sizeof *p->todo))
		return false;
	p->value[id] = &pending;
	p->todo[p->todo_count++] = id;
	return true;
}

/*
 * Put the list in order. Usually it is most of a stretch of the tape, and a pass over that stretch
 * is faster than sorting; a few nodes far apart are sorted.
 */
static void order(tl_plan *p)
{
	if (!p->todo_count)
		return;
	uint32_t low = p->todo[0], high = low;
	for (size_t i = 0; i < p->todo_count; i++) {
		low = p->todo[i] < low ? p->todo[i] : low;
		high = p->todo[i] > high ? p->todo[i] : high;
	}
	if ((high - low) / 16 > p->todo_count) {
		qsort(p->todo, p->todo_count, sizeof *p->todo, tl_by_number);
		return;
	}
	p->todo_count = 0;
	for (uint32_t id = low; id <= high; id++)
		if (p->value[id] == &pending)
			p->todo[p->todo_count++] = id;
}

tl_status tl_plan_collect(tl_tape *t, tl_plan *p, const uint32_t *ids, size_t count)
{
	bool room = true;
	p->todo_count = 0;
	for (size_t i = 0; room && i < count; i++)
		room = push(p, ids[i]);
	for (size_t next = 0; room && next < p->todo_count; next++) {
		const tl_node *n = tl_node_at(t, p->todo[next]);
		for (uint32_t k = 0; room && k < n->operands; k++)
			room = push(p, t->operand[n->first + k]);
	}
	order(p);
	for (size_t i = 0; i < p->todo_count; i++)
		p->value[p->todo[i]] = NULL;
	return room ? TL_OK : tl_report_memory(t, "evaluate");
}

/* Leaves */

static void convert(void *to, tl_dtype to_type, const void *from, int64_t size)
{
	if (to_type == TL_F64)
		for (int64_t i = 0; i < size; i++)
			((double *)to)[i] = ((const float *)from)[i];
	else
		for (int64_t i = 0; i < size; i++)
			((float *)to)[i] = (float)((const double *)from)[i];
}

static void fill(void *to, tl_dtype dtype, double value, int64_t size)
{
	if (dtype == TL_F64)
		for (int64_t i = 0; i < size; i++)
			((double *)to)[i] = value;
	else
		for (int64_t i = 0; i < size; i++)
			((float *)to)[i] = (float)value;
}

void *tl_plan_leaf(tl_tape *t, tl_plan *p, uint32_t id)
{
	const tl_node *n = tl_node_at(t, id);
	int64_t size = tl_elements(&n->shape);
	const void *source = n->source;
	tl_dtype type = n->dtype;
	if (n->op == &tl_op_param)
		source = tl_param_source(t, tl_param_at(t, id), &type);
	else if (n->op != &tl_op_full)
		type = (tl_dtype)((const tl_input_attr *)n->attr)->source;
	if (n->op != &tl_op_full && !source && size) {
		tl_report_at(t, id, TL_ERROR_VALUE,
			     "give tl_input the data, or tl_input_bind it before reading values",
			     "no data was bound to it");
		return NULL;
	}
	if (n->op != &tl_op_full && type == n->dtype && source)
		return (void *)source;
	void *copy = tl_arena_take(&p->memory, (size_t)size * tl_dtype_size(n->dtype), 64);
	if (!copy)
		tl_report_memory(t, "evaluate");
	else if (n->op == &tl_op_full)
		fill(copy, n->dtype, ((const tl_full_attr *)n->attr)->value, size);
	else
		convert(copy, n->dtype, source, size);
	return copy;
}

/* One node as a strip */

void tl_plan_strip(const tl_tape *t, uint32_t id, tl_strip *strip, tl_strip_memory *memory,
		   tl_strip_step *step)
{
	const tl_node *n = tl_node_at(t, id);
	int operands = (int)n->operands;
	*strip = (tl_strip){.dim = {1, 1, 1, 1},
			    .memories = operands + 1,
			    .steps = 1,
			    .memory = memory,
			    .step = step};
	for (int i = 0; i < n->shape.rank; i++)
		strip->dim[4 - n->shape.rank + i] = n->shape.dim[i];
	*step = (tl_strip_step){.op = (uint8_t)n->op->strip, .to = (uint16_t)operands};
	if (n->op->immediates)
		n->op->immediates(n->attr, step->imm);
	for (int k = 0; k <= operands; k++) {
		const tl_node *o =
			k < operands ? tl_node_at(t, t->operand[n->first + (uint32_t)k]) : n;
		int64_t own[TL_MAX_RANK];
		tl_strides(&o->shape, own);
		memory[k].dtype = o->dtype;
		tl_broadcast_strides(&o->shape, own, 4, memory[k].stride);
		if (k < operands)
			step->from[k] = (uint16_t)k;
	}
}
