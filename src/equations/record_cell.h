/* The functions of a kind of cell from text. */
#ifndef TL_EQUATIONS_RECORD_CELL_H
#define TL_EQUATIONS_RECORD_CELL_H

#include "equations/value.h"

/* Bytes of what a tape keeps for a cell of these equations: its weights, and what it has computed
 * of this step. */
size_t tl_record_size(const tl_equations *e);

/* As the functions of a kind. */
void tl_record_weights(const tl_equations *e, tl_weight_builder *w, void *into);
tl_state tl_record_step(const tl_equations *e, const tl_cell *cell, tl_tensor x,
			const tl_state *states, int count);
tl_tensor tl_record_start(const tl_equations *e, const tl_cell *cell, tl_tape *tape, int k,
			  tl_shape shape);
/* Outside, pictures are rows: drivers put the steps on top of the batch. */
tl_shape tl_record_outer_shape(const tl_equations *e, int form, int64_t in, int64_t hidden);
const char *tl_record_problem(const tl_equations *e, int64_t in, int64_t hidden);

#endif
