/*
 * The compiled executor: finds the program for what is to be computed by its structure, compiles it
 * if it is not there, binds leaves, runs. Programs belong to a tape and share its temporaries.
 */
#include "plan/import.h"
#include "plan/program.h"

#include "base/random.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM          1
#define uthash_malloc(bytes)       tl_alloc(bytes)
#define uthash_free(memory, bytes) tl_free(memory)
#include <uthash.h>

typedef struct tl_compiled_key {
	uint64_t structure, outputs, nodes;
} tl_compiled_key;

typedef struct tl_compiled {
	tl_compiled_key key;
	tl_code code;
	uint32_t *output; /* per output: its place in the part */
	int64_t output_bytes;
	UT_hash_handle hh;
} tl_compiled;

enum { CACHE = 64, ALIGN = 64 };

static void compiled_destroy(tl_compiled *c)
{
	if (!c)
		return;
	tl_code_finish(&c->code);
	tl_free(c->output);
	tl_free(c);
}

void tl_compiled_finish(tl_plan *p)
{
	tl_compiled *c, *next;
	HASH_ITER(hh, p->cache, c, next)
	{
		HASH_DEL(p->cache, c);
		compiled_destroy(c);
	}
	tl_free(p->part.node);
	tl_free(p->place);
	tl_free(p->temporaries);
	tl_free(p->base);
	tl_free(p->key);
}

/* Compiling
 * */

static bool pass_on(const char *name)
{
	const char *passes = getenv("TL_PASSES"), *at = passes ? strstr(passes, name) : NULL;
	return !(at && at > passes && at[-1] == '-');
}

/* What is asked for; with keep, also whatever else is computed and is not just other strides. */
static bool list_outputs(const tl_tape *t, const tl_plan *p, tl_compiled *c, tl_ir *ir,
			 const uint32_t *value, const uint32_t *ids, size_t count, bool keep)
{
	const tl_part *part = &p->part;
	size_t most = count + (keep ? part->computed : 0);
	c->output = tl_alloc((most + 1) * sizeof *c->output);
	if (!c->output ||
	    !tl_array_reserve(&ir->output, &ir->output_room, most, sizeof *ir->output))
		return false;
	for (size_t i = 0; i < most; i++) {
		uint32_t at = i < count ? p->place[ids[i]] - 1 : (uint32_t)(i - count);
		const tl_node *n = tl_node_at(t, part->node[at]);
		if (i < count ? p->value[ids[i]] != NULL
			      : tl_is_leaf(n) || n->op->view || !ir->value[value[at]].live)
			continue;
		c->output[ir->outputs] = at;
		ir->output[ir->outputs++] = value[at];
	}
	return true;
}

static void assign_outputs(tl_compiled *c)
{
	for (size_t r = 0; r < c->code.roots; r++) {
		tl_root *root = &c->code.root[r];
		if (root->kind != TL_ROOT_OUTPUT)
			continue;
		root->at = c->output_bytes;
		c->output_bytes += (root->bytes + ALIGN) & ~(int64_t)(ALIGN - 1);
	}
}

static bool compile(const tl_tape *t, tl_plan *p, tl_compiled *c, const uint32_t *ids, size_t count,
		    bool keep)
{
	tl_ir ir = {0};
	uint32_t *value = tl_alloc((p->part.nodes + 1) * sizeof *value);
	bool fine = value && tl_import(t, &p->part, p->place, &ir, value);
	if (fine) { /* live values are those that what is asked for needs */
		fine = list_outputs(t, p, c, &ir, value, ids, count, false) && tl_ir_order(&ir);
		if (fine && keep) {
			tl_free(c->output);
			ir.outputs = 0;
			fine = list_outputs(t, p, c, &ir, value, ids, count, true);
		}
	}
	if (fine && !keep) {
		if (pass_on("widen"))
			tl_pass_widen(&ir);
		if (pass_on("sums"))
			tl_pass_sums(&ir);
		if (pass_on("steps"))
			tl_pass_steps(&ir);
	}
	fine = fine && !ir.short_of_memory && tl_code_emit(&ir, &c->code);
	if (fine)
		assign_outputs(c);
	if (fine && getenv("TL_DUMP"))
		tl_code_print(&c->code, NULL, stderr);
	tl_ir_finish(&ir);
	tl_free(value);
	return fine;
}

/* The cache
 * */

static tl_compiled *find(tl_plan *p, const tl_compiled_key *key)
{
	tl_compiled *c = NULL;
	HASH_FIND(hh, p->cache, key, sizeof *key, c);
	return c;
}

/* The program of this structure; the cache keeps the order of arrival, and the first goes when it
 * is full. */
static tl_compiled *find_or_compile(tl_tape *t, tl_plan *p, const tl_compiled_key *key,
				    const uint32_t *ids, size_t count, bool keep)
{
	tl_compiled *c = find(p, key);
	if (c)
		return c;
	c = tl_alloc_zero(sizeof *c);
	if (c && compile(t, p, c, ids, count, keep)) {
		c->key = *key;
		HASH_ADD(hh, p->cache, key, sizeof c->key, c);
		if (find(p, key)) {
			if (HASH_COUNT(p->cache) > CACHE) {
				tl_compiled *oldest = p->cache;
				HASH_DEL(p->cache, oldest);
				compiled_destroy(oldest);
			}
			return c;
		}
	}
	compiled_destroy(c);
	tl_report_memory(t, "compile");
	return NULL;
}

