/*
 * Numbers that follow from the equations of an op (tl_op.equation, .derivative), evaluated as they
 * are written: nothing here knows what an op is meant to compute.
 */
#ifndef TL_TESTS_RULE_NUMBERS_H
#define TL_TESTS_RULE_NUMBERS_H

#include <tapeloop/tapeloop.h>

#include <stdbool.h>

enum { RULE_NUMBERS = 600, RULE_NAMES = 40 };

typedef struct rule_numbers {
	tl_shape shape;
	double at[RULE_NUMBERS];
} rule_numbers;

typedef struct rule_name {
	char name[48];
	bool known; /* it has numbers; else it is to be computed and has a shape only */
	rule_numbers is;
} rule_name;

typedef struct rule_names {
	rule_name name[RULE_NAMES];
	int count;
	char problem[512]; /* "": none; what cannot be evaluated */
} rule_names;

/* NULL if `numbers` has no shape yet. */
rule_numbers *rule_name_add(rule_names *to, const char *name, const rule_numbers *numbers);
const rule_numbers *rule_name_find(const rule_names *of, const char *name);

/* All lines of the text, in order; what they define is then among the names. False: .problem. */
bool rule_evaluate(rule_names *names, const char *text);

/* Numbers that were broadcast, added up to a shape. */
rule_numbers rule_sum_to(const rule_numbers *x, tl_shape shape);

#endif
