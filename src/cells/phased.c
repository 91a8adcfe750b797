/*
 * An LSTM whose units open in turn: each has a period and a phase, moves while its time gate k is
 * open and otherwise keeps its state, but for a small leak. Times need not be regular.
 */
#include "cell/cell.h"
#include "cells/registry.h"

#include <math.h>

struct phased {
	tl_gate i, f, g, o;
	tl_tensor p_i, p_f, p_o;
	tl_tensor log_period, shift; /* of each unit; the shift is a time, as the period is */
};

static void phased_weights(tl_weight_builder *w, void *into)
{
	struct phased *p = into;
	p->i = tl_gate_weights(w, "i", &(tl_gate_options){.bias = tl_init_input_bias(w)});
	p->f = tl_gate_weights(w, "f", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	p->g = tl_gate_weights(w, "g", NULL);
	p->o = tl_gate_weights(w, "o", NULL);
	p->p_i = tl_weight(w, "p_i", tl_dims(w->hidden), tl_init_zeros());
	p->p_f = tl_weight(w, "p_f", tl_dims(w->hidden), tl_init_zeros());
	p->p_o = tl_weight(w, "p_o", tl_dims(w->hidden), tl_init_zeros());
	p->log_period = tl_weight(w, "log_period", tl_dims(w->hidden), tl_init_uniform(0, 3));
	/* Up to the longest period, so that all phases of each unit are about as likely. */
	p->shift = tl_weight(w, "shift", tl_dims(w->hidden), tl_init_uniform(0, exp(3)));
}

/* Neil, Pfeiffer & Liu 2016, eqs. 6-7: phi = ((t - s) mod tau) / tau; up, down, and closed but for
 * a leak. */
static tl_tensor time_gate(const struct phased *p, const tl_phased_options *o, tl_tensor time)
{
	tl_tensor turns = tl_mul(tl_sub(time, p->shift), tl_exp(tl_neg(p->log_period)));
	tl_tensor phase = tl_sub(turns, tl_floor(turns));
	tl_tensor up = tl_scale(phase, 2 / o->open), closed = tl_scale(phase, o->leak);
	tl_tensor open = tl_scalar(time.tape, o->open);
	tl_tensor half = tl_scale(open, 0.5), down = tl_add_scalar(tl_neg(up), 2);
	down = tl_where(tl_less(phase, open), down, closed);
	return tl_where(tl_less(phase, half), up, down);
}

static tl_tensor time_of(const tl_phased_options *o, tl_tensor x)
{
	int step = tl_tape_step(x.tape);
	if (o->timed)
		return tl_slice(x, 1, tl_tensor_dim(x, 1) - 1, tl_tensor_dim(x, 1), 1);
	return tl_full(x.tape, tl_dims(1, 1), step < 0 ? 0 : step);
}

/* Neil, Pfeiffer & Liu 2016, section 2 */
static tl_state phased_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct phased *p = tl_cell_weights(cell, x.tape);
	const tl_phased_options *e = tl_cell_extra(cell);
	tl_tensor k = tl_tag(time_gate(p, e, time_of(e, x)), "k");
	tl_tensor i = tl_sigmoid(tl_add(tl_gate_sum(&p->i, x, s.h), tl_mul(p->p_i, s.c)));
	tl_tensor f = tl_sigmoid(tl_add(tl_gate_sum(&p->f, x, s.h), tl_mul(p->p_f, s.c)));
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->g, x, s.h), tl_tanh);
	tl_tensor c = tl_add(tl_mul(f, s.c), tl_mul(i, tl_cell_update_dropout(cell, g)));
	tl_tensor o = tl_sigmoid(tl_add(tl_gate_sum(&p->o, x, s.h), tl_mul(p->p_o, c)));
	tl_tensor h = tl_mul(o, tl_cell_activate(cell, c, tl_tanh));
	return tl_state_of(tl_blend(k, h, s.h), tl_blend(k, c, s.c));
}

static void phased_defaults(void *extra)
{
	tl_phased_options *e = extra;
	tl_default(&e->open, 0.05);
	tl_default(&e->leak, 0.001);
}

static const char *phased_refuse(const tl_cell_options *o)
{
	const tl_phased_options *e = o->extra;
	if (!(e->open > 0 && e->open <= 1) || !(e->leak >= 0 && e->leak <= 1))
		return "options: open is more than 0 and at most 1, leak in [0, 1]";
	return e->timed && o->in < 2 ? "options: timed needs a column of x for the time" : NULL;
}

static const tl_member members[] = {
	TL_MEMBER(tl_phased_options, open, TL_MEMBER_REAL),
	TL_MEMBER(tl_phased_options, leak, TL_MEMBER_REAL),
	TL_MEMBER(tl_phased_options, timed, TL_MEMBER_BOOL),
	{0},
};

const tl_cell_kind tl_cell_phased = {
	.name = "phased_lstm",
	.doc = "LSTM with a rhythmic time gate: Neil, Pfeiffer & Liu 2016",
	.state = {"h", "c"},
	.weights_size = sizeof(struct phased),
	.weights = phased_weights,
	.step = phased_step,
	.validate = phased_refuse,
	.uses_step = true,
	.extra_size = sizeof(tl_phased_options),
	.extra_members = members,
	.defaults = phased_defaults,
	.example = &(const tl_cell_options){.in = 3,
					    .hidden = 4,
					    .extra = &(const tl_phased_options){.open = 0.6,
										.leak = 0.1}},
};
