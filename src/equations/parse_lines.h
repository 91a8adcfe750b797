/* The parser. */
#ifndef TL_EQUATIONS_PARSE_LINES_H
#define TL_EQUATIONS_PARSE_LINES_H

#include "equations/syntax.h"

/* False: the source has failed. */
bool tl_parse(tl_script *s, tl_syntax *to);
/* "leak=0.9 period=[1, 2]" as items. */
bool tl_parse_options(tl_script *s, const tl_syntax *of, tl_entry **to);

#endif
