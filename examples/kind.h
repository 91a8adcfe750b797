/* --cell NAME of the examples. */
#ifndef TL_EXAMPLES_KIND_H
#define TL_EXAMPLES_KIND_H

#include <tapeloop/tapeloop.h>

/* The kind of this name; NULL, once all that there are have been printed, if there is none. */
const tl_cell_kind *kind_of(const char *program, const char *name);

#endif
