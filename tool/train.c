/* `tapeloop train`: a model from data, in a file. */
#define _DEFAULT_SOURCE /* isatty */
#include "help.h"
#include "model.h"
#include "said.h"
#include "task_csv.h"
#include "task_text.h"
#include "verb.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct train_options {
	const char *data, *column, *task, *output, *log, *chart, *optimizer;
	int64_t window, hidden, layers, steps, epochs, patience, seed;
	double time, dropout, clip;
	bool resume, force, quiet;
} train_options;

#define OF(TYPE, MEMBER) TYPE(train_options, MEMBER)

static const verb_option options[] = {
	{'d', "data", "FILE", "a text, whose next letter is learned; with --column, a table (CSV)",
	 OF(TEXT, data), COMPLETE_FILE},
	{'c', "column", "NAME", "of the table: its next value is learned from all columns",
	 OF(TEXT, column)},
	{'t', "task", "TASK", "instead of data: adding:T=200 ... (`tapeloop race --task help`)",
	 OF(TEXT, task)},
	{'m', "model", "FILE", "the model is written there", OF(TEXT, output), COMPLETE_FILE},
	{'L', "log", "FILE", "a line of JSON a step; without it, beside the model, as .jsonl",
	 OF(TEXT, log), COMPLETE_FILE},
	{0, "chart", "FILE", "loss and gradient norm, as SVG", OF(TEXT, chart), COMPLETE_FILE},
	{'w', "window", "N", "letters or rows that are learned at a time; 0: 64 letters, 32 rows",
	 OF(COUNT, window)},
	{'H', "hidden", "N", "units of a layer", OF(COUNT, hidden)},
	{'l', "layers", "N", "of the net", OF(COUNT, layers)},
	{'T', "time", "TIME", "that it trains; without one, --steps or --epochs, 1m",
	 OF(SECONDS, time)},
	{'n', "steps", "N", "that it trains", OF(COUNT, steps)},
	{'E', "epochs", "N", "times that it reads all of the data", OF(COUNT, epochs)},
	{0, "patience", "N", "ends after so many evaluations in a row that were not the best",
	 OF(COUNT, patience)},
	{'o', "optimizer", "TEXT",
	 "as tl_optimizer_create takes it; lr is its learning_rate, which falls to 0 along a "
	 "cosine",
	 OF(TEXT, optimizer)},
	{0, "clip", "X", "gradients of a larger norm are scaled to it; 0: they are not",
	 OF(REAL, clip)},
	{0, "dropout", "X", "share of a layer's output that is dropped", OF(REAL, dropout)},
	{'s', "seed", "N", "of weights and dropout", OF(COUNT, seed)},
	{'r', "resume", NULL, "go on with the training that the model is of", OF(FLAG, resume)},
	{'f', "force", NULL, "replace a model that is there", OF(FLAG, force)},
	{'q', "quiet", NULL, "no progress", OF(FLAG, quiet)},
	{0},
};

static const train_options defaults = {
	.output = "model.safetensors",
	.optimizer = "adam lr=0.004",
	.hidden = 128,
	.layers = 1,
	.clip = 1,
};

enum { PATH = 4096 };

typedef struct training {
	const train_options *o;
	task t;
	net n; /* what net_loss gets */
	char log[PATH], checkpoint[PATH];
	tl_model *before; /* with --resume, whose texts the task reads the data by */
	model_texts texts;
} training;

/* What is asked for */

static bool usage(const char *words)
{
	say_error("train: %s", words);
	return false;
}

static bool check_options(const train_options *o)
{
	if (!o->data == !o->task)
		return usage("either --data or --task says what is to be learned");
	if (o->task && (o->column || o->window))
		return usage(
			"--column and --window belong to --data; --task has options of its own");
	if (o->layers < 1 || o->layers > NET_LAYERS || o->hidden < 1 || o->hidden > 16384)
		return usage("--layers is 1 to 8, --hidden 1 to 16384");
	if (!(o->dropout >= 0 && o->dropout < 1) || !(o->clip >= 0))
		return usage("--dropout is at least 0 and less than 1, --clip 0 or more");
	if (strlen(o->optimizer) > 400)
		return usage("--optimizer is longer than 400 letters");
	if (o->resume && o->force)
		return usage("--resume and --force exclude each other");
	if (o->patience > INT32_MAX)
		return usage("--patience is too large");
	return true;
}

