/*
 * The clockwork RNN (Koutnik, Greff, Gomez & Schmidhuber 2014): units in nine groups, of which
 * group k takes part only in each 2^k-th step, and reads itself and the slower ones. Nets of about
 * 500 weights, that are given nothing, have to bring forth 320 samples of a recorded voice: a
 * clockwork RNN, an LSTM and a vanilla net.
 *
 *     examples/data/get speech
 *     clockwork --help
 *
 * Each seed has another sound, one of ten spoken digits, from where it is loudest. Or name a file.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "net.h"

enum { SAMPLES = 320, RATE = 8000, NETS = 3, WORDS = 10 };

typedef struct task {
	net n;
	const char *name, *kind;
	int units;
	double said[SAMPLES];
} task;

static task tasks[NETS] = {{.name = "clockwork", .kind = "clockwork", .units = 27},
			   {.name = "LSTM", .kind = "lstm", .units = 10},
			   {.name = "vanilla net", .kind = "rnn", .units = 21}};

static float sound[SAMPLES]; /* from -1 to 1 */

/* The loudest 320 samples of the file. */
static bool read_sound(example *e)
{
	static const char *const word[WORDS] = {"zero", "one", "two",   "three", "four",
						"five", "six", "seven", "eight", "nine"};
	char file[64];
	tl_sound s = {0};
	tl_error error;
	snprintf(file, sizeof file, "human/%s.wav", word[(e->seed - 1) % WORDS]);
	const char *path = e->arguments ? e->argument[0] : example_data(e, "speech", file);
	if (!path)
		return false;
	if (tl_sound_read(&s, path, RATE, &error))
		return example_fail(e, error.text);
	double energy = 0, most = 0, peak = 0;
	int64_t from = 0;
	for (int64_t i = 0; i < s.count; i++) {
		energy += pow((double)s.samples[i], 2);
		energy -= i < SAMPLES ? 0 : pow((double)s.samples[i - SAMPLES], 2);
		if (energy > most && i >= SAMPLES - 1)
			most = energy, from = i - SAMPLES + 1;
	}
	for (int64_t i = from; i < from + SAMPLES && i < s.count; i++)
		peak = fmax(peak, fabs((double)s.samples[i]));
	for (int64_t i = 0; i < SAMPLES && peak > 0; i++)
		sound[i] = (float)((double)s.samples[from + i] / peak);
	tl_sound_finish(&s);
	return peak > 0 || example_fail(e, "there are less than 320 samples, or nothing is heard");
}

/* One row; what is read is 0. */
static tl_status fill(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	float *x = tl_batch_input_room(batch, TL_F32, tl_dims(SAMPLES, 1, 1));
	float *y = tl_batch_target_room(batch, TL_F32, tl_dims(SAMPLES, 1, 1));
	(void)epoch;
	(void)index;
	(void)user;
	if (!x || !y)
		return TL_ERROR_MEMORY;
	memset(x, 0, sizeof sound);
	memcpy(y, sound, sizeof sound);
	return TL_OK;
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	task *t = user;
	return tl_mse(net_at_each_step(&t->n, tl_batch_input(batch, tape)),
		      tl_batch_target(batch, tape), NULL);
}

/* What it says, and its error as a share of the sound's own variance. */
static double nmse(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	task *t = user;
	const float *said = tl_value(t->n.y);
	tl_regression r = {0};
	(void)tape;
	(void)batch;
	(void)weight;
	if (said)
		tl_regression_add(&r, said, sound, SAMPLES);
	for (int i = 0; said && i < SAMPLES; i++)
		t->said[i] = (double)said[i];
	return pow(tl_regression_nrmse(&r), 2);
}

