/* Every product of a gate, and the memory before it is shown, has its units' mean and spread taken
 * out. The option layer_norm does the first for any cell of gates; the second is this cell's. */
#include "cell/cell.h"
#include "cell/weights.h"
#include "cells/registry.h"

struct lstm_layer_norm {
	tl_gate i, f, g, o;
	tl_tensor gain_c, b_c;
};

static void lstm_layer_norm_weights(tl_weight_builder *w, void *into)
{
	struct lstm_layer_norm *p = into;
	const tl_cell_options *given = w->options;
	tl_cell_options o = *given;
	o.layer_norm = true; /* always, so it is no option here */
	tl_weights_refuse(w, TL_OPTION_LAYER_NORM);
	w->options = &o;
	p->i = tl_gate_weights(w, "i", &(tl_gate_options){.bias = tl_init_input_bias(w)});
	p->f = tl_gate_weights(w, "f", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	p->g = tl_gate_weights(w, "g", NULL);
	p->o = tl_gate_weights(w, "o", NULL);
	p->gain_c = tl_weight(w, "gain_c", tl_dims(w->hidden), tl_init_constant(1));
	p->b_c = tl_weight_bias(w, "b_c", w->hidden);
	w->options = given;
}

/* Ba, Kiros & Hinton 2016, eqs. 20-22, each gate normalised by itself. */
static tl_state lstm_layer_norm_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct lstm_layer_norm *p = tl_cell_weights(cell, x.tape);
	tl_tensor i = tl_tag(tl_sigmoid(tl_gate_sum(&p->i, x, s.h)), "i");
	tl_tensor f = tl_tag(tl_sigmoid(tl_gate_sum(&p->f, x, s.h)), "f");
	tl_tensor o = tl_tag(tl_sigmoid(tl_gate_sum(&p->o, x, s.h)), "o");
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->g, x, s.h), tl_tanh);
	tl_tensor c = tl_add(tl_mul(f, s.c), tl_mul(i, tl_cell_update_dropout(cell, g)));
	tl_tensor shown = tl_add(tl_gain_normalised(c, p->gain_c), p->b_c);
	return tl_state_of(tl_mul(o, tl_cell_activate(cell, shown, tl_tanh)), c);
}

const tl_cell_kind tl_cell_lstm_layer_norm = {
	.name = "lstm_layer_norm",
	.doc = "LSTM with layer normalisation, of each gate by itself: Ba, Kiros & Hinton 2016",
	.state = {"h", "c"},
	.weights_size = sizeof(struct lstm_layer_norm),
	.weights = lstm_layer_norm_weights,
	.step = lstm_layer_norm_step,
};
