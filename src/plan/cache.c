/*
 * The compiled executor of a tape: finds the program for what is to be computed, compiles it if it
 * is not there, binds leaves, runs. Programs are found in two ways. Any part of a tape is known by
 * its structure, wherever on the tape it lies. A backward pass is known besides by the whole tape
 * that was recorded before it, and then its adjoints need not be recorded to find it.
 */
#include "plan/compiled.h"
#include "plan/import.h"

#include "base/random.h"
#include "base/hash.h"

#include <string.h>

/* An output that is added to the gradient of a parameter. */
typedef struct tl_sink {
	uint32_t param, output;
} tl_sink;

typedef struct tl_cached {
	tl_key key, whole;
	tl_compiled compiled;
	tl_sink *sink; /* backward passes */
	size_t sinks, sink_room;
	int lates;  /* how many values it keeps because they were read late */
	bool again; /* it is in the table by `whole` */
	UT_hash_handle hh, whole_hh;
} tl_cached;

enum { CACHE = 64, LATES = sizeof((tl_plan *)0)->late / sizeof(tl_late) };

static void cached_destroy(tl_plan *p, tl_cached *c)
{
	if (!c)
		return;
	if (c->again)
		HASH_DELETE(whole_hh, p->whole, c);
	tl_compiled_finish(&c->compiled);
	tl_free(c->sink);
	tl_free(c);
}

void tl_cache_finish(tl_plan *p)
{
	tl_cached *c, *next;
	HASH_ITER(hh, p->cache, c, next)
	{
		HASH_DEL(p->cache, c);
		cached_destroy(p, c);
	}
}

/* Finding */

static tl_cached *find(tl_plan *p, const tl_key *key)
{
	tl_cached *c = NULL;
	HASH_FIND(hh, p->cache, key, sizeof *key, c);
	return c;
}

static tl_cached *find_whole(tl_plan *p, const tl_key *key)
{
	tl_cached *c = NULL;
	HASH_FIND(whole_hh, p->whole, key, sizeof *key, c);
	return c;
}

/* The cache keeps the order of arrival, and the first goes when it is full. */
static bool insert(tl_plan *p, tl_cached *c)
{
	HASH_ADD(hh, p->cache, key, sizeof c->key, c);
	if (find(p, &c->key) != c)
		return false;
	if (HASH_COUNT(p->cache) > CACHE) {
		tl_cached *oldest = p->cache;
		HASH_DEL(p->cache, oldest);
		cached_destroy(p, oldest);
	}
	return true;
}

/* Let this tape's backward pass be found by the tape alone from now on. */
static void insert_whole(tl_plan *p, tl_cached *c, const tl_key *whole)
{
	tl_cached *other = find_whole(p, whole);
	if (other == c)
		return;
	if (other) {
		HASH_DELETE(whole_hh, p->whole, other);
		other->again = false;
	}
	if (c->again)
		HASH_DELETE(whole_hh, p->whole, c);
	c->whole = *whole;
	HASH_ADD(whole_hh, p->whole, whole, sizeof c->whole, c);
	c->again = find_whole(p, whole) == c;
}

/* Running */

/* A leaf that is asked for is read, not computed. */
static tl_status read_leaf(tl_tape *t, tl_plan *p, uint32_t id)
{
	if (!p->value[id] && tl_is_leaf(tl_node_at(t, id)))
		p->value[id] = tl_plan_leaf(t, p, id);
	return t->problem.status;
}

/* Nodes past the end of the tape are of adjoints that were not recorded this time: numbers only. */
static bool bind(tl_tape *t, tl_plan *p, tl_compiled *c)
{
	for (size_t r = 0; r < c->code.roots; r++) {
		tl_root *root = &c->code.root[r];
		if (root->kind != TL_ROOT_LEAF)
			continue;
		uint32_t id = c->node[root->node];
		p->frame.base[r] = &root->number;
		if (id >= t->nodes)
			continue;
		const tl_node *n = tl_node_at(t, id);
		if (p->value[id]) {
			p->frame.base[r] = p->value[id];
		} else if (n->op == &tl_op_full) {
			tl_root_number(root, n);
		} else {
			if (read_leaf(t, p, id))
				return false;
			p->frame.base[r] = p->value[id];
		}
	}
	return true;
}

/* Outputs that are added to gradients straight away. */
static void bind_added(const tl_tape *t, tl_plan *p, const tl_cached *c)
{
	const tl_code *code = &c->compiled.code;
	for (size_t i = 0; i < c->sinks; i++)
		if (code->output_added[c->sink[i].output])
			p->frame.base[code->output_root[c->sink[i].output]] =
				tl_param_gradient(tl_param_at(t, c->sink[i].param));
}

