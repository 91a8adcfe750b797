/* A net that foretells the next value of a series; its W is found by name, wherever it is from. */
#include <stdio.h>
#include <tapeloop/train.h>

static tl_tensor foretell(tl_tape *tape, const tl_batch *batch, const tl_params *set, tl_cell *cell)
{
	tl_tensor h = tl_unroll(cell, tl_batch_input(batch, tape), NULL).final_state.h;
	return tl_linear(h, tl_use(tape, tl_params_find(set, "W")), TL_NONE);
}
