/* Operators on values: what form comes out, or what does not fit. */
#ifndef TL_EQUATIONS_APPLY_H
#define TL_EQUATIONS_APPLY_H

#include "equations/term.h"

tl_term *tl_apply_pair(tl_expander *x, const tl_phrase *n, tl_value_op op, tl_term *a, tl_term *b);
tl_term *tl_apply_beside(tl_expander *x, tl_place at, tl_term *a, tl_term *b);
tl_term *tl_apply_transposed(tl_expander *x, tl_place at, tl_term *a);
tl_term *tl_apply_each(tl_expander *x, tl_value_op op, tl_place at, tl_term *a);
tl_term *tl_apply_if(tl_expander *x, tl_place at, tl_term *a, tl_term *c, tl_term *b);
tl_term *tl_apply_concat(tl_expander *x, tl_place at, tl_term **of, int count);
tl_term *tl_apply_slice(tl_expander *x, tl_place at, tl_term *of, tl_term *from, tl_term *to);
tl_term *tl_apply_part(tl_expander *x, tl_place at, tl_term *of, tl_term *index);

/* A whole number known when the text is read; false: the source has failed. */
bool tl_whole(tl_expander *x, tl_term *v, double least, double most, int *to);
bool tl_is_size(tl_expander *x, tl_term *v, tl_size *to);
/* The form of the sizes of a declaration, none of them for a number, at most so many; 0: the source
 * has failed. */
int tl_form_of_shape(tl_expander *x, const tl_phrase *sizes, const char *what, int most);
/* An open form becomes a vector of a size not known yet. */
bool tl_make_vector(tl_expander *x, int form);

/* Numbers at reading: what an op makes of numbers; NaN: it cannot be said. */
double tl_fold(tl_value_op op, const char *name, double a, double b);

#endif
