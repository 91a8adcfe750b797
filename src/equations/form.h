/* Sizes and forms: making them, making two of them equal, wording them. */
#ifndef TL_EQUATIONS_FORM_H
#define TL_EQUATIONS_FORM_H

#include "equations/value.h"

/* Sizes */

tl_size tl_size_of(double number);
tl_size tl_size_in(void);
tl_size tl_size_hidden(void);
tl_size tl_size_add(tl_size a, tl_size b, double times_b);
/* False: of too high a degree, or of unknown sizes. */
bool tl_size_multiply(tl_size a, tl_size b, tl_size *to);
tl_size tl_size_unknown(tl_equations *e);
tl_size tl_size_resolved(const tl_equations *e, tl_size a);
bool tl_size_is(const tl_equations *e, tl_size a, double number);
bool tl_size_unify(tl_equations *e, tl_size a, tl_size b);
/* Of one that is resolved, for in and hidden given. */
double tl_size_value(const tl_size *a, double in, double hidden);
/* The same as a size; less than 0: it is not whole, or not above 0. */
int64_t tl_size_at(const tl_equations *e, tl_size a, int64_t in, int64_t hidden);
const char *tl_size_text(tl_equations *e, tl_size a);

/* Forms, by number. 1 is that of a number; 0: the source has failed. */
int tl_form_new(tl_equations *e, tl_form_kind kind, const tl_size *dim);
int tl_form_rank(tl_form_kind kind);
tl_form *tl_form_at(const tl_equations *e, int form);
bool tl_form_unify(tl_equations *e, int a, int b);
const char *tl_form_text(tl_equations *e, int form);

#endif