/* model.safetensors: model.jsonl and model.training beside it. */
static bool name_files(training *t)
{
	const char *path = t->o->output, *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash : path, '.');
	int length = dot && dot > path ? (int)(dot - path) : (int)strlen(path);
	if (strlen(path) > PATH - 16 || !*path)
		return usage("the name of the model is empty or too long");
	snprintf(t->log, PATH, "%.*s.jsonl", length, path);
	snprintf(t->checkpoint, PATH, "%.*s.training", length, path);
	if (t->o->log && strlen(t->o->log) >= PATH)
		return usage("the name of the log is too long");
	if (t->o->log)
		strcpy(t->log, t->o->log);
	bool there = !access(path, F_OK) || !access(t->checkpoint, F_OK);
	if (there && !t->o->resume && !t->o->force) {
		say_error("%s is there: --resume goes on with it, --force replaces it",
			  access(path, F_OK) ? t->checkpoint : path);
		return false;
	}
	if (t->o->resume && access(t->checkpoint, F_OK)) {
		say_error("%s: there is nothing to go on from", t->checkpoint);
		return false;
	}
	return true;
}

static bool take_data(training *t)
{
	const train_options *o = t->o;
	const char *end = o->data ? strrchr(o->data, '.') : NULL;
	if (o->task)
		return task_parse(o->task, &t->t);
	if (strlen(o->data) >= TASK_NAME || (o->column && strlen(o->column) >= TASK_NAME))
		return usage("a name is longer than 255 bytes");
	if (!o->column && end && !strcmp(end, ".csv"))
		return usage("--column says which column of the table is to be forecast");
	if (!task_begin(o->column ? "csv" : "charlm", &t->t))
		return false;
	strcpy(t->t.file, o->data);
	strcpy(t->t.column, o->column ? o->column : "");
	t->t.option[0] = o->window ? o->window : t->t.option[0];
	return true;
}

static bool same_text(const char *a, const char *b)
{
	return !a || !b ? !a == !b : !strcmp(a, b);
}

/* Of files of equations the texts count, and their options. */
static bool same_kind(const tl_cell_kind *a, const tl_cell_kind *b)
{
	return !strcmp(a->name, b->name) && same_text(tl_cell_kind_text(a), tl_cell_kind_text(b)) &&
	       same_text(tl_cell_kind_text_options(a), tl_cell_kind_text_options(b));
}

/* The data of a training that goes on is read as before. */
static bool take_texts(training *t, const cell_choice *cell)
{
	tl_error error = {TL_OK, ""};
	char now[256];
	if (!t->o->resume)
		return true;
	t->before = tl_model_load(t->checkpoint, &error);
	if (!t->before) {
		say_error("%s", *error.text ? error.text : "out of memory");
		return false;
	}
	const char *kind = tl_model_metadata(t->before, "task");
	const char *was = tl_model_metadata(t->before, "task_options");
	task_options(&t->t, now, sizeof now);
	if (!kind || !was || strcmp(kind, t->t.kind->name) || strcmp(was, now)) {
		say_error("%s: was trained on %s:%s, and this is %s:%s", t->checkpoint,
			  kind ? kind : "?", was ? was : "", t->t.kind->name, now);
		return false;
	}
	const tl_cell *first = tl_model_cell(t->before, "cell0");
	if (!first || !same_kind(tl_cell_get_kind(first), cell->kind)) {
		say_error("%s: is a net of %s, and this is another kind, %s", t->checkpoint,
			  first ? tl_cell_get_kind(first)->name : "no cell", cell->kind->name);
		return false;
	}
	t->t.texts = (task_texts){.vocabulary = tl_model_metadata(t->before, "vocabulary"),
				  .scaling = tl_model_metadata(t->before, "scaling"),
				  .columns = tl_model_metadata(t->before, "columns")};
	return true;
}

