/*
 * A cell of one's own, in one file: its equations, its check, its training beside an LSTM.
 *
 * The task is to say, after the last of 10 numbers, which of the first two was larger: something
 * has to be kept while 8 others pass by.
 */
#include <math.h>
#include <stdio.h>
#include <tapeloop/tapeloop.h>

#include "options.h"

/* h = z h + (1 - z) tanh(W x + r U h + b), the reset r learned once for each unit and not computed
 * from anything: half a GRU. */
struct half_gru {
	tl_gate z, n;
	tl_tensor r;
};

static void half_gru_weights(tl_weight_builder *w, void *into)
{
	struct half_gru *p = into;
	p->z = tl_gate_weights(w, "z", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	p->n = tl_gate_weights(w, "n", NULL);
	p->r = tl_weight(w, "r", tl_dims(w->hidden), tl_init_constant(1));
}

static tl_state half_gru_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct half_gru *p = tl_cell_weights(cell, x.tape);
	tl_tensor z = tl_tag(tl_sigmoid(tl_gate_sum(&p->z, x, s.h)), "z");
	tl_tensor u = tl_mul(p->r, tl_gate_recurrent(&p->n, s.h));
	tl_tensor n = tl_tanh(tl_add(tl_gate_input(&p->n, x), u));
	return tl_state_of(tl_blend(z, s.h, n));
}

static const tl_cell_kind half_gru = {
	.name = "half_gru",
	.doc = "a GRU whose reset is a weight",
	.state = {"h"},
	.weights_size = sizeof(struct half_gru),
	.weights = half_gru_weights,
	.step = half_gru_step,
};

enum { STEPS = 10, BATCH = 32, HIDDEN = 24, ROUNDS = 600 };

typedef struct net {
	tl_params *set;
	tl_cell *cell;
	tl_param *V;
	float x[STEPS * BATCH];
	int32_t larger[BATCH];
} net;

static void draw(net *n, unsigned *random)
{
	for (int i = 0; i < STEPS * BATCH; i++) {
		*random = *random * 1664525u + 1013904223u;
		n->x[i] = (float)(*random >> 8) / (1 << 24) - 0.5f;
	}
	for (int b = 0; b < BATCH; b++)
		n->larger[b] = n->x[BATCH + b] > n->x[b];
}

static tl_tensor loss(tl_tape *tape, void *user)
{
	net *n = user;
	tl_tensor x = tl_input(tape, tl_dims(STEPS, BATCH, 1), n->x);
	tl_tensor h = tl_unroll(n->cell, x, NULL).final_state.h;
	return tl_cross_entropy(tl_linear(h, tl_use(tape, n->V), TL_NONE),
				tl_input_int(tape, tl_dims(BATCH), n->larger), NULL);
}

static int run(const char *kind)
{
	static net n;
	unsigned random = 1;
	tl_gradcheck_report report;
	double mean = 0.7;
	n.set = tl_params_create(TL_F32);
	n.cell = tl_cell_create(n.set, kind, kind,
				(tl_cell_options){.in = 1, .hidden = HIDDEN, .forget_bias = 1});
	n.V = tl_params_add(n.set, "V", tl_dims(2, HIDDEN), tl_init_glorot_uniform());
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_optimizer *adam = tl_adam_create(n.set, &(tl_adam_options){.learning_rate = 0.01});
	draw(&n, &random);
	tl_gradcheck(loss, &n, n.set, &(tl_gradcheck_options){.sample = 10}, &report);
	printf("%s: %s\n", kind, report.message);
	for (int round = 0; round < ROUNDS && !tl_tape_error(tape); round++) {
		draw(&n, &random);
		tl_tape_rewind(tape);
		tl_params_zero_gradients(n.set);
		tl_tensor l = loss(tape, &n);
		if (!tl_backward(l) && isfinite(tl_params_clip_gradient_norm(n.set, 1)))
			tl_optimizer_step(adam);
		mean = 0.95 * mean + 0.05 * tl_item(l);
		if (round % 200 == 199)
			printf("%s: after %d rounds %.3f\n", kind, round + 1, mean);
	}
	int failed = tl_tape_error(tape) != NULL || !report.passed;
	if (tl_tape_error(tape))
		fprintf(stderr, "%s\n", tl_tape_error(tape));
	tl_optimizer_destroy(adam);
	tl_tape_destroy(tape);
	tl_cell_destroy(n.cell);
	tl_params_destroy(n.set);
	return failed;
}

int main(int argc, char **argv)
{
	int rest, status;
	const command c = {.name = "custom_cell",
			   .about = "A cell of one's own is checked, and trained beside an LSTM.",
			   .alone = true};
	if (!options_read(&c, argc, argv, &rest, &status))
		return status;
	if (tl_cell_kind_register(&half_gru))
		return 1;
	return run("half_gru") + run("lstm");
}
