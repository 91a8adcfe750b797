/* A cell from the inside. */
#ifndef TL_CELL_CELL_H
#define TL_CELL_CELL_H

#include <tapeloop/custom_cell.h>

#include "graph/graph.h"

struct tl_cell {
	const tl_cell_kind *kind;
	tl_params *set;
	char *name;
	uint64_t serial; /* no two cells of a process have the same, at whatever address they are */
	tl_cell_options options; /* extra points to the copy below */
	tl_param **param;        /* in the order the weights function names them */
	size_t params, room;
	tl_cell_kind *own_kind; /* a copy that is freed with the cell, or NULL */
	/* Options whose effect was met, and options refused all the same: see make.c. */
	unsigned takes, refuses;
	enum { TL_CELL_MADE, TL_CELL_SURVEYED, TL_CELL_WATCHED } phase;
	max_align_t extra[];
};

/* What a tape keeps of a cell: the learned start, then the kind's struct. */
struct tl_binding {
	tl_tensor start[TL_MAX_STATES];
	max_align_t weights[];
};

/* A member of a kind's own options that was left out. */
static inline void tl_default(double *member, double value)
{
	if (*member == 0)
		*member = value;
}

/* Sizes stay far from where products of them overflow. */
static inline bool tl_size_fits(int64_t size)
{
	return size >= 1 && size <= INT32_MAX;
}

#endif
