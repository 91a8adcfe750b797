/*
 * A bound program: code, memory to run it in, where its sources lie and where its sinks go. In
 * contrast to tl_compiled it can be run; whose the sources are is not its concern. A tape has one,
 * which is bound again for each run to what the cache gave (tl_evaluation); a program that a user
 * holds is one with sources of its own (tl_program).
 */
#ifndef TL_RUN_BOUND_H
#define TL_RUN_BOUND_H

#include "code/run.h"
#include "run/compile.h"
#include "run/source.h"

/* An output that is stored: added to a gradient, or set as the value of a buffer. */
typedef struct tl_sink {
	tl_param *param;
	void *to; /* found anew before each run; NULL: it is not stored */
	uint32_t output;
	bool add;
	tl_dtype stored, dtype; /* there; of the output */
	int64_t size;
} tl_sink;

typedef struct tl_bound {
	const tl_compiled *program;
	void **base;   /* per root: where it starts; of leaves, where the source was found */
	uint64_t *key; /* per random stream of the program */
	char *temporaries, *zeros;
	tl_sink *sink;
	size_t base_room, key_room, temporary_room, zero_room, sinks, sink_room;
} tl_bound;

/* Bind it to a program whose outputs are computed into this memory. Leaves, keys and sinks, of
 * which it has none then, are the caller's. Memory grows; nothing is allocated where it is large
 * enough. False when out of memory. */
bool tl_bind(tl_bound *b, const tl_compiled *program, char *outputs);
void tl_bound_finish(tl_bound *b);

/* Store a value where the sink wants it. */
void tl_sink_store(const tl_sink *sink, const void *value);

bool tl_bound_add_sink(tl_bound *b, const tl_sink *sink);

/* Have outputs that are added be added where they are stored; or to zeros, and there afterwards, if
 * leaves lie in the gradients of these sets. After all leaves are bound. False when out of memory.
 */
bool tl_bound_aim_sinks(tl_bound *b, const tl_set_use *set, size_t sets);

/* Run, and store what sinks take. The context says how, and what went wrong: the words, unless the
 * status has to do, and by whose kernel. */
tl_status tl_bound_run(tl_bound *b, tl_run_context *context);
const char *tl_bound_problem(const tl_run_context *context, tl_status status);

/* Where the k-th output of a program that ran is. */
static inline void *tl_bound_output(const tl_bound *b, size_t k)
{
	const tl_code *code = &b->program->code;
	return (char *)b->base[code->output_root[k]] + code->output_offset[k];
}

#endif
