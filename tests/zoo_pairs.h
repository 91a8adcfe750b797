/* A kind in C and its file, made over parameters of the same values: what a driver gives of one it
 * must give of the other. */
#ifndef TL_TESTS_ZOO_PAIRS_H
#define TL_TESTS_ZOO_PAIRS_H

#include "zoo.h"

typedef struct zoo_pair {
	const char *file, *options;
	const char *kind; /* in C; NULL: named as the file */
	const void *extra;
	int in, hidden;  /* 0: 3 and 4 */
	unsigned c_only; /* TL_OPTION_... that the file has no use for */
	unsigned text_only;
	unsigned differ; /* options that some weights start otherwise with */
	int more;        /* nodes that a step of the text records beyond C's */
} zoo_pair;

extern const zoo_pair zoo_pairs[]; /* ends with no file */

/* Whichever of the two, with what drivers need. */
typedef struct side {
	tl_params *set;
	tl_cell *cell, *other, *top; /* other: of the same kind; top: an LSTM that reads both */
	tl_param *x, *embedding, *V; /* of a decoder */
} side;

enum { PAIR_STEPS = 6, PAIR_CLASSES = 5 };

/* name: of the driver. Returns all it says as one row of numbers; TL_NONE: not for this kind. */
typedef struct driver {
	const char *name;
	tl_tensor (*run)(tl_tape *tape, side *s);
	bool training;
} driver;

extern const driver drivers[]; /* ends with no name */

#endif
