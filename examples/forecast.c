/*
 * The next value of a time series, and how sure the nets are of it. A cell reads the last 48
 * values; a direct link from the last 12 to the output begins as the autoregression AR(12), fitted
 * by least squares, so that the net learns what that leaves. It says a mean and a standard
 * deviation, and its loss is how unlikely the truth was; four nets together are surer than each.
 * Sunspots by year, the sea by month, a city's weather by day.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "autoregression.h"
#include "net.h"
#include "series.h"

enum { STEPS = 48, UNITS = 32, NETS = 4, SHOWN = 120 };
static const double middle_80 = 1.2816; /* of a normal distribution, in standard deviations */

typedef struct task {
	net n;
	tl_param *A;                 /* the direct link */
	tl_tensor center, deviation; /* what it says */

	series s;
	/* Of each time that is asked about: what each net says, and what is drawn. */
	int which;
	double says[NETS][SERIES_LONGEST], unsure[NETS][SERIES_LONGEST];
	double mean[SERIES_LONGEST], low[SERIES_LONGEST], high[SERIES_LONGEST],
		linear[SERIES_LONGEST], time[SERIES_LONGEST];
} task;

/* It begins as AR(12): its own part is zero. */
static bool create(task *t, example *e, const tl_cell_kind *kind, int columns)
{
	autoregression a;
	if (!net_create(&t->n, e, kind, net_cell(kind, columns, UNITS, 0), 2))
		return false;
	t->A = tl_params_add(t->n.set, "A", tl_dims(1, AR_ORDER), tl_init_zeros());
	if (!t->A || !autoregression_fit(&a, t->s.scaled, t->s.known))
		return example_fail(e, "AR(12) cannot be fitted");
	for (int k = 0; k < AR_ORDER; k++)
		tl_param_value_float(t->A)[k] = (float)a.weights[k];
	memset(tl_param_value_float(t->n.V), 0, 2 * UNITS * sizeof(float));
	tl_param_value_float(t->n.b)[0] = (float)a.bias;
	return true;
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	task *t = user;
	tl_tensor x = tl_batch_input(batch, tape), y = net_at_the_end(&t->n, x, TL_NONE);
	tl_tensor last = tl_slice(tl_slice(x, 0, STEPS - AR_ORDER, STEPS, 1), 2, 0, 1, 1);
	last = tl_reshape(tl_permute(last, (const int[]){1, 0, 2}), tl_dims(batch->rows, AR_ORDER));
	t->center = tl_add(tl_linear(last, tl_use(tape, t->A), TL_NONE), tl_slice(y, 1, 0, 1, 1));
	t->deviation = tl_add_scalar(tl_softplus(tl_slice(y, 1, 1, 2, 1)), 0.002);
	tl_tensor off = tl_div(tl_sub(tl_batch_target(batch, tape), t->center), t->deviation);
	return tl_mean(tl_add(tl_log(t->deviation), tl_scale(tl_square(off), 0.5)), TL_ALL);
}

/* Keeps what the net says of all that is asked, which is one batch, each value from those before.
 */
static double keep(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	task *t = user;
	const float *center = tl_value(t->center), *deviation = tl_value(t->deviation);
	(void)tape, (void)weight;
	for (int64_t i = 0; center && deviation && i < batch->rows; i++) {
		t->says[t->which][i] = (double)center[i];
		t->unsure[t->which][i] = (double)deviation[i];
	}
	return 0;
}

static double rmse(const task *t, const double *foretold)
{
	tl_regression r = {0};
	tl_regression_add_double(&r, foretold, t->s.raw + t->s.known, t->s.count - t->s.known);
	return tl_regression_rmse(&r);
}

