/* The first LSTM: nothing is ever forgotten, and what goes in and out is squashed by sigmoids. */
#include "cell/cell.h"
#include "cells/registry.h"

struct lstm_1997 {
	tl_gate in, out, c;
};

static void lstm_1997_weights(tl_weight_builder *w, void *into)
{
	struct lstm_1997 *p = into;
	p->in = tl_gate_weights(w, "in", &(tl_gate_options){.bias = tl_init_input_bias(w)});
	p->out = tl_gate_weights(w, "out", NULL);
	p->c = tl_gate_weights(w, "c", NULL);
}

/* Hochreiter & Schmidhuber 1997, appendix A.1, eqs. 3-5: ranges [-2, 2] and [-1, 1]. */
static tl_tensor squash_g(tl_tensor x)
{
	return tl_add_scalar(tl_scale(tl_sigmoid(x), 4), -2);
}

static tl_tensor squash_h(tl_tensor x)
{
	return tl_add_scalar(tl_scale(tl_sigmoid(x), 2), -1);
}

static tl_state lstm_1997_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct lstm_1997 *p = tl_cell_weights(cell, x.tape);
	tl_tensor in = tl_tag(tl_sigmoid(tl_gate_sum(&p->in, x, s.h)), "in");
	tl_tensor out = tl_tag(tl_sigmoid(tl_gate_sum(&p->out, x, s.h)), "out");
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->c, x, s.h), squash_g);
	tl_tensor c = tl_add(s.c, tl_mul(in, tl_cell_update_dropout(cell, g)));
	tl_tensor h = tl_mul(out, tl_cell_activate(cell, c, squash_h));
	return tl_state_of(h, c);
}

const tl_cell_kind tl_cell_lstm_1997 = {
	.name = "lstm_1997",
	.doc = "the first LSTM, without a forget gate: Hochreiter & Schmidhuber 1997",
	.state = {"h", "c"},
	.weights_size = sizeof(struct lstm_1997),
	.weights = lstm_1997_weights,
	.step = lstm_1997_step,
};
