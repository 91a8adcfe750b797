/* Ops by name: the library's families, and what users register. */
#include "ops/ops.h"

#include <string.h>

static const tl_op *const *const families[] = {
	tl_ops_unary, tl_ops_binary, tl_ops_reduce, tl_ops_matmul,
	tl_ops_form,  tl_ops_slice,  tl_ops_join,
};

enum { FAMILIES = sizeof families / sizeof *families, MOST_OWN = 256 };

static const tl_op *own[MOST_OWN];
static int owned;

static int family_size(int f)
{
	int n = 0;
	while (families[f][n])
		n++;
	return n;
}

int tl_op_count(void)
{
	int n = owned;
	for (int f = 0; f < FAMILIES; f++)
		n += family_size(f);
	return n;
}

const tl_op *tl_op_at(int index)
{
	for (int f = 0; index >= 0 && f < FAMILIES; f++) {
		int n = family_size(f);
		if (index < n)
			return families[f][index];
		index -= n;
	}
	return index >= 0 && index < owned ? own[index] : NULL;
}

const tl_op *tl_op_find(const char *name)
{
	const tl_op *op;
	for (int i = 0; name && (op = tl_op_at(i)); i++)
		if (!strcmp(op->name, name))
			return op;
	return NULL;
}

tl_status tl_op_register(const tl_op *op)
{
	if (!op || !op->name || !*op->name || !op->shape || (!op->kernel && !op->strip) ||
	    tl_op_find(op->name))
		return TL_ERROR_ARGUMENT;
	if (owned == MOST_OWN)
		return TL_ERROR_MEMORY;
	own[owned++] = op;
	return TL_OK;
}
