/* What an op computes and its derivative, as they are written in its declaration. */
#ifndef TL_EQUATIONS_RULES_H
#define TL_EQUATIONS_RULES_H

#include <tapeloop/custom_op.h>

#include "equations/syntax.h"

/* One line of them. */
typedef struct tl_rule {
	tl_phrase *left, *right;
	tl_place note; /* the words of the comment behind it; nothing: none */
	struct tl_rule *next;
} tl_rule;

/* The letters that an op's equations have for its operands: "a, b". "x" is all of many. */
const char *tl_rule_operands(const tl_op *op);

/* NULL: the source has failed. */
tl_rule *tl_parse_rules(tl_script *s);

#endif
