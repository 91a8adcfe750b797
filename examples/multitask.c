/*
 * Two tasks, one trunk. An LSTM follows a pen; one head says which character was written, another
 * where the pen goes next. Of one drawing of each character it is told which it is; of where a pen
 * goes next, whatever is written is an example. Three nets of one size learn:
 *
 *     apart      the trunk where the pen goes next; the first head only to read what it has there
 *     together   both losses train the trunk (Caruana 1997, "Multitask learning")
 *     alone      which character, from those that have been told
 */
#include <stdio.h>

#include "example.h"
#include "penforecast.h"
#include "strokes.h"

enum { TOLD = 32, ROWS = 64, GAUSSIANS = 5, BATCHES = 50, TESTED = 8, MOST_EPOCHS = 400 };

typedef enum way { APART, TOGETHER, ALONE, WAYS } way;
static const char few[] = "十大上小人口日木";
static const char more[] = "十大上小人口日木山水火土石天中手";
static const char *const ways[WAYS] = {"apart", "together", "alone"};

typedef struct model {
	const tl_cell_kind *kind;
	int hidden, each; /* of each character so many have been told */
	way way;
	tl_params *set;
	tl_cell *cell;
	tl_param *C, *c, *V, *d; /* the heads: which character, where next */
	strokes strokes;
	tl_tensor score, next; /* of the present batch: of characters; the loss of the pen */
	int epochs[WAYS];      /* after each: wrong characters in 100, the loss of the pen */
	double wrong[WAYS][MOST_EPOCHS], pen[WAYS][MOST_EPOCHS];
} model;

/* Half of the rows are told, always the same ones; the others are new, and nobody says which: -1.
 */
static tl_status fill(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	const model *m = user;
	const strokes_choice of = {.rows = ROWS, .amount = 2, .same = TOLD, .each = m->each};
	tl_random random = tl_random_stream(1000 + (uint64_t)epoch, (uint64_t)index);
	tl_status status = strokes_fill(batch, &m->strokes, &of, &random);
	for (int row = TOLD; row < ROWS && !status; row++)
		((int32_t *)batch->input.data)[row] = -1;
	return status;
}

static tl_status fill_test(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	const model *m = user;
	tl_random random = tl_random_stream(1, (uint64_t)index);
	(void)epoch;
	const strokes_choice of = {.rows = ROWS, .amount = 2};
	return strokes_fill(batch, &m->strokes, &of, &random);
}

static bool model_create(model *m, example *e)
{
	tl_params *set = m->set = tl_params_create(TL_F32);
	tl_params_set_seed(set, (uint64_t)e->seed);
	m->cell = example_cell(e, set, m->kind, "trunk", POINT, m->hidden);
	if (!m->cell)
		return false;
	int64_t shown = tl_cell_state_shape(m->cell, 0).dim[0], said = FORECAST_SIZE(GAUSSIANS);
	m->C = tl_params_add(set, "C", tl_dims(m->strokes.count, shown), tl_init_glorot_uniform());
	m->c = tl_params_add(set, "c", tl_dims(m->strokes.count), tl_init_zeros());
	m->V = tl_params_add(set, "V", tl_dims(said, shown), tl_init_glorot_uniform());
	m->d = tl_params_add(set, "d", tl_dims(said), tl_init_zeros());
	return !tl_params_error(set) || example_fail(e, tl_params_error(set));
}

/* -log of the likelihood of each next point, in the mean. */
static tl_tensor next_loss(const model *m, tl_tensor h, tl_tensor point, tl_tensor weight)
{
	const int64_t steps = tl_tensor_dim(h, 0);
	tl_tensor V = tl_use(h.tape, m->V), d = tl_use(h.tape, m->d);
	tl_tensor y = tl_linear(tl_slice(h, 0, 0, steps - 1, 1), V, d);
	point = tl_slice(point, 0, 1, steps, 1), weight = tl_slice(weight, 0, 1, steps, 1);
	tl_tensor likely = forecast_log_likelihood(forecast_of(y, GAUSSIANS), point);
	return tl_neg(tl_div(tl_sum(tl_mul(likely, weight), TL_ALL), tl_sum(weight, TL_ALL)));
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	model *m = user;
	tl_tensor point = tl_batch_target(batch, tape);
	tl_unroll_options of = {.lengths = tl_batch_lengths(batch, tape)};
	tl_unrolled trunk = tl_unroll(m->cell, point, &of);
	tl_tensor h = trunk.final_state.h, last = m->way == APART ? tl_detach(h) : h;
	m->score = tl_linear(last, tl_use(tape, m->C), tl_use(tape, m->c));
	m->next = next_loss(m, trunk.h, point, tl_batch_weights(batch, tape));
	const tl_cross_entropy_options told = {.use_ignore_index = true, .ignore_index = -1};
	tl_tensor which = tl_cross_entropy(m->score, tl_batch_input(batch, tape), &told);
	return m->way == ALONE ? which : tl_add(which, m->next);
}

