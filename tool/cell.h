/*
 * A CELL as it stands on the command line, made into a kind and its options. The one idea: wherever
 * a kind comes from, verbs see a tl_cell_kind.
 *
 *     lstm                   registered, written in C
 *     nbrc                   a file of equations, NAME.cell in the folder of cells
 *     ./mine.cell, a/b.cell  a path: with a slash, or ending in .cell
 *     -                      standard input
 *     leaky:leak_rate=0.9    options: the kind's own, and those of all cells (forget_bias, chrono
 * ...)
 */
#ifndef TOOL_CELL_H
#define TOOL_CELL_H

#include <tapeloop/equations.h>

typedef struct cell_choice {
	const char *word; /* as it was typed; the caller's */
	const tl_cell_kind *kind;
	tl_cell_options options; /* but for .in and .hidden, which are 0 */
	tl_cell_kind *read;      /* a kind that was read from a file, else NULL */
	void *extra;             /* what .options.extra points to */
} cell_choice;

/* Returns false after an error, which is said; then there is nothing to release. */
bool cell_choose(const char *word, cell_choice *choice);
void cell_release(cell_choice *choice);

/* So many words at once: all or none. Owner: the caller, who calls cells_release. */
cell_choice *cells_choose(char **words, int count);
void cells_release(cell_choice *choices, int count);

/* A cell of this kind, with its options and these sizes, in a set. The kind's example says the
 * sizes that are 0. Returns NULL after an error, which is said. */
tl_cell *cell_make(const cell_choice *choice, tl_params *set, int64_t in, int64_t hidden);

/* The same kind at sizes as large as LSTM's would be, where in and hidden are channels of a
 * picture: then in and hidden are divided by the size of one. */
void cell_sizes(const cell_choice *choice, int64_t *in, int64_t *hidden);

/* The folder of cells that come with the library; it may not be there. Owner: a static buffer. */
const char *cells_folder(void);
/* A kind from NAME.cell in it. Returns NULL after an error, which is said.
 * Owner: the caller, who destroys it by tl_cell_kind_destroy. */
tl_cell_kind *cell_read(const char *path, const char *options);

#endif
