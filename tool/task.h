/*
 * What a cell is trained on. A kind of task is declared in one place, a constant struct in the file
 * of its family, and listed in tasks.def; a word of the command line names one, with its own
 * options:
 *
 *     adding              adding:T=200          csv:temps.csv:Temp:T=64
 *
 * A task is two sources of batches, what a net reads and says, and how good it is. What is drawn
 * follows from the numbers of epoch and batch, so all cells see the same examples.
 */
#ifndef TOOL_TASK_H
#define TOOL_TASK_H

#include <tapeloop/train.h>

typedef struct task task;

/* What a file of data was made into when a model was trained on it, so that another file is read
 * the same way; NULL: it is fitted on the file. */
typedef struct task_texts {
	const char *vocabulary, *scaling, *columns; /* columns: a name a line, the target first */
} task_texts;

/* How good a net is, on the targets that count. */
typedef enum task_metric {
	METRIC_SQUARES,  /* mean squared error */
	METRIC_NRMSE,    /* its root, of which the targets' standard deviation is 1 */
	METRIC_ACCURACY, /* share of classes that are right */
	METRIC_BITS      /* bits a character: the loss in other units */
} task_metric;

enum { TASK_OPTIONS = 4, TASK_NAME = 256 };

/* An option after a colon, a whole number. */
typedef struct task_option {
	const char *name, *help;
	int64_t usual, least, most;
} task_option;

typedef struct task_kind {
	const char *name, *doc; /* doc: one line, with the paper */
	const char *files;      /* what must follow the name, "FILE:COLUMN"; NULL: nothing */
	task_option option[TASK_OPTIONS];
	task_metric metric;
	double baseline; /* the metric of a net that knows nothing; 0: .make finds out */
	double learned;  /* at this metric it counts as learned; 0: there is no such level */
	/* Sources, sizes and what they need. */
	tl_status (*make)(task *t, tl_error *error);
	/* Does the target of this row and step count in the metric? NULL: all do. */
	bool (*counts)(const task *t, const tl_batch *batch, int64_t row, int64_t step);
	void (*release)(void *data);
} task_kind;

struct task {
	const task_kind *kind;
	char name[TASK_NAME]; /* as it was named */
	char file[TASK_NAME], column[TASK_NAME];
	int64_t option[TASK_OPTIONS];
	int64_t tokens; /* the input is integers below this, to be embedded; 0: real numbers */
	int64_t in;     /* real numbers a step that are read */
	int64_t out;    /* numbers, or scores of classes, that are said */
	int64_t rows, validation_rows; /* in a batch */
	bool every_step;               /* says something at each step, or else after the last */
	bool carried; /* a batch goes on where the one before it ended: the state does too */
	double baseline;
	double deviation; /* of the targets, for METRIC_NRMSE */
	tl_batches *train, *validation;
	void *data;       /* the kind's own */
	task_texts texts; /* of a model, or of what was fitted here: then they are .data's */
	bool whole;       /* no training: all of the file is validation */
};

/*
 * A task of a word, which must not be moved once it is open. Between the two calls .file, .texts
 * and .whole may be set. Returns false after an error, which is said; then there is nothing to
 * release.
 */
bool task_parse(const char *word, task *t);
bool task_open(task *t);
/* The same in parts: the kind with its defaults, options ("T=64:ahead=4"); and these as text. */
bool task_begin(const char *kind, task *t);
bool task_set_options(task *t, const char *words);
void task_options(const task *t, char *text, size_t room);
void task_release(task *t);

const task_kind *task_kind_at(int index); /* NULL: there are no more */
void task_print_list(void);               /* all of them, with their options */
bool task_is_classes(const task *t);      /* or else numbers */
bool task_higher_is_better(const task_kind *kind);
const char *task_metric_name(const task_kind *kind);
/* The metric from what net_score measures, a mean over targets. */
double task_metric_of(const task *t, double mean);
bool task_is_learned(const task *t, double metric);
bool task_is_better(const task *t, double a, double b); /* NaN is worst */

#endif
