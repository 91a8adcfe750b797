/* From the tree to values: all lines of a text. */
#ifndef TL_EQUATIONS_LINES_H
#define TL_EQUATIONS_LINES_H

#include "equations/value.h"

/* Makes of the tree all the rest, with the options of a text of their own. False: one of the two
 * sources has failed. */
bool tl_expand_text(tl_equations *e, const tl_entry *options, tl_script *given);

#endif
