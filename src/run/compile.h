/*
 * A part of a tape as a program: code, and the place in the part that each output is the value of.
 * It has no data and no memory to run in; with those it is a tl_bound.
 */
#ifndef TL_RUN_COMPILE_H
#define TL_RUN_COMPILE_H

#include "code/code.h"
#include "ir/import.h"

typedef struct tl_compiled {
	tl_code code;
	size_t nodes;         /* places: which nodes on a tape they are is the caller's to know */
	uint32_t *output;     /* per output: its place */
	int64_t output_bytes; /* of the memory for all outputs that are computed */
} tl_compiled;

/* How to compile; part of a program's key. */
typedef struct tl_compile_options {
	bool keep;      /* whatever is computed is an output too */
	size_t forward; /* of a backward pass: the tape's number of nodes before its adjoints */
	int recompute;  /* in so many stretches: passes/recompute.c; 0: not at all */
	bool explain;   /* note which instruction makes what; of held programs, which have no key */
	size_t sinks;   /* the first so many ids are only to be added to something */
} tl_compile_options;

/* Compile the part, those of these nodes that are not known being the outputs. False when out of
 * memory; finish is then still to be called. */
bool tl_compile(const tl_tape *tape, const tl_part *part, void *const *known, tl_compiled *c,
		const uint32_t *ids, size_t count, const tl_compile_options *options);
void tl_compiled_finish(tl_compiled *c);
size_t tl_compiled_bytes(const tl_compiled *c);

#endif
