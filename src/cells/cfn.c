/* A net without chaos: when nothing comes in, the state dies out whatever the weights. */
#include "cell/cell.h"
#include "cells/registry.h"

struct cfn {
	tl_gate theta, eta;
	tl_tensor W;
};

static void cfn_weights(tl_weight_builder *w, void *into)
{
	struct cfn *p = into;
	p->theta = tl_gate_weights(w, "theta", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	p->eta = tl_gate_weights(w, "eta", &(tl_gate_options){.bias = tl_init_input_bias(w)});
	p->W = tl_weight_input(w, "W", w->hidden, w->in);
}

/* Laurent & von Brecht 2017 */
static tl_state cfn_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct cfn *p = tl_cell_weights(cell, x.tape);
	tl_tensor theta = tl_tag(tl_sigmoid(tl_gate_sum(&p->theta, x, s.h)), "theta");
	tl_tensor eta = tl_tag(tl_sigmoid(tl_gate_sum(&p->eta, x, s.h)), "eta");
	tl_tensor g = tl_cell_activate(cell, tl_linear(x, p->W, TL_NONE), tl_tanh);
	g = tl_mul(eta, tl_cell_update_dropout(cell, g));
	return tl_state_of(tl_add(tl_mul(theta, tl_cell_activate(cell, s.h, tl_tanh)), g));
}

const tl_cell_kind tl_cell_cfn = {
	.name = "cfn",
	.doc = "chaos-free net: Laurent & von Brecht 2017",
	.state = {"h"},
	.weights_size = sizeof(struct cfn),
	.weights = cfn_weights,
	.step = cfn_step,
};
