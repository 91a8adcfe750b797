/*
 * Kinds of cells by name: the library's, and what users register. Registering is for one thread,
 * before others start; after that any thread may look.
 */
#include "cell/cell.h"
#include "cell/make.h"
#include "cell/kind.h"
#include "cells/registry.h"

#include <stdlib.h>
#include <string.h>

/* The table is the process's and outlives any change of allocator: malloc it is. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

static const tl_cell_kind *const kinds[] = {
#define KIND(name) &tl_cell_##name,
#include "cells/kinds.def"
#undef KIND
};

enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct entry {
	const tl_cell_kind *kind;
	UT_hash_handle hh;
} entry;

static entry *own; /* by name; listed in the order registered */

int tl_cell_kind_count(void)
{
	return KINDS + (int)HASH_COUNT(own);
}

const tl_cell_kind *tl_cell_kind_at(int index)
{
	const entry *e = own;
	if (index < 0)
		return NULL;
	if (index < KINDS)
		return kinds[index];
	for (index -= KINDS; e && index > 0; index--)
		e = e->hh.next;
	return e ? e->kind : NULL;
}

const tl_cell_kind *tl_cell_kind_find(const char *name)
{
	entry *e = NULL;
	if (!name)
		return NULL;
	for (int i = 0; i < KINDS; i++)
		if (!strcmp(kinds[i]->name, name))
			return kinds[i];
	HASH_FIND_STR(own, name, e);
	return e ? e->kind : NULL;
}

tl_status tl_cell_kind_register(const tl_cell_kind *kind)
{
	if (tl_cell_kind_problem(kind))
		return TL_ERROR_ARGUMENT;
	if (tl_cell_kind_find(kind->name))
		return TL_ERROR_NAME;
	entry *e = calloc(1, sizeof *e), *found = NULL;
	if (!e)
		return TL_ERROR_MEMORY;
	e->kind = kind;
	HASH_ADD_KEYPTR(hh, own, kind->name, strlen(kind->name), e);
	HASH_FIND_STR(own, kind->name, found);
	if (!found) {
		free(e);
		return TL_ERROR_MEMORY;
	}
	return TL_OK;
}

/* A kind of the registry stays; another may be gone when the cell is used, and is copied. */
tl_cell *tl_cell_create_from_kind(tl_params *set, const tl_cell_kind *kind, const char *name,
				  tl_cell_options options)
{
	bool stays = kind && tl_cell_kind_find(kind->name) == kind;
	return tl_cell_make(set, kind, !stays, name, options);
}

tl_cell *tl_cell_create(tl_params *set, const char *kind, const char *name, tl_cell_options options)
{
	const tl_cell_kind *found = tl_cell_kind_find(kind);
	if (set && !found) {
		tl_params_report(set, TL_ERROR_ARGUMENT, "cell %.100s: there is no kind \"%.60s\"",
				 name ? name : "", kind ? kind : "");
		return NULL;
	}
	return tl_cell_make(set, found, false, name, options);
}
