/* Values while a text is expanded, and what is known then: names, the line, the child. */
#ifndef TL_EQUATIONS_TERM_H
#define TL_EQUATIONS_TERM_H

#include "equations/form.h"

/* A name of the text: a value, or an argument that is expanded when it is first used. */
typedef struct tl_meaning {
	const char *name;
	tl_term *value;
	const tl_phrase *node; /* of an argument, with where it stands */
	struct tl_frame *frame;
	uint32_t line;
	int child;
	tl_place at;
	struct tl_meaning *next;
} tl_meaning;

/* The text itself, or one call of a function. */
typedef struct tl_frame {
	tl_meaning *names;
	int call; /* 0: the text */
} tl_frame;

enum { TL_NO_CHILD = -2, TL_EACH_IN_TURN = -1 };

typedef struct tl_expander tl_expander;

struct tl_expander {
	tl_equations *e;
	tl_script *s;
	tl_frame text, *frame;
	uint32_t line;
	int calls, depth, loops, child;
	bool kernel; /* a weight that is met now is one of a convolution */
	tl_term *(*expand)(tl_expander *x, const tl_phrase *n);
};

/* The value of a node; NULL: the source has failed. */
static inline tl_term *tl_expand_node(tl_expander *x, const tl_phrase *n)
{
	return x->expand(x, n);
}

/* A value of these operands, whose flags follow from theirs. */
tl_term *tl_value_new(tl_expander *x, tl_value_op op, tl_place at, int form, int count,
		      tl_term *const *of);
tl_term *tl_value_number(tl_expander *x, tl_place at, double number);

tl_term *tl_value_leaf(tl_expander *x, tl_value_op op, tl_place at, int form, int index, int lag);
const tl_text_option *tl_option_of(const tl_equations *e, const char *name);

#endif
