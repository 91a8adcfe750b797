/*
 * The adding problem (Hochreiter & Schmidhuber 1997): of 50 numbers two are marked; say their sum.
 * A net that remembers nothing does best by always saying 1, with an error of 1/6.
 *
 *     adding --help
 *
 * Try --cell rnn, which does not get there, and --cell peephole or gru, which do.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tapeloop/tapeloop.h>

#include "options.h"
#include "svg.h"

enum { STEPS = 50, BATCH = 50, HIDDEN = 32, ROUNDS = 2500, POINTS = ROUNDS / 10 };

static const double nothing_learned = 1 / 6.0, learned = 0.005;

typedef struct net {
	tl_params *set;
	tl_cell *cell;
	tl_param *V, *c;
	float x[STEPS * BATCH * 2], want[BATCH];
} net;

/* A clocked cell is four groups of units, most of them idle at most steps. */
static bool net_create(net *n, const tl_cell_kind *kind)
{
	tl_cell_options o = {.in = 2, .hidden = kind->uses_step ? 4 * HIDDEN : HIDDEN};
	if (tl_cell_kind_takes(kind, NULL) & TL_OPTION_FORGET_BIAS)
		o.forget_bias = 1;
	n->set = tl_params_create(TL_F32);
	n->cell = tl_cell_create_from_kind(n->set, kind, "cell", o);
	if (!n->cell)
		return false;
	n->V = tl_params_add(n->set, "V", tl_dims(1, tl_cell_state_shape(n->cell, 0).dim[0]),
			     tl_init_glorot_uniform());
	n->c = tl_params_add(n->set, "c", tl_dims(1), tl_init_zeros());
	if (tl_cell_input_shape(n->cell).dim[0] != 2)
		fprintf(stderr, "adding: %s does not read two numbers a step\n", kind->name);
	return !tl_params_error(n->set) && tl_cell_input_shape(n->cell).dim[0] == 2;
}

/* In [0, 1): a 64-bit linear congruence (Knuth's MMIX). */
static double uniform(uint64_t *random)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return (double)(*random >> 40) / (1 << 24);
}

/* x is [STEPS, BATCH, 2]: a number, and whether it counts; one in each half does. */
static void draw(net *n, uint64_t *random)
{
	for (int b = 0; b < BATCH; b++) {
		int first = (int)(uniform(random) * STEPS / 2);
		int second = STEPS / 2 + (int)(uniform(random) * STEPS / 2);
		n->want[b] = 0;
		for (int t = 0; t < STEPS; t++) {
			float *at = &n->x[(t * BATCH + b) * 2];
			at[0] = (float)uniform(random);
			at[1] = t == first || t == second;
			n->want[b] += at[0] * at[1];
		}
	}
}

static tl_tensor sums(const net *n, tl_tape *tape)
{
	tl_tensor x = tl_input(tape, tl_dims(STEPS, BATCH, 2), n->x);
	tl_tensor h = tl_unroll(n->cell, x, NULL).final_state.h;
	return tl_linear(h, tl_use(tape, n->V), tl_use(tape, n->c));
}

static bool learn(net *n, tl_tape *tape, int rounds, const char *path)
{
	static double at[POINTS], error[POINTS];
	double rate = tl_cell_get_kind(n->cell)->uses_step ? 0.003 : 0.01;
	tl_optimizer *adam = tl_adam_create(n->set, &(tl_adam_options){.learning_rate = rate});
	uint64_t random = 7;
	double mean = nothing_learned;
	int points = 0;
	tl_tape_set_training(tape, true);
	for (int round = 1;
	     round <= rounds && mean > learned && !tl_tape_error(tape) && !interrupted(); round++) {
		draw(n, &random);
		tl_tape_rewind(tape);
		tl_params_zero_gradients(n->set);
		tl_tensor loss =
			tl_mse(sums(n, tape), tl_input(tape, tl_dims(BATCH, 1), n->want), NULL);
		if (!tl_backward(loss) && isfinite(tl_params_clip_gradient_norm(n->set, 1)))
			tl_optimizer_step(adam);
		mean = 0.95 * mean + 0.05 * tl_item(loss);
		if (round % 10 == 0 && points < POINTS)
			at[points] = round, error[points++] = mean;
		if (round % 100 == 0 || round == rounds || mean <= learned || interrupted()) {
			printf("after %4d rounds: error %.4f\n", round, mean);
			fflush(stdout);
		}
	}
	tl_optimizer_destroy(adam);
	svg_curve curve = {tl_cell_get_kind(n->cell)->name, "#3b6ea8", at, error, points, false};
	return !tl_tape_error(tape) && svg_chart(path, "The adding problem, 50 steps", "round",
						 "mean squared error", &curve, 1);
}

/* A few of the last sums, said and true; the mean over all. */
static bool show(net *n, tl_tape *tape)
{
	uint64_t random = 1234567;
	double error = 0;
	draw(n, &random);
	tl_tape_set_training(tape, false);
	tl_tape_rewind(tape);
	const float *said = tl_value(sums(n, tape));
	if (!said)
		return false;
	for (int b = 0; b < BATCH; b++) {
		error += pow((double)(said[b] - n->want[b]), 2) / BATCH;
		if (b < 5)
			printf("says %6.3f, it is %.3f\n", (double)said[b], (double)n->want[b]);
	}
	printf("%d it has not seen: error %.4f; of saying 1: %.4f\n", BATCH, error,
	       nothing_learned);
	return true;
}

int main(int argc, char **argv)
{
	static net n;
	const tl_cell_kind *kind = tl_cell_kind_find("lstm");
	const char *out = "out";
	char path[512];
	bool quick = false;
	int rounds = 0, rest, status;
	const option option[] = {
		{"--cell", "NAME", OPTION_CELL, &kind, "kind of cell (lstm); list: all there are"},
		{"--rounds", "N", OPTION_COUNT, &rounds, "at most so many (2500)"},
		{"--quick", NULL, OPTION_FLAG, &quick, "60 rounds"},
		{"--out", "FOLDER", OPTION_FOLDER, &out, "where the picture goes (out)"},
	};
	const command c = {"adding",
			   "A net learns to add two marked numbers of 50. Ctrl-C ends the learning "
			   "and shows\nwhat it can so far; the exit status is then 130.",
			   option, sizeof option / sizeof *option, NULL};
	if (!options_read(&c, argc, argv, &rest, &status))
		return status;
	rounds = rounds ? rounds : quick ? 60 : ROUNDS;
	catch_interrupt();
	snprintf(path, sizeof path, "%s/adding.svg", out);
	tl_tape *tape = tl_tape_create(TL_F32);
	bool fine = net_create(&n, kind) && learn(&n, tape, rounds, path) && show(&n, tape);
	if (fine)
		printf("%s\n", path);
	else if (tl_tape_error(tape) || tl_params_error(n.set))
		fprintf(stderr, "%s\n",
			tl_tape_error(tape) ? tl_tape_error(tape) : tl_params_error(n.set));
	else
		perror(path);
	tl_tape_destroy(tape);
	tl_cell_destroy(n.cell);
	tl_params_destroy(n.set);
	return !fine ? EXIT_FAILURE : interrupted() ? INTERRUPTED : EXIT_SUCCESS;
}
