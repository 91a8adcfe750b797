/*
 * Small pictures in colour and what they are called, in words.
 *
 *     tl_vocabulary *words = pictures_words(&e);
 *     pictures p = {0};
 *     if (words && pictures_read(&p, &e, "train", words))
 *             ...
 *     pictures_finish(&p);
 */
#ifndef TL_EXAMPLES_PICTURES_H
#define TL_EXAMPLES_PICTURES_H

#include "example.h"

enum { SIDE = 32, PIXELS = SIDE * SIDE * 3, WORDS = 24 };
enum { PAD, BEGIN, END }; /* words that stand in no name */

typedef struct pictures {
	tl_array image; /* [count, SIDE, SIDE, 3] */
	int64_t count, *length;
	int32_t (*name)[WORDS];
	const void **names;
} pictures;

/* The words of the names to learn; NULL: it has been said why. */
tl_vocabulary *pictures_words(example *e);

/* The pictures of a part of the data set, "train" or "test". */
bool pictures_read(pictures *p, example *e, const char *part, const tl_vocabulary *words);
void pictures_finish(pictures *p);

/* Pictures as input, [rows, SIDE, SIDE, 3], and names as target, [steps, rows]. */
tl_batches *pictures_batches(const pictures *p, int rows, bool in_order);

#endif
