/* Weights by name. */
#ifndef TL_EQUATIONS_WEIGHT_H
#define TL_EQUATIONS_WEIGHT_H

#include "equations/term.h"

/* The declaration of one, if there is any; small names that are weights; the weight of this whole
 * name, made where it is met first. */
const tl_entry *tl_declared(const tl_expander *x, const char *name, bool indexed, bool *fixed);
bool tl_is_small_weight(const char *name);
tl_term *tl_weight_of(tl_expander *x, const char *full, const char *name, bool indexed,
		      tl_place at);

#endif
