/* A text as mathematics. */
#ifndef TL_EQUATIONS_MATH_H
#define TL_EQUATIONS_MATH_H

#include "equations/value.h"
#include "equations/writer.h"

typedef enum tl_math { TL_MATH_LATEX, TL_MATH_MATHML } tl_math;

void tl_write_math(tl_writer *w, const tl_equations *e, tl_math as);

#endif
