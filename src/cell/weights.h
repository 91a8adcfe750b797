/* Weights by name, and what kinds make of them beside gates. */
#ifndef TL_CELL_WEIGHTS_H
#define TL_CELL_WEIGHTS_H

#include "cell/cell.h"

/* Runs the weights function: without a tape while the cell is being made, else over its weights. */
void tl_cell_name_weights(tl_cell *cell, tl_tape *tape, struct tl_binding *into);

/* Normalised over the last axis, times this gain; x itself without one. A gate's bias is added by
 * the gate. */
tl_tensor tl_gain_normalised(tl_tensor x, tl_tensor gain);

/* Such a gain, of ones at first, with layer_norm; else TL_NONE. */
tl_tensor tl_weight_gain(tl_weight_builder *w, const char *name, int64_t rows);

/* Biases of a gate that keeps, for units that forget over 2 to `longest` steps: Tallec & Ollivier
 * 2018. */
tl_init tl_init_chrono(double longest);

/* A gate with the letters of a vanilla net: U takes the input, W the state, b is the bias, and with
 * two biases b_x and b_h. W starts as the options say, or as `otherwise` if that is not empty. */
tl_gate tl_vanilla_weights(tl_weight_builder *w, tl_init otherwise);

#endif
