/* Kinds of cells, whole or not. */
#ifndef TL_CELL_KIND_H
#define TL_CELL_KIND_H

#include <tapeloop/custom_cell.h>

/* NULL, or what a kind lacks. */
const char *tl_cell_kind_problem(const tl_cell_kind *kind);

/* All of it in one block, what it points to included, but for its functions. NULL: no memory. */
tl_cell_kind *tl_cell_kind_copy(const tl_cell_kind *kind);

#endif
