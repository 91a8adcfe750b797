/* Several layers between two steps, each able to let the state pass as it is. */
#include "cell/cell.h"
#include "cells/registry.h"

#include <stdio.h>

enum { DEEPEST = 8 };

struct highway {
	tl_gate h[DEEPEST], t[DEEPEST];
};

static void highway_weights(tl_weight_builder *w, void *into)
{
	struct highway *p = into;
	const tl_depth_options *o = w->extra;
	char name[16];
	for (int l = 0; l < o->depth; l++) {
		snprintf(name, sizeof name, "h%d", l);
		p->h[l] = tl_gate_weights(w, name, &(tl_gate_options){.no_input = l > 0});
		snprintf(name, sizeof name, "t%d", l);
		p->t[l] = tl_gate_weights(
			w, name,
			&(tl_gate_options){.no_input = l > 0, .bias = tl_init_update_bias(w)});
	}
}

/* Zilly et al. 2017, eqs. 6-8, with c = 1 - t; x comes in at the first layer. */
static tl_state highway_step(const tl_cell *cell, tl_tensor x, tl_state state)
{
	const struct highway *p = tl_cell_weights(cell, x.tape);
	const tl_depth_options *o = tl_cell_extra(cell);
	tl_tensor s = state.h;
	for (int l = 0; l < o->depth; l++) {
		tl_tensor h = tl_cell_activate(cell, tl_gate_sum(&p->h[l], x, s), tl_tanh);
		tl_tensor t = tl_tag(tl_sigmoid(tl_gate_sum(&p->t[l], x, s)), "t");
		s = tl_blend(t, tl_cell_update_dropout(cell, h), s);
	}
	return tl_state_of(s);
}

static void depth_defaults(void *extra)
{
	tl_depth_options *e = extra;
	e->depth = e->depth ? e->depth : 2;
}

static const char *depth_refuse(const tl_cell_options *o)
{
	const tl_depth_options *e = o->extra;
	return e->depth < 1 || e->depth > DEEPEST ? "options: depth is 1 to 8" : NULL;
}

static const tl_member members[] = {
	TL_MEMBER(tl_depth_options, depth, TL_MEMBER_INT),
	{0},
};

const tl_cell_kind tl_cell_highway = {
	.name = "highway",
	.doc = "recurrent highway net, carry gate 1 - t: Zilly, Srivastava, Koutnik & Schmidhuber "
	       "2017",
	.state = {"s"},
	.weights_size = sizeof(struct highway),
	.weights = highway_weights,
	.step = highway_step,
	.validate = depth_refuse,
	.extra_size = sizeof(tl_depth_options),
	.extra_members = members,
	.defaults = depth_defaults,
};
