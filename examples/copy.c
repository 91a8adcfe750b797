/*
 * The copying problem (Hochreiter & Schmidhuber 1997; in this form Arjovsky, Shah & Bengio 2016):
 * ten symbols, a hundred blanks, a sign, and then the ten symbols have to be said again. Who
 * remembers nothing says blanks, and at the end each of the 8 symbols as likely as the others: a
 * loss of 10 ln 8 / (T + 20) a step. A vanilla net learns that much and no more; an LSTM whose
 * gates begin open over as many steps gets below.
 *
 *     copy --help
 *
 * Try --cell gru, or lem; --length 30 takes less time.
 */
#include <math.h>
#include <stdio.h>

#include "net.h"

enum { SYMBOLS = 8, BLANK = SYMBOLS, SIGN, INPUTS, SAID = BLANK + 1, BATCH = 32, TESTED = 320 };
enum { MANY = 1 << 20 };

typedef struct task {
	net n;
	int length, remembered, units, steps;
	double rate;
} task;

typedef struct source {
	const task *t;
	uint64_t seed;
} source;

/* Symbols [steps, rows], and what is to be said at each step. */
static tl_status draw(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	const source *s = user;
	int n = s->t->remembered, T = s->t->length, steps = T + 2 * n;
	tl_random r = tl_random_stream(s->seed + (uint64_t)epoch, (uint64_t)index);
	int32_t *x = tl_batch_input_room(batch, TL_I32, tl_dims(steps, BATCH));
	int32_t *y = tl_batch_target_room(batch, TL_I32, tl_dims(steps, BATCH));
	for (int i = 0; x && y && i < steps * BATCH; i++)
		x[i] = i / BATCH == n + T - 1 ? SIGN : BLANK, y[i] = BLANK;
	for (int i = 0; x && y && i < n * BATCH; i++)
		x[i] = y[i + (n + T) * BATCH] = (int32_t)tl_random_below(&r, SYMBOLS);
	return x && y ? TL_OK : TL_ERROR_MEMORY;
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	task *t = user;
	tl_tensor x = tl_one_hot(tl_batch_input(batch, tape), INPUTS);
	return tl_cross_entropy(net_at_each_step(&t->n, x), tl_batch_target(batch, tape), NULL);
}

/* The share of the symbols to be remembered that it says. */
static double right(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	const task *t = user;
	int64_t rows = batch->rows, before = (t->remembered + t->length) * rows;
	const float *scores = tl_value(t->n.y);
	tl_accuracy a = {0};
	(void)tape;
	(void)weight;
	if (scores)
		tl_accuracy_add_scores(&a, scores + before * SAID, SAID,
				       (const int32_t *)batch->target.data + before, NULL,
				       t->remembered * rows);
	return tl_accuracy_value(&a);
}

static bool train(task *t, example *e, const tl_cell_kind *kind, const char *weights)
{
	source learning = {t, (uint64_t)e->seed << 32}, testing = {t, 99};
	tl_cell_options cell = net_cell(kind, INPUTS, t->units, t->length + t->remembered);
	tl_batches *learn = example_batches(draw, MANY, &learning);
	tl_batches *test = example_batches(draw, TESTED / BATCH, &testing);
	const tl_metric share = {"right", right, true};
	tl_trainer_options o = example_training(e);
	o.loss = loss, o.user = t, o.train = learn, o.steps = t->steps, o.clip_norm = 1;
	o.metrics = &share, o.metric_count = 1;
	o.checkpoint = example_path(e, weights), o.chart = NULL;
	if (e->speaks)
		printf("%s\n", kind->name);
	bool fine =
		net_create(&t->n, e, kind, cell, SAID) && net_train(&t->n, e, &o, t->rate, test);
	tl_batches_destroy(learn);
	tl_batches_destroy(test);
	return fine;
}

/* Both losses over the steps, and that of a net without memory. */
static bool draw_curves(const task *gated, const task *vanilla, const char *name, double baseline,
			example *e)
{
	const double ends[] = {0, gated->n.state.step > 1 ? (double)gated->n.state.step : 1};
	const double level[] = {baseline, baseline};
	const tl_curve curves[] = {
		net_curve(&gated->n, name),
		net_curve(&vanilla->n, "vanilla"),
		{.name = "no memory", .x = ends, .y = level, .count = 2, .color = "#909090"}};
	char title[128];
	snprintf(title, sizeof title, "%d symbols said again after %d steps", gated->remembered,
		 gated->length);
	const tl_chart chart = {.title = title,
				.x_name = "step of training",
				.y_name = "loss of a step (nats)",
				.curves = curves,
				.curve_count = 3,
				.log_y = true};
	return example_chart(e, ".svg", &chart, 1, NULL);
}

static void say(const task *gated, const task *vanilla, double baseline, example *e)
{
	printf("without memory the loss is 10 ln 8 / (T + 20) = %.4f\n", baseline);
	example_figure(e, (figure){.name = "loss", .value = gated->n.loss, .most = baseline});
	example_figure(
		e,
		(figure){.name = "symbols right", .value = gated->n.metric[0] * 100, .unit = "%"});
	example_figure(e, (figure){.name = "loss of the vanilla net",
				   .value = vanilla->n.loss,
				   .least = 0.98 * baseline});
	example_figure(e, (figure){.name = "symbols right, vanilla net",
				   .value = vanilla->n.metric[0] * 100,
				   .unit = "%"});
	example_expect(e, gated->n.loss < 0.7 * baseline, "it remembers too little");
}

int main(int argc, char **argv)
{
	static task gated, vanilla;
	const tl_cell_kind *kind = tl_cell_kind_find("lstm");
	gated = (task){.length = 100, .remembered = 10, .units = 64, .rate = 0.01};
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &kind,
		 "kind of cell beside the vanilla net (lstm); list: all"},
		{"--length", "T", OPTION_COUNT, &gated.length, "blanks between (100)"},
		{"--symbols", "N", OPTION_COUNT, &gated.remembered, "to remember (10)"},
		{"--units", "N", OPTION_COUNT, &gated.units, "of each cell (64)"},
		{"--steps", "N", OPTION_COUNT, &gated.steps, "of training, 32 strings each (2000)"},
		{"--rate", "R", OPTION_NUMBER, &gated.rate, "learning rate (0.01)"},
	};
	example e = {.name = "copy",
		     .about = "Nets read ten symbols and say them again after a hundred steps: an "
			      "LSTM, and a vanilla net\nof as many units. Ctrl-C ends a training.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	if (e.quick)
		gated.length = 3, gated.remembered = 2;
	gated.steps = gated.steps ? gated.steps : e.quick ? 250 : 2000;
	vanilla = gated;
	double baseline = gated.remembered * log(SYMBOLS) / (gated.length + 2 * gated.remembered);
	if (train(&gated, &e, kind, ".safetensors") &&
	    train(&vanilla, &e, tl_cell_kind_find("rnn"), "-vanilla.safetensors") && e.speaks &&
	    draw_curves(&gated, &vanilla, kind->name, baseline, &e))
		say(&gated, &vanilla, baseline, &e);
	net_destroy(&gated.n);
	net_destroy(&vanilla.n);
	return example_end(&e);
}
