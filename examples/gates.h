/*
 * A picture of what a cell does while it reads: how the gates and states of its first units follow
 * a sequence. The sequence has been recorded on the tape, its values are asked for here.
 */
#ifndef TL_EXAMPLES_GATES_H
#define TL_EXAMPLES_GATES_H

#include <tapeloop/tapeloop.h>

/*
 * Of the first row of the batch, in steps 0 ... steps - 1, at most 128; scope is where the cell was
 * recorded: its name. letters: what was read, a byte a step, '?' where it is no ASCII; NULL:
 * numbers of steps.
 */
tl_status gates_write(const char *path, tl_tape *tape, const tl_cell *cell, const char *scope,
		      int steps, const char *letters, tl_error *error);

#endif
