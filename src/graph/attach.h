/* What the layers above keep with a tape, from round to round, until the tape is destroyed. */
#ifndef TL_GRAPH_ATTACH_H
#define TL_GRAPH_ATTACH_H

#include "graph/tape.h"

/* Ends what is in the memory, which is not to be freed itself. Tells besides whose memory it is. */
typedef void tl_attached_end(void *memory);

/* The memory that was attached to the tape with this end; NULL if none was. */
void *tl_attached(const tl_tape *tape, tl_attached_end *end);

/* The same, made of so many zeroed bytes if it is not there. NULL when out of memory. */
void *tl_attach(tl_tape *tape, tl_attached_end *end, size_t bytes);

void tl_attached_finish(tl_tape *tape);

#endif
