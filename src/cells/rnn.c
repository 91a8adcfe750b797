/*
 * Simple recurrent nets, with the letters of the literature on them: U takes the input, W the
 * state, b is the bias (Goodfellow, Bengio & Courville 2016, eqs. 10.8-10.9). The output o = V h +
 * c is a readout of h and not part of the cell, but for those that feed it back (jordan.c).
 */
#include "cell/cell.h"
#include "cell/weights.h"
#include "cells/registry.h"

struct rnn {
	tl_gate h; /* its W is U here, and its U is W */
};

static void rnn_weights(tl_weight_builder *w, void *into)
{
	((struct rnn *)into)->h = tl_vanilla_weights(w, tl_init_orthogonal(1));
}

/* Elman 1990 */
static tl_state rnn_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct rnn *p = tl_cell_weights(cell, x.tape);
	return tl_state_of(tl_cell_activate(cell, tl_gate_sum(&p->h, x, s.h), tl_tanh));
}

const tl_cell_kind tl_cell_rnn = {
	.name = "rnn",
	.doc = "vanilla net, h = tanh(U x + W h + b) or any activation: Elman 1990",
	.state = {"h"},
	.weights_size = sizeof(struct rnn),
	.weights = rnn_weights,
	.step = rnn_step,
};

/* Le, Jaitly & Hinton 2015, section 2: rectified units that start by keeping what they have. */
static void irnn_weights(tl_weight_builder *w, void *into)
{
	((struct rnn *)into)->h = tl_vanilla_weights(w, tl_init_identity(1));
}

static tl_state irnn_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct rnn *p = tl_cell_weights(cell, x.tape);
	return tl_state_of(tl_cell_activate(cell, tl_gate_sum(&p->h, x, s.h), tl_relu));
}

const tl_cell_kind tl_cell_irnn = {
	.name = "irnn",
	.doc = "vanilla net of rectified units, W starts as the identity: Le et al. 2015",
	.state = {"h"},
	.weights_size = sizeof(struct rnn),
	.weights = irnn_weights,
	.step = irnn_step,
};

/* Jaeger et al. 2007, eq. 2: a unit keeps 1 - leak of itself, so it remembers about 1 / leak steps.
 */
static tl_state leaky_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct rnn *p = tl_cell_weights(cell, x.tape);
	const tl_leaky_options *o = tl_cell_extra(cell);
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->h, x, s.h), tl_tanh);
	return tl_state_of(tl_add(tl_scale(s.h, 1 - o->leak_rate),
				  tl_scale(tl_cell_update_dropout(cell, g), o->leak_rate)));
}

static void leaky_defaults(void *extra)
{
	tl_default(&((tl_leaky_options *)extra)->leak_rate, 0.5);
}

static const char *leaky_refuse(const tl_cell_options *o)
{
	const tl_leaky_options *e = o->extra;
	return e->leak_rate > 0 && e->leak_rate <= 1 ? NULL
						     : "options: leak is more than 0 and at most 1";
}

static const tl_member members[] = {
	TL_MEMBER(tl_leaky_options, leak_rate, TL_MEMBER_REAL),
	{0},
};

const tl_cell_kind tl_cell_leaky = {
	.name = "leaky",
	.doc = "leaky units, h = (1 - a) h + a tanh(U x + W h + b): Jaeger et al. 2007, eq. 2",
	.state = {"h"},
	.weights_size = sizeof(struct rnn),
	.weights = rnn_weights,
	.step = leaky_step,
	.validate = leaky_refuse,
	.extra_size = sizeof(tl_leaky_options),
	.extra_members = members,
	.defaults = leaky_defaults,
};
