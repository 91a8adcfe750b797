/* What is forgotten makes room for what comes in: one gate decides both. */
#include "cell/cell.h"
#include "cells/registry.h"

struct coupled {
	tl_gate f, g, o;
};

static void coupled_weights(tl_weight_builder *w, void *into)
{
	struct coupled *p = into;
	p->f = tl_gate_weights(w, "f", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	p->g = tl_gate_weights(w, "g", NULL);
	p->o = tl_gate_weights(w, "o", NULL);
}

/* Greff et al. 2017, CIFG, without peepholes. There f = 1 - i, which is the same net with the signs
 * of the gate's weights turned; here the gate is f, so that forget_bias means what it says. */
static tl_state coupled_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct coupled *p = tl_cell_weights(cell, x.tape);
	tl_tensor f = tl_tag(tl_sigmoid(tl_gate_sum(&p->f, x, s.h)), "f");
	tl_tensor o = tl_tag(tl_sigmoid(tl_gate_sum(&p->o, x, s.h)), "o");
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->g, x, s.h), tl_tanh);
	tl_tensor c = tl_blend(f, s.c, tl_cell_update_dropout(cell, g));
	tl_tensor h = tl_mul(o, tl_cell_activate(cell, c, tl_tanh));
	return tl_state_of(h, c);
}

const tl_cell_kind tl_cell_coupled = {
	.name = "lstm_coupled",
	.doc = "LSTM whose input gate is 1 - f, no peepholes: Greff et al. 2017 (f = 1 - i there)",
	.state = {"h", "c"},
	.weights_size = sizeof(struct coupled),
	.weights = coupled_weights,
	.step = coupled_step,
};
