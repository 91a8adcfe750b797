/* Units that swing: discretised systems of two equations each, y shown and z behind it. */
#include "cell/cell.h"
#include "cell/weights.h"
#include "cells/registry.h"

struct cornn {
	tl_gate y; /* W y's, b */
	tl_tensor W_z, gain_z;
};

static void cornn_weights(tl_weight_builder *w, void *into)
{
	struct cornn *p = into;
	p->y = tl_gate_weights(w, "y", NULL);
	p->W_z = tl_weight_recurrent(w, "W_z", w->hidden, w->hidden);
	p->gain_z = tl_weight_gain(w, "gain_z", w->hidden);
}

/* Rusch & Mishra 2021, eq. 3, explicit in the damping: z' = tanh(W y + W_z z + V x + b) - gamma y -
 * epsilon z, then y' = z. */
static tl_state cornn_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct cornn *p = tl_cell_weights(cell, x.tape);
	const tl_cornn_options *o = tl_cell_extra(cell);
	tl_tensor y = s.h, z = s.c;
	tl_tensor seen = tl_gain_normalised(tl_linear(z, p->W_z, TL_NONE), p->gain_z);
	tl_tensor force = tl_cell_activate(cell, tl_add(tl_gate_sum(&p->y, x, y), seen), tl_tanh);
	force = tl_sub(tl_cell_update_dropout(cell, force), tl_scale(y, o->stiffness));
	force = tl_sub(force, tl_scale(z, o->damping));
	z = tl_add(z, tl_scale(force, o->step));
	y = tl_add(y, tl_scale(z, o->step));
	return tl_state_of(y, z);
}

static void cornn_defaults(void *extra)
{
	tl_cornn_options *e = extra;
	tl_default(&e->step, 0.1);
	tl_default(&e->stiffness, 2);
	tl_default(&e->damping, 2);
}

static const char *cornn_refuse(const tl_cell_options *o)
{
	const tl_cornn_options *e = o->extra;
	return e->step > 0 && e->stiffness >= 0 && e->damping >= 0
		       ? NULL
		       : "options: step is more than 0, stiffness and damping are not negative";
}

static const tl_member cornn_members[] = {
	TL_MEMBER(tl_cornn_options, step, TL_MEMBER_REAL),
	TL_MEMBER(tl_cornn_options, stiffness, TL_MEMBER_REAL),
	TL_MEMBER(tl_cornn_options, damping, TL_MEMBER_REAL),
	{0},
};

const tl_cell_kind tl_cell_cornn = {
	.name = "cornn",
	.doc = "coupled oscillators, damping by the z before (n - 1 in eq. 3): Rusch & Mishra 2021",
	.state = {"y", "z"},
	.weights_size = sizeof(struct cornn),
	.weights = cornn_weights,
	.step = cornn_step,
	.validate = cornn_refuse,
	.extra_size = sizeof(tl_cornn_options),
	.extra_members = cornn_members,
	.defaults = cornn_defaults,
	.example = &(const tl_cell_options){.in = 3,
					    .hidden = 4,
					    .extra = &(const tl_cornn_options){0.5, 0.8, 0.6}},
};

struct lem {
	tl_gate fast, slow, z, y;
};

static void lem_weights(tl_weight_builder *w, void *into)
{
	struct lem *p = into;
	p->fast = tl_gate_weights(w, "1", &(tl_gate_options){.bias = tl_init_update_bias(w)});
	p->slow = tl_gate_weights(w, "2", &(tl_gate_options){.bias = tl_init_update_bias(w)});
	p->z = tl_gate_weights(w, "z", NULL);
	p->y = tl_gate_weights(w, "y", NULL);
}

/* Rusch, Mishra, Erichson & Mahoney 2022, eq. 3: each unit learns the length of its own steps. */
static tl_state lem_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct lem *p = tl_cell_weights(cell, x.tape);
	const tl_lem_options *o = tl_cell_extra(cell);
	tl_tensor y = s.h, z = s.c;
	tl_tensor a = tl_scale(tl_sigmoid(tl_gate_sum(&p->fast, x, y)), o->step);
	tl_tensor b = tl_scale(tl_sigmoid(tl_gate_sum(&p->slow, x, y)), o->step);
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->z, x, y), tl_tanh);
	z = tl_blend(a, tl_cell_update_dropout(cell, g), z);
	g = tl_cell_activate(cell, tl_gate_sum(&p->y, x, z), tl_tanh);
	y = tl_blend(b, tl_cell_update_dropout(cell, g), y);
	return tl_state_of(y, z);
}

static void lem_defaults(void *extra)
{
	tl_default(&((tl_lem_options *)extra)->step, 1);
}

static const char *lem_refuse(const tl_cell_options *o)
{
	return ((const tl_lem_options *)o->extra)->step > 0 ? NULL : "options: step is more than 0";
}

static const tl_member lem_members[] = {
	TL_MEMBER(tl_lem_options, step, TL_MEMBER_REAL),
	{0},
};

const tl_cell_kind tl_cell_lem = {
	.name = "lem",
	.doc = "long expressive memory: Rusch, Mishra, Erichson & Mahoney 2022",
	.state = {"y", "z"},
	.weights_size = sizeof(struct lem),
	.weights = lem_weights,
	.step = lem_step,
	.validate = lem_refuse,
	.extra_size = sizeof(tl_lem_options),
	.extra_members = lem_members,
	.defaults = lem_defaults,
	.example = &(
		const tl_cell_options){.in = 3, .hidden = 4, .extra = &(const tl_lem_options){0.7}},
};
