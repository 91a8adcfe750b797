/* Recording: a node is appended, nothing is computed. */
#ifndef TL_GRAPH_RECORD_H
#define TL_GRAPH_RECORD_H

#include "graph/tape.h"

/* Append a node whose operands, shape and type are known to be right. 0 when memory is short
 * (reported). */
uint32_t tl_append(tl_tape *tape, const tl_op *op, const void *attr, size_t operands,
		   tl_shape shape, tl_dtype dtype);

/* Is this a tensor of this tape and round? If not, says so on the tape, for an op of this name. */
bool tl_belongs(tl_tape *tape, tl_tensor t, const char *op, int operand);

#endif
