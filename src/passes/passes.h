/*
 * The passes: a table made of the rows of passes.def. A pass rewrites the graph of values in place;
 * what tables it needs it takes from the graph (tl_ir_take), which takes them back after each pass,
 * and if memory is short the graph knows: a pass returns nothing and has nothing to clean up.
 */
#ifndef TL_PASSES_PASSES_H
#define TL_PASSES_PASSES_H

#include "ir/ir.h"

typedef enum tl_pass_runs {
	TL_PASS_ALWAYS,     /* unless everything computed is kept, and nothing may be joined */
	TL_PASS_ON_REQUEST, /* likewise, if the tape asked for it */
	TL_PASS_AS_STAGE,   /* with the code that is made, whether everything is kept or not */
} tl_pass_runs;

typedef struct tl_pass {
	const char *name;
	void (*run)(tl_ir *ir); /* NULL: a stage of code/ */
	tl_pass_runs runs;
	const char *doc; /* in one sentence */
} tl_pass;

#define PASS(name, runs, doc) TL_PASS_##name,
typedef enum tl_pass_number {
#include "passes/passes.def"
	TL_PASS_COUNT
} tl_pass_number;
#undef PASS

extern const tl_pass tl_passes[TL_PASS_COUNT];

#define PASS(name, runs, doc) void tl_pass_##name(tl_ir *ir);
#include "passes/passes.def"
#undef PASS

/* Passes as a set: a bit each, by number. */
#define TL_PASSES_ALL (((uint32_t)1 << TL_PASS_COUNT) - 1)

/* Those that TL_PASSES, "-widen,-sums", does not leave out. */
uint32_t tl_passes_on(void);

/* The first entry of TL_PASSES, *length letters, that leaves nothing out; NULL if there is none. */
const char *tl_passes_unknown(int *length);

/* Run those of these that are no stages, in order. */
void tl_passes_run(tl_ir *ir, uint32_t on);

#endif
