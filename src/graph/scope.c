/* Scopes: kept by name, so that entering one again allocates nothing. */
#include "graph/scope.h"
#include "graph/error.h"

#include <stdio.h>
#include <string.h>

void tl_scopes_forget(tl_tape *t)
{
	if (!t->scopes)
		return;
	for (size_t i = 1; i < t->scope_count; i++)
		tl_free(t->scopes[i].path);
	t->scope_count = 1;
	t->scopes[0] = (tl_scope){0};
	memset(t->scope_bucket, 0, sizeof t->scope_bucket);
}

static int32_t *scope_bucket(tl_tape *t, const char *name)
{
	uint64_t h = tl_random_key((uint64_t)t->scope, name);
	return &t->scope_bucket[tl_mix(h) % TL_SCOPE_BUCKETS];
}

static int32_t scope_create(tl_tape *t, const char *name)
{
	if (!tl_array_reserve(&t->scopes, &t->scope_room, t->scope_count + 1, sizeof *t->scopes))
		return 0;
	const char *above = t->scope ? t->scopes[t->scope].path : "";
	size_t room = strlen(above) + strlen(name) + 2;
	char *path = tl_alloc(room);
	if (!path)
		return 0;
	snprintf(path, room, "%s%s%s", above, *above ? "/" : "", name);
	int32_t id = (int32_t)t->scope_count++, *bucket = scope_bucket(t, name);
	t->scopes[id] = (tl_scope){path, t->scope, t->scopes[t->scope].child, 0, *bucket, 0};
	t->scopes[t->scope].child = *bucket = id;
	return id;
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

void tl_scope_enter(tl_tape *t, const char *name)
{
	if (!t || t->problem.status)
		return;
	if (!name || !*name || strchr(name, '/')) {
		tl_report(t, TL_ERROR_ARGUMENT, NULL,
			  "scope_enter: a name has no slash and is not empty");
		return;
	}
	int32_t id = *scope_bucket(t, name);
	while (id &&
	       (t->scopes[id].parent != t->scope || strcmp(last_name(t->scopes[id].path), name)))
		id = t->scopes[id].chain;
	if (!id && !(id = scope_create(t, name))) {
		tl_report_memory(t, "scope_enter");
		return;
	}
	t->scopes_now += t->scopes[id].round != t->round;
	t->scopes[id].round = t->round;
	t->scope = id;
}

void tl_scope_leave(tl_tape *t)
{
	if (!t || t->problem.status)
		return;
	if (!t->scope)
		tl_report(t, TL_ERROR_ARGUMENT, NULL, "scope_leave: no scope was entered");
	else
		t->scope = t->scopes[t->scope].parent;
}
