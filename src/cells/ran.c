/* A memory that is a weighted sum of inputs and of nothing else. */
#include "cell/cell.h"
#include "cells/registry.h"

struct ran {
	tl_tensor W_c;
	tl_gate i, f;
};

static void ran_weights(tl_weight_builder *w, void *into)
{
	struct ran *p = into;
	p->W_c = tl_weight_input(w, "W_c", w->hidden, w->in);
	p->i = tl_gate_weights(w, "i", &(tl_gate_options){.bias = tl_init_input_bias(w)});
	p->f = tl_gate_weights(w, "f", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
}

/* Lee, Levy & Zettlemoyer 2017, eqs. 1-5 */
static tl_state ran_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct ran *p = tl_cell_weights(cell, x.tape);
	tl_tensor i = tl_tag(tl_sigmoid(tl_gate_sum(&p->i, x, s.h)), "i");
	tl_tensor f = tl_tag(tl_sigmoid(tl_gate_sum(&p->f, x, s.h)), "f");
	tl_tensor g = tl_cell_update_dropout(cell, tl_linear(x, p->W_c, TL_NONE));
	tl_tensor c = tl_add(tl_mul(i, g), tl_mul(f, s.c));
	return tl_state_of(tl_cell_activate(cell, c, tl_tanh), c);
}

const tl_cell_kind tl_cell_ran = {
	.name = "ran",
	.doc = "recurrent additive net: Lee, Levy & Zettlemoyer 2017",
	.state = {"h", "c"},
	.weights_size = sizeof(struct ran),
	.weights = ran_weights,
	.step = ran_step,
};
