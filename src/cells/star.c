/* A cell made to be stacked: its gradient keeps its size from layer to layer as from step to step.
 */
#include "cell/cell.h"
#include "cells/registry.h"

struct star {
	tl_gate z, k;
};

static void star_weights(tl_weight_builder *w, void *into)
{
	struct star *p = into;
	p->z = tl_gate_weights(w, "z", &(tl_gate_options){.no_recurrent = true});
	p->k = tl_gate_weights(w, "k", &(tl_gate_options){.bias = tl_init_update_bias(w)});
}

/* Turkoglu et al. 2021 */
static tl_state star_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct star *p = tl_cell_weights(cell, x.tape);
	tl_tensor z = tl_cell_activate(cell, tl_gate_input(&p->z, x), tl_tanh);
	tl_tensor k = tl_tag(tl_sigmoid(tl_gate_sum(&p->k, x, s.h)), "k");
	tl_tensor h = tl_blend(k, tl_cell_update_dropout(cell, z), s.h);
	return tl_state_of(tl_cell_activate(cell, h, tl_tanh));
}

const tl_cell_kind tl_cell_star = {
	.name = "star",
	.doc = "stackable recurrent cell: Turkoglu et al. 2021",
	.state = {"h"},
	.weights_size = sizeof(struct star),
	.weights = star_weights,
	.step = star_step,
};
