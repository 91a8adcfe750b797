/* `tapeloop race`: which cell learns a task, how soon and how well. */
#define _DEFAULT_SOURCE /* fileno */
#include "help.h"
#include "race.h"
#include "said.h"
#include "verb.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OF(TYPE, MEMBER) TYPE(race_options, MEMBER)

static const verb_option options[] = {
	{'t', "task", "TASK,...", "what is to be learned; help: a list of tasks", OF(TEXT, task)},
	{'s', "seeds", "N", "trainings of each cell at each task", OF(COUNT, seeds)},
	{'T', "time", "TIME", "of each training; without one, and without --steps, 30s",
	 OF(SECONDS, time)},
	{'n', "steps", "N", "of each training", OF(COUNT, steps)},
	{'e', "equal", "WHAT",
	 "how large the nets are: as many parameters as LSTM's, as many units (hidden), "
	 "steps that take as long (time)",
	 OF(TEXT, equal), .choices = "parameters hidden time"},
	{'H', "hidden", "N", "units of that LSTM, or of all", OF(COUNT, hidden)},
	{'l', "layers", "N", "of each net", OF(COUNT, layers)},
	{'o', "optimizer", "TEXT",
	 "as tl_optimizer_create takes it; lr is its learning_rate; without it adam lr=0.005",
	 OF(TEXT, optimizer)},
	{'r', "rates", "X,...",
	 "learning rates: each training at each of them, and a cell shows the one that suits it",
	 OF(TEXT, rates)},
	{0, "clip", "X", "gradients of a larger norm are scaled to it; 0: they are not",
	 OF(REAL, clip)},
	{0, "every", "N", "steps between evaluations at the beginning; later a fortieth of the way",
	 OF(COUNT, every)},
	{'p', "processes", "N", "trainings at a time; 0: as many as cores", OF(COUNT, processes)},
	{'R', "resume", "FILE", "keep what is measured there, and do not measure it again",
	 OF(TEXT, resume), COMPLETE_FILE},
	{'c', "chart", "FILE", "learning curves, as SVG", OF(TEXT, chart), COMPLETE_FILE},
	{'C', "curves", NULL, "learning curves below the tables, in characters", OF(FLAG, curves)},
	{'j', "json", "FILE", "all numbers as JSON; - is standard output, without tables",
	 OF(TEXT, json), COMPLETE_FILE},
	{'q', "quiet", NULL, "no progress", OF(FLAG, quiet)},
	{0},
};

static const race_options defaults = {
	.equal = "parameters",
	.seeds = 5,
	.hidden = 32,
	.layers = 1,
	.clip = 1,
	.every = 20,
};

/* Reading what is asked for */

static bool usage(const char *words)
{
	say_error("race: %s", words);
	return false;
}

static bool check_options(const race_options *o)
{
	if (!o->task)
		return usage("--task says what is to be learned: --task adding,copy");
	if (o->seeds < 1 || o->seeds > 1000)
		return usage("--seeds is 1 to 1000");
	if (o->hidden < 1 || o->hidden > 4096)
		return usage("--hidden is 1 to 4096");
	if (o->layers < 1 || o->layers > NET_LAYERS)
		return usage("--layers is 1 to 8");
	if (o->optimizer && strlen(o->optimizer) > 140)
		return usage("--optimizer is longer than 140 letters");
	if (o->every < 1 || !(o->clip >= 0))
		return usage("--every is 1 or more, --clip 0 or more");
	return true;
}

static bool read_rates(race *r)
{
	const char *at = r->o->rates;
	char *end;
	r->rates = at ? 0 : 1;
	while (at && *at) {
		double x = strtod(at, &end);
		if (end == at || (*end && *end != ',') || !(x > 0) || !isfinite(x) ||
		    r->rates == RACE_RATES)
			return usage("--rates are at most 16 numbers above 0, with commas between");
		r->rate[r->rates++] = x;
		at = end + (*end == ',');
	}
	return r->rates > 0 || usage("--rates is empty");
}

