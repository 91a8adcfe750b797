/* Kinds of cells, whole or not. */
#ifndef TL_CELL_KIND_H
#define TL_CELL_KIND_H

#include <tapeloop/custom_cell.h>

#include <stdatomic.h>

/*
 * What a kind that was read from text has besides (equations/equations.c). A kind in C answers from
 * its options alone; one of text needs its equations, which the kinds made of one text share.
 */
struct tl_cell_text {
	atomic_int users;
	void (*destroy)(struct tl_cell_text *text);
	int (*states)(const struct tl_cell_text *text);
	tl_shape (*state_shape)(const struct tl_cell_text *text, const tl_cell_options *options,
				int k);
	tl_shape (*input_shape)(const struct tl_cell_text *text, const tl_cell_options *options);
	const char *(*validate)(const struct tl_cell_text *text, const tl_cell_options *options);
};

/* Done with a kind that tl_cell_kind_copy made: NULL is fine. */
void tl_cell_kind_release(tl_cell_kind *kind);

/* NULL, or what a kind lacks. */
const char *tl_cell_kind_problem(const tl_cell_kind *kind);

/* All of it in one block, what it points to included, but for its functions. NULL: no memory. */
tl_cell_kind *tl_cell_kind_copy(const tl_cell_kind *kind);

#endif
