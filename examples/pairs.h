/*
 * Files of pairs: the last two fields of each line, with a tab between them, are what is read and
 * what is to be written. Each becomes a sequence of numbers; the second one ends with token 0.
 */
#ifndef TL_EXAMPLES_PAIRS_H
#define TL_EXAMPLES_PAIRS_H

#include <tapeloop/train.h>

typedef struct pairs_side {
	int32_t *number; /* of all pairs, one after the other */
	const void **each;
	int64_t *length;
} pairs_side;

typedef struct pairs {
	int64_t count;
	pairs_side read, written;
} pairs;

/* The vocabulary of one side (0: what is read, 1: what is written) of a file. */
tl_vocabulary *pairs_vocabulary(const char *path, int side, const tl_vocabulary_options *options,
				tl_error *error);

/* Room for pairs that are to be filled in: of each side `tokens` numbers a pair. False: there is no
 * memory. */
bool pairs_reserve(pairs *p, int64_t count, int64_t tokens);

/* The pairs of a file in the numbers of these. */
tl_status pairs_read(pairs *p, const char *path, const tl_vocabulary *read,
		     const tl_vocabulary *written, tl_error *error);
void pairs_finish(pairs *p);

/* Another order, so that a part is like the whole. */
void pairs_shuffle(pairs *p, uint64_t seed);

/* Some of them: first, first + 1 ... , `count`; p stays the owner. */
pairs pairs_part(const pairs *p, int64_t first, int64_t count);

/* Batches of these. To learn from: what fills no batch is left out, another rest in each epoch. */
tl_batches *pairs_batches(const pairs *p, int64_t rows, bool to_learn, uint64_t seed,
			  tl_error *error);

#endif
