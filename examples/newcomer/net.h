/* A cell of one's own, and a net that foretells the next value of a series with it. */
#include <stdio.h>
#include <tapeloop/train.h>

struct half_gru { /* h = z h + (1 - z) tanh(W x + U h + b) */
	tl_gate z, n;
};

static void half_gru_weights(tl_weight_builder *w, void *into)
{
	struct half_gru *p = into;
	p->z = tl_gate_weights(w, "z", NULL);
	p->n = tl_gate_weights(w, "n", NULL);
}

static tl_state half_gru_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct half_gru *p = tl_cell_weights(cell, x.tape);
	tl_tensor z = tl_sigmoid(tl_gate_sum(&p->z, x, s.h));
	return tl_state_of(tl_blend(z, s.h, tl_tanh(tl_gate_sum(&p->n, x, s.h))));
}

static const tl_cell_kind half_gru = {.name = "half_gru",
				      .state = {"h"},
				      .weights_size = sizeof(struct half_gru),
				      .weights = half_gru_weights,
				      .step = half_gru_step};

/* The weights W are found by name, so that a loaded model is used as one that is learned. */
static tl_tensor foretell(tl_tape *tape, const tl_batch *batch, tl_params *set, tl_cell *cell)
{
	tl_tensor h = tl_unroll(cell, tl_batch_input(batch, tape), NULL).final_state.h;
	return tl_linear(h, tl_use(tape, tl_params_find(set, "W")), TL_NONE);
}
