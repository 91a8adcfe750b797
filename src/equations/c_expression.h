/* Values as expressions in C. */
#ifndef TL_EQUATIONS_C_EXPRESSION_H
#define TL_EQUATIONS_C_EXPRESSION_H

#include "equations/c_number.h"

void tl_c_expression(tl_c_source *s, const tl_term *v);
void tl_c_with_rows(tl_c_source *s, const tl_term *v); /* with the batch, also where it has none */

/* "s.h", "child[k].more[0]" */
void tl_c_state(char to[64], const char *of, int k);

#endif
