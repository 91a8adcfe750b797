/* What a round remembers beside its nodes: memory by key, names of tensors, training or not. */
#include "graph/keep.h"
#include "graph/error.h"
#include "graph/record.h"

#include "base/hash.h"

#include <string.h>

/* Entries stay when the tape is rewound; their memory is the arena's and goes with the round. */
struct tl_kept {
	const void *key;
	uint64_t stamp;
	uint32_t round;
	size_t bytes;
	void *memory;
	UT_hash_handle hh;
};

static struct tl_kept *entry_of(tl_tape *t, const void *key)
{
	struct tl_kept *e = NULL, *found = NULL;
	HASH_FIND_PTR(t->kept, &key, e);
	if (e)
		return e;
	e = tl_alloc_zero(sizeof *e);
	if (!e)
		return NULL;
	e->key = key;
	HASH_ADD_PTR(t->kept, key, e);
	HASH_FIND_PTR(t->kept, &key, found);
	if (!found)
		tl_free(e);
	return found;
}

void *tl_keep(tl_tape *t, const void *key, uint64_t stamp, size_t bytes, bool *fresh)
{
	struct tl_kept *e = entry_of(t, key);
	*fresh = false;
	if (e && e->memory && e->round == t->round && e->stamp == stamp && e->bytes == bytes)
		return e->memory;
	void *memory = e ? tl_arena_take(&t->attrs, bytes, 16) : NULL;
	if (!memory) {
		tl_report_memory(t, "keep");
		return NULL;
	}
	*fresh = true;
	t->kept_now++;
	*e = (struct tl_kept){key, stamp, t->round, bytes, memory, e->hh};
	return memset(memory, 0, bytes);
}

void tl_kept_rewind(tl_tape *t)
{
	if (HASH_COUNT(t->kept) > 2 * t->kept_now + 64)
		tl_kept_finish(t);
	t->kept_now = 0;
}

void tl_kept_finish(tl_tape *t)
{
	struct tl_kept *e, *next;
	HASH_ITER(hh, t->kept, e, next)
	{
		HASH_DEL(t->kept, e);
		tl_free(e);
	}
}

/* Names */

tl_tensor tl_tag(tl_tensor x, const char *name)
{
	tl_tape *t = x.tape;
	if (!t || t->problem.status || !tl_belongs(t, x, "observe", 0))
		return x;
	if (!tl_array_reserve(&t->observation, &t->observation_room, t->observations + 1,
			      sizeof *t->observation)) {
		tl_report_memory(t, "observe");
		return x;
	}
	t->observation[t->observations++] =
		(tl_observation){name ? name : "", t->scope, t->step, x.id};
	return x;
}

static const char *path_of(const tl_tape *t, int32_t scope)
{
	return scope ? t->scopes[scope].path : "";
}

tl_tensor tl_tape_find(tl_tape *t, const char *scope, int step, const char *name)
{
	for (size_t i = t && scope && name ? t->observations : 0; i-- > 0;) {
		const tl_observation *o = &t->observation[i];
		if (o->step == step && !strcmp(o->name, name) &&
		    !strcmp(path_of(t, o->scope), scope))
			return tl_handle(t, o->node);
	}
	return (tl_tensor){t, 0, 0};
}

/* The time step and the mode */

int tl_tape_step(const tl_tape *t)
{
	return t ? t->step : -1;
}

void tl_tape_set_training(tl_tape *t, bool on)
{
	if (t)
		t->evaluating = !on;
}

bool tl_tape_is_training(const tl_tape *t)
{
	return t && !t->evaluating;
}
