/*
 * LSTM: a search space odyssey (Greff et al. 2017): the LSTM with peepholes, and eight others, each
 * of which has one thing less, or more. Which of its parts does it need? The paper: the forget gate
 * and the activation of its output; coupled gates (CIFG) and no peepholes (NP) do no harm.
 *
 *     odyssey --help
 *
 * Two tasks, several seeds each. The first is made up: say which of four signs was shown last,
 * among blanks, so that what was before must be forgotten. The second is the next letter of the
 * headers of this library. Called again with --resume, it trains what is missing.
 */
#include <math.h>
#include <stdio.h>

#include "corpus.h"
#include "net.h"

enum { VARIANTS = 9, TASKS = 2, SIGNS = 4, STEPS = 64, BATCH = 16, UNITS = 32, SEEDS = 20 };
enum { MANY = 1 << 20, TESTED = 10 };

static const struct {
	const char *name, *kind;
	double most, least; /* of the loss, as a share of the vanilla LSTM's: what the paper says */
} variant[VARIANTS] = {
	{"vanilla LSTM", "odyssey", 0, 0},
	{"NIG: no input gate", "odyssey_nig", 0, 0},
	{"NFG: no forget gate", "odyssey_nfg", 0, 1.05},
	{"NOG: no output gate", "odyssey_nog", 0, 0},
	{"NIAF: no input activation", "odyssey_niaf", 0, 0},
	{"NOAF: no output activation", "odyssey_noaf", 0, 1.05},
	{"CIFG: coupled gates", "odyssey_cifg", 1.05, 0},
	{"NP: no peepholes", "odyssey_np", 1.05, 0},
	{"FGR: full gate recurrence", "odyssey_fgr", 0, 0},
};
static const char *const task_name[TASKS] = {"the sign shown last", "the next letter"};

typedef struct setting {
	net n;
	example *e;
	int steps, seeds;
	corpus text;
	int classes;
} setting;

typedef struct source {
	const corpus *letters; /* NULL: signs */
	uint64_t seed;
	bool test;
} source;

static void draw_signs(tl_random *r, int32_t *x, int32_t *y)
{
	for (int i = 0; i < STEPS * BATCH; i++) {
		bool shown = tl_random_below(r, 8) == 0;
		x[i] = shown ? (int32_t)tl_random_below(r, SIGNS) : SIGNS;
		y[i] = shown ? x[i] : i < BATCH ? SIGNS : y[i - BATCH];
	}
}

/* Stretches from anywhere in the text; the last tenth is for the test. */
static void draw_letters(tl_random *r, const source *of, int32_t *x, int32_t *y)
{
	const corpus *c = of->letters;
	int64_t split = c->count / 10 * 9, end = of->test ? c->count : split;
	for (int b = 0; b < BATCH; b++) {
		int64_t first = of->test ? split : 0;
		const int32_t *from = c->number + first + tl_random_below(r, end - first - STEPS);
		for (int k = 0; k < STEPS; k++)
			x[k * BATCH + b] = from[k], y[k * BATCH + b] = from[k + 1];
	}
}

static tl_status draw(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	const source *of = user;
	tl_random r = tl_random_stream(of->seed + (uint64_t)epoch, (uint64_t)index);
	int32_t *x = tl_batch_input_room(batch, TL_I32, tl_dims(STEPS, BATCH));
	int32_t *y = tl_batch_target_room(batch, TL_I32, tl_dims(STEPS, BATCH));
	if (x && y && of->letters)
		draw_letters(&r, of, x, y);
	else if (x && y)
		draw_signs(&r, x, y);
	return x && y ? TL_OK : TL_ERROR_MEMORY;
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	setting *s = user;
	tl_tensor x = tl_one_hot(tl_batch_input(batch, tape), s->classes);
	return tl_cross_entropy(net_at_each_step(&s->n, x), tl_batch_target(batch, tape), NULL);
}