/* By making one. */
static bool check_optimizer(const race *r)
{
	char text[256];
	tl_params *set = tl_params_create(TL_F32);
	bool fine = true;
	if (r->o->rates &&
	    (strstr(r->o->optimizer, "learning_rate=") || strstr(r->o->optimizer, " lr=")))
		return usage("--rates and a learning_rate of --optimizer are one too many");
	for (int k = 0; k < r->rates && fine; k++) {
		race_optimizer(r, k, text);
		tl_optimizer *o = tl_optimizer_create(set, text);
		const char *problem = o ? tl_optimizer_error(o) : "out of memory";
		fine = !problem || usage(problem);
		tl_optimizer_destroy(o);
	}
	tl_params_destroy(set);
	return fine;
}

/* The tasks between commas. A word that is no name goes on with options of the one before. */
static bool read_tasks(race *r)
{
	char word[TASK_NAME];
	r->task = calloc(RACE_TASKS, sizeof *r->task);
	for (const char *at = r->o->task; r->task && *at;) {
		size_t length = strcspn(at, ",");
		if (r->tasks == RACE_TASKS || length >= sizeof word)
			return usage("--task names at most 16 tasks, of 255 bytes each");
		snprintf(word, sizeof word, "%.*s", (int)length, at);
		task *t = &r->task[r->tasks];
		if (!task_parse(word, t) || !task_open(t))
			return false;
		r->tasks++;
		at += length + (at[length] == ',');
		for (int k = 0; k + 1 < r->tasks; k++)
			if (!strcmp(r->task[k].name, word))
				return usage("a task is named twice");
	}
	return r->tasks > 0 || usage("--task is empty");
}

