/* What is left to do when all lines are read. */
#ifndef TL_EQUATIONS_COMPLETE_H
#define TL_EQUATIONS_COMPLETE_H

#include "equations/term.h"

bool tl_complete(tl_expander *x);

#endif
