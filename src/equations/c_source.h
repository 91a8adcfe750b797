/* A text as the C source of its kind. */
#ifndef TL_EQUATIONS_C_SOURCE_H
#define TL_EQUATIONS_C_SOURCE_H

#include "equations/value.h"
#include "equations/writer.h"

/* `text` is its canonical form, for a comment. NULL, or what there is no C for. */
const char *tl_write_c_source(tl_writer *w, const tl_equations *e, const char *doc,
			      const char *text, const tl_cell_options *example);

#endif
