/* What is known while a text is expanded: names, the line, the child. */
#ifndef TL_EQUATIONS_EXPAND_H
#define TL_EQUATIONS_EXPAND_H

#include "equations/value.h"

/* A name of the text: a value, or an argument that is expanded when it is first used. */
typedef struct tl_meaning {
	const char *name;
	tl_term *value;
	const tl_phrase *node; /* of an argument, with where it stands */
	struct tl_frame *frame;
	uint32_t line;
	int child;
	bool in_loop; /* may be given again */
	tl_place at;
	struct tl_meaning *next;
} tl_meaning;

/* The text itself, or one call of a function. */
typedef struct tl_frame {
	tl_meaning *names;
	int call; /* 0: the text */
} tl_frame;

enum { TL_NO_CHILD = -2, TL_EACH_IN_TURN = -1 };

typedef struct tl_expander {
	tl_equations *e;
	tl_script *s;
	tl_frame text, *frame;
	uint32_t line;
	int calls, depth, loops, child;
	bool kernel; /* a weight that is met now is one of a convolution */
} tl_expander;

/* The value of a node; NULL: the source has failed. */
tl_term *tl_expand_node(tl_expander *x, const tl_phrase *n);

/* A value of these operands, whose flags follow from theirs. */
tl_term *tl_value_new(tl_expander *x, tl_value_op op, tl_place at, int form, int count,
		      tl_term *const *of);
tl_term *tl_value_number(tl_expander *x, tl_place at, double number);

tl_term *tl_value_leaf(tl_expander *x, tl_value_op op, tl_place at, int form, int index, int lag);

/* Weights (weight.c): the declaration of one, if there is any; small names that are weights; the
 * weight of this whole name, made where it is met first. */
const tl_entry *tl_declared(const tl_expander *x, const char *name, bool indexed, bool *fixed);
bool tl_is_small_weight(const char *name);
tl_term *tl_weight_of(tl_expander *x, const char *full, const char *name, bool indexed,
		      tl_place at);

/* What is left to do when all lines are read (complete.c). */
bool tl_complete(tl_expander *x);

/* Operators and functions of values (apply.c) */
tl_term *tl_apply_pair(tl_expander *x, const tl_phrase *n, tl_value_op op, tl_term *a, tl_term *b);
tl_term *tl_apply_beside(tl_expander *x, tl_place at, tl_term *a, tl_term *b);
tl_term *tl_apply_transposed(tl_expander *x, tl_place at, tl_term *a);
tl_term *tl_apply_each(tl_expander *x, tl_value_op op, tl_place at, tl_term *a);
tl_term *tl_apply_if(tl_expander *x, tl_place at, tl_term *a, tl_term *c, tl_term *b);
tl_term *tl_apply_concat(tl_expander *x, tl_place at, tl_term **of, int count);
tl_term *tl_apply_slice(tl_expander *x, tl_place at, tl_term *of, tl_term *from, tl_term *to);
tl_term *tl_apply_part(tl_expander *x, tl_place at, tl_term *of, tl_term *index);
tl_term *tl_apply_call(tl_expander *x, const tl_phrase *call);

/* A whole number known when the text is read; false: the source has failed. */
bool tl_whole(tl_expander *x, tl_term *v, double least, double most, int *to);
bool tl_is_size(tl_expander *x, tl_term *v, tl_size *to);
/* An open form becomes a vector of a size not known yet. */
bool tl_make_vector(tl_expander *x, int form);

/* Numbers at reading: what an op makes of numbers; NaN: it cannot be said. */
double tl_fold(tl_value_op op, const char *name, double a, double b);

const tl_text_option *tl_option_of(const tl_equations *e, const char *name);

#endif
