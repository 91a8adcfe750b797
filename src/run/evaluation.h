/*
 * What a tape keeps for evaluation: where the value of each node is, or NULL, and what the
 * executors use again from run to run. Everything computed lies in one arena that is emptied when
 * the tape's generation changes. Two executors fill the values in: the reference runs node by node
 * and keeps all; the compiled one runs programs, bound to this tape one at a time.
 */
#ifndef TL_RUN_EVALUATION_H
#define TL_RUN_EVALUATION_H

#include "kernels/kernels.h"
#include "run/bound.h"
#include "run/cache.h"
#include "run/late.h"
#include "run/wanted.h"

typedef struct tl_evaluation {
	uint64_t generation;      /* of the tape, when the values were computed */
	void **value;             /* per node */
	size_t value_room, known; /* entries from `known` on are not set yet */
	tl_arena memory;

	tl_part part; /* what is being computed */
	tl_words words;
	tl_bound bound;

	void *workspace; /* of the reference executor's kernel that runs */
	size_t workspace_room;
	tl_array *array; /* its operands */
	size_t array_room;

	tl_cache *cache;
	tl_wanted wanted;   /* by tl_backward */
	tl_pass_sink *sink; /* the gradients that its program computes */
	size_t sink_room;
	tl_pass_state pass; /* the tape before the adjoints of the backward pass at hand */
	tl_lates lates;
} tl_evaluation;

/* That of a tape, made if it has none, with all it knows of older generations forgotten. NULL after
 * reporting, as when a parameter set that the tape uses is not there any more. */
tl_evaluation *tl_evaluation_of(tl_tape *tape);

/* The value of a node if it is there. */
const void *tl_evaluation_value(const tl_tape *tape, uint32_t id);

/* Does the compiled executor compute on this tape? And: something is computed. */
static inline bool tl_evaluation_compiles(const tl_tape *tape)
{
	return tape->run.executor == TL_EXECUTOR_COMPILED && !tape->run.check_finite;
}

static inline void tl_evaluation_count(tl_tape *tape)
{
	tape->run.computed = true;
	tape->run.evaluations++;
}

/* A leaf that is asked for is read, not computed. The tape's status. */
tl_status tl_read_leaf(tl_tape *tape, tl_evaluation *e, uint32_t id);

#endif
