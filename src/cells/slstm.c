/*
 * Exponential gates, which can outweigh all that was stored before. n counts what c has been given,
 * and m keeps the logarithm of the largest of it so that no exponential overflows: c and n are both
 * held divided by exp(m), which cancels in c / n.
 */
#include "cell/cell.h"
#include "cells/registry.h"

struct slstm {
	tl_gate i, f, z, o;
};

static void slstm_weights(tl_weight_builder *w, void *into)
{
	struct slstm *p = into;
	p->i = tl_gate_weights(w, "i", &(tl_gate_options){.bias = tl_init_input_bias(w)});
	p->f = tl_gate_weights(w, "f", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	p->z = tl_gate_weights(w, "z", NULL);
	p->o = tl_gate_weights(w, "o", NULL);
}

/* Beck et al. 2024, eqs. 8-17 */
static tl_state slstm_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct slstm *p = tl_cell_weights(cell, x.tape);
	const tl_slstm_options *e = tl_cell_extra(cell);
	tl_tensor c = s.c, n = s.more[0], m = s.more[1];
	tl_tensor log_i = tl_gate_sum(&p->i, x, s.h), log_f = tl_gate_sum(&p->f, x, s.h);
	log_f = e->exponential_forget ? log_f : tl_neg(tl_softplus(tl_neg(log_f)));
	tl_tensor z = tl_cell_activate(cell, tl_gate_sum(&p->z, x, s.h), tl_tanh);
	tl_tensor o = tl_tag(tl_sigmoid(tl_gate_sum(&p->o, x, s.h)), "o"), last = m;
	m = tl_maximum(tl_add(log_f, last), log_i);
	tl_tensor i = tl_tag(tl_exp(tl_sub(log_i, m)), "i");
	tl_tensor f = tl_tag(tl_exp(tl_sub(tl_add(log_f, last), m)), "f");
	c = tl_add(tl_mul(f, c), tl_mul(i, tl_cell_update_dropout(cell, z)));
	n = tl_add(tl_mul(f, n), i);
	return tl_state_of(tl_mul(o, tl_div(c, n)), c, n, m);
}

/* Nothing was stored yet: the logarithm of nothing, or as near to it as floats go safely. */
static tl_tensor slstm_start(const tl_cell *cell, tl_tape *tape, int k, tl_shape shape)
{
	(void)cell;
	return tl_full(tape, shape, k == 3 ? -1e30 : 0);
}

static const tl_member members[] = {
	TL_MEMBER(tl_slstm_options, exponential_forget, TL_MEMBER_BOOL),
	{0},
};

const tl_cell_kind tl_cell_slstm = {
	.name = "slstm",
	.doc = "LSTM with exponential gates, from xLSTM: Beck et al. 2024",
	.state = {"h", "c", "n", "m"},
	.weights_size = sizeof(struct slstm),
	.weights = slstm_weights,
	.step = slstm_step,
	.initial_state = slstm_start,
	.extra_size = sizeof(tl_slstm_options),
	.extra_members = members,
	.extra_default = &(const tl_slstm_options){.exponential_forget = false},
};