/* The share of wrong characters in a batch of the test. */
static double wrong(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	model *m = user;
	int w = m->way, n = batch->index ? m->epochs[w] : ++m->epochs[w]; /* 0: it begins */
	tl_accuracy right = {0};
	const float *score = tl_value(m->score);
	(void)tape, (void)weight;
	const int32_t *code = batch->input.data;
	if (score)
		tl_accuracy_add_scores(&right, score, m->strokes.count, code, NULL, batch->rows);
	m->wrong[w][n] += 100 * (1 - tl_accuracy_value(&right)) / TESTED;
	m->pen[w][n] += tl_item(m->next) / TESTED;
	return 1 - tl_accuracy_value(&right);
}

static bool train(model *m, example *e, way way, int epochs)
{
	static const tl_metric metric = {"wrong", wrong, false};
	m->way = way;
	if (!model_create(m, e))
		return false;
	tl_batches *learn = example_batches(fill, BATCHES, m);
	tl_batches *test = example_batches(fill_test, TESTED, m);
	tl_optimizer *adam = tl_adam_create(m->set, NULL);
	tl_schedule rate = example_rate(5e-3, epochs * BATCHES);
	tl_trainer_options o = example_training_of(e, ways[way]);
	o.loss = loss, o.user = m, o.optimizer = adam, o.schedule = &rate, o.clip_norm = 1;
	o.train = learn, o.validation = test, o.metrics = &metric, o.metric_count = 1;
	o.epochs = epochs, o.cells = &m->cell, o.cell_count = 1;
	tl_trainer *trainer = tl_trainer_create(m->set, &o);
	printf("--- %s ---\n", ways[way]);
	bool fine = example_train(e, trainer);
	if (fine && !m->epochs[way]) /* it has been trained before */
		tl_trainer_evaluate(trainer, test, NULL);
	tl_trainer_destroy(trainer), tl_optimizer_destroy(adam);
	tl_batches_destroy(learn), tl_batches_destroy(test);
	tl_cell_destroy(m->cell), tl_params_destroy(m->set);
	return fine;
}

static void show(const model *m, example *e)
{
	tl_curve wrong[WAYS], pen[WAYS];
	char name[64];
	int done = 0;
	for (int w = 0; w < WAYS && m->epochs[w]; w++, done++) {
		const int n = m->epochs[w];
		wrong[w] = (tl_curve){.name = ways[w], .y = m->wrong[w] + 1, .count = n};
		pen[w] = (tl_curve){.name = ways[w], .y = m->pen[w] + 1, .count = n};
		snprintf(name, sizeof name, "wrong characters, %s", ways[w]);
		example_figure(e, (figure){name, m->wrong[w][n], .unit = "%"});
		snprintf(name, sizeof name, "loss of the pen, %s", ways[w]);
		if (w != ALONE)
			example_figure(e, (figure){name, m->pen[w][n], .unit = "nats"});
	}
	tl_chart charts[] = {
		{.title = "Characters taken for others", .x_name = "epoch", .y_name = "%"},
		{.title = "Where the pen goes next", .x_name = "epoch", .y_name = "nats a point"}};
	charts[0].curves = wrong, charts[0].curve_count = done;
	charts[1].curves = pen, charts[1].curve_count = done < ALONE ? done : ALONE;
	example_chart(e, ".svg", charts, 2, NULL);
	const double *y = m->pen[TOGETHER], *x = m->wrong[TOGETHER];
	const int n = m->epochs[TOGETHER];
	example_expect(e, x[n] < 50 && y[n] < y[1] - 0.5, "a loss does not fall");
}

int main(int argc, char **argv)
{
	static model m = {.hidden = 64, .each = 1};
	m.kind = tl_cell_kind_find("lstm");
	int epochs = 0;
	const option options[] = {
		{"--cell", "NAME", OPTION_CELL, &m.kind, "kind of cell (lstm)"},
		{"--hidden", "N", OPTION_COUNT, &m.hidden, "units of the trunk (64)"},
		{"--each", "N", OPTION_COUNT, &m.each, "so many of each character are told (1)"},
		{"--epochs", "N", OPTION_COUNT, &epochs, "of 50 steps (20)"},
	};
	example e = {.name = "multitask",
		     .about = "One LSTM tells characters apart, and where a pen goes next.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	tl_error error;
	const char *path = example_data(&e, "handwriting", "chinese.csv");
	bool fine = path != NULL;
	if (path && strokes_read(&m.strokes, path, e.quick ? few : more, &error))
		fine = example_fail(&e, error.text);
	m.hidden = e.quick ? 48 : m.hidden;
	epochs = epochs ? epochs : e.quick ? 5 : 20;
	for (way w = APART; w < WAYS && fine && !e.interrupted; w++)
		fine = train(&m, &e, w, epochs < MOST_EPOCHS ? epochs : MOST_EPOCHS - 1);
	if (fine)
		show(&m, &e);
	strokes_finish(&m.strokes);
	return example_end(&e);
}