/* Training */

static void tell_data(const training *t)
{
	const task *on = &t->t;
	if (t->o->quiet)
		return;
	if (on->kind->metric == METRIC_BITS) {
		const text_data *d = on->data;
		fprintf(stderr, "%s: %lld letters, %d different ones\n", on->file,
			(long long)d->count, (int)tl_vocabulary_size(d->letters));
	} else if (on->column[0] || on->texts.columns) {
		const csv_data *d = on->data;
		fprintf(stderr, "%s: %lld rows; read:", on->file,
			(long long)tl_table_row_count(d->table));
		for (int k = 0; k < tl_table_column_count(d->table); k++)
			fprintf(stderr, "%s %s", k ? "," : "", tl_table_column_name(d->table, k));
		if (d->left_out)
			fprintf(stderr, "; left out, for they hold no numbers: %s", d->left_out);
		fputc('\n', stderr);
	}
	fprintf(stderr, "%s: %lld parameters\n", tl_cell_get_kind(t->n.cell[0])->name,
		(long long)tl_params_element_count(t->n.set));
}

static tl_optimizer *make_optimizer(const training *t)
{
	char text[512];
	net_optimizer_text(t->o->optimizer, text, sizeof text);
	tl_optimizer *o = tl_optimizer_create(t->n.set, text);
	const char *problem = o ? tl_optimizer_error(o) : "out of memory";
	if (!problem)
		return o;
	usage(problem);
	tl_optimizer_destroy(o);
	return NULL;
}

/* The end that was asked for, and evaluations on the way to it. */
static void set_end(const training *t, tl_trainer_options *to, tl_schedule *schedule)
{
	const train_options *o = t->o;
	int64_t batches = tl_batches_count(t->t.train, 0);
	bool any = o->steps || o->epochs || o->time > 0;
	to->seconds = any ? o->time : 60;
	to->steps = o->steps;
	if (o->epochs && o->epochs < INT64_MAX / batches &&
	    (!to->steps || o->epochs * batches < to->steps))
		to->steps = o->epochs * batches;
	if (!to->steps) /* so many that time comes first, by which the schedule then goes */
		to->steps = INT64_C(1) << 40;
	schedule->steps = to->steps;
	to->evaluate_every = batches < 50 ? 50 : batches > 500 ? 500 : batches;
	if (to->steps < 10 * to->evaluate_every)
		to->evaluate_every = to->steps < 10 ? 1 : to->steps / 10;
}

static void tell_measure(training *t, tl_trainer *trainer)
{
	double loss, metric = net_measure(&t->n, trainer, t->t.validation, &loss);
	tl_trainer_state s = tl_trainer_get_state(trainer);
	if (isnan(metric))
		return;
	printf("%s: %s %.4g", t->o->output, task_metric_name(t->t.kind), metric);
	if (!isnan(t->t.baseline))
		printf(" (baseline %.4g)", t->t.baseline);
	printf(" after %lld steps\n", (long long)s.step);
}

/* After the run: the file that is used, and what is to be said. */
static bool finish(training *t, tl_trainer *trainer)
{
	tl_error error = {TL_OK, ""};
	tl_trainer_state s = tl_trainer_get_state(trainer);
	if (tl_model_save(t->o->output, t->n.set, t->n.cell, t->n.o.layers, t->texts.text,
			  t->texts.count, &error)) {
		say_error("%s", error.text);
		return false;
	}
	tell_measure(t, trainer);
	if (s.interrupted)
		say_error("interrupted; the model is written, and the same command with "
			  "--resume goes on");
	return !s.interrupted;
}

