/* Calls of functions, built in and of the text. */
#ifndef TL_EQUATIONS_CALL_H
#define TL_EQUATIONS_CALL_H

#include "equations/term.h"

tl_term *tl_apply_call(tl_expander *x, const tl_phrase *call);

#endif
