/* Gated recurrent units: one state, which a gate z keeps and a gate r lets the new value see. */
#include "cell/cell.h"
#include "cells/registry.h"

struct gru {
	tl_gate z, r, n;
	tl_tensor b_hn; /* reset after: the bias of the recurrent product, inside the reset */
};

static void gru_weights(tl_weight_builder *w, void *into)
{
	struct gru *p = into;
	p->z = tl_gate_weights(w, "z", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	p->r = tl_gate_weights(w, "r", NULL);
	p->n = tl_gate_weights(w, "n", NULL);
}

/* Cho et al. 2014, eqs. 5-8: z keeps the old. */
static tl_state gru_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct gru *p = tl_cell_weights(cell, x.tape);
	tl_tensor z = tl_tag(tl_sigmoid(tl_gate_sum(&p->z, x, s.h)), "z");
	tl_tensor r = tl_tag(tl_sigmoid(tl_gate_sum(&p->r, x, s.h)), "r");
	tl_tensor n = tl_cell_activate(cell, tl_gate_sum(&p->n, x, tl_mul(r, s.h)), tl_tanh);
	return tl_state_of(tl_blend(z, s.h, tl_cell_update_dropout(cell, n)));
}

const tl_cell_kind tl_cell_gru = {
	.name = "gru",
	.doc = "gated recurrent unit, reset before the product: Cho et al. 2014",
	.state = {"h"},
	.weights_size = sizeof(struct gru),
	.weights = gru_weights,
	.step = gru_step,
};

static void gru_after_weights(tl_weight_builder *w, void *into)
{
	struct gru *p = into;
	gru_weights(w, into);
	if (!w->options->two_biases)
		p->b_hn = tl_weight_bias(w, "b_hn", w->hidden);
}

/* The first version of the same paper, and cuDNN: the reset comes after the product. */
static tl_state gru_after_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct gru *p = tl_cell_weights(cell, x.tape);
	tl_tensor z = tl_tag(tl_sigmoid(tl_gate_sum(&p->z, x, s.h)), "z");
	tl_tensor r = tl_tag(tl_sigmoid(tl_gate_sum(&p->r, x, s.h)), "r");
	tl_tensor u = tl_gate_recurrent(&p->n, s.h);
	u = p->b_hn.id ? tl_add(u, p->b_hn) : u;
	tl_tensor n = tl_add(tl_gate_input(&p->n, x), tl_mul(r, u));
	n = tl_cell_activate(cell, n, tl_tanh);
	return tl_state_of(tl_blend(z, s.h, tl_cell_update_dropout(cell, n)));
}

const tl_cell_kind tl_cell_gru_after = {
	.name = "gru_reset_after",
	.doc = "gated recurrent unit, reset after the product, as in cuDNN: Cho et al. 2014, v1",
	.state = {"h"},
	.weights_size = sizeof(struct gru),
	.weights = gru_after_weights,
	.step = gru_after_step,
};
