/* A program that a user holds, from the inside: program_create.c makes it, program.c runs it. */
#ifndef TL_PLAN_HELD_H
#define TL_PLAN_HELD_H

#include "run/compile.h"

#include <tapeloop/program.h>

/* Where the data of a leaf is found before a run. */
typedef struct leaf {
	uint32_t node, root;
	const tl_op *op; /* input, constant, full or param */
	tl_param *param;
	tl_dtype dtype, source; /* of the program's numbers; of the data */
	int64_t size;
	const void *data;
	void *own; /* the program's copy: converted, constant, or carried */
} leaf;

typedef struct sink {
	tl_param *param;
	uint32_t output;
	bool add; /* to the gradient; else the value of a buffer is set */
	tl_dtype dtype;
	int64_t size;
} sink;

typedef struct carry {
	uint32_t leaf, output;
	void *stage; /* on the way, where the output is itself an input: states may change places */
} carry;

/* An output as the user knows it. */
typedef struct result {
	uint32_t node, output;
	tl_dtype dtype;
	int64_t size;
	void *copy; /* of one that lies in a carried input: as it was before the input changed */
} result;

struct tl_program {
	tl_compiled compiled;
	tl_frame frame;
	const tl_tape *tape; /* to know handles by; not looked at */
	uint32_t round;      /* of those handles: no other tape's, ever */
	tl_number *number;   /* per root: of leaves that are one number */
	uint64_t stream; /* of the tape: run k draws what the tape would, rewound k times more */
	uint32_t *draw;  /* per random node */
	tl_set_use *set; /* the sets it reads and adds to */
	size_t sets;
	int64_t runs;
	char *outputs;
	leaf *leaf;
	sink *sink;
	carry *carry;
	result *result;
	tl_origin *origin; /* per instruction */
	tl_arena words;    /* of origins */
	size_t leaves, sinks, carries, carry_room, results;
	double *nanoseconds;
	void *added; /* zeros to add to, while inputs lie in gradients */
	char problem[512];
};

/* Note where what each instruction makes comes from; node is the list of nodes by place. False when
 * out of memory. */
bool tl_list_origins(const tl_tape *tape, tl_program *program, const uint32_t *node);

#endif
