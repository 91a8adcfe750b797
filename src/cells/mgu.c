/* One gate for both things the GRU's two do. */
#include "cell/cell.h"
#include "cells/registry.h"

struct mgu {
	tl_gate f, h;
};

static void mgu_weights(tl_weight_builder *w, void *into)
{
	struct mgu *p = into;
	p->f = tl_gate_weights(w, "f", &(tl_gate_options){.bias = tl_init_update_bias(w)});
	p->h = tl_gate_weights(w, "h", NULL);
}

/* Zhou et al. 2016, table 1 */
static tl_state mgu_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct mgu *p = tl_cell_weights(cell, x.tape);
	tl_tensor f = tl_tag(tl_sigmoid(tl_gate_sum(&p->f, x, s.h)), "f");
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->h, x, tl_mul(f, s.h)), tl_tanh);
	return tl_state_of(tl_blend(f, tl_cell_update_dropout(cell, g), s.h));
}

const tl_cell_kind tl_cell_mgu = {
	.name = "mgu",
	.doc = "minimal gated unit, f lets in and 1 - f stays: Zhou et al. 2016",
	.state = {"h"},
	.weights_size = sizeof(struct mgu),
	.weights = mgu_weights,
	.step = mgu_step,
};

/* Collins, Sohl-Dickstein & Sussillo 2017, section 2: a vanilla net with an update gate. */
static void ugrnn_weights(tl_weight_builder *w, void *into)
{
	struct mgu *p = into;
	p->f = tl_gate_weights(w, "g", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	p->h = tl_gate_weights(w, "c", NULL);
}

static tl_state ugrnn_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct mgu *p = tl_cell_weights(cell, x.tape);
	tl_tensor g = tl_tag(tl_sigmoid(tl_gate_sum(&p->f, x, s.h)), "g");
	tl_tensor c = tl_cell_activate(cell, tl_gate_sum(&p->h, x, s.h), tl_tanh);
	return tl_state_of(tl_blend(g, s.h, tl_cell_update_dropout(cell, c)));
}

const tl_cell_kind tl_cell_ugrnn = {
	.name = "ugrnn",
	.doc = "update gate RNN: Collins, Sohl-Dickstein & Sussillo 2017",
	.state = {"h"},
	.weights_size = sizeof(struct mgu),
	.weights = ugrnn_weights,
	.step = ugrnn_step,
};