static bool train(training *t, tl_optimizer *optimizer)
{
	const task_kind *kind = t->t.kind;
	const tl_metric *metric = &net_metrics[kind->metric];
	tl_schedule schedule = {.kind = TL_SCHEDULE_COSINE,
				.learning_rate = tl_optimizer_learning_rate(optimizer)};
	tl_trainer_options o = {.loss = net_loss,
				.user = &t->n,
				.optimizer = optimizer,
				.train = t->t.train,
				.validation = t->t.validation,
				.schedule = &schedule,
				.clip_norm = t->o->clip,
				.patience = (int)t->o->patience,
				.metrics = metric,
				.metric_count = 1,
				.best_by = kind->metric == METRIC_BITS ? NULL : metric->name,
				.keep_best = true,
				.checkpoint = t->checkpoint,
				.anew = !t->o->resume,
				.cells = t->n.cell,
				.cell_count = t->n.o.layers,
				.texts = t->texts.text,
				.text_count = t->texts.count,
				.progress = t->o->quiet ? NULL : stderr,
				.log = t->log,
				.chart = t->o->chart,
				.interruptible = true,
				.seed = (uint64_t)t->o->seed};
	set_end(t, &o, &schedule);
	tl_trainer *trainer = tl_trainer_create(t->n.set, &o);
	tl_status status = tl_trainer_run(trainer);
	if (status)
		say_error("%s", trainer ? tl_trainer_error(trainer) : "out of memory");
	bool fine = !status && finish(t, trainer);
	tl_trainer_destroy(trainer);
	return fine;
}

static int build_and_train(training *t, const cell_choice *cell)
{
	char text[512];
	net_options o = {.hidden = t->o->hidden,
			 .layers = (int)t->o->layers,
			 .seed = (uint64_t)t->o->seed,
			 .dropout = t->o->dropout};
	if (!net_create(&t->n, &t->t, cell, &o, text, sizeof text)) {
		say_error("%s", text);
		return STATUS_FAILED;
	}
	int status = STATUS_USAGE;
	tl_optimizer *optimizer = make_optimizer(t);
	model_describe(&t->n, &t->texts);
	if (optimizer) {
		tell_data(t);
		status = train(t, optimizer) ? STATUS_OK : STATUS_FAILED;
	}
	tl_optimizer_destroy(optimizer);
	net_finish(&t->n);
	return status;
}

static int run(const void *given, int count, char **operands)
{
	training t = {.o = given};
	cell_choice cell;
	int status = STATUS_FAILED;
	(void)count;
	if (!check_options(t.o) || !cell_choose(operands[0], &cell))
		return STATUS_USAGE;
	if (!take_data(&t))
		status = STATUS_USAGE;
	else if (name_files(&t) && take_texts(&t, &cell) && task_open(&t.t)) {
		status = build_and_train(&t, &cell);
		task_release(&t.t);
	}
	tl_model_destroy(t.before);
	cell_release(&cell);
	return status;
}

const verb verb_train = {
	.name = "train",
	.summary = "train a cell on a text, a table or a task: a model in a file",
	.operands = "CELL",
	.least = 1,
	.most = 1,
	.completes = COMPLETE_CELL,
	.about = "Trains a net of this kind of cell: on a text it learns the next letter, on a "
		 "table "
		 "(CSV) the next value of a column from all columns of numbers. The last tenth of "
		 "the text, or fifth of the table, is kept to measure by; what the net was when it "
		 "was best is written at the end. The file holds all that `sample`, `predict` and "
		 "`eval` need. Beside it are the log, .jsonl, and .training, from which --resume "
		 "goes on; Ctrl-C ends the training and writes all three.",
	.options = options,
	.options_size = sizeof(train_options),
	.defaults = &defaults,
	.examples = "tapeloop train lstm --data book.txt --time 5m\n"
		    "tapeloop train gru --data temps.csv --column Temp --hidden 32 --epochs 20\n"
		    "tapeloop train ./mine.cell --task adding:T=200 --steps 2000",
	.run = run,
};
