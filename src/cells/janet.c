/* Just another net: an LSTM with the forget gate and nothing else. */
#include "cell/cell.h"
#include "cells/registry.h"

struct janet {
	tl_gate f, c;
};

static void janet_weights(tl_weight_builder *w, void *into)
{
	struct janet *p = into;
	p->f = tl_gate_weights(w, "f", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	p->c = tl_gate_weights(w, "c", NULL);
}

/* van der Westhuizen & Lasenby 2018 */
static tl_state janet_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct janet *p = tl_cell_weights(cell, x.tape);
	const tl_janet_options *o = tl_cell_extra(cell);
	tl_tensor a = tl_gate_sum(&p->f, x, s.h);
	tl_tensor f = tl_tag(tl_sigmoid(a), "f");
	tl_tensor in = tl_one_minus(tl_sigmoid(tl_add_scalar(a, -o->shift)));
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->c, x, s.h), tl_tanh);
	return tl_state_of(tl_add(tl_mul(f, s.h), tl_mul(in, tl_cell_update_dropout(cell, g))));
}

static void janet_defaults(void *extra)
{
	tl_default(&((tl_janet_options *)extra)->shift, 1);
}

static const tl_member members[] = {
	TL_MEMBER(tl_janet_options, shift, TL_MEMBER_REAL),
	{0},
};

const tl_cell_kind tl_cell_janet = {
	.name = "janet",
	.doc = "LSTM with a forget gate only: van der Westhuizen & Lasenby 2018",
	.state = {"h"},
	.weights_size = sizeof(struct janet),
	.weights = janet_weights,
	.step = janet_step,
	.extra_size = sizeof(tl_janet_options),
	.extra_members = members,
	.defaults = janet_defaults,
};