static tl_status run(tl_tape *t, tl_plan *p, tl_cached *cached)
{
	tl_compiled *c = &cached->compiled;
	char *outputs = tl_arena_take(&p->memory, (size_t)c->output_bytes + 1, TL_ALIGN);
	if (!outputs || !tl_frame_reserve(&p->frame, &c->code))
		return tl_report_memory(t, "evaluate");
	tl_frame_bind(&p->frame, &c->code, outputs);
	if (!bind(t, p, c))
		return t->problem.status;
	bind_added(t, p, cached);
	tl_run_context context = {.base = p->frame.base,
				  .node = c->node,
				  .stream = tl_plan_stream(t),
				  .workspace = tl_frame_workspace(&p->frame, &c->code)};
	tl_status status = tl_code_run(&c->code, &context);
	if (status) {
		uint32_t id = c->node[context.culprit];
		return tl_report_at(t, id < t->nodes ? id : 0, status, NULL, "%s",
				    *context.problem ? context.problem : tl_status_text(status));
	}
	for (size_t i = 0; i < c->code.outputs; i++)
		if (c->node[c->output[i]] < t->nodes && !c->code.output_added[i])
			p->value[c->node[c->output[i]]] = tl_output_at(&p->frame, &c->code, i);
	p->state = tl_mix(p->state + cached->key.structure) ^ cached->key.outputs;
	return TL_OK;
}

/* The program for these, from the cache or made now, with its nodes set to this tape's; NULL with
 * *status OK when there is nothing to compute. */
static tl_cached *prepare(tl_tape *t, tl_plan *p, const uint32_t *ids, size_t count,
			  const tl_compile_options *o, tl_status *status)
{
	bool rest = false;
	for (size_t i = 0; i < count; i++) {
		if ((*status = read_leaf(t, p, ids[i])))
			return NULL;
		rest |= !p->value[ids[i]];
	}
	if (!rest || (*status = tl_plan_collect(t, p, ids, count)))
		return NULL;
	size_t before = p->place_room;
	*status = TL_ERROR_MEMORY;
	if (tl_array_reserve(&p->place, &p->place_room, t->nodes, sizeof *p->place)) {
		memset(p->place + before, 0, (p->place_room - before) * sizeof *p->place);
		if (tl_part_list(t, p, &p->part, p->place))
			*status = TL_OK;
	}
	if (*status) {
		tl_report_memory(t, "evaluate");
		return NULL;
	}
	tl_key key = {p->part.structure,
		      (uint64_t)o->keep + 2 * (uint64_t)(o->sinks > 0) +
			      4 * (uint64_t)(o->recompute + 1),
		      p->part.nodes};
	for (size_t i = 0; i < count; i++)
		key.outputs = tl_mix(key.outputs + (p->value[ids[i]] ? 0 : p->place[ids[i]]));
	tl_cached *c = find(p, &key);
	if (c) {
		memcpy(c->compiled.node, p->part.node, p->part.nodes * sizeof *p->part.node);
		return c;
	}
	c = tl_alloc_zero(sizeof *c);
	if (c) {
		c->key = key;
		if (tl_compile(t, p, &c->compiled, ids, count, o) && insert(p, c))
			return c;
	}
	cached_destroy(p, c);
	*status = tl_report_memory(t, "compile");
	return NULL;
}

static bool same_key(const tl_key *a, const tl_key *b)
{
	return !memcmp(a, b, sizeof *a);
}

/* Of a computation that ran backwards, a value is read that was not kept: next time it will be. */
static void note_late(tl_plan *p, uint32_t id)
{
	if (!p->last.nodes || id >= p->last.nodes)
		return;
	for (int i = 0; i < LATES; i++)
		if (p->late[i].node == id && same_key(&p->late[i].key, &p->last))
			return;
	p->late[p->lates++ % LATES] = (tl_late){p->last, id};
}

static int count_late(const tl_plan *p, const tl_key *whole, uint32_t *ids)
{
	int n = 0;
	for (int i = 0; i < LATES; i++)
		if (p->late[i].node && same_key(&p->late[i].key, whole)) {
			if (ids)
				ids[n] = p->late[i].node;
			n++;
		}
	return n;
}

tl_status tl_cache_run(tl_tape *t, tl_plan *p, const uint32_t *ids, size_t count)
{
	tl_status status = TL_OK;
	for (size_t i = 0; i < count; i++)
		if (!p->value[ids[i]] && !tl_is_leaf(tl_node_at(t, ids[i])))
			note_late(p, ids[i]);
	tl_cached *c = prepare(t, p, ids, count, &(tl_compile_options){.keep = true}, &status);
	return c ? run(t, p, c) : status;
}

/* Backward passes */

static tl_key whole_key(const tl_tape *t, const tl_plan *p, uint32_t loss)
{
	tl_key key = {tl_mix(t->structure) + t->numbers,
		      tl_mix(p->state + loss + ((uint64_t)t->recompute << 32)), t->nodes};
	for (size_t i = 0; i < t->assignments; i++)
		key.outputs = tl_mix(key.outputs + t->assignment[i].node);
	return key;
}

