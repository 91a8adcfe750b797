/*
 * The adding problem (Hochreiter & Schmidhuber 1997): of 50 numbers two are marked; say their sum.
 * A net that remembers nothing does best by always saying 1, with an error of 1/6.
 *
 *     adding --help
 *
 * Try --cell rnn, which does not get there, and --cell peephole or gru, which do.
 */
#include <stdio.h>
#include <stdlib.h>

#include <tapeloop/train.h>

#include "options.h"

enum { STEPS = 50, BATCH = 50, HIDDEN = 32, MOST = 2500, TEST = 1000000 };

static const double nothing_learned = 1 / 6.0, learned = 0.005;

typedef struct net {
	tl_params *set;
	tl_cell *cell;
	tl_param *V, *c;
	tl_tensor said;
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

/* Inputs [STEPS, BATCH, 2]: a number, and whether it counts; one in each half does. */
static tl_status draw(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	tl_random r = tl_random_stream((uint64_t)epoch, (uint64_t)index);
	float *x = tl_batch_input_room(batch, TL_F32, tl_dims(STEPS, BATCH, 2));
	float *sum = tl_batch_target_room(batch, TL_F32, tl_dims(BATCH, 1));
	(void)user;
	for (int b = 0; x && sum && b < BATCH; b++) {
		int64_t first = tl_random_below(&r, STEPS / 2);
		int64_t second = STEPS / 2 + tl_random_below(&r, STEPS / 2);
		sum[b] = 0;
		for (int t = 0; t < STEPS; t++) {
			float *at = &x[(t * BATCH + b) * 2];
			at[0] = (float)tl_random_uniform(&r);
			at[1] = t == first || t == second;
			sum[b] += at[0] * at[1];
		}
	}
	return x && sum ? TL_OK : TL_ERROR_MEMORY;
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	net *n = user;
	tl_tensor h = tl_unroll(n->cell, tl_batch_input(batch, tape), NULL).final_state.h;
	n->said = tl_linear(h, tl_use(tape, n->V), tl_use(tape, n->c));
	return tl_mse(n->said, tl_batch_target(batch, tape), NULL);
}

static bool go_on(tl_trainer *trainer, void *user)
{
	tl_trainer_state s = tl_trainer_get_state(trainer);
	(void)user;
	return s.step < 50 || s.smooth_loss > learned;
}

/* The error on a batch it has not seen, and a few of its sums, said and true. */
static bool show(net *n, tl_trainer *trainer, tl_batches *source)
{
	tl_tape *tape = tl_trainer_tape(trainer);
	tl_batch *batch = tl_batch_create();
	bool fine = !tl_batches_fill(source, 0, TEST - 1, batch, NULL);
	tl_tape_rewind(tape);
	tl_tape_set_training(tape, false);
	double error = fine ? tl_item(loss(tape, batch, n)) : 0;
	const float *said = fine ? tl_value(n->said) : NULL,
		    *sum = batch ? batch->target.data : NULL;
	for (int b = 0; b < 5 && said; b++)
		printf("says %6.3f, it is %.3f\n", (double)said[b], (double)sum[b]);
	if (said)
		printf("%d it has not seen: error %.4f; of saying 1: %.4f\n", BATCH, error,
		       nothing_learned);
	tl_tape_rewind(tape);
	tl_batch_destroy(batch);
	return said != NULL;
}

int main(int argc, char **argv)
{
	net n = {0};
	const tl_cell_kind *kind = tl_cell_kind_find("lstm");
	const char *out = "out";
	char path[512];
	bool quick = false;
	int steps = 0, rest, status;
	const option option[] = {
		{"--cell", "NAME", OPTION_CELL, &kind, "kind of cell (lstm); list: all there are"},
		{"--steps", "N", OPTION_COUNT, &steps, "at most so many (2500)"},
		{"--quick", NULL, OPTION_FLAG, &quick, "60 steps"},
		{"--out", "FOLDER", OPTION_FOLDER, &out, "where the picture goes (out)"},
	};
	const command c = {"adding",
			   "A net learns to add two marked numbers of 50. Ctrl-C ends the learning "
			   "and shows\nwhat it can so far; the exit status is then 130.",
			   option, sizeof option / sizeof *option, NULL};
	if (!options_read(&c, argc, argv, &rest, &status))
		return status;
	snprintf(path, sizeof path, "%s/adding.svg", out);
	bool fine = net_create(&n, kind);
	tl_optimizer *adam = tl_adam_create(
		n.set, &(tl_adam_options){.learning_rate = kind->uses_step ? 0.003 : 0.01});
	tl_batches *source = tl_batches_create(&(tl_batches_options){.fill = draw, .count = TEST});
	tl_trainer *trainer =
		tl_trainer_create(n.set, &(tl_trainer_options){.loss = loss,
							       .user = &n,
							       .optimizer = adam,
							       .train = source,
							       .steps = steps   ? steps
									: quick ? 60
										: MOST,
							       .clip_norm = 1,
							       .on_step = go_on,
							       .chart = path,
							       .progress = stdout,
							       .interruptible = true});
	fine = fine && !tl_trainer_run(trainer) && (tl_process_rank() || show(&n, trainer, source));
	bool interrupted = tl_trainer_get_state(trainer).interrupted;
	if (fine && !tl_process_rank())
		printf("%s\n", path);
	else if (!fine)
		fprintf(stderr, "adding: %s\n",
			tl_params_error(n.set) ? tl_params_error(n.set)
					       : tl_trainer_error(trainer));
	tl_trainer_destroy(trainer);
	tl_batches_destroy(source);
	tl_optimizer_destroy(adam);
	tl_cell_destroy(n.cell);
	tl_params_destroy(n.set);
	return !fine ? EXIT_FAILURE : interrupted ? INTERRUPTED : EXIT_SUCCESS;
}
