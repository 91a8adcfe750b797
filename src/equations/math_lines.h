/* Lines as mathematics: the equations of a cell, the rules of an op. */
#ifndef TL_EQUATIONS_MATH_LINES_H
#define TL_EQUATIONS_MATH_LINES_H

#include "equations/math.h"
#include "equations/rules.h"

void tl_write_math(tl_writer *w, const tl_equations *e, tl_math as);
/* `s` is what the rules were read from; operands as in an op: "a, b". */
void tl_write_rules(tl_writer *w, const tl_script *s, const tl_rule *rules, const char *operands,
		    tl_math as);

#endif
