/* What the listing and the drawing share. */
#ifndef TL_VIEW_VIEW_H
#define TL_VIEW_VIEW_H

#include <tapeloop/tape.h>

#include "graph/names.h"

/* Does the op read this operand transposed? */
bool tl_node_transposes(const tl_node *n, uint32_t operand);

/* The attributes of a node in words, as its op says them; "" if it says nothing. */
void tl_node_attributes(tl_tape *tape, uint32_t id, char *text, size_t room);

/* What a function of show.h returns before and after its work. */
tl_status tl_view_check(tl_tape *tape, const FILE *file);
tl_status tl_view_finish(FILE *file);

#endif
