/*
 * What a page shows of a tape: a copy of it with the adjoints of everything that led to the loss,
 * and every value. The tape itself stays as it is.
 */
#ifndef TL_VIEW_SNAPSHOT_H
#define TL_VIEW_SNAPSHOT_H

#include <tapeloop/view.h>

#include "graph/graph.h"

typedef struct tl_snapshot {
	tl_tape *tape;      /* the copy */
	uint32_t nodes;     /* of it that are shown; what was asked for besides lies behind them */
	uint32_t loss;      /* 0: none */
	uint32_t *gradient; /* per node: the adjoint with respect to it, or 0 */
	char problem[1024]; /* of the tape, or why values are missing; "" if all is well */
} tl_snapshot;

/* TL_OK, or what tl_view_write returns, with words. */
tl_status tl_snapshot_take(tl_snapshot *s, tl_tape *tape, const tl_view_options *options,
			   tl_error *error);
void tl_snapshot_finish(tl_snapshot *s);

/* The value of a node, NULL if it could not be computed. */
const void *tl_snapshot_value(const tl_snapshot *s, uint32_t id);

/* What was added up to be the adjoint of a node, in the order it came: how many nodes, and the k-th
 * of them. */
uint32_t tl_snapshot_parts(const tl_snapshot *s, uint32_t id);
uint32_t tl_snapshot_part(const tl_snapshot *s, uint32_t id, uint32_t k);

#endif
