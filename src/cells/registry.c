/*
 * Kinds of cells by name: the library's, and what users register. Registering is for one thread,
 * before others start; after that any thread may look.
 */
#include "cell/cell.h"

#include <stdlib.h>
#include <string.h>

/* The table is the process's and outlives any change of allocator: malloc it is. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

static const tl_cell_kind *const kinds[] = {
	&tl_cell_rnn,
	&tl_cell_irnn,
	&tl_cell_leaky,
	&tl_cell_bn_rnn,
	&tl_cell_jordan,
	&tl_cell_back_projection,
	&tl_cell_lstm,
	&tl_cell_peephole,
	&tl_cell_coupled,
	&tl_cell_projected,
	&tl_cell_lstm_layer_norm,
	&tl_cell_bn_lstm,
	&tl_cell_lstm_1997,
	&tl_cell_odyssey,
	&tl_cell_odyssey_nig,
	&tl_cell_odyssey_nfg,
	&tl_cell_odyssey_nog,
	&tl_cell_odyssey_niaf,
	&tl_cell_odyssey_noaf,
	&tl_cell_odyssey_cifg,
	&tl_cell_odyssey_np,
	&tl_cell_odyssey_fgr,
	&tl_cell_depth_gated,
	&tl_cell_multiplicative,
	&tl_cell_phased,
	&tl_cell_slstm,
	&tl_cell_min_lstm,
	&tl_cell_gru,
	&tl_cell_gru_after,
	&tl_cell_li_gru,
	&tl_cell_mgu,
	&tl_cell_ugrnn,
	&tl_cell_mut1,
	&tl_cell_mut2,
	&tl_cell_mut3,
	&tl_cell_min_gru,
	&tl_cell_minimal_rnn,
	&tl_cell_janet,
	&tl_cell_ran,
	&tl_cell_scrn,
	&tl_cell_cfn,
	&tl_cell_star,
	&tl_cell_indrnn,
	&tl_cell_fast_rnn,
	&tl_cell_fast_grnn,
	&tl_cell_highway,
	&tl_cell_antisymmetric,
	&tl_cell_antisymmetric_gated,
	&tl_cell_cornn,
	&tl_cell_lem,
	&tl_cell_clockwork,
	&tl_cell_tree,
	&tl_cell_tree_nary,
	&tl_cell_conv_lstm,
	&tl_cell_esn,
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
