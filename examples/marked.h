/* The adding problem's sequences (Hochreiter & Schmidhuber 1997): of many numbers two are marked.
 */
#ifndef TL_EXAMPLES_MARKED_H
#define TL_EXAMPLES_MARKED_H

#include <tapeloop/train.h>

typedef struct marked {
	int length, rows;
	uint64_t seed;
} marked;

/*
 * Inputs [length, rows, 2]: a number in [0, 1), and whether it counts, as one in each half does;
 * targets [rows, 1]: the sum of the two. `user` is a marked.
 */
tl_status marked_draw(tl_batch *batch, int64_t epoch, int64_t index, void *user);

#endif
