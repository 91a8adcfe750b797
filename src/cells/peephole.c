/* Gates that see the memory they guard, each unit its own (diagonal weights). */
#include "cell/cell.h"
#include "cells/registry.h"

struct peephole {
	tl_gate i, f, g, o;
	tl_tensor p_i, p_f, p_o;
};

static void peephole_weights(tl_weight_builder *w, void *into)
{
	struct peephole *p = into;
	p->i = tl_gate_weights(w, "i", &(tl_gate_options){.bias = tl_init_input_bias(w)});
	p->f = tl_gate_weights(w, "f", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	p->g = tl_gate_weights(w, "g", NULL);
	p->o = tl_gate_weights(w, "o", NULL);
	p->p_i = tl_weight(w, "p_i", tl_dims(w->hidden), tl_init_zeros());
	p->p_f = tl_weight(w, "p_f", tl_dims(w->hidden), tl_init_zeros());
	p->p_o = tl_weight(w, "p_o", tl_dims(w->hidden), tl_init_zeros());
}

/* Gers & Schmidhuber 2000; in this form Graves 2013, eqs. 7-11: o sees the new memory. */
static tl_state peephole_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct peephole *p = tl_cell_weights(cell, x.tape);
	tl_tensor i = tl_sigmoid(tl_add(tl_gate_sum(&p->i, x, s.h), tl_mul(p->p_i, s.c)));
	tl_tensor f = tl_sigmoid(tl_add(tl_gate_sum(&p->f, x, s.h), tl_mul(p->p_f, s.c)));
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->g, x, s.h), tl_tanh);
	tl_tensor c = tl_add(tl_mul(f, s.c), tl_mul(i, tl_cell_update_dropout(cell, g)));
	tl_tensor o = tl_sigmoid(tl_add(tl_gate_sum(&p->o, x, s.h), tl_mul(p->p_o, c)));
	tl_tensor h = tl_mul(o, tl_cell_activate(cell, c, tl_tanh));
	tl_tag(i, "i"), tl_tag(f, "f"), tl_tag(o, "o");
	return tl_state_of(h, c);
}

const tl_cell_kind tl_cell_peephole = {
	.name = "peephole",
	.doc = "LSTM whose gates also see the memory: Gers & Schmidhuber 2000",
	.state = {"h", "c"},
	.weights_size = sizeof(struct peephole),
	.weights = peephole_weights,
	.step = peephole_step,
};
