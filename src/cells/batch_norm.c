/*
 * Cells that normalise over the batch. While training by the batch's own statistics, which also
 * move the running ones; else by these. The first steps of a sequence are not like the later ones,
 * so each of the first `steps` has running statistics of its own, and the rest share the last
 * (Cooijmans et al. 2017, section 4). Scales start small, at 0.1, so that tanh does not saturate.
 */
#include "cell/cell.h"
#include "cells/registry.h"

#include <stdio.h>

struct norm {
	tl_tensor gain;
	int first; /* place of its statistics among the cell's parameters: mean, variance, mean ...
		    */
};

static struct norm norm_weights(tl_weight_builder *w, const char *name, double start)
{
	const tl_batch_norm_cell_options *o = w->extra;
	char text[48];
	struct norm n;
	snprintf(text, sizeof text, "gain_%.16s", name);
	n.gain = tl_weight(w, text, tl_dims(w->hidden), tl_init_constant(start));
	n.first = w->next;
	for (int t = 0; t < o->steps; t++) {
		snprintf(text, sizeof text, "mean_%.16s_%d", name, t);
		tl_weight_buffer(w, text, tl_dims(w->hidden), tl_init_zeros());
		snprintf(text, sizeof text, "variance_%.16s_%d", name, t);
		tl_weight_buffer(w, text, tl_dims(w->hidden), tl_init_constant(1));
	}
	return n;
}

/* BN(x; gain, offset) with the statistics of the tape's step */
static tl_tensor normalised(const tl_cell *cell, const struct norm *n, tl_tensor x,
			    tl_tensor offset)
{
	const tl_batch_norm_cell_options *o = tl_cell_extra(cell);
	int t = tl_tape_step(x.tape);
	t = n->first + 2 * (t < 0 ? 0 : t < o->steps ? t : o->steps - 1);
	tl_batch_norm_options how = {.momentum = o->momentum,
				     .mean = tl_cell_param_at(cell, t),
				     .variance = tl_cell_param_at(cell, t + 1)};
	if (!offset.id)
		offset = tl_zeros(x.tape, tl_tensor_shape(n->gain));
	return tl_batch_norm(x, n->gain, offset, 1, &how);
}

static void defaults(void *extra)
{
	tl_batch_norm_cell_options *e = extra;
	e->steps = e->steps ? e->steps : 1;
	tl_default(&e->momentum, 0.1);
}

static const char *refuse(const tl_cell_options *o)
{
	const tl_batch_norm_cell_options *e = o->extra;
	return e->steps < 1 || e->steps > 100000 || !(e->momentum >= 0 && e->momentum <= 1)
		       ? "options: steps are 1 to 100000, momentum in [0, 1]"
		       : NULL;
}

static const tl_tensor none;

struct gate {
	tl_tensor W, U, b;
	struct norm x, h;
};

static struct gate gate_weights(tl_weight_builder *w, const char *name, tl_init bias)
{
	char text[24];
	struct gate g;
	snprintf(text, sizeof text, "W_%s", name);
	g.W = tl_weight_input(w, text, w->hidden, w->in);
	snprintf(text, sizeof text, "U_%s", name);
	g.U = tl_weight_recurrent(w, text, w->hidden, w->hidden);
	snprintf(text, sizeof text, "b_%s", name);
	g.b = tl_weight(w, text, tl_dims(w->hidden), bias);
	snprintf(text, sizeof text, "x%s", name);
	g.x = norm_weights(w, text, 0.1);
	snprintf(text, sizeof text, "h%s", name);
	g.h = norm_weights(w, text, 0.1);
	return g;
}

/* Cooijmans et al. 2017, eq. 6: BN(U h; gain_h, 0) + BN(W x; gain_x, 0) + b */
static tl_tensor gate_sum(const tl_cell *cell, const struct gate *g, tl_tensor x, tl_tensor h)
{
	return tl_add(normalised(cell, &g->x, tl_linear(x, g->W, TL_NONE), g->b),
		      normalised(cell, &g->h, tl_linear(h, g->U, TL_NONE), none));
}

static void bn_rnn_weights(tl_weight_builder *w, void *into)
{
	*(struct gate *)into = gate_weights(w, "h", tl_init_bias(w));
}

static tl_state bn_rnn_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct gate *p = tl_cell_weights(cell, x.tape);
	return tl_state_of(tl_cell_activate(cell, gate_sum(cell, p, x, s.h), tl_tanh));
}

static const tl_batch_norm_cell_options sample = {2, 0.1};

static const tl_member members[] = {
	TL_MEMBER(tl_batch_norm_cell_options, steps, TL_MEMBER_INT),
	TL_MEMBER(tl_batch_norm_cell_options, momentum, TL_MEMBER_REAL),
	{0},
};

