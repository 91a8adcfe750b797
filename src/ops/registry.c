/*
 * Ops by name: the library's families, and what users register. Registering is for one thread,
 * before others start; after that any thread may look.
 */
#include "ops/ops.h"

#include <stdlib.h>
#include <string.h>

/* The table is the process's, not a tape's, and outlives any change of allocator: malloc it is. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

static const tl_op *const *const families[] = {
	tl_ops_unary,   tl_ops_binary, tl_ops_reduce, tl_ops_cumsum, tl_ops_matmul, tl_ops_form,
	tl_ops_slice,   tl_ops_join,   tl_ops_index,  tl_ops_select, tl_ops_along,  tl_ops_softmax,
	tl_ops_entropy, tl_ops_loss,   tl_ops_norm,   tl_ops_drop,   tl_ops_conv,   tl_ops_pool,
	tl_ops_lengths, tl_ops_ctc,    tl_ops_draw,   tl_ops_sparse,
};

enum { FAMILIES = sizeof families / sizeof *families };

typedef struct entry {
	const tl_op *op;
	UT_hash_handle hh;
} entry;

static entry *own; /* by name; listed in the order registered */

static int family_size(int f)
{
	int n = 0;
	while (families[f][n])
		n++;
	return n;
}

int tl_op_count(void)
{
	int n = (int)HASH_COUNT(own);
	for (int f = 0; f < FAMILIES; f++)
		n += family_size(f);
	return n;
}

const tl_op *tl_op_at(int index)
{
	const entry *e = own;
	for (int f = 0; index >= 0 && f < FAMILIES; f++) {
		int n = family_size(f);
		if (index < n)
			return families[f][index];
		index -= n;
	}
	for (; e && index > 0; index--)
		e = e->hh.next;
	return e && !index ? e->op : NULL;
}

const tl_op *tl_op_find(const char *name)
{
	entry *e = NULL;
	if (!name)
		return NULL;
	for (int f = 0; f < FAMILIES; f++)
		for (int i = 0; families[f][i]; i++)
			if (!strcmp(families[f][i]->name, name))
				return families[f][i];
	HASH_FIND_STR(own, name, e);
	return e ? e->op : NULL;
}

tl_status tl_op_register(const tl_op *op)
{
	if (!op || !op->name || !*op->name || tl_op_find(op->name) ||
	    (!op->compound && (!op->shape || (!op->kernel && !tl_is_elementwise(op)))))
		return TL_ERROR_ARGUMENT;
	entry *e = calloc(1, sizeof *e), *found = NULL;
	if (!e)
		return TL_ERROR_MEMORY;
	e->op = op;
	HASH_ADD_KEYPTR(hh, own, op->name, strlen(op->name), e);
	HASH_FIND_STR(own, op->name, found);
	if (!found)
		free(e);
	return found ? TL_OK : TL_ERROR_MEMORY;
}
