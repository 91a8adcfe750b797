/* A stack of LSTMs whose memories are joined by a gate d from each layer to the next. */
#include "cell/cell.h"
#include "cells/registry.h"

#include <stdio.h>

enum { DEEPEST = TL_MAX_STATES / 2 };

struct depth_gated {
	tl_gate i, f, g, o, d;
	tl_tensor p_i, p_f, p_o, p_d, w_d;
};

static tl_gate layer_gate(tl_weight_builder *w, const char *name, int l, bool recurrent,
			  tl_init bias)
{
	char full[16];
	snprintf(full, sizeof full, "%s%d", name, l);
	return tl_gate_weights(w, full,
			       &(tl_gate_options){.in = l ? w->hidden : w->in,
						  .no_recurrent = !recurrent,
						  .bias = bias});
}

static tl_tensor layer_vector(tl_weight_builder *w, const char *name, int l)
{
	char full[16];
	snprintf(full, sizeof full, "%s%d", name, l);
	return tl_weight(w, full, tl_dims(w->hidden), tl_init_zeros());
}

static void depth_gated_weights(tl_weight_builder *w, void *into)
{
	const tl_depth_options *o = w->extra;
	for (int l = 0; l < o->depth; l++) {
		struct depth_gated *p = (struct depth_gated *)into + l;
		p->i = layer_gate(w, "i", l, true, tl_init_input_bias(w));
		p->f = layer_gate(w, "f", l, true, tl_init_forget_bias(w));
		p->g = layer_gate(w, "g", l, true, tl_init_bias(w));
		p->o = layer_gate(w, "o", l, true, tl_init_bias(w));
		p->p_i = layer_vector(w, "p_i", l);
		p->p_f = layer_vector(w, "p_f", l);
		p->p_o = layer_vector(w, "p_o", l);
		if (!l)
			continue;
		p->d = layer_gate(w, "d", l, false, tl_init_input_bias(w));
		p->p_d = layer_vector(w, "p_d", l);
		p->w_d = layer_vector(w, "w_d", l);
	}
}

/* Yao et al. 2015: one layer; `below` is the memory of the layer below, or inert. */
static tl_state one_layer(const tl_cell *cell, const struct depth_gated *p, tl_tensor x,
			  tl_tensor h, tl_tensor c, tl_tensor below)
{
	tl_tensor i = tl_sigmoid(tl_add(tl_gate_sum(&p->i, x, h), tl_mul(p->p_i, c)));
	tl_tensor f = tl_sigmoid(tl_add(tl_gate_sum(&p->f, x, h), tl_mul(p->p_f, c)));
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->g, x, h), tl_tanh), joined = c;
	c = tl_add(tl_mul(f, c), tl_mul(i, tl_cell_update_dropout(cell, g)));
	if (below.id) {
		joined = tl_add(tl_mul(p->p_d, joined), tl_mul(p->w_d, below));
		tl_tensor d = tl_sigmoid(tl_add(tl_gate_input(&p->d, x), joined));
		c = tl_add(c, tl_mul(tl_tag(d, "d"), below));
	}
	tl_tensor o = tl_sigmoid(tl_add(tl_gate_sum(&p->o, x, h), tl_mul(p->p_o, c)));
	return tl_state_of(tl_mul(o, tl_cell_activate(cell, c, tl_tanh)), c);
}

/* The state is h, c of the top layer, which is shown, then of the first below it, and so on. */
static tl_state depth_gated_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct depth_gated *p = tl_cell_weights(cell, x.tape);
	tl_state layer = {0};
	for (int k = s.count - 2; k >= 0; k -= 2, p++) {
		tl_tensor *h = tl_state_at(&s, k), *c = tl_state_at(&s, k + 1);
		layer = one_layer(cell, p, x, *h, *c, layer.c);
		x = *h = layer.h;
		*c = layer.c;
	}
	return s;
}

static int depth_gated_states(const tl_cell_options *o)
{
	return 2 * ((const tl_depth_options *)o->extra)->depth;
}

static void depth_gated_defaults(void *extra)
{
	tl_depth_options *e = extra;
	e->depth = e->depth ? e->depth : 2;
}

static const char *depth_gated_refuse(const tl_cell_options *o)
{
	const tl_depth_options *e = o->extra;
	return e->depth < 1 || e->depth > DEEPEST ? "options: depth is 1 to 8" : NULL;
}

static const tl_member members[] = {
	TL_MEMBER(tl_depth_options, depth, TL_MEMBER_INT),
	{0},
};

const tl_cell_kind tl_cell_depth_gated = {
	.name = "depth_gated",
	.doc = "LSTMs on each other, with a gate from memory to memory: Yao et al. 2015",
	.state = {"h", "c", "h1", "c1", "h2", "c2", "h3", "c3", "h4", "c4", "h5", "c5", "h6", "c6",
		  "h7", "c7"},
	.states = depth_gated_states,
	.weights_size = DEEPEST * sizeof(struct depth_gated),
	.weights = depth_gated_weights,
	.step = depth_gated_step,
	.validate = depth_gated_refuse,
	.extra_size = sizeof(tl_depth_options),
	.extra_members = members,
	.defaults = depth_gated_defaults,
};
