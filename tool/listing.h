/* The nodes of a tape as tl_tape_print lists them, taken apart: what was recorded, for whoever
 * wants to look at it row by row. */
#ifndef TOOL_LISTING_H
#define TOOL_LISTING_H

#include <tapeloop/tape.h>

typedef struct listed {
	int id;
	char op[64];       /* "matmul", "param cell.W", "full 0" */
	char operands[96]; /* "16 20^T" */
	char name[32];     /* that the cell gave it; "" if none */
	int step;          /* -1: none */
} listed;

typedef struct listing {
	listed *rows; /* in the order recorded */
	int count;
} listing;

/* Returns false if memory was short, which is said. */
bool listing_read(listing *l, tl_tape *tape);
void listing_release(listing *l);

/* The node of that number, on the tape and in the round that `any` is of. */
tl_tensor listed_tensor(tl_tensor any, int id);

#endif
