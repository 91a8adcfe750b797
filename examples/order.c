/*
 * Temporal order (Hochreiter & Schmidhuber 1997, experiment 6a): among a hundred distracting
 * symbols stand two that count, each X or Y. In which order? The class (XX, XY, YX or YY) is asked
 * at the end, fifty steps after the second. With --three there are three of them and 8 classes
 * (6b).
 *
 *     order --help
 *
 * Strings have 100 to 110 symbols, so rows of a batch end at different steps. Try --cell rnn, which
 * does not get there, and gru, or lem.
 */
#include <math.h>
#include <stdio.h>

#include "net.h"

enum { X = 0, Y, BEGIN, END, OTHERS, SYMBOLS = OTHERS + 4 };
enum { BATCH = 32, TEST_ROWS = 256, TESTED = 2560, MANY = 1 << 20, SPREAD = 11 };

typedef struct task {
	net n;
	const tl_cell_kind *kind;
	bool three;
	int length, units, steps;
	double rate;
} task;

typedef struct source {
	const task *t;
	int rows;
	uint64_t seed;
} source;

/* Where those that count may stand, in tenths (6a) or hundredths (6b) of the length. */
static int64_t place(const task *t, int which, tl_random *r)
{
	static const double from[2][3] = {{0.1, 0.5, 0}, {0.1, 0.33, 0.66}};
	return (int64_t)(from[t->three][which] * t->length) + tl_random_below(r, t->length / 10);
}

static int32_t draw_row(const task *t, tl_random *r, int32_t *symbol, int rows, int steps)
{
	int32_t class = 0;
	for (int k = 0; k < steps; k++)
		symbol[k * rows] = (int32_t)(OTHERS + tl_random_below(r, 4));
	symbol[0] = BEGIN, symbol[(steps - 1) * rows] = END;
	for (int which = 0; which < 2 + t->three; which++) {
		int32_t is = tl_random_below(r, 2) ? Y : X;
		symbol[place(t, which, r) * rows] = is;
		class = 2 * class + (is == Y);
	}
	return class;
}

/* Symbols [steps, rows], lengths and classes [rows]. */
static tl_status draw(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	const source *s = user;
	int longest = s->t->length + SPREAD - 1, rows = s->rows;
	tl_random r = tl_random_stream(s->seed + (uint64_t)epoch, (uint64_t)index);
	int32_t *symbol = tl_batch_input_room(batch, TL_I32, tl_dims(longest, rows));
	int32_t *class = tl_batch_target_room(batch, TL_I32, tl_dims(rows));
	int32_t *length = tl_batch_lengths_room(batch, rows);
	if (!symbol || !class || !length)
		return TL_ERROR_MEMORY;
	for (int i = 0; i < longest * rows; i++)
		symbol[i] = END;
	for (int b = 0; b < rows; b++) {
		length[b] = s->t->length + (int32_t)tl_random_below(&r, SPREAD);
		class[b] = draw_row(s->t, &r, symbol + b, rows, length[b]);
	}
	return TL_OK;
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	task *t = user;
	tl_tensor x = tl_one_hot(tl_batch_input(batch, tape), SYMBOLS);
	return tl_cross_entropy(net_at_the_end(&t->n, x, tl_batch_lengths(batch, tape)),
				tl_batch_target(batch, tape), NULL);
}

static double right(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	const task *t = user;
	const float *scores = tl_value(t->n.y);
	tl_accuracy a = {0};
	(void)tape;
	(void)weight;
	if (scores)
		tl_accuracy_add_scores(&a, scores, t->three ? 8 : 4, batch->target.data, NULL,
				       batch->rows);
	return tl_accuracy_value(&a);
}

static bool train(task *t, example *e)
{
	source learning = {t, BATCH, (uint64_t)e->seed << 32}, testing = {t, TEST_ROWS, 99};
	source looking = {t, TEST_ROWS, 98};
	tl_batches *learn = example_batches(draw, MANY, &learning);
	tl_batches *look = example_batches(draw, 1, &looking);
	tl_batches *test = example_batches(draw, TESTED / TEST_ROWS, &testing);
	const tl_metric metric = {"right", right, true};
	tl_schedule rate = example_rate(t->rate, t->steps);
	tl_trainer_options o = example_training(e);
	o.loss = loss, o.user = t, o.train = learn, o.steps = t->steps, o.clip_norm = 1;
	o.validation = look, o.evaluate_every = t->steps > 50 ? t->steps / 50 : 1;
	o.metrics = &metric, o.metric_count = 1, o.best_by = "right", o.schedule = &rate;
	bool fine = net_train(&t->n, e, &o, t->rate, test);
	tl_batches_destroy(learn);
	tl_batches_destroy(look);
	tl_batches_destroy(test);
	return fine;
}

static void say(const task *t, example *e)
{
	tl_trainer_state s = t->n.state;
	const char *wrong = t->three ? "2 (LSTM: Hochreiter & Schmidhuber 1997)"
				     : "1 (LSTM: Hochreiter & Schmidhuber 1997)";
	const char *needed = t->three ? "571,100 (the same)" : "31,390 (the same)";
	example_figure(e, (figure){.name = "wrong of 2,560",
				   .value = round((1 - t->n.metric[0]) * TESTED),
				   .most = 1,
				   .published = wrong});
	if (s.best >= 1)
		example_figure(e, (figure){.name = "strings read until all of 256 were right",
					   .value = (double)(s.best_step * BATCH),
					   .published = needed});
	example_expect(e, t->n.metric[0] > 0.9, "more than a tenth is wrong");
}

int main(int argc, char **argv)
{
	static task t = {.length = 100, .units = 24, .rate = 0.01};
	t.kind = tl_cell_kind_find("lstm");
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &t.kind,
		 "kind of cell (lstm); list: all there are"},
		{"--three", NULL, OPTION_FLAG, &t.three, "three symbols that count, 8 classes"},
		{"--length", "T", OPTION_COUNT, &t.length, "symbols of a string (100), to T + 10"},
		{"--units", "N", OPTION_COUNT, &t.units, "of the cell (24)"},
		{"--steps", "N", OPTION_COUNT, &t.steps, "of training, 32 strings each (1500)"},
		{"--rate", "R", OPTION_NUMBER, &t.rate, "learning rate, which falls to 0 (0.01)"},
	};
	example e = {.name = "order",
		     .about = "A net reads a hundred symbols and says in which order two of them "
			      "came.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	if (e.quick)
		t.length = 20;
	t.steps = t.steps ? t.steps : e.quick ? 150 : 1500;
	if (t.length < 10)
		example_fail(&e, "a string has 10 symbols or more");
	else if (net_create(&t.n, &e, t.kind, net_cell(t.kind, SYMBOLS, t.units, t.length),
			    4 << t.three) &&
		 train(&t, &e) && e.speaks)
		say(&t, &e);
	net_destroy(&t.n);
	return example_end(&e);
}
