/* Memory that a round keeps by a key: what cells and drivers remember until the rewind. */
#ifndef TL_GRAPH_KEEP_H
#define TL_GRAPH_KEEP_H

#include "graph/tape.h"

/*
 * Memory of this size, zeroed the first time it is asked for in a round and void after the rewind.
 * It is told by a key and by a stamp, so that a new thing at an old address is not taken for the
 * old. NULL when memory is short (reported); *fresh says that it was just made.
 */
void *tl_keep(tl_tape *tape, const void *key, uint64_t stamp, size_t bytes, bool *fresh);
void tl_kept_rewind(tl_tape *tape);
void tl_kept_finish(tl_tape *tape);

#endif
