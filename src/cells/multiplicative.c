/* An LSTM that hears its state through m, whose weights change with each input. */
#include "cell/cell.h"
#include "cells/registry.h"

struct multiplicative {
	tl_tensor W_m, U_m;
	tl_gate i, f, o, h; /* their U reads m */
};

static void multiplicative_weights(tl_weight_builder *w, void *into)
{
	struct multiplicative *p = into;
	p->W_m = tl_weight_input(w, "W_m", w->hidden, w->in);
	p->U_m = tl_weight_recurrent(w, "U_m", w->hidden, w->hidden);
	p->i = tl_gate_weights(w, "i", &(tl_gate_options){.bias = tl_init_input_bias(w)});
	p->f = tl_gate_weights(w, "f", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	p->o = tl_gate_weights(w, "o", NULL);
	p->h = tl_gate_weights(w, "h", NULL);
}

/* Krause et al. 2016, section 3 */
static tl_state multiplicative_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct multiplicative *p = tl_cell_weights(cell, x.tape);
	tl_tensor m = tl_mul(tl_linear(x, p->W_m, TL_NONE), tl_linear(s.h, p->U_m, TL_NONE));
	tl_tensor i = tl_tag(tl_sigmoid(tl_gate_sum(&p->i, x, m)), "i");
	tl_tensor f = tl_tag(tl_sigmoid(tl_gate_sum(&p->f, x, m)), "f");
	tl_tensor o = tl_tag(tl_sigmoid(tl_gate_sum(&p->o, x, m)), "o");
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->h, x, m), tl_tanh);
	tl_tensor c = tl_add(tl_mul(f, s.c), tl_mul(i, tl_cell_update_dropout(cell, g)));
	return tl_state_of(tl_mul(o, tl_cell_activate(cell, c, tl_tanh)), c);
}

const tl_cell_kind tl_cell_multiplicative = {
	.name = "lstm_multiplicative",
	.doc = "multiplicative LSTM: Krause, Lu, Murray & Renals 2016",
	.state = {"h", "c"},
	.weights_size = sizeof(struct multiplicative),
	.weights = multiplicative_weights,
	.step = multiplicative_step,
};