/* What the program did not add to the gradients itself. */
static void store_sinks(tl_tape *t, const tl_plan *p, const tl_cached *c)
{
	const tl_code *code = &c->compiled.code;
	for (size_t i = 0; i < c->sinks; i++)
		if (!code->output_added[c->sink[i].output])
			tl_add_gradient(t, c->sink[i].param,
					tl_output_at(&p->frame, code, c->sink[i].output));
}

/* Can gradients be added to where they are? All sets must store what the tape computes in. */
static bool adds_in_place(const tl_tape *t, const uint32_t *param, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (tl_params_dtype(tl_param_set(tl_param_at(t, param[i]))) != t->dtype)
			return false;
	return !t->shadow;
}

/* Whether this program may run for the parameters of this round. */
static bool fits_sinks(const tl_tape *t, const tl_cached *c)
{
	for (size_t i = 0; i < c->sinks; i++)
		if (c->compiled.code.output_added[c->sink[i].output] &&
		    !adds_in_place(t, &c->sink[i].param, 1))
			return false;
	return true;
}

tl_status tl_cache_again(tl_tape *t, tl_plan *p, uint32_t loss, bool *found)
{
	tl_key whole = whole_key(t, p, loss);
	tl_cached *c = find_whole(p, &whole);
	p->last = whole;
	*found = c && c->lates == count_late(p, &whole, NULL) && fits_sinks(t, c);
	if (!*found)
		return TL_OK;
	read_leaf(t, p, loss);
	for (size_t i = 0; i < t->assignments; i++)
		read_leaf(t, p, t->assignment[i].node);
	tl_status status = t->problem.status ? t->problem.status : run(t, p, c);
	if (!status && !t->shadow)
		store_sinks(t, p, c);
	return status;
}

/* Does it read anything the adjoints brought with them, other than numbers? Then it must be found
 * by its adjoints. */
static bool stands_alone(const tl_tape *t, const tl_compiled *c, size_t forward)
{
	for (size_t r = 0; r < c->code.roots; r++) {
		const tl_root *root = &c->code.root[r];
		if (root->kind == TL_ROOT_LEAF && c->node[root->node] >= forward &&
		    tl_node_at(t, c->node[root->node])->op != &tl_op_full)
			return false;
	}
	return true;
}

static bool is_zero(const tl_node *n)
{
	return n->op == &tl_op_full && ((const tl_full_attr *)n->attr)->value == 0;
}

/* ids are the gradients first; known says which of all the ids had a value before. */
static bool list_sinks(tl_tape *t, tl_cached *c, const tl_backward_part *b, const uint32_t *known)
{
	bool alone = true;
	uint32_t output = 0;
	c->sinks = 0;
	if (!tl_array_reserve(&c->sink, &c->sink_room, b->count, sizeof *c->sink)) {
		tl_report_memory(t, "backward");
		return false;
	}
	for (size_t i = 0; i < b->count; i++) {
		if (!known[i])
			c->sink[c->sinks++] = (tl_sink){b->param[i], output++};
		else
			alone &= is_zero(tl_node_at(t, b->grad[i]));
	}
	return alone;
}

tl_status tl_cache_backward(tl_tape *t, tl_plan *p, const tl_backward_part *b, size_t forward)
{
	tl_status status = TL_OK;
	size_t count = 0, most = b->count + t->assignments + 1 + LATES;
	if (!tl_array_reserve(&p->ids, &p->id_room, 2 * most, sizeof *p->ids))
		return tl_report_memory(t, "backward");
	uint32_t *ids = p->ids, *known = ids + most;
	count = tl_backward_ids(t, b, ids);
	int lates = b->loss ? count_late(p, &p->last, ids + count) : 0;
	count += (size_t)lates;
	for (size_t i = 0; i < count; i++)
		known[i] = p->value[ids[i]] || tl_is_leaf(tl_node_at(t, ids[i]));
	tl_compile_options o = {.forward = forward,
				.recompute = t->recompute,
				.sinks = adds_in_place(t, b->param, b->count) ? b->count : 0};
	tl_cached *c = prepare(t, p, ids, count, &o, &status);
	bool alone = c && list_sinks(t, c, b, known);
	if (t->problem.status)
		return t->problem.status;
	if (c)
		status = run(t, p, c);
	if (status)
		return status;
	for (size_t i = 0; !t->shadow && i < b->count; i++)
		if (known[i])
			tl_add_gradient(t, b->param[i], p->value[b->grad[i]]);
	if (c && !t->shadow)
		store_sinks(t, p, c);
	if (c && b->loss) {
		c->lates = lates;
		if (alone && stands_alone(t, &c->compiled, forward))
			insert_whole(p, c, &p->last);
	}
	return TL_OK;
}