/* Running
 * */

static bool memory_reserve(tl_plan *p, const tl_compiled *c)
{
	size_t bytes = (size_t)c->code.arena_bytes + c->code.workspace + 2 * ALIGN;
	if (bytes > p->temporary_room) {
		char *grown = tl_alloc(bytes);
		if (!grown)
			return false;
		tl_free(p->temporaries);
		p->temporaries = grown;
		p->temporary_room = bytes;
	}
	return tl_array_reserve(&p->base, &p->base_room, c->code.roots + 1, sizeof *p->base) &&
	       tl_array_reserve(&p->key, &p->key_room, p->part.nodes + 1, sizeof *p->key);
}

/* A number takes the room of one, whatever the shape of the tensor it fills. */
static void *number(tl_tape *t, tl_plan *p, const tl_node *n)
{
	double x = ((const tl_full_attr *)n->attr)->value;
	void *at = tl_arena_take(&p->memory, sizeof x, 8);
	if (!at)
		tl_report_memory(t, "evaluate");
	else if (n->dtype == TL_F64)
		*(double *)at = x;
	else
		*(float *)at = (float)x;
	return at;
}

static bool bind(tl_tape *t, tl_plan *p, const tl_compiled *c, char *outputs)
{
	char *temporaries =
		(char *)(((uintptr_t)p->temporaries + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1));
	for (size_t r = 0; r < c->code.roots; r++) {
		const tl_root *root = &c->code.root[r];
		if (root->kind != TL_ROOT_LEAF) {
			p->base[r] =
				(root->kind == TL_ROOT_TEMP ? temporaries : outputs) + root->at;
			continue;
		}
		uint32_t id = p->part.node[root->node];
		const tl_node *n = tl_node_at(t, id);
		if (p->value[id])
			p->base[r] = p->value[id];
		else if (n->op == &tl_op_full)
			p->base[r] = number(t, p, n);
		else
			p->base[r] = p->value[id] = tl_plan_leaf(t, p, id);
		if (!p->base[r])
			return false;
	}
	return true;
}

static tl_status run(tl_tape *t, tl_plan *p, const tl_compiled *c)
{
	char *outputs = tl_arena_take(&p->memory, (size_t)c->output_bytes + 1, ALIGN);
	if (!outputs || !memory_reserve(p, c))
		return tl_report_memory(t, "evaluate");
	if (!bind(t, p, c, outputs))
		return t->problem.status;
	for (size_t i = 0; i < p->part.nodes; i++)
		p->key[i] = tl_plan_key(t, p->part.node[i]);
	uintptr_t end = (uintptr_t)p->temporaries + ALIGN + (uintptr_t)c->code.arena_bytes;
	tl_run_context context = {.base = p->base,
				  .key = p->key,
				  .workspace =
					  (void *)((end + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1)),
				  .threads = 1};
	tl_status status = tl_code_run(&c->code, &context);
	if (status)
		return tl_report_at(t, p->part.node[context.culprit], status, NULL, "%s",
				    *context.problem ? context.problem : tl_status_text(status));
	for (size_t i = 0; i < c->code.outputs; i++)
		p->value[p->part.node[c->output[i]]] =
			(char *)p->base[c->code.output_root[i]] + c->code.output_offset[i];
	return TL_OK;
}

/* A leaf that is asked for is read, not computed. */
static tl_status read_leaves(tl_tape *t, tl_plan *p, const uint32_t *ids, size_t count, bool *rest)
{
	*rest = false;
	for (size_t i = 0; i < count; i++) {
		if (!p->value[ids[i]] && tl_is_leaf(tl_node_at(t, ids[i])) &&
		    !(p->value[ids[i]] = tl_plan_leaf(t, p, ids[i])))
			return t->problem.status;
		*rest |= !p->value[ids[i]];
	}
	return TL_OK;
}

tl_status tl_compiled_run(tl_tape *t, tl_plan *p, const uint32_t *ids, size_t count, bool keep)
{
	bool rest;
	tl_status status = read_leaves(t, p, ids, count, &rest);
	if (status || !rest)
		return status;
	if ((status = tl_plan_collect(t, p, ids, count)))
		return status;
	size_t before = p->place_room;
	if (!tl_array_reserve(&p->place, &p->place_room, t->nodes, sizeof *p->place))
		return tl_report_memory(t, "evaluate");
	if (p->place_room > before)
		memset(p->place + before, 0, (p->place_room - before) * sizeof *p->place);
	if (!tl_part_list(t, p, &p->part, p->place))
		return tl_report_memory(t, "evaluate");
	tl_compiled_key key = {p->part.structure, keep, p->part.nodes};
	for (size_t i = 0; i < count; i++)
		key.outputs = tl_mix(key.outputs + (p->value[ids[i]] ? 0 : p->place[ids[i]]));
	tl_compiled *c = find_or_compile(t, p, &key, ids, count, keep);
	return c ? run(t, p, c) : t->problem.status;
}
