/* States, and what a step makes of them. */
#ifndef TL_CELL_STEP_H
#define TL_CELL_STEP_H

#include "cell/cell.h"

/* As many tensors that are none, of this tape. */
tl_state tl_inert_state(tl_tape *tape, int count);

/* Is it a state of the cell, for so many rows? If not, the tape says so. */
bool tl_state_fits(const tl_cell *cell, tl_tape *tape, tl_state state, int64_t batch);

/* [batch, ...] of a shape that has no batch. */
tl_shape tl_with_batch(int64_t batch, tl_shape shape);

#endif
