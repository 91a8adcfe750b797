/*
 * What somebody asks for: gradients, which are recorded here, values for buffers, values to be
 * read. In contrast to tl_part, which has what must be computed for it.
 */
#ifndef TL_RUN_WANTED_H
#define TL_RUN_WANTED_H

#include "graph/graph.h"

typedef struct tl_wanted {
	uint32_t *id;    /* gradients, what is to be assigned, what is to be read */
	uint32_t *param; /* per gradient: the node of its parameter */
	size_t ids, gradients, assignments;
	size_t forward; /* the tape's number of nodes before the gradients */
	tl_tensor *tensor;
	size_t id_room, param_room, tensor_room;
} tl_wanted;

/* The learned parameters on this tape that were recorded before the loss, into found unless it is
 * NULL. Returns how many. */
size_t tl_learned(const tl_tape *tape, uint32_t loss, tl_tensor *found);

/* Begin with the gradients of a loss, or with none if it is 0, and go on with what the tape is to
 * assign and with values. Memory stays for the next. False when out of memory, or, of gradients,
 * with another error on the tape. */
bool tl_want_gradients(tl_wanted *w, tl_tape *tape, uint32_t loss);
bool tl_want_assignments(tl_wanted *w, const tl_tape *tape);
bool tl_want_value(tl_wanted *w, uint32_t id);
void tl_wanted_finish(tl_wanted *w);

#endif
