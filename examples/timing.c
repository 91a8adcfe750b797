/*
 * Peepholes, and what they are for (Gers, Schraudolph & Schmidhuber 2002): one LSTM unit that is
 * given nothing at all has to bring forth a periodic function. Its gates must know how far its own
 * memory has come; but an LSTM's gates see what the output gate let out, and with peepholes they
 * see the memory itself.
 *
 *     timing --help
 *
 * Both kinds learn the first four periods, each from several initial weights, and then have to go
 * on for eight more. Try --units 2: two units can watch each other, and need no peepholes.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "net.h"

enum { KINDS = 2, LEARNED = 4, PERIODS = 12, LONGEST = 1200 };

static const char *const kinds[KINDS] = {"peephole", "lstm"};
static const double solved = 0.2; /* as a share of the function's own deviation */

typedef struct task {
	net n;
	int period, units, steps, trainings;
	double rate;
} task;

/* What became of all trainings of a kind. */
typedef struct outcome {
	int solved;
	double best;         /* error */
	double net[LONGEST]; /* what the best one said */
} outcome;

/* Nothing is read, and a cosine is to be said: [steps, 1, 1]. */
static tl_status fill(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	const task *t = user;
	int steps = (index ? PERIODS : LEARNED) * t->period;
	float *x = tl_batch_input_room(batch, TL_F32, tl_dims(steps, 1, 1));
	float *y = tl_batch_target_room(batch, TL_F32, tl_dims(steps, 1, 1));
	(void)epoch;
	for (int k = 0; x && y && k < steps; k++)
		x[k] = 0, y[k] = (float)cos(2 * acos(-1) * k / t->period);
	return x && y ? TL_OK : TL_ERROR_MEMORY;
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	task *t = user;
	return tl_mse(net_at_each_step(&t->n, tl_batch_input(batch, tape)),
		      tl_batch_target(batch, tape), NULL);
}

/* How far off it is in the periods that it has not learned; the best of a kind is kept. */
static bool go_on(task *t, outcome *o, const char *name, example *e)
{
	char weights[64];
	tl_error problem;
	int learned = LEARNED * t->period, steps = PERIODS * t->period;
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_batch *batch = tl_batch_create();
	tl_regression r = {0};
	bool fine =
		tape && batch && !fill(batch, 0, 1, t) && isfinite(tl_item(loss(tape, batch, t)));
	const float *said = fine ? tl_value(t->n.y) : NULL;
	if (said)
		tl_regression_add(&r, said + learned, (const float *)batch->target.data + learned,
				  steps - learned);
	else
		example_fail(e, tl_tape_error(tape) ? tl_tape_error(tape) : "out of memory");
	double error = tl_regression_nrmse(&r);
	printf("error %.3f\n", error);
	o->solved += error < solved;
	if (said && error < o->best) {
		o->best = error;
		for (int k = 0; k < steps; k++)
			o->net[k] = (double)said[k];
	}
	snprintf(weights, sizeof weights, "-%s.safetensors", name);
	if (said && error == o->best &&
	    tl_model_save(example_path(e, weights), t->n.set, &t->n.cell, 1, NULL, 0, &problem))
		example_fail(e, problem.text);
	tl_batch_destroy(batch);
	tl_tape_destroy(tape);
	return !e->failed;
}

/* From the weights of training number `number`, which are larger than usual: from small ones
 * nothing begins to swing. */
static bool train(task *t, const char *name, int number, outcome *of, example *e)
{
	example own = *e;
	const tl_cell_kind *kind = tl_cell_kind_find(name);
	tl_cell_options cell = {.in = 1, .hidden = t->units};
	cell.recurrent_init = cell.bias_init = tl_init_normal(0, 0.5);
	tl_batches *one = example_batches(fill, 1, t);
	tl_schedule rate = example_rate(t->rate, t->steps);
	tl_trainer_options o = example_training(e);
	o.loss = loss, o.user = t, o.train = one, o.steps = t->steps, o.clip_norm = 1;
	o.schedule = &rate, o.progress = NULL, o.chart = o.checkpoint = NULL, o.anew = false;
	own.seed = 1000 * e->seed + number;
	printf("%s, training %d: ", name, number + 1);
	fflush(stdout);
	bool fine = net_create(&t->n, &own, kind, cell, 1) &&
		    net_train(&t->n, &own, &o, t->rate, NULL) && go_on(t, of, name, e);
	e->interrupted |= own.interrupted;
	e->failed |= own.failed;
	net_destroy(&t->n);
	tl_batches_destroy(one);
	return fine;
}

