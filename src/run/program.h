/*
 * A program that a user holds: a tl_bound with sources of its own, independent of the tape it was
 * compiled from. program_create.c makes it, program.c gives it data and runs it.
 */
#ifndef TL_RUN_PROGRAM_H
#define TL_RUN_PROGRAM_H

#include "code/print.h"
#include "run/bound.h"

#include <tapeloop/program.h>

/* A leaf of the code. */
typedef struct tl_program_leaf {
	tl_source source;
	uint32_t node, root;
	void *own;     /* the program's copy: converted, constant, or carried */
	bool detached; /* a buffer that a run changes: read from the copy, so that outputs are of
			  the buffer as it was */
} tl_program_leaf;

typedef struct tl_program_carry_pair {
	uint32_t leaf, output;
	void *stage; /* on the way, where the output is itself an input: states may change places */
} tl_program_carry_pair;

/* An output as the user knows it. */
typedef struct tl_program_result {
	uint32_t node, output;
	tl_dtype dtype;
	int64_t size;
	void *copy; /* of one that lies in a carried input: as it was before the input changed */
} tl_program_result;

struct tl_program {
	tl_compiled compiled;
	tl_bound bound;
	const tl_tape *tape; /* to know handles by; not looked at */
	uint32_t round;      /* of those handles: no other tape's, ever */
	uint64_t stream; /* of the tape: run k draws what the tape would, rewound k times more */
	uint32_t *draw;  /* per random stream */
	tl_set_use *set; /* the sets it reads and adds to */
	size_t sets;
	int64_t runs;
	char *outputs;
	tl_program_leaf *leaf;
	tl_program_carry_pair *carry;
	tl_program_result *result;
	tl_origin *origin; /* per instruction */
	tl_arena words;    /* of origins */
	size_t leaves, carries, carry_room, results;
	double *nanoseconds; /* per instruction, and ... */
	uint32_t *maker;     /* ... per node of the tape, which instruction makes it, TL_IR_NONE:
				none; when profiling */
	char problem[512];
};

#endif
