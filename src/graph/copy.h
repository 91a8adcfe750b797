/* A second tape with what is recorded on the first. */
#ifndef TL_GRAPH_COPY_H
#define TL_GRAPH_COPY_H

#include "graph/tape.h"

/*
 * A copy of the first `nodes` nodes of a tape, with their numbers, names, scopes, lines, data and
 * random streams; without its error, its values, its programs and its assignments. What is recorded
 * or computed on the copy leaves the tape as it is. Data of inputs and attributes of user's ops are
 * shared with the tape, which must stay. NULL when out of memory.
 */
tl_tape *tl_tape_copy(const tl_tape *tape, size_t nodes);

#endif
