/* Expressions as mathematics. */
#ifndef TL_EQUATIONS_MATH_H
#define TL_EQUATIONS_MATH_H

#include "equations/value.h"
#include "equations/writer.h"

typedef enum tl_math { TL_MATH_LATEX, TL_MATH_MATHML } tl_math;

typedef struct tl_math_printer {
	tl_writer *w;
	const tl_equations *e;
	tl_math as;
	const tl_phrase *left_out; /* an operand that is not written, or NULL */
	const char *operands; /* of an op's rule, "a, b": da and db are adjoints; a cell's: NULL */
} tl_math_printer;

void tl_math_expression(tl_math_printer *p, const tl_phrase *n);
/* A name where it stands in the text; index: in brackets behind it, or NULL. */
void tl_math_name(tl_math_printer *p, tl_place at, const char *known, bool primed,
		  const tl_phrase *index);
/* The one or the other, by what is written. */
void tl_math_both(tl_math_printer *p, const char *latex, const char *mathml);

#endif