static void report(task *t, example *e)
{
	const series *s = &t->s;
	char name[96];
	autoregression a;
	const double *asked = t->s.raw + t->s.known;
	const int count = (int)(t->s.count - t->s.known), from = count > SHOWN ? count - SHOWN : 0;
	int inside = 0;
	autoregression_fit(&a, t->s.raw, t->s.known);
	for (int i = 0; i < count; i++) {
		double mean = 0, squares = 0;
		for (int k = 0; k < NETS; k++) {
			mean += t->says[k][i] / NETS;
			squares += (pow(t->says[k][i], 2) + pow(t->unsure[k][i], 2)) / NETS;
		}
		double spread = middle_80 * sqrt(fmax(squares - mean * mean, 0));
		t->low[i] = series_unscaled(s, mean - spread);
		t->high[i] = series_unscaled(s, mean + spread);
		t->mean[i] = series_unscaled(s, mean);
		t->time[i] = s->start + (double)(t->s.known + i);
		t->linear[i] = autoregression_next(&a, asked + i);
		inside += asked[i] > t->low[i] && asked[i] < t->high[i];
	}
	double nets = rmse(t, t->mean), linear = rmse(t, t->linear), last = rmse(t, asked - 1);
	printf("%s: error of the nets %.4g %s, of AR(12) %.4g, of the value before %.4g\n", s->name,
	       nets, s->unit, linear, last);
	snprintf(name, sizeof name, "%s: error in that of AR(12)", s->name);
	example_figure(e, (figure){name, nets / linear, .most = 1});
	snprintf(name, sizeof name, "%s: inside the band of 80 %%", s->name);
	example_figure(e, (figure){name, 100.0 * inside / count, .unit = "%"});
	example_expect(e, nets < 1.1 * linear, "the error is far above that of AR(12)");
	const tl_curve curves[] = {
		{"foretold, 80 %", t->time + from, t->mean + from, count - from, t->low + from,
		 t->high + from},
		{"what came", t->time + from, asked + from, count - from, .dots = true}};
	const tl_chart chart = {s->title, s->time, s->unit, curves, 2};
	snprintf(name, sizeof name, "-%s.svg", s->name);
	example_chart(e, name, &chart, 1, NULL);
}

/* The nets of one series, one after the other; the last fifth is asked about, nothing is fitted on
 * it. */
static bool study(example *e, int which, const tl_cell_kind *kind)
{
	static task t;
	tl_error error = {TL_OK, ""};
	memset(&t, 0, sizeof t);
	const series *s = &t.s;
	bool fine = series_read(&t.s, which, e);
	const tl_windows_options early = {.steps = STEPS,
					  .targets = (int[]){0},
					  .target_count = 1,
					  .range = {0, s->known},
					  .seed = (uint64_t)e->seed};
	tl_windows_options late = early;
	late.range = (tl_range){s->known - STEPS, s->count - s->known + STEPS};
	late.in_order = true, late.rows = s->count - s->known;
	tl_batches *learned = fine ? tl_batches_of_windows(s->values, &early, &error) : NULL;
	tl_batches *asked = fine ? tl_batches_of_windows(s->values, &late, &error) : NULL;
	tl_trainer_options o = example_training_of(e, s->name);
	o.loss = loss, o.user = &t, o.train = learned, o.clip_norm = 1;
	o.metrics = &(tl_metric){"kept", keep}, o.metric_count = 1;
	o.steps = (e->quick ? 2 : 30) * tl_batches_count(learned, 0);
	tl_schedule rate = example_rate(3e-3, o.steps);
	o.schedule = &rate;
	for (t.which = 0; t.which < NETS && fine && !e->interrupted; t.which++) {
		e->seed += 1000 * t.which; /* other weights */
		fine = create(&t, e, kind, s->columns) && net_train(&t.n, e, &o, 0, asked);
		e->seed -= 1000 * t.which;
		net_destroy(&t.n);
	}
	if (fine && !e->interrupted && e->speaks)
		report(&t, e);
	tl_batches_destroy(learned);
	tl_batches_destroy(asked);
	series_finish(&t.s);
	return fine || example_fail(e, error.text);
}

int main(int argc, char **argv)
{
	const tl_cell_kind *kind = tl_cell_kind_find("gru");
	const char *only = NULL;
	const option own[] = {
		{"--cell", "NAME", OPTION_CELL, &kind, "kind of cell (gru); list: all there are"},
		{"--series", "NAME", OPTION_TEXT, &only, "sunspots, sea, weather or tides (all)"}};
	example e = {
		.name = "forecast",
		.about = "The next value of a series, with a band (examples/data/get forecast).",
		.option = own,
		.options = 2};
	if (!example_begin(&e, argc, argv))
		return e.status;
	int which = only ? series_find(&e, only) : 0, end = only ? which + 1 : SERIES_COUNT;
	while (which >= 0 && which < end && !e.interrupted && study(&e, which, kind))
		which++;
	return example_end(&e);
}
