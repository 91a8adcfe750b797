/* How bytes become calls: a pool of tensors, and instructions that add to it. */
#ifndef TL_FUZZ_OPS_H
#define TL_FUZZ_OPS_H

#include <tapeloop/tapeloop.h>

enum { FUZZ_INSTRUCTION = 8, FUZZ_LEAVES = 6, FUZZ_POOL = 128 };

typedef struct fuzz_bytes {
	const uint8_t *data;
	size_t size, at;
} fuzz_bytes;

typedef struct fuzz_pool {
	tl_tape *tape;
	tl_params *set;
	tl_tensor tensor[FUZZ_POOL]; /* the first FUZZ_LEAVES are parameters */
	int count, instruction;
	bool smooth; /* everything has a derivative everywhere */
	bool steady; /* a last bit more or less changes no result by much: nothing compares */
	bool plain;  /* use only what keeps it smooth */
} fuzz_pool;

void fuzz_start(fuzz_pool *pool);                    /* the leaves */
void fuzz_apply(fuzz_pool *pool, fuzz_bytes *bytes); /* one instruction */
void fuzz_look(tl_tape *tape);                       /* print and draw */

#endif
