/*
 * State tracking: is the number of ones so far odd? A net that knows it has one bit of state, which
 * each 1 turns over: and for that a gate, or the new value, has to see the state. The gates of
 * minGRU and minLSTM (Feng et al. 2024) see the input alone, which lets all steps be computed at
 * once; and they keep between 0 and 1 of what was, so nothing can be turned over (Merrill, Petty &
 * Sabharwal 2024; Grazzi et al. 2024). All nets learn from strings of 40 bits, and are asked about
 * strings of 256.
 *
 *     parity --help
 *
 * Try --cell gru, or any other, beside them; or --bits 20.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "net.h"

enum { BATCH = 32, TEST_ROWS = 256, TEST_BATCHES = 4, NETS = 6, MANY = 1 << 20 };

static const char *const usual[] = {"rnn", "lstm", "slstm", "min_gru", "min_lstm"};

typedef struct task {
	net n;
	int bits, asked, units, steps;
	double rate;
	double *right; /* the share of strings that are right, after each bit */
} task;

typedef struct source {
	int bits, rows;
	uint64_t seed;
} source;

/* Bits [bits, rows, 1] as -1 and 1, and after each of them whether the ones are odd. */
static tl_status draw(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	const source *s = user;
	tl_random r = tl_random_stream(s->seed + (uint64_t)epoch, (uint64_t)index);
	float *x = tl_batch_input_room(batch, TL_F32, tl_dims(s->bits, s->rows, 1));
	int32_t *odd = tl_batch_target_room(batch, TL_I32, tl_dims(s->bits, s->rows));
	for (int i = 0; x && odd && i < s->bits * s->rows; i++) {
		int32_t bit = (int32_t)tl_random_below(&r, 2);
		x[i] = bit ? 1 : -1;
		odd[i] = bit ^ (i < s->rows ? 0 : odd[i - s->rows]);
	}
	return x && odd ? TL_OK : TL_ERROR_MEMORY;
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	task *t = user;
	return tl_cross_entropy(net_at_each_step(&t->n, tl_batch_input(batch, tape)),
				tl_batch_target(batch, tape), NULL);
}

/* How many strings are right after each bit, from scores [bits, rows, 2]. */
static void count(const float *score, const int32_t *odd, const source *s, double *right)
{
	double strings = TEST_ROWS * TEST_BATCHES;
	for (int i = 0; i < s->bits * s->rows; i++)
		right[i / s->rows] += ((score[2 * i + 1] > score[2 * i]) == odd[i]) / strings;
}

static bool test(task *t, example *e)
{
	source s = {t->asked, TEST_ROWS, 99};
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_batch *batch = tl_batch_create();
	tl_tape_set_training(tape, false);
	bool fine = tape && batch && (t->right = calloc((size_t)t->asked, sizeof(double)));
	for (int i = 0; fine && i < TEST_BATCHES; i++) {
		tl_tape_rewind(tape);
		fine = !draw(batch, 0, i, &s);
		loss(tape, batch, t);
		const float *score = fine ? tl_value(t->n.y) : NULL;
		if (score)
			count(score, batch->target.data, &s, t->right);
		fine = score != NULL;
	}
	if (!fine)
		example_fail(e, tl_tape_error(tape) ? tl_tape_error(tape) : "out of memory");
	tl_batch_destroy(batch);
	tl_tape_destroy(tape);
	return fine;
}

static bool train(task *t, example *e, const tl_cell_kind *kind)
{
	char weights[128];
	source s = {t->bits, BATCH, (uint64_t)e->seed << 32};
	tl_batches *learn = example_batches(draw, MANY, &s);
	tl_schedule rate = example_rate(t->rate, t->steps);
	tl_trainer_options o = example_training(e);
	snprintf(weights, sizeof weights, "-%.80s.safetensors", kind->name);
	o.loss = loss, o.user = t, o.train = learn, o.steps = t->steps, o.clip_norm = 1;
	o.schedule = &rate, o.checkpoint = example_path(e, weights), o.chart = NULL;
	if (e->speaks)
		printf("%s\n", kind->name);
	bool fine = net_create(&t->n, e, kind, net_cell(kind, 1, t->units, 0), 2) &&
		    net_train(&t->n, e, &o, t->rate, NULL) && test(t, e);
	tl_batches_destroy(learn);
	return fine;
}

/* Of each net, how many are right after so many bits; and how many bits they learned from. */
static bool draw_curves(const task *tasks, const tl_cell_kind *const *kind, int nets, example *e)
{
	tl_curve curves[NETS + 1];
	double after[] = {tasks->bits - 1, tasks->bits - 1}, ends[] = {1, 0.4};
	for (int k = 0; k < nets; k++)
		curves[k] = (tl_curve){
			.name = kind[k]->name, .y = tasks[k].right, .count = tasks[k].asked};
	curves[nets] = (tl_curve){
		.name = "end of training", .x = after, .y = ends, .count = 2, .color = "#909090"};
	const tl_chart chart = {.title = "Is the number of ones odd?",
				.x_name = "bits",
				.y_name = "share that is right",
				.curves = curves,
				.curve_count = nets + 1};
	return example_chart(e, ".svg", &chart, 1, NULL);
}

static void say(const task *t, const tl_cell_kind *kind, int which, example *e)
{
	char name[160];
	double right = 100 * t->right[t->asked - 1];
	snprintf(name, sizeof name, "%s, right after %d bits", kind->name, t->asked);
	figure f = {.name = name, .value = right, .unit = "%"};
	if (which < 3)
		f.least = 100;
	else if (which < 5)
		f.most = 60;
	example_figure(e, f);
	example_expect(e, which != 1 || right > 90, "the LSTM is right in less than 90 %");
}

int main(int argc, char **argv)
{
	static task tasks[NETS];
	const tl_cell_kind *kind[NETS] = {NULL};
	task t = {.bits = 40, .units = 16, .rate = 0.01};
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &kind[NETS - 1],
		 "one more kind of cell; list: all"},
		{"--bits", "N", OPTION_COUNT, &t.bits, "of the strings they learn from (40)"},
		{"--asked", "N", OPTION_COUNT, &t.asked, "bits they are asked about (256)"},
		{"--units", "N", OPTION_COUNT, &t.units, "of each cell (16)"},
		{"--steps", "N", OPTION_COUNT, &t.steps, "of training, 32 strings each (3000)"},
		{"--rate", "R", OPTION_NUMBER, &t.rate, "learning rate, which falls to 0 (0.01)"},
	};
	example e = {.name = "parity",
		     .about = "Nets learn whether the ones of 40 bits are odd, and are asked about "
			      "256: those whose gates\nsee the state, and two whose gates do not.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	if (e.quick)
		t.bits = 8;
	t.steps = t.steps ? t.steps : e.quick ? 200 : 3000;
	t.asked = t.asked ? t.asked : e.quick ? 12 : 256;
	int nets = 0;
	bool fine = true;
	for (int k = 0; fine && !e.interrupted && k < (kind[NETS - 1] ? NETS : NETS - 1); k++) {
		if (k < NETS - 1)
			kind[k] = tl_cell_kind_find(usual[k]);
		tasks[k] = t;
		fine = train(&tasks[k], &e, kind[k]);
		nets += fine;
	}
	if (fine && e.speaks && draw_curves(tasks, kind, nets, &e))
		for (int k = 0; k < nets; k++)
			say(&tasks[k], kind[k], k, &e);
	for (int k = 0; k < NETS; k++) {
		net_destroy(&tasks[k].n);
		free(tasks[k].right);
	}
	return example_end(&e);
}
