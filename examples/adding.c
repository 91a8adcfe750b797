/*
 * The adding problem (Hochreiter & Schmidhuber 1997, experiment 4): of a hundred numbers two are
 * marked; say their sum. The net must keep the first for fifty steps and more. One that remembers
 * nothing does best by always saying 1, with an error of 1/6.
 *
 *     adding --help
 *
 * A forget gate that begins at 0.73 (a bias of 1) keeps 0.73^50 of what it was given: nothing. Here
 * gates begin open over up to as many steps as there are (chrono: Tallec & Ollivier 2018). Try
 * --cell rnn, which does not get there, --cell gru, and --cell lem, which takes a fourth of the
 * steps; or --length 400.
 */
#include <math.h>
#include <stdio.h>

#include "marked.h"
#include "net.h"

enum { BATCH = 50, TESTED = 2560, TEST_ROWS = 256, MANY = 1 << 20, SHOWN = 5 };

static const double nothing_learned = 1 / 6.0, is_wrong = 0.04;

typedef struct task {
	net n;
	const tl_cell_kind *kind;
	int length, units, steps;
	double rate;
} task;

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	task *t = user;
	tl_tensor said = net_at_the_end(&t->n, tl_batch_input(batch, tape), TL_NONE);
	return tl_mse(said, tl_batch_target(batch, tape), NULL);
}

/* The share of sums that are wrong by 0.04 or more. The paper's sums are half as large, and wrong
 * by as much: here a sum must be twice as near. */
static double wrong(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	const task *t = user;
	const float *said = tl_value(t->n.y), *sum = batch->target.data;
	double count = 0;
	(void)tape;
	(void)weight;
	for (int64_t b = 0; said && b < batch->rows; b++)
		count += fabs((double)said[b] - (double)sum[b]) >= is_wrong;
	return said ? count / (double)batch->rows : NAN;
}

static bool train(task *t, example *e)
{
	marked learning = {t->length, BATCH, (uint64_t)e->seed << 32};
	marked testing = {t->length, TEST_ROWS, 99}, looking = {t->length, TEST_ROWS, 98};
	tl_batches *learn = example_batches(marked_draw, MANY, &learning);
	tl_batches *look = example_batches(marked_draw, 1, &looking);
	tl_batches *test = example_batches(marked_draw, TESTED / TEST_ROWS, &testing);
	const tl_metric share = {"wrong", wrong, false};
	tl_schedule rate = example_rate(t->rate, t->steps);
	tl_trainer_options o = example_training(e);
	o.loss = loss, o.user = t, o.train = learn, o.steps = t->steps, o.clip_norm = 1;
	o.validation = look, o.metrics = &share, o.metric_count = 1;
	o.evaluate_every = t->steps > 20 ? t->steps / 20 : 1;
	o.schedule = &rate;
	bool fine = net_train(&t->n, e, &o, t->rate, test);
	tl_batches_destroy(learn);
	tl_batches_destroy(look);
	tl_batches_destroy(test);
	return fine;
}

/* A few sums that it has not seen, said and true. */
static bool show(task *t, example *e)
{
	marked s = {t->length, SHOWN, 97};
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_batch *batch = tl_batch_create();
	tl_tape_set_training(tape, false);
	bool fine =
		batch && !marked_draw(batch, 0, 0, &s) && isfinite(tl_item(loss(tape, batch, t)));
	const float *said = fine ? tl_value(t->n.y) : NULL, *sum = fine ? batch->target.data : NULL;
	for (int b = 0; b < SHOWN && said; b++)
		printf("says %6.3f, it is %.3f\n", (double)said[b], (double)sum[b]);
	if (!said)
		example_fail(e, tl_tape_error(tape) ? tl_tape_error(tape) : "out of memory");
	tl_batch_destroy(batch);
	tl_tape_destroy(tape);
	return said != NULL;
}

int main(int argc, char **argv)
{
	task t = {.kind = tl_cell_kind_find("lstm"), .length = 100, .units = 32, .rate = 0.02};
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &t.kind,
		 "kind of cell (lstm); list: all there are"},
		{"--length", "T", OPTION_COUNT, &t.length, "numbers to read (100)"},
		{"--units", "N", OPTION_COUNT, &t.units, "of the cell (32)"},
		{"--steps", "N", OPTION_COUNT, &t.steps, "of training, 50 sequences each (4500)"},
		{"--rate", "R", OPTION_NUMBER, &t.rate, "learning rate, which falls to 0 (0.02)"},
	};
	example e = {.name = "adding",
		     .about = "A net learns to add two marked numbers of a hundred. Ctrl-C ends "
			      "the learning and shows\nwhat it can so far; the exit status is then "
			      "130.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	if (e.quick)
		t.length = 12;
	t.steps = t.steps ? t.steps : e.quick ? 300 : 4500;
	/* Of a clocked cell most units are idle at most steps. */
	tl_cell_options o =
		net_cell(t.kind, 2, t.kind->uses_step ? 4 * t.units : t.units, t.length);
	if (net_create(&t.n, &e, t.kind, o, 1) && train(&t, &e) && e.speaks && show(&t, &e)) {
		double count = t.n.metric[0] * TESTED;
		printf("%d it has not seen: error %.5f; of saying 1: %.4f\n", TESTED, t.n.loss,
		       nothing_learned);
		example_figure(&e, (figure){.name = "squared error", .value = t.n.loss});
		example_figure(&e,
			       (figure){.name = "wrong of 2,560",
					.value = count,
					.most = 1,
					.published = "1 (LSTM, T = 100, within 0.08 of the sum: "
						     "Hochreiter & Schmidhuber 1997)"});
		example_expect(&e, t.n.loss < nothing_learned / 2, "its error is above 1/12");
	}
	net_destroy(&t.n);
	return example_end(&e);
}
