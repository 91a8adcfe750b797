/*
 * The Mackey-Glass series, which is chaotic: a net reads T values, step by step, and says the one
 * that comes `ahead` steps later. The first half of the steps only wakes its state.
 */
#include "task.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { T = 0, AHEAD, LEARNED = 10000, TESTED = 4000, VALIDATION_BATCHES = 10 };

typedef struct series {
	const task *t;
	int64_t count, batches;
	float value[]; /* mean 0, deviation 1 */
} series;

/* dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x (Mackey & Glass 1977) by Euler steps of 0.1,
 * of which every tenth is kept, after 300 that are not. */
static bool mackey_glass(float *out, int64_t count, double start)
{
	enum { DELAY = 170, EVERY = 10, SETTLING = 300 };
	int64_t total = DELAY + 1 + EVERY * (SETTLING + count);
	double *x = malloc((size_t)total * sizeof *x);
	for (int64_t k = 0; x && k <= DELAY; k++)
		x[k] = start;
	for (int64_t k = DELAY; x && k + 1 < total; k++) {
		double late = x[k - DELAY];
		x[k + 1] = x[k] + 0.1 * (0.2 * late / (1 + pow(late, 10)) - 0.1 * x[k]);
	}
	for (int64_t k = 0; x && k < count; k++)
		out[k] = (float)x[DELAY + EVERY * (SETTLING + k)];
	bool fine = x != NULL;
	free(x);
	return fine;
}

static void normalise(series *s, double mean, double deviation)
{
	for (int64_t k = 0; k < s->count; k++)
		s->value[k] = (float)((s->value[k] - mean) / deviation);
}

static void measure(const series *s, double *mean, double *deviation)
{
	double squares = 0;
	*mean = 0;
	for (int64_t k = 0; k < s->count; k++)
		*mean += (double)s->value[k] / (double)s->count;
	for (int64_t k = 0; k < s->count; k++)
		squares += (s->value[k] - *mean) * (s->value[k] - *mean) / (double)s->count;
	*deviation = sqrt(squares);
}

static tl_status fill(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	const series *s = user;
	int64_t steps = s->t->option[T], ahead = s->t->option[AHEAD], rows = s->t->rows;
	tl_random random = tl_random_stream((uint64_t)epoch, (uint64_t)index);
	float *x = tl_batch_input_room(batch, TL_F32, tl_dims(steps, rows, 1));
	float *y = tl_batch_target_room(batch, TL_F32, tl_dims(steps, rows, 1));
	float *weight = tl_batch_weights_room(batch, tl_dims(steps, rows, 1));
	if (!x || !y || !weight)
		return TL_ERROR_MEMORY;
	tl_batch_set_steps(batch, true, true);
	for (int64_t r = 0; r < rows; r++) {
		int64_t from = tl_random_below(&random, s->count - steps - ahead + 1);
		for (int64_t k = 0; k < steps; k++) {
			x[k * rows + r] = s->value[from + k];
			y[k * rows + r] = s->value[from + k + ahead];
			weight[k * rows + r] = k >= steps / 2;
		}
	}
	return TL_OK;
}

typedef struct both {
	series *learned, *tested;
} both;

static void release(void *data)
{
	both *b = data;
	free(b->learned);
	free(b->tested);
	free(b);
}

static series *make_series(const task *t, int64_t count, int64_t batches, double start)
{
	int64_t room = count + t->option[T] + t->option[AHEAD];
	series *s = malloc(sizeof *s + (size_t)room * sizeof(float));
	if (!s)
		return NULL;
	*s = (series){t, room, batches};
	if (mackey_glass(s->value, room, start))
		return s;
	free(s);
	return NULL;
}

static tl_status make(task *t, tl_error *error)
{
	double mean, deviation;
	both *b = t->data = calloc(1, sizeof *b);
	if (b) {
		b->learned = make_series(t, LEARNED, INT32_MAX, 1.2);
		b->tested = make_series(t, TESTED, VALIDATION_BATCHES, 0.8);
	}
	if (!b || !b->learned || !b->tested) {
		snprintf(error->text, sizeof error->text, "%s: out of memory", t->name);
		return TL_ERROR_MEMORY;
	}
	measure(b->learned, &mean, &deviation);
	normalise(b->learned, mean, deviation);
	normalise(b->tested, mean, deviation);
	measure(b->tested, &mean, &t->deviation);
	series *of[] = {b->learned, b->tested};
	tl_batches **to[] = {&t->train, &t->validation};
	for (int k = 0; k < 2; k++)
		*to[k] = tl_batches_create(&(tl_batches_options){
			.fill = fill, .count = of[k]->batches, .user = of[k]});
	t->in = t->out = 1;
	t->every_step = true;
	return t->train && t->validation ? TL_OK : TL_ERROR_MEMORY;
}

static bool counts(const task *t, const tl_batch *batch, int64_t row, int64_t step)
{
	(void)batch;
	(void)row;
	return step >= t->option[T] / 2;
}

const task_kind task_mackeyglass = {
	.name = "mackeyglass",
	.doc = "a chaotic series, forecast (Mackey & Glass 1977; 84 steps ahead: Jaeger 2001)",
	.option = {{"T", "number of steps that are read", 100, 4, 100000},
		   {"ahead", "number of steps to the value that is said", 84, 1, 1000}},
	.metric = METRIC_NRMSE,
	.baseline = 1,
	.make = make,
	.counts = counts,
	.release = release,
};
