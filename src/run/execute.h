/*
 * The compiled executor of a tape: finds the program for what is to be computed, compiles it if it
 * is not there, aims it at this tape's data, runs it.
 */
#ifndef TL_RUN_EXECUTE_H
#define TL_RUN_EXECUTE_H

#include "run/evaluation.h"

/* Compute by a program, from the cache or compiled now. Every node computed on the way keeps its
 * value too, so that none is ever computed twice. */
tl_status tl_execute(tl_tape *tape, tl_evaluation *e, const uint32_t *ids, size_t count);

/* The parts of it, for backward passes. The program for these, whose places are those of e->part.
 * NULL with *status OK when there is nothing to compute. */
tl_cached *tl_execute_find(tl_tape *tape, tl_evaluation *e, const uint32_t *ids, size_t count,
			   const tl_compile_options *options, tl_status *status);

/* A program and what it is to run for this time. */
typedef struct tl_aim {
	const tl_compiled *program;
	const uint32_t *node; /* per place: the node of this tape */
	const tl_pass_sink *sink;
	size_t sinks;
	const tl_pass *pass; /* has the numbers of adjoints that are not recorded; or NULL */
} tl_aim;

tl_status tl_execute_run(tl_tape *tape, tl_evaluation *e, const tl_aim *aim);

/* The cache of this tape, without what the tape cannot find any more. NULL when out of memory. */
tl_cache *tl_execute_cache(const tl_tape *tape, tl_evaluation *e);

/* The sink that adds to the gradient of the parameter which this node brings onto the tape. */
tl_sink tl_sink_of_gradient(const tl_tape *tape, uint32_t param, uint32_t output);

#endif