const tl_cell_kind tl_cell_bn_rnn = {
	.name = "bn_rnn",
	.doc = "vanilla net with recurrent batch normalisation: Cooijmans et al. 2017",
	.state = {"h"},
	.weights_size = sizeof(struct gate),
	.weights = bn_rnn_weights,
	.step = bn_rnn_step,
	.validate = refuse,
	.uses_step = true,
	.uses_batch = true,
	.extra_size = sizeof sample,
	.extra_members = members,
	.defaults = defaults,
	.example = &(const tl_cell_options){.in = 3, .hidden = 4, .extra = &sample},
};

struct bn_lstm {
	struct gate i, f, g, o;
	struct norm c;
	tl_tensor b_c;
};

static void bn_lstm_weights(tl_weight_builder *w, void *into)
{
	struct bn_lstm *p = into;
	p->i = gate_weights(w, "i", tl_init_input_bias(w));
	p->f = gate_weights(w, "f", tl_init_forget_bias(w));
	p->g = gate_weights(w, "g", tl_init_bias(w));
	p->o = gate_weights(w, "o", tl_init_bias(w));
	p->c = norm_weights(w, "c", 0.1);
	p->b_c = tl_weight_bias(w, "b_c", w->hidden);
}

/* Cooijmans et al. 2017, eqs. 6-8 */
static tl_state bn_lstm_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct bn_lstm *p = tl_cell_weights(cell, x.tape);
	tl_tensor i = tl_tag(tl_sigmoid(gate_sum(cell, &p->i, x, s.h)), "i");
	tl_tensor f = tl_tag(tl_sigmoid(gate_sum(cell, &p->f, x, s.h)), "f");
	tl_tensor o = tl_tag(tl_sigmoid(gate_sum(cell, &p->o, x, s.h)), "o");
	tl_tensor g = tl_cell_activate(cell, gate_sum(cell, &p->g, x, s.h), tl_tanh);
	tl_tensor c = tl_add(tl_mul(f, s.c), tl_mul(i, tl_cell_update_dropout(cell, g)));
	tl_tensor shown = normalised(cell, &p->c, c, p->b_c);
	return tl_state_of(tl_mul(o, tl_cell_activate(cell, shown, tl_tanh)), c);
}

const tl_cell_kind tl_cell_bn_lstm = {
	.name = "bn_lstm",
	.doc = "LSTM with recurrent batch normalisation: Cooijmans et al. 2017",
	.state = {"h", "c"},
	.weights_size = sizeof(struct bn_lstm),
	.weights = bn_lstm_weights,
	.step = bn_lstm_step,
	.validate = refuse,
	.uses_step = true,
	.uses_batch = true,
	.extra_size = sizeof sample,
	.extra_members = members,
	.defaults = defaults,
	.example = &(const tl_cell_options){.in = 3, .hidden = 4, .extra = &sample},
};

/* A GRU without the reset, rectified, whose input products are normalised. */
struct li_gru {
	tl_tensor W_z, U_z, b_z, W_h, U_h, b_h;
	struct norm z, h;
};

static void li_gru_weights(tl_weight_builder *w, void *into)
{
	struct li_gru *p = into;
	p->W_z = tl_weight_input(w, "W_z", w->hidden, w->in);
	p->U_z = tl_weight_recurrent(w, "U_z", w->hidden, w->hidden);
	p->b_z = tl_weight(w, "b_z", tl_dims(w->hidden), tl_init_forget_bias(w));
	p->W_h = tl_weight_input(w, "W_h", w->hidden, w->in);
	p->U_h = tl_weight_recurrent(w, "U_h", w->hidden, w->hidden);
	p->b_h = tl_weight_bias(w, "b_h", w->hidden);
	p->z = norm_weights(w, "z", 1);
	p->h = norm_weights(w, "h", 1);
}

/* Ravanelli et al. 2018, section III */
static tl_state li_gru_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct li_gru *p = tl_cell_weights(cell, x.tape);
	tl_tensor z = normalised(cell, &p->z, tl_linear(x, p->W_z, TL_NONE), p->b_z);
	z = tl_tag(tl_sigmoid(tl_add(z, tl_linear(s.h, p->U_z, TL_NONE))), "z");
	tl_tensor a = normalised(cell, &p->h, tl_linear(x, p->W_h, TL_NONE), p->b_h);
	tl_tensor g = tl_cell_activate(cell, tl_add(a, tl_linear(s.h, p->U_h, TL_NONE)), tl_relu);
	return tl_state_of(tl_blend(z, s.h, tl_cell_update_dropout(cell, g)));
}

const tl_cell_kind tl_cell_li_gru = {
	.name = "li_gru",
	.doc = "light GRU: Ravanelli, Brakel, Omologo & Bengio 2018",
	.state = {"h"},
	.weights_size = sizeof(struct li_gru),
	.weights = li_gru_weights,
	.step = li_gru_step,
	.validate = refuse,
	.uses_step = true,
	.uses_batch = true,
	.extra_size = sizeof sample,
	.extra_members = members,
	.defaults = defaults,
	.example = &(const tl_cell_options){.in = 3, .hidden = 4, .extra = &sample},
};
