/*
 * What of the optimisers is compiled for each instruction set: the kinds, and what reads gradients
 * before they are used.
 */
#ifndef TL_OPTIM_TABLES_H
#define TL_OPTIM_TABLES_H

#include "optim/share.h"

#include <tapeloop/custom_optim.h>

enum { TL_SUMMED = TL_SHARE_UNIT };

typedef struct tl_optim_table {
	const char *isa;
	const tl_optimizer_kind *const *kind; /* as many as rows of kinds.def */
	/* The first of n numbers that is NaN or infinite; -1. By whether they are double. */
	int64_t (*first_not_finite[2])(int64_t n, const void *g);
	/* The sums of squares of TL_SUMMED numbers each, in double: the same whatever the
	 * instruction set. */
	void (*squares[2])(int64_t n, const void *g, double *sums);
} tl_optim_table;

/* For the instruction set that the kernels use (TL_ISA chooses it), or the best there is. */
const tl_optim_table *tl_optim_table_best(void);

#endif