/* FNV-1a of a cell's text. */
static uint64_t id_of(const tl_cell_kind *kind)
{
	const char *text = tl_cell_kind_text(kind);
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (; text && *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return tl_cell_kind_text(kind) ? hash : 0;
}

static bool read_cells(race *r, int count, char **words)
{
	for (int k = 0; k < count; k++)
		for (int i = 0; i < k; i++)
			if (!strcmp(words[i], words[k]))
				return usage("a cell is named twice");
	r->cell = cells_choose(words, count);
	r->cells = r->cell ? count : 0;
	r->cell_id = calloc((size_t)(count > 0 ? count : 1), sizeof *r->cell_id);
	for (int k = 0; k < r->cells && r->cell_id; k++)
		r->cell_id[k] = id_of(r->cell[k].kind);
	return r->cell && r->cell_id;
}

/* All trainings, in an order in which each cell soon has something to show. */
static bool make_jobs(race *r)
{
	int n = 0;
	double all = (double)r->tasks * r->cells * r->rates * (double)r->o->seeds;
	if (all > 100000)
		return usage("more than 100,000 trainings");
	r->jobs = all < 0 ? 0 : (int)all;
	r->job = calloc((size_t)r->jobs, sizeof *r->job);
	r->net = calloc((size_t)(r->tasks * r->cells), sizeof *r->net);
	if (!r->job || !r->net) {
		say_error("out of memory");
		return false;
	}
	for (int s = 0; s < r->o->seeds; s++)
		for (int t = 0; t < r->tasks; t++)
			for (int c = 0; c < r->cells; c++)
				for (int k = 0; k < r->rates; k++)
					r->job[n++] = (race_job){
						.task = t, .cell = c, .rate = k, .seed = s};
	return true;
}

static void release(race *r)
{
	for (int k = 0; k < r->jobs && r->job; k++)
		free(r->job[k].curve);
	for (int t = 0; t < r->tasks; t++)
		task_release(&r->task[t]);
	cells_release(r->cell, r->cells);
	free(r->task);
	free(r->cell_id);
	free(r->net);
	free(r->job);
}

/* Running */

static bool live;

static int count_done(const race *r)
{
	int done = 0;
	for (int k = 0; k < r->jobs; k++)
		done += r->job[k].state == JOB_IS_DONE;
	return done;
}

static void keep(race *r, race_job *j)
{
	const race_point *p = race_learned(r, j);
	race_file_keep(r, j);
	if (live || r->o->quiet)
		return;
	fprintf(stderr, "%s at %s, seed %d", r->cell[j->cell].word, r->task[j->task].name, j->seed);
	if (r->rates > 1)
		fprintf(stderr, ", rate %g", r->rate[j->rate]);
	if (j->diverged)
		fprintf(stderr, ": diverged");
	else
		fprintf(stderr, ": %s %.4g", task_metric_name(r->task[j->task].kind),
			race_final(r, j));
	if (p)
		fprintf(stderr, ", learned at step %lld", (long long)p->step);
	fprintf(stderr, " (%d of %d)\n", count_done(r), r->jobs);
}

static void show(race *r)
{
	if (live)
		race_show_live(r);
}

static int finish(race *r)
{
	int done = count_done(r);
	bool fine = true;
	if (live)
		race_end_live();
	if (done && !(r->o->json && !strcmp(r->o->json, "-"))) {
		race_print(r);
		if (r->o->curves)
			fine = race_draw_chart(r, NULL);
	}
	if (r->o->json)
		fine = race_write_json(r) && fine;
	if (r->o->chart && done)
		fine = race_draw_chart(r, r->o->chart) && fine;
	if (interrupted())
		say_error("interrupted with %d of %d trainings done%s", done, r->jobs,
			  r->o->resume ? "; the same command goes on" : "");
	return fine && done == r->jobs && !interrupted() ? STATUS_OK : STATUS_FAILED;
}

static int run(const void *given, int count, char **operands)
{
	race_options own = *(const race_options *)given;
	const race_options *o = &own;
	race r = {.o = o};
	int status = STATUS_USAGE;
	if (own.task && !strcmp(own.task, "help")) {
		task_print_list();
		return STATUS_OK;
	}
	if (!count) {
		say_error("race wants CELL...");
		return STATUS_USAGE;
	}
	if (!own.steps && !(own.time > 0))
		own.time = 30;
	if (!own.optimizer)
		own.optimizer = own.rates ? "adam" : "adam lr=0.005";
	live = isatty(fileno(stdout)) && !o->quiet && !(o->json && !strcmp(o->json, "-"));
	if (!check_options(o) || !read_rates(&r) || !check_optimizer(&r))
		return STATUS_USAGE;
	take_interrupts();
	if (read_cells(&r, count, operands) && read_tasks(&r) && make_jobs(&r)) {
		status = STATUS_FAILED;
		if (race_file_open(&r) && race_solve_sizes(&r, o->resume ? race_file_size : NULL)) {
			race_file_match(&r);
			race_run(&r, keep, show);
			status = finish(&r);
		} else if (interrupted()) {
			say_error("interrupted before the first training");
		}
		if (!race_file_close(&r))
			status = STATUS_FAILED;
	}
	release(&r);
	return status;
}

const verb verb_race = {
	.name = "race",
	.summary = "train cells on tasks, and rank them",
	.operands = "CELL...",
	.most = MANY,
	.completes = COMPLETE_CELL,
	.about = "Trains each cell on each task with each seed, each training in a process on one "
		 "thread, as many at a time as there are cores. A cell is better that learns in a "
		 "larger share of its trainings, then in fewer steps, then whose metric is better "
		 "at "
		 "the end (with a file, at its best); all are medians over seeds. All see the same "
		 "examples; forget gates begin open (forget_bias=1) unless the CELL says "
		 "otherwise.\n"
		 "`tapeloop race --task help` lists the tasks: adding, charlm:FILE (the next "
		 "letter of a "
		 "text), csv:FILE:COLUMN (the next value of a column) and others; options follow "
		 "their names, adding:T=200.\n"
		 "Ctrl-C ends it with the tables so far; with --resume, the same command goes on, "
		 "and what has ended is never measured again.",
	.options = options,
	.options_size = sizeof(race_options),
	.defaults = &defaults,
	.examples = "tapeloop race lstm gru lem --task adding:T=100,copy --seeds 3 --time 20s\n"
		    "tapeloop race lstm ./mine.cell --task charlm:book.txt --time 2m\n"
		    "  --resume race.jsonl --chart race.svg",
	.run = run,
};