static bool train(task *t, example *e, int steps)
{
	const tl_cell_kind *kind = tl_cell_kind_find(t->kind);
	const tl_clockwork_options nine = {.groups = 9};
	tl_cell_options cell = net_cell(kind, 1, t->units, 0);
	if (kind->uses_step)
		cell.extra = &nine;
	tl_batches *one = tl_batches_create(&(tl_batches_options){.fill = fill, .count = 1});
	const tl_metric metric = {"nmse", nmse, false};
	tl_schedule rate = example_rate(0.01, steps);
	char weights[64];
	snprintf(weights, sizeof weights, "-%s.safetensors", t->kind);
	tl_trainer_options o = example_training(e);
	o.loss = loss, o.user = t, o.train = one, o.steps = steps, o.clip_norm = 1;
	o.metrics = &metric, o.metric_count = 1, o.schedule = &rate;
	o.checkpoint = example_path(e, weights), o.chart = NULL;
	bool fine = net_create(&t->n, e, kind, cell, 1);
	printf("%s: %d units, %lld weights\n", t->name, t->units,
	       (long long)tl_params_element_count(t->n.set));
	fine = fine && net_train(&t->n, e, &o, 0.01, one);
	tl_batches_destroy(one);
	return fine;
}

/* Each net's samples over those of the voice. */
static bool draw(example *e)
{
	tl_chart charts[NETS];
	tl_curve curves[NETS][2];
	char title[NETS][96];
	double truth[SAMPLES], at[SAMPLES];
	for (int i = 0; i < SAMPLES; i++)
		truth[i] = (double)sound[i], at[i] = 1000.0 * i / RATE;
	for (int k = 0; k < NETS; k++) {
		snprintf(title[k], sizeof title[k], "%s: NMSE %.3g", tasks[k].name,
			 tasks[k].n.metric[0]);
		curves[k][0] = (tl_curve){
			.name = "voice", .x = at, .y = truth, .count = SAMPLES, .color = "#909090"};
		curves[k][1] =
			(tl_curve){.name = "net", .x = at, .y = tasks[k].said, .count = SAMPLES};
		charts[k] = (tl_chart){
			.title = title[k], .x_name = "ms", .curves = curves[k], .curve_count = 2};
	}
	return example_chart(e, ".svg", charts, NETS, NULL);
}

/* Of 256 units in 4 groups: the block of weights by which each group reads itself and those that
 * are slower, 62 % of a full matrix. */
static bool print_blocks(example *e)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cell =
		tl_cell_create(set, "clockwork", "cell", (tl_cell_options){.in = 1, .hidden = 256});
	bool fine = cell != NULL;
	printf("256 units in 4 groups, from the slowest on; each reads itself and those before:\n");
	for (int k = 3; fine && k >= 0; k--) {
		char name[16];
		snprintf(name, sizeof name, "cell.W_%d", k);
		tl_shape s = tl_param_shape(tl_params_find(set, name));
		printf("  period %d: %lld x %lld\n", 1 << k, (long long)s.dim[0],
		       (long long)s.dim[1]);
		fine = s.dim[0] == 64 && s.dim[1] == 256 - 64 * k;
	}
	tl_cell_destroy(cell);
	tl_params_destroy(set);
	return fine || example_fail(e, "the blocks are not those of the paper");
}

int main(int argc, char **argv)
{
	int steps = 0;
	const option options[] = {
		{"--steps", "N", OPTION_COUNT, &steps, "of each training (2000)"},
	};
	example e = {.name = "clockwork",
		     .about = "A clockwork RNN, an LSTM and a vanilla net of 500 weights learn to "
			      "say 320 samples of a voice.",
		     .option = options,
		     .options = sizeof options / sizeof *options,
		     .rest = "[sound file]"};
	if (!example_begin(&e, argc, argv))
		return e.status;
	steps = steps ? steps : e.quick ? 150 : 2000;
	bool fine = print_blocks(&e) && read_sound(&e);
	for (int k = 0; fine && !e.interrupted && k < NETS; k++)
		fine = train(&tasks[k], &e, steps);
	if (fine && !e.interrupted && draw(&e)) {
		double other = fmin(tasks[1].n.metric[0], tasks[2].n.metric[0]);
		double share = tasks[0].n.metric[0] / other;
		for (task *t = tasks; t < tasks + NETS; t++)
			example_figure(&e, (figure){t->name, t->n.metric[0], .unit = "NMSE"});
		example_figure(&e, (figure){"the first to the better other", share, .most = 0.2});
		example_expect(&e, share < 0.9, "the clockwork RNN is not better");
	}
	for (int k = 0; k < NETS; k++)
		net_destroy(&tasks[k].n);
	return example_end(&e);
}
