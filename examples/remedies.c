/*
 * Why plain recurrent nets do not learn over long times, and what helps: the adding problem (say
 * the sum of two marked numbers) with each of the remedies that the literature names, over several
 * seeds side by side.
 *
 *     remedies --help
 *
 * Ctrl-C lets the running trainings end; called again with the same --out, it goes on.
 */
#include <math.h>
#include <stdio.h>

#include "marked.h"
#include "net.h"

enum { BATCH = 32, HIDDEN = 64, MANY = 1 << 20, SEEDS = 20 };

typedef struct remedy {
	const char *name, *kind;
	double clip_norm;
	bool identity; /* ReLU, and recurrent weights that begin as the identity: Le et al. 2015 */
} remedy;

static const remedy remedies[] = {
	{"tanh", "rnn", 0, false},
	{"tanh, clipped at 1", "rnn", 1, false},
	{"ReLU from identity", "rnn", 0, true},
	{"ReLU from identity, clipped at 1", "rnn", 1, true},
	{"batch normalisation, clipped at 1", "bn_rnn", 1, false},
	{"gates (GRU), clipped at 1", "gru", 1, false},
	{"gates (LSTM), clipped at 1", "lstm", 1, false},
};

enum { REMEDIES = sizeof remedies / sizeof *remedies };

typedef struct setting {
	net n; /* of the job that runs */
	example *e;
	int length, steps, seeds;
} setting;

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	setting *s = user;
	tl_tensor y = net_at_the_end(&s->n, tl_batch_input(batch, tape), TL_NONE);
	return tl_mse(y, tl_batch_target(batch, tape), NULL);
}

static tl_cell_options cell_of(const remedy *r, const tl_cell_kind *kind)
{
	tl_cell_options o = net_cell(kind, 2, HIDDEN, 0);
	if (r->identity)
		o.activation = tl_relu, o.recurrent_init = tl_init_identity(1),
		o.input_init = tl_init_normal(0, 0.001);
	return o;
}

/* A training that diverges is a result too, and none of the trainer's errors. */
static tl_status train(setting *s, const remedy *r, uint64_t seed, double *results, tl_error *error)
{
	marked learning = {s->length, BATCH, seed << 32}, testing = {s->length, BATCH, 99};
	tl_batches *learn = example_batches(marked_draw, MANY, &learning);
	tl_batches *test = example_batches(marked_draw, 8, &testing);
	tl_optimizer *adam = tl_adam_create(s->n.set, &(tl_adam_options){.learning_rate = 2e-3});
	tl_trainer_options o = {.loss = loss, .user = s, .optimizer = adam, .train = learn};
	o.validation = test, o.steps = s->steps, o.clip_norm = r->clip_norm;
	tl_trainer *t = tl_trainer_create(s->n.set, &o);
	tl_status status = tl_trainer_run(t);
	results[0] = tl_trainer_get_state(t).validation;
	results[1] = status == TL_ERROR_VALUE;
	if (status)
		snprintf(error->text, sizeof error->text, "%s", tl_trainer_error(t));
	tl_trainer_destroy(t);
	tl_optimizer_destroy(adam);
	tl_batches_destroy(learn);
	tl_batches_destroy(test);
	return status == TL_ERROR_VALUE ? TL_OK : status;
}

/* Jobs: the remedies, of each the seeds. */
static tl_status run(int job, double *results, void *user, tl_error *error)
{
	setting s = *(const setting *)user;
	example own = *s.e;
	const remedy *r = &remedies[job / s.seeds];
	const tl_cell_kind *kind = tl_cell_kind_find(r->kind);
	own.seed = 100 * s.e->seed + job % s.seeds;
	tl_status status = TL_ERROR_MEMORY;
	snprintf(error->text, sizeof error->text, "no net");
	if (net_create(&s.n, &own, kind, cell_of(r, kind), 1))
		status = train(&s, r, (uint64_t)own.seed, results, error);
	net_destroy(&s.n);
	return status;
}

static const char *name(int job, void *user)
{
	return remedies[job / ((const setting *)user)->seeds].name;
}

/* The error of those trainings of a remedy that did not diverge: its mean, the least, the largest.
 */
static tl_bar error_of(const double (*result)[2], int which, const setting *s)
{
	tl_bar bar = {remedies[which].name, 0, INFINITY, 0};
	int count = 0;
	for (int i = which * s->seeds; i < (which + 1) * s->seeds; i++) {
		if (result[i][1] > 0)
			continue;
		count++, bar.value += result[i][0];
		bar.low = fmin(bar.low, result[i][0]), bar.high = fmax(bar.high, result[i][0]);
	}
	bar.value = count ? bar.value / count : NAN;
	if (count < s->seeds)
		printf("%s: %d of %d diverged\n", bar.name, s->seeds - count, s->seeds);
	return bar;
}

static void say(const double (*result)[2], const setting *s, example *e)
{
	tl_bar bars[REMEDIES];
	for (int k = 0; k < REMEDIES; k++) {
		bars[k] = error_of(result, k, s);
		example_figure(e, (figure){bars[k].name, bars[k].value, "squared error"});
	}
	const tl_chart chart = {.title = "The sum of two marked numbers: a guess has 0.167",
				.x_name = "squared error; the least and the largest",
				.bars = bars,
				.bar_count = REMEDIES};
	example_chart(e, ".svg", &chart, 1, NULL);
	example_expect(e, bars[REMEDIES - 1].value < 0.17, "gates do not help");
}

int main(int argc, char **argv)
{
	static setting s;
	static double result[REMEDIES * SEEDS][2];
	const option options[] = {
		{"--length", "T", OPTION_COUNT, &s.length, "numbers to read (100)"},
		{"--steps", "N", OPTION_COUNT, &s.steps, "of each training (3000)"},
		{"--seeds", "N", OPTION_COUNT, &s.seeds, "trainings of each, at most 20 (5)"},
	};
	example e = {.name = "remedies",
		     .about = "The adding problem with each remedy against gradients that vanish "
			      "or explode, and a table of\nthe errors. Saying 1 without looking "
			      "has 0.1667. --resume: train what is missing.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	tl_error error = {TL_OK, ""};
	s.e = &e, s.length = s.length ? s.length : e.quick ? 10 : 100;
	s.steps = s.steps ? s.steps : e.quick ? 40 : 3000;
	s.seeds = s.seeds && s.seeds <= SEEDS ? s.seeds : e.quick ? 2 : 5;
	const char *kept = example_path(&e, ".jsonl");
	if (!e.resume)
		remove(kept);
	tl_sweep_options o = {.jobs = REMEDIES * s.seeds, .run = run, .name = name, .user = &s};
	o.result_names[0] = "error", o.result_names[1] = "diverged", o.path = kept;
	o.table = stdout, o.interruptible = true;
	o.progress = e.quick ? NULL : stderr;
	if (tl_sweep(&o, result[0], &error))
		example_fail(&e, error.text);
	else if (isfinite(result[o.jobs - 1][0]))
		say((const double(*)[2])result, &s, &e);
	return example_end(&e);
}
