/* Cells whose new values do not see the state, so that only gates are recurrent, or nothing is. */
#include "cell/cell.h"
#include "cells/registry.h"

struct minimal_rnn {
	tl_gate z; /* no U: Phi(x) = tanh(W_z x + b_z) */
	tl_gate u; /* its W reads z, not x */
};

static void minimal_rnn_weights(tl_weight_builder *w, void *into)
{
	struct minimal_rnn *p = into;
	int64_t n = w->hidden;
	p->z = tl_gate_weights(w, "z", &(tl_gate_options){.no_recurrent = true});
	p->u = tl_gate_weights(w, "u", &(tl_gate_options){.in = n, .bias = tl_init_forget_bias(w)});
}

/* Chen 2017, eqs. 1-3 */
static tl_state minimal_rnn_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct minimal_rnn *p = tl_cell_weights(cell, x.tape);
	tl_tensor z = tl_cell_activate(cell, tl_gate_input(&p->z, x), tl_tanh);
	tl_tensor u = tl_tag(tl_sigmoid(tl_gate_sum(&p->u, z, s.h)), "u");
	return tl_state_of(tl_blend(u, s.h, tl_cell_update_dropout(cell, z)));
}

const tl_cell_kind tl_cell_minimal_rnn = {
	.name = "minimal_rnn",
	.doc = "MinimalRNN: Chen 2017",
	.state = {"h"},
	.weights_size = sizeof(struct minimal_rnn),
	.weights = minimal_rnn_weights,
	.step = minimal_rnn_step,
};

struct min_gru {
	tl_gate z, h;
};

static tl_gate from_input(tl_weight_builder *w, const char *name, tl_init bias)
{
	return tl_gate_weights(w, name, &(tl_gate_options){.no_recurrent = true, .bias = bias});
}

static void min_gru_weights(tl_weight_builder *w, void *into)
{
	struct min_gru *p = into;
	p->z = from_input(w, "z", tl_init_update_bias(w));
	p->h = from_input(w, "h", tl_init_bias(w));
}

static tl_tensor same(tl_tensor x)
{
	return x;
}

/* Feng et al. 2024, section 3.1: no gate sees the state. */
static tl_state min_gru_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct min_gru *p = tl_cell_weights(cell, x.tape);
	tl_tensor z = tl_tag(tl_sigmoid(tl_gate_input(&p->z, x)), "z");
	tl_tensor g = tl_cell_activate(cell, tl_gate_input(&p->h, x), same);
	return tl_state_of(tl_blend(z, tl_cell_update_dropout(cell, g), s.h));
}

const tl_cell_kind tl_cell_min_gru = {
	.name = "min_gru",
	.doc = "minGRU: Feng et al. 2024",
	.state = {"h"},
	.weights_size = sizeof(struct min_gru),
	.weights = min_gru_weights,
	.step = min_gru_step,
};

struct min_lstm {
	tl_gate f, i, h;
};

static void min_lstm_weights(tl_weight_builder *w, void *into)
{
	struct min_lstm *p = into;
	p->f = from_input(w, "f", tl_init_forget_bias(w));
	p->i = from_input(w, "i", tl_init_input_bias(w));
	p->h = from_input(w, "h", tl_init_bias(w));
}

/* Feng et al. 2024, section 3.2: the two gates share the whole between them. */
static tl_state min_lstm_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct min_lstm *p = tl_cell_weights(cell, x.tape);
	tl_tensor f = tl_sigmoid(tl_gate_input(&p->f, x));
	tl_tensor i = tl_sigmoid(tl_gate_input(&p->i, x));
	tl_tensor g = tl_cell_activate(cell, tl_gate_input(&p->h, x), same);
	tl_tensor kept = tl_tag(tl_div(f, tl_add(f, i)), "f");
	return tl_state_of(tl_blend(kept, s.h, tl_cell_update_dropout(cell, g)));
}

const tl_cell_kind tl_cell_min_lstm = {
	.name = "min_lstm",
	.doc = "minLSTM: Feng et al. 2024",
	.state = {"h"},
	.weights_size = sizeof(struct min_lstm),
	.weights = min_lstm_weights,
	.step = min_lstm_step,
};
