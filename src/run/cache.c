/* Filing and finding programs and passes; giving up those that were not used for longest. */
#include "run/cache.h"

#include <string.h>

static tl_cached **program_bucket(tl_cache *c, uint64_t hash)
{
	return &c->program[hash % TL_CACHE_BUCKETS];
}

static tl_pass **pass_bucket(tl_cache *c, uint64_t hash)
{
	return &c->pass[hash % TL_CACHE_BUCKETS];
}

/* The order of use */

static void unlink_use(tl_cache *c, tl_cached *p)
{
	*(p->newer ? &p->newer->older : &c->newest) = p->older;
	*(p->older ? &p->older->newer : &c->oldest) = p->newer;
	p->newer = p->older = NULL;
}

static void link_newest(tl_cache *c, tl_cached *p)
{
	p->newer = NULL;
	p->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = p;
	c->newest = p;
}

static tl_cached *used(tl_cache *c, tl_cached *p)
{
	if (p && p != c->newest) {
		unlink_use(c, p);
		link_newest(c, p);
	}
	return p;
}

tl_cached *tl_cache_find(tl_cache *c, const tl_key *key)
{
	tl_cached *p = *program_bucket(c, key->hash);
	while (p && !tl_key_same(&p->key, key))
		p = p->next;
	return used(c, p);
}

tl_pass *tl_cache_find_pass(tl_cache *c, const tl_key *key)
{
	tl_pass *p = *pass_bucket(c, key->hash);
	while (p && !tl_key_same(&p->key, key))
		p = p->next;
	if (p)
		used(c, p->program);
	return p;
}

/* Giving up */

static void pass_destroy(tl_pass *p)
{
	tl_free(p->key.bytes);
	tl_free(p->node);
	tl_free(p->primal);
	tl_free(p->sink);
	tl_free(p->number);
	tl_free(p);
}

/* Out of its bucket and off its program's list. */
static void unlink_pass(tl_cache *c, tl_pass *pass)
{
	tl_cached *program = pass->program;
	tl_pass **link = pass_bucket(c, pass->key.hash);
	while (*link != pass)
		link = &(*link)->next;
	*link = pass->next;
	int i = 0;
	while (program->pass[i] != pass)
		i++;
	memmove(program->pass + i, program->pass + i + 1,
		(size_t)(--program->passes - i) * sizeof *program->pass);
	c->bytes -= pass->bytes;
}

static void drop_pass(tl_cache *c, tl_pass *pass)
{
	unlink_pass(c, pass);
	pass_destroy(pass);
}

void tl_cached_destroy(tl_cached *p)
{
	if (!p)
		return;
	tl_compiled_finish(&p->compiled);
	tl_free(p->key.bytes);
	tl_free(p);
}

static void drop(tl_cache *c, tl_cached *p)
{
	tl_cached **link = program_bucket(c, p->key.hash);
	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	while (p->passes)
		drop_pass(c, p->pass[0]);
	unlink_use(c, p);
	c->bytes -= p->bytes;
	tl_cached_destroy(p);
}

static void keep_within(tl_cache *c, size_t limit)
{
	while (c->bytes > limit && c->oldest != c->newest)
		drop(c, c->oldest);
}

void tl_cache_clear(tl_cache *c)
{
	while (c->oldest)
		drop(c, c->oldest);
}

/* Filing */

void tl_cache_add(tl_cache *c, tl_cached *p, size_t limit)
{
	tl_cached **bucket = program_bucket(c, p->key.hash);
	p->bytes = sizeof *p + p->key.room + tl_compiled_bytes(&p->compiled);
	p->next = *bucket;
	*bucket = p;
	link_newest(c, p);
	c->bytes += p->bytes;
	keep_within(c, limit);
}

static tl_pass *find_alike(tl_cache *c, const tl_key *key)
{
	tl_pass *p = *pass_bucket(c, key->hash);
	while (p && !tl_key_alike(&p->key, key))
		p = p->next;
	return p;
}

/* Memory of this many elements, the old one if there were as many. */
static bool resize(void *array_pointer, size_t had, size_t count, size_t element)
{
	void *old, *made;
	memcpy(&old, array_pointer, sizeof old);
	if (old && had == count)
		return true;
	if (!(made = tl_alloc((count + 1) * element)))
		return false;
	tl_free(old);
	memcpy(array_pointer, &made, sizeof made);
	return true;
}

tl_pass *tl_cache_new_pass(tl_cache *c, const tl_key *key, tl_cached *program, size_t nodes,
			   size_t sinks, size_t numbers)
{
	tl_pass *p = find_alike(c, key);
	size_t had = 0;
	if (p) {
		had = p->program->compiled.nodes;
		unlink_pass(c, p);
	} else if (!(p = tl_alloc_zero(sizeof *p))) {
		return NULL;
	}
	if (!tl_key_keep(&p->key, key) || !resize(&p->node, had, nodes, sizeof *p->node) ||
	    !resize(&p->primal, had, nodes, sizeof *p->primal) ||
	    !resize(&p->sink, p->sinks, sinks, sizeof *p->sink) ||
	    !resize(&p->number, p->numbers, numbers, sizeof *p->number)) {
		pass_destroy(p);
		return NULL;
	}
	p->program = program;
	p->sinks = sinks;
	p->numbers = numbers;
	p->bytes = sizeof *p + p->key.room + 2 * nodes * sizeof *p->node + sinks * sizeof *p->sink +
		   numbers * sizeof *p->number;
	return p;
}

void tl_cache_file_pass(tl_cache *c, tl_pass *p, size_t limit)
{
	tl_pass **bucket = pass_bucket(c, p->key.hash);
	tl_cached *program = p->program;
	if (program->passes == TL_CACHE_PASSES)
		drop_pass(c, program->pass[0]);
	program->pass[program->passes++] = p;
	p->next = *bucket;
	*bucket = p;
	c->bytes += p->bytes;
	keep_within(c, limit);
}
