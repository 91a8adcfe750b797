/* What both the listing and the drawing say of a node beside its op. */
#ifndef TL_VIEW_NAMES_H
#define TL_VIEW_NAMES_H

#include <tapeloop/show.h>

#include "graph/tape.h"

enum { TL_NAME_TEXT = 120 };

/* The names that tl_observe gave, sorted by node. */
typedef struct tl_names {
	const tl_tape *tape;
	struct tl_named *named;
	size_t count;
} tl_names;

bool tl_names_collect(tl_names *names, const tl_tape *tape); /* false when memory is short */
void tl_names_finish(tl_names *names);

/* The names of a node, with commas between; "" if it has none. These return text. */
char *tl_names_of(const tl_names *names, uint32_t id, char text[TL_NAME_TEXT]);
/* The op, with the name of a parameter or the number of a fill. */
char *tl_node_title(const tl_node *n, char text[TL_NAME_TEXT]);
/* For a node of the backward pass: the node it was recorded for, with its name; else "". */
char *tl_node_primal(const tl_names *names, uint32_t id, char text[TL_NAME_TEXT]);
/* The line of the call, without folders; "" if unknown. */
const char *tl_node_line(const tl_node *n);
/* Does the op read this operand transposed? */
bool tl_node_transposes(const tl_node *n, uint32_t operand);

/* What a function of show.h returns before and after its work. */
tl_status tl_view_check(tl_tape *tape, const FILE *file);
tl_status tl_view_finish(FILE *file);

#endif
