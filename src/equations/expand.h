/* Expressions as values. */
#ifndef TL_EQUATIONS_EXPAND_H
#define TL_EQUATIONS_EXPAND_H

#include "equations/term.h"

/* NULL: the source has failed. This is what tl_expander.expand points to. */
tl_term *tl_expand(tl_expander *x, const tl_phrase *n);

#endif
