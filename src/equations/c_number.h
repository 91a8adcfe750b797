/* Numbers, sizes, shapes and names in C, and the state of writing it. */
#ifndef TL_EQUATIONS_C_NUMBER_H
#define TL_EQUATIONS_C_NUMBER_H

#include "equations/form.h"
#include "equations/writer.h"

typedef struct tl_c_variable {
	const char *name; /* NULL: none */
	bool written;
} tl_c_variable;

typedef struct tl_c_source {
	const tl_equations *e;
	tl_writer *w;
	tl_c_variable *of; /* by a value's number */
	int *uses;
	bool *of_child;
	int temporaries;
	bool weights; /* in the weights function, not in the step */
	char (*names)[48];
	int name_count;
	const char *problem;
} tl_c_source;

void tl_c_put(tl_c_source *s, const char *text);
/* This name, or one like it that C and the source do not use yet. */
const char *tl_c_identifier(tl_c_source *s, const char *name);
void tl_c_constant(tl_c_source *s, double x);
void tl_c_size(tl_c_source *s, tl_size a);
void tl_c_number(tl_c_source *s, const tl_term *v); /* of one that is no tensor */
void tl_c_dims(tl_c_source *s, int form, bool batched);

#endif
