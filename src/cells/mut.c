/*
 * The three best of ten thousand cells (Jozefowicz, Zaremba & Sutskever 2015, section 3). Where the
 * paper adds x itself to something as wide as the state, x is taken as it is if it has that width
 * and through a matrix X if not.
 */
#include "cell/cell.h"
#include "cells/registry.h"

struct mut {
	tl_gate z, r, h;
	tl_tensor X;
};

static tl_tensor widened(const struct mut *p, tl_tensor x)
{
	return p->X.id ? tl_linear(x, p->X, TL_NONE) : x;
}

static void weights(tl_weight_builder *w, struct mut *p, bool U_z, bool W_r, bool W_h)
{
	int64_t n = w->hidden;
	p->z = tl_gate_weights(
		w, "z", &(tl_gate_options){.no_recurrent = !U_z, .bias = tl_init_update_bias(w)});
	p->r = tl_gate_weights(w, "r", &(tl_gate_options){.no_input = !W_r});
	p->h = tl_gate_weights(w, "h", &(tl_gate_options){.no_input = !W_h});
	if (!(W_r && W_h) && w->in != n)
		p->X = tl_weight_input(w, "X", n, w->in);
}

static void mut1_weights(tl_weight_builder *w, void *into)
{
	weights(w, into, false, true, false);
}

static tl_state mut1_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct mut *p = tl_cell_weights(cell, x.tape);
	tl_tensor z = tl_tag(tl_sigmoid(tl_gate_input(&p->z, x)), "z");
	tl_tensor r = tl_tag(tl_sigmoid(tl_gate_sum(&p->r, x, s.h)), "r");
	tl_tensor a = tl_add(tl_gate_sum(&p->h, x, tl_mul(r, s.h)), tl_tanh(widened(p, x)));
	tl_tensor n = tl_cell_activate(cell, a, tl_tanh);
	return tl_state_of(tl_blend(z, tl_cell_update_dropout(cell, n), s.h));
}

static void mut2_weights(tl_weight_builder *w, void *into)
{
	weights(w, into, true, false, true);
}

static tl_state mut2_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct mut *p = tl_cell_weights(cell, x.tape);
	tl_tensor z = tl_tag(tl_sigmoid(tl_gate_sum(&p->z, x, s.h)), "z");
	tl_tensor r = tl_sigmoid(tl_add(widened(p, x), tl_gate_sum(&p->r, x, s.h)));
	tl_tensor a = tl_gate_sum(&p->h, x, tl_mul(tl_tag(r, "r"), s.h));
	tl_tensor n = tl_cell_activate(cell, a, tl_tanh);
	return tl_state_of(tl_blend(z, tl_cell_update_dropout(cell, n), s.h));
}

static void mut3_weights(tl_weight_builder *w, void *into)
{
	weights(w, into, true, true, true);
}

static tl_state mut3_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct mut *p = tl_cell_weights(cell, x.tape);
	tl_tensor z = tl_tag(tl_sigmoid(tl_gate_sum(&p->z, x, tl_tanh(s.h))), "z");
	tl_tensor r = tl_tag(tl_sigmoid(tl_gate_sum(&p->r, x, s.h)), "r");
	tl_tensor n = tl_cell_activate(cell, tl_gate_sum(&p->h, x, tl_mul(r, s.h)), tl_tanh);
	return tl_state_of(tl_blend(z, tl_cell_update_dropout(cell, n), s.h));
}

const tl_cell_kind tl_cell_mut1 = {
	.name = "mut1",
	.doc = "MUT1, x through a matrix if not as wide as h: Jozefowicz, Zaremba & Sutskever 2015",
	.state = {"h"},
	.weights_size = sizeof(struct mut),
	.weights = mut1_weights,
	.step = mut1_step,
};

const tl_cell_kind tl_cell_mut2 = {
	.name = "mut2",
	.doc = "MUT2, x through a matrix if not as wide as h: Jozefowicz, Zaremba & Sutskever 2015",
	.state = {"h"},
	.weights_size = sizeof(struct mut),
	.weights = mut2_weights,
	.step = mut2_step,
};

const tl_cell_kind tl_cell_mut3 = {
	.name = "mut3",
	.doc = "MUT3: Jozefowicz, Zaremba & Sutskever 2015",
	.state = {"h"},
	.weights_size = sizeof(struct mut),
	.weights = mut3_weights,
	.step = mut3_step,
};
