/* Strips: elementwise values that are computed together, over a few hundred elements at a time. */
#ifndef TL_CODE_STRIPS_H
#define TL_CODE_STRIPS_H

#include "code/emit.h"

enum { TL_STRIP_MEMBERS = 56, TL_STRIP_BUDGET = 88 };

/* Values that are to be computed together; sums over axes of some of them can be at its end. */
typedef struct tl_group {
	uint32_t serial; /* 0: not in use */
	tl_shape domain;
	uint32_t member[TL_STRIP_MEMBERS];
	int members, inputs;
} tl_group;

static inline bool tl_is_sum_over(const tl_value_ir *x)
{
	return x->op == &tl_op_sum;
}

/* Append the strip of a group; false when memory is short. */
bool tl_emit_group(tl_emitter *e, const tl_group *g);

#endif