/* Jobs: tasks, of each the variants, of each the seeds. */
static tl_status run(int job, double *results, void *user, tl_error *error)
{
	setting s = *(const setting *)user;
	example own = *s.e;
	const tl_cell_kind *kind = tl_cell_kind_find(variant[job / s.seeds % VARIANTS].kind);
	const corpus *letters = job / s.seeds / VARIANTS ? &s.text : NULL;
	s.classes = letters ? tl_vocabulary_size(s.text.letters) : SIGNS + 1;
	own.seed = 100 * s.e->seed + job % s.seeds;
	source learning = {letters, (uint64_t)own.seed << 32, false}, testing = {letters, 99, true};
	tl_batches *learn = example_batches(draw, MANY, &learning);
	tl_batches *test = example_batches(draw, TESTED, &testing);
	tl_trainer_options o = {.loss = loss, .user = &s, .train = learn, .steps = s.steps};
	tl_schedule rate = example_rate(0.01, s.steps);
	o.schedule = &rate, o.clip_norm = 1;
	bool fine = net_create(&s.n, &own, kind, net_cell(kind, s.classes, UNITS, 0), s.classes) &&
		    net_train(&s.n, &own, &o, 0.01, test);
	results[0] = fine ? s.n.loss : NAN;
	snprintf(error->text, sizeof error->text, "the training failed");
	tl_batches_destroy(learn);
	tl_batches_destroy(test);
	net_destroy(&s.n);
	return fine ? TL_OK : TL_ERROR_ARGUMENT;
}

static const char *name(int job, void *user)
{
	static char text[96];
	int seeds = ((const setting *)user)->seeds;
	snprintf(text, sizeof text, "%s, %s", task_name[job / seeds / VARIANTS],
		 variant[job / seeds % VARIANTS].name);
	return text;
}

/* The loss of a variant in a task by the vanilla LSTM's: the mean over seeds of its logarithm, and
 * the deviation of that. */
static double compare(const double *loss, int task, int which, int seeds, double *deviation)
{
	double mean = 0, square = 0;
	for (int k = 0; k < seeds; k++) {
		double vanilla = loss[task * VARIANTS * seeds + k];
		double ratio = log2(loss[(task * VARIANTS + which) * seeds + k] / vanilla);
		mean += ratio / seeds;
		square += ratio * ratio / seeds;
	}
	*deviation = sqrt(fmax(0, square - mean * mean));
	return mean;
}

static void show(const double *loss, int seeds, example *e)
{
	tl_bar bars[TASKS][VARIANTS - 1];
	tl_chart charts[TASKS];
	for (int i = 0; i < TASKS * (VARIANTS - 1); i++) {
		int task = i / (VARIANTS - 1), which = i % (VARIANTS - 1) + 1;
		char name[128];
		double deviation, mean = compare(loss, task, which, seeds, &deviation);
		bars[task][which - 1] =
			(tl_bar){variant[which].name, mean, mean - deviation, mean + deviation};
		snprintf(name, sizeof name, "%s, %s", task_name[task], variant[which].name);
		figure f = {name, exp2(mean), "of the vanilla LSTM's loss"};
		f.most = variant[which].most, f.least = variant[which].least;
		example_figure(e, f);
	}
	for (int k = 0; k < TASKS; k++) {
		charts[k] = (tl_chart){.title = task_name[k], .bars = bars[k]};
		charts[k].bar_count = VARIANTS - 1;
		charts[k].x_name = "doublings of the vanilla LSTM's loss";
	}
	example_chart(e, ".svg", charts, TASKS, NULL);
	example_expect(e, bars[0][1].value > 0.1, "it does as well without a forget gate");
}

int main(int argc, char **argv)
{
	static setting s;
	double loss[TASKS * VARIANTS * SEEDS];
	const option options[] = {
		{"--steps", "N", OPTION_COUNT, &s.steps, "of each training (600)"},
		{"--seeds", "N", OPTION_COUNT, &s.seeds, "trainings of each, at most 20 (3)"},
	};
	example e = {.name = "odyssey",
		     .about = "The eight variants of the LSTM, beside it, on two tasks.",
		     .option = options,
		     .options = sizeof options / sizeof *options};
	if (!example_begin(&e, argc, argv))
		return e.status;
	tl_error error = {TL_OK, ""};
	s.e = &e, s.steps = s.steps ? s.steps : e.quick ? 30 : 600;
	s.seeds = s.seeds && s.seeds <= SEEDS ? s.seeds : e.quick ? 1 : 3;
	const char *kept = example_path(&e, ".jsonl");
	if (!e.resume)
		remove(kept);
	tl_sweep_options o = {.jobs = TASKS * VARIANTS * s.seeds, .run = run, .name = name};
	o.user = &s, o.result_names[0] = "loss", o.path = kept, o.interruptible = true;
	o.progress = e.quick ? NULL : stdout;
	if (corpus_add(&s.text, "include", &error) ||
	    corpus_number(&s.text, TL_TOKENS_BYTES, &error) || tl_sweep(&o, loss, &error))
		example_fail(&e, error.text);
	else if (isfinite(loss[o.jobs - 1]))
		show(loss, s.seeds, &e);
	corpus_finish(&s.text);
	return example_end(&e);
}