/* The best net of each kind goes on. */
static bool draw(const task *t, const outcome *of, example *e)
{
	static double truth[LONGEST], periods[LONGEST];
	tl_chart charts[KINDS];
	tl_curve curves[KINDS][3];
	const double end[] = {LEARNED, LEARNED}, height[] = {1.2, -1.2};
	int steps = PERIODS * t->period;
	for (int k = 0; k < steps; k++) {
		periods[k] = (double)k / t->period;
		truth[k] = cos(2 * acos(-1) * periods[k]);
	}
	for (int k = 0; k < KINDS; k++) {
		curves[k][0] = (tl_curve){.name = "cosine",
					  .x = periods,
					  .y = truth,
					  .count = steps,
					  .color = "#909090"};
		curves[k][1] = (tl_curve){.name = "net",
					  .x = periods,
					  .y = of[k].net,
					  .count = steps,
					  .color = "#c8500a"};
		curves[k][2] = (tl_curve){
			.name = "learned", .x = end, .y = height, .count = 2, .color = "#909090"};
		charts[k] = (tl_chart){.title = k ? "The best LSTM of one unit goes on"
						  : "The best one with peepholes goes on",
				       .x_name = "periods",
				       .curves = curves[k],
				       .curve_count = 3};
	}
	return example_chart(e, ".svg", charts, KINDS, NULL);
}

static void say(const task *t, const outcome *of, example *e)
{
	double share[] = {100.0 * of[0].solved / t->trainings, 100.0 * of[1].solved / t->trainings};
	figure with = {"trainings that solve it, with peepholes", share[0], "%"},
	       without = {"trainings that solve it, without", share[1], "%"};
	example_figure(e, with);
	example_figure(e, without);
	example_figure(e,
		       (figure){"error of the best, with peepholes", of[0].best, .most = solved});
	/* Two units can watch each other: nothing is to be shown of these. */
	example_figure(e, (figure){"error of the best, without", of[1].best,
				   .least = t->units == 1 ? 0.5 : 0});
	example_expect(e, of[0].best < 0.9, "the best net with peepholes goes on at random");
}

int main(int argc, char **argv)
{
	static outcome of[KINDS] = {{.best = INFINITY}, {.best = INFINITY}};
	static task t = {.period = 10, .units = 1, .rate = 0.03};
	const option options[] = {
		{"--period", "T", OPTION_COUNT, &t.period, "of the function, 3 to 100 steps (10)"},
		{"--units", "N", OPTION_COUNT, &t.units, "of each cell (1)"},
		{"--trainings", "N", OPTION_COUNT, &t.trainings, "of each kind (10)"},
		{"--steps", "N", OPTION_COUNT, &t.steps, "of each training (3000)"},
	};
	example e = {.name = "timing",
		     .about = "One LSTM unit, with peepholes and without, learns to bring forth a "
			      "cosine from nothing.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	t.steps = t.steps ? t.steps : e.quick ? 600 : 3000;
	t.trainings = t.trainings ? t.trainings : e.quick ? 3 : 10;
	bool fine = t.period < 3 || t.period * PERIODS > LONGEST
			    ? example_fail(&e, "a period has 3 to 100 steps")
			    : true;
	for (int i = 0; fine && !e.interrupted && i < KINDS * t.trainings; i++)
		fine = train(&t, kinds[i % KINDS], i / KINDS, &of[i % KINDS], &e);
	if (fine && draw(&t, of, &e))
		say(&t, of, &e);
	return example_end(&e);
}
