/*
 * The nine nets of "LSTM: A Search Space Odyssey" (Greff et al. 2017): an LSTM with peepholes and
 * what is left when one thing is taken away or added. The letters are the paper's (section II).
 */
#include "cell/cell.h"
#include "cells/registry.h"

struct odyssey {
	tl_gate z, i, f, o;
	tl_tensor p_i, p_f, p_o;
	tl_tensor R[3][3]; /* full gate recurrence: from gates i, f, o to gates i, f, o */
};

static tl_tensor peephole(tl_weight_builder *w, const char *name, bool wanted)
{
	const tl_odyssey_options *o = w->extra;
	return wanted && !o->no_peepholes ? tl_weight(w, name, tl_dims(w->hidden), tl_init_zeros())
					  : TL_NONE;
}

static void odyssey_weights(tl_weight_builder *w, void *into)
{
	static const char *const R[3][3] = {
		{"R_ii", "R_fi", "R_oi"}, {"R_if", "R_ff", "R_of"}, {"R_io", "R_fo", "R_oo"}};
	struct odyssey *p = into;
	const tl_odyssey_options *o = w->extra;
	bool has_f = !o->no_forget_gate && !o->coupled_gates;
	p->z = tl_gate_weights(w, "z", NULL);
	if (!o->no_input_gate)
		p->i = tl_gate_weights(w, "i",
				       &(tl_gate_options){.bias = o->coupled_gates
									  ? tl_init_update_bias(w)
									  : tl_init_input_bias(w)});
	if (has_f)
		p->f = tl_gate_weights(w, "f", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	if (!o->no_output_gate)
		p->o = tl_gate_weights(w, "o", NULL);
	p->p_i = peephole(w, "p_i", !o->no_input_gate);
	p->p_f = peephole(w, "p_f", has_f);
	p->p_o = peephole(w, "p_o", !o->no_output_gate);
	for (int k = 0; o->full_recurrence && k < 9; k++)
		p->R[k / 3][k % 3] = tl_weight_recurrent(w, R[k / 3][k % 3], w->hidden, w->hidden);
}

/* sigma(W x + R y + p . c + b), and with full recurrence the last gates too. */
static tl_tensor gate(const tl_gate *g, tl_tensor p, const tl_tensor *R, tl_tensor x, tl_state s,
		      tl_tensor c)
{
	tl_tensor sum = tl_gate_sum(g, x, s.h);
	if (p.id)
		sum = tl_add(sum, tl_mul(p, c));
	for (int k = 0; R[0].id && k < 3; k++)
		sum = tl_add(sum, tl_linear(s.more[k], R[k], TL_NONE));
	return tl_sigmoid(sum);
}

static tl_state odyssey_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct odyssey *p = tl_cell_weights(cell, x.tape);
	const tl_odyssey_options *o = tl_cell_extra(cell);
	tl_tensor one = tl_ones(x.tape, tl_tensor_shape(s.c)), z = tl_gate_sum(&p->z, x, s.h);
	z = o->no_input_activation ? z : tl_cell_activate(cell, z, tl_tanh);
	tl_tensor i = o->no_input_gate ? one : gate(&p->i, p->p_i, p->R[0], x, s, s.c);
	tl_tensor f = o->no_forget_gate  ? one
		      : o->coupled_gates ? tl_one_minus(i)
					 : gate(&p->f, p->p_f, p->R[1], x, s, s.c);
	tl_tensor c = tl_add(tl_mul(tl_cell_update_dropout(cell, z), i), tl_mul(s.c, f));
	tl_tensor g = o->no_output_gate ? one : gate(&p->o, p->p_o, p->R[2], x, s, c);
	tl_tensor h = o->no_output_activation ? c : tl_cell_activate(cell, c, tl_tanh);
	h = tl_mul(h, g);
	return o->full_recurrence ? tl_state_of(h, c, i, f, g) : tl_state_of(h, c);
}

static const char *odyssey_refuse(const tl_cell_options *options)
{
	const tl_odyssey_options *o = options->extra;
	if (o->coupled_gates && (o->no_input_gate || o->no_forget_gate))
		return "options: coupled gates need both gates";
	if (o->full_recurrence &&
	    (o->coupled_gates || o->no_input_gate || o->no_forget_gate || o->no_output_gate))
		return "options: full gate recurrence needs all gates";
	return NULL;
}

static int odyssey_states(const tl_cell_options *options)
{
	return ((const tl_odyssey_options *)options->extra)->full_recurrence ? 5 : 2;
}

static const tl_member members[] = {
	TL_MEMBER(tl_odyssey_options, no_input_gate, TL_MEMBER_BOOL),
	TL_MEMBER(tl_odyssey_options, no_forget_gate, TL_MEMBER_BOOL),
	TL_MEMBER(tl_odyssey_options, no_output_gate, TL_MEMBER_BOOL),
	TL_MEMBER(tl_odyssey_options, no_input_activation, TL_MEMBER_BOOL),
	TL_MEMBER(tl_odyssey_options, no_output_activation, TL_MEMBER_BOOL),
	TL_MEMBER(tl_odyssey_options, coupled_gates, TL_MEMBER_BOOL),
	TL_MEMBER(tl_odyssey_options, no_peepholes, TL_MEMBER_BOOL),
	TL_MEMBER(tl_odyssey_options, full_recurrence, TL_MEMBER_BOOL),
	{0},
};

#define ODYSSEY(SYMBOL, NAME, DOC, FLAG)                                                           \
	const tl_cell_kind SYMBOL = {                                                              \
		.name = NAME,                                                                      \
		.doc = "LSTM: A Search Space Odyssey (Greff et al. 2017), " DOC,                   \
		.state = {"y", "c", "i", "f", "o"},                                                \
		.states = odyssey_states,                                                          \
		.weights_size = sizeof(struct odyssey),                                            \
		.weights = odyssey_weights,                                                        \
		.step = odyssey_step,                                                              \
		.validate = odyssey_refuse,                                                        \
		.extra_size = sizeof(tl_odyssey_options),                                          \
		.extra_members = members,                                                          \
		.extra_default = &(const tl_odyssey_options){FLAG},                                \
	}

ODYSSEY(tl_cell_odyssey, "odyssey", "vanilla", .no_peepholes = false);
ODYSSEY(tl_cell_odyssey_nig, "odyssey_nig", "no input gate", .no_input_gate = true);
ODYSSEY(tl_cell_odyssey_nfg, "odyssey_nfg", "no forget gate", .no_forget_gate = true);
ODYSSEY(tl_cell_odyssey_nog, "odyssey_nog", "no output gate", .no_output_gate = true);
ODYSSEY(tl_cell_odyssey_niaf, "odyssey_niaf", "no input activation function",
	.no_input_activation = true);
ODYSSEY(tl_cell_odyssey_noaf, "odyssey_noaf", "no output activation function",
	.no_output_activation = true);
ODYSSEY(tl_cell_odyssey_cifg, "odyssey_cifg", "coupled gates, f = 1 - i", .coupled_gates = true);
ODYSSEY(tl_cell_odyssey_np, "odyssey_np", "no peepholes", .no_peepholes = true);
ODYSSEY(tl_cell_odyssey_fgr, "odyssey_fgr", "full gate recurrence", .full_recurrence = true);
