/* Making cells. */
#ifndef TL_CELL_MAKE_H
#define TL_CELL_MAKE_H

#include "cell/cell.h"

/* A cell of this kind, or of a copy that it owns. NULL with an error on the set. */
tl_cell *tl_cell_make(tl_params *set, const tl_cell_kind *kind, bool copy, const char *name,
		      tl_cell_options options);

/* Has the set a parameter "name.x"? Then something else has this name. */
bool tl_cell_name_taken(const tl_params *set, const char *name);

#endif
