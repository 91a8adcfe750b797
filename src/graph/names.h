/* What listings and drawings say of a node beside its op. */
#ifndef TL_GRAPH_NAMES_H
#define TL_GRAPH_NAMES_H

#include "graph/tape.h"

enum { TL_NAME_TEXT = 120 };

/* The names that tl_tag gave, sorted by node. */
typedef struct tl_names {
	const tl_tape *tape;
	struct tl_named *named;
	size_t count;
} tl_names;

bool tl_names_collect(tl_names *names, const tl_tape *tape); /* false when memory is short */
void tl_names_finish(tl_names *names);

/* The names of a node, with commas between; "" if it has none. These return text. */
char *tl_names_of(const tl_names *names, uint32_t id, char text[TL_NAME_TEXT]);
/* The same, or else the name of the parameter it is. */
char *tl_node_name(const tl_names *names, uint32_t id, char text[TL_NAME_TEXT]);
/* The op, with the name of a parameter or the number of a fill. */
char *tl_node_title(const tl_node *n, char text[TL_NAME_TEXT]);
/* For a node of the backward pass: "d 8 W" if it is the gradient with respect to that node, else
 * the node it was recorded for, "8 W"; "" for others. */
char *tl_node_of(const tl_names *names, uint32_t id, char text[TL_NAME_TEXT]);
/* The line of the call, without folders; "" if unknown. */
const char *tl_site_line(const char *site);

#endif
