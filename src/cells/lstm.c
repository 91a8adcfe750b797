/* Long short-term memory as it is commonly meant: gates i, f, o, the new value g, the memory c. */
#include "cell/cell.h"
#include "cells/registry.h"

struct lstm {
	tl_gate i, f, g, o;
};

static void lstm_weights(tl_weight_builder *w, void *into)
{
	struct lstm *p = into;
	p->i = tl_gate_weights(w, "i", &(tl_gate_options){.bias = tl_init_input_bias(w)});
	p->f = tl_gate_weights(w, "f", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	p->g = tl_gate_weights(w, "g", NULL);
	p->o = tl_gate_weights(w, "o", NULL);
}

/* Gers, Schmidhuber & Cummins 2000, eqs. 1-6, with tanh: the forget gate joins the LSTM of 1997. */
static tl_state lstm_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct lstm *p = tl_cell_weights(cell, x.tape);
	tl_tensor i = tl_tag(tl_sigmoid(tl_gate_sum(&p->i, x, s.h)), "i");
	tl_tensor f = tl_tag(tl_sigmoid(tl_gate_sum(&p->f, x, s.h)), "f");
	tl_tensor o = tl_tag(tl_sigmoid(tl_gate_sum(&p->o, x, s.h)), "o");
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->g, x, s.h), tl_tanh);
	tl_tensor c = tl_add(tl_mul(f, s.c), tl_mul(i, tl_cell_update_dropout(cell, g)));
	tl_tensor h = tl_mul(o, tl_cell_activate(cell, c, tl_tanh));
	return tl_state_of(h, c);
}

const tl_cell_kind tl_cell_lstm = {
	.name = "lstm",
	.doc = "LSTM with a forget gate: Gers, Schmidhuber & Cummins 2000",
	.state = {"h", "c"},
	.weights_size = sizeof(struct lstm),
	.weights = lstm_weights,
	.step = lstm_step,
};
