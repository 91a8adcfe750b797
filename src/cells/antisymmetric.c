/* Steps of a differential equation that neither grows nor dies: W - W^T turns and does not stretch.
 */
#include "cell/cell.h"
#include "cells/registry.h"

struct antisymmetric {
	tl_tensor A; /* W - W^T */
	tl_gate h, z;
};

static void antisymmetric_weights(tl_weight_builder *w, void *into)
{
	struct antisymmetric *p = into;
	tl_tensor W = tl_weight_recurrent(w, "W", w->hidden, w->hidden);
	p->A = tl_sub(W, tl_transpose(W));
	p->h = tl_gate_weights(w, "h", &(tl_gate_options){.no_recurrent = true});
	/* A product that is normalised does not turn any more. */
	tl_weights_refuse(w, TL_OPTION_LAYER_NORM);
}

static void gated_weights(tl_weight_builder *w, void *into)
{
	struct antisymmetric *p = into;
	antisymmetric_weights(w, into);
	p->z = tl_gate_weights(w, "z", &(tl_gate_options){.no_recurrent = true});
}

/* (W - W^T - gamma I) h */
static tl_tensor turned(const struct antisymmetric *p, tl_tensor h, double gamma)
{
	return tl_sub(tl_linear(h, p->A, TL_NONE), tl_scale(h, gamma));
}

/* Chang et al. 2019, section 3: with diffusion gamma */
static tl_state antisymmetric_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct antisymmetric *p = tl_cell_weights(cell, x.tape);
	const tl_antisymmetric_options *o = tl_cell_extra(cell);
	tl_tensor a = tl_add(tl_gate_input(&p->h, x), turned(p, s.h, o->diffusion));
	tl_tensor g = tl_cell_update_dropout(cell, tl_cell_activate(cell, a, tl_tanh));
	return tl_state_of(tl_add(s.h, tl_scale(g, o->step)));
}

/* Chang et al. 2019, section 3: with gating */
static tl_state gated_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct antisymmetric *p = tl_cell_weights(cell, x.tape);
	const tl_antisymmetric_options *o = tl_cell_extra(cell);
	tl_tensor a = turned(p, s.h, o->diffusion);
	tl_tensor z = tl_tag(tl_sigmoid(tl_add(tl_gate_input(&p->z, x), a)), "z");
	tl_tensor g = tl_cell_activate(cell, tl_add(tl_gate_input(&p->h, x), a), tl_tanh);
	g = tl_mul(z, tl_cell_update_dropout(cell, g));
	return tl_state_of(tl_add(s.h, tl_scale(g, o->step)));
}

static void defaults(void *extra)
{
	tl_antisymmetric_options *e = extra;
	tl_default(&e->step, 0.01);
	tl_default(&e->diffusion, 0.01);
}

static const char *refuse(const tl_cell_options *o)
{
	const tl_antisymmetric_options *e = o->extra;
	return e->step > 0 && e->diffusion >= 0
		       ? NULL
		       : "options: step is more than 0, diffusion not negative";
}

static const tl_antisymmetric_options sample = {.step = 0.5, .diffusion = 0.2};

static const tl_member members[] = {
	TL_MEMBER(tl_antisymmetric_options, step, TL_MEMBER_REAL),
	TL_MEMBER(tl_antisymmetric_options, diffusion, TL_MEMBER_REAL),
	{0},
};

const tl_cell_kind tl_cell_antisymmetric = {
	.name = "antisymmetric",
	.doc = "AntisymmetricRNN: Chang, Chen, Haber & Chi 2019",
	.state = {"h"},
	.weights_size = sizeof(struct antisymmetric),
	.weights = antisymmetric_weights,
	.step = antisymmetric_step,
	.validate = refuse,
	.extra_size = sizeof sample,
	.extra_members = members,
	.defaults = defaults,
	.example = &(const tl_cell_options){.in = 3, .hidden = 4, .extra = &sample},
};

const tl_cell_kind tl_cell_antisymmetric_gated = {
	.name = "antisymmetric_gated",
	.doc = "AntisymmetricRNN with a gate: Chang, Chen, Haber & Chi 2019",
	.state = {"h"},
	.weights_size = sizeof(struct antisymmetric),
	.weights = gated_weights,
	.step = gated_step,
	.validate = refuse,
	.extra_size = sizeof sample,
	.extra_members = members,
	.defaults = defaults,
	.example = &(const tl_cell_options){.in = 3, .hidden = 4, .extra = &sample},
};
