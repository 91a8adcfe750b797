/*
 * What every example has around its net: options that all of them take, files of data, the numbers
 * that it comes to, errors in words, an exit status. The net, its loss and its pictures stand in
 * the example itself.
 *
 *     int main(int argc, char **argv)
 *     {
 *             static net n = {.hidden = 64};
 *             const option own[] = {
 *                     {"--hidden", "N", OPTION_COUNT, &n.hidden, "units (64)"}};
 *             example e = {.name = "spell", .about = "...", .option = own, .options = 1};
 *             if (!example_begin(&e, argc, argv))
 *                     return e.status;
 *             ...
 *             tl_trainer_options o = example_training(&e);
 *             o.loss = loss;
 *             ...
 *             tl_trainer *t = tl_trainer_create(n.set, &o);
 *             if (example_train(&e, t))
 *                     example_figure(&e, (figure){.name = "phoneme error", .value = ...});
 *             ...
 *             return example_end(&e);
 *     }
 */
#ifndef TL_EXAMPLES_EXAMPLE_H
#define TL_EXAMPLES_EXAMPLE_H

#include <tapeloop/train.h>

#include "options.h"

enum { EXAMPLE_OPTIONS = 24, EXAMPLE_PATHS = 16, EXAMPLE_PATH = 1024 };

typedef struct example {
	const char *name, *about;
	const option *option; /* its own */
	int options;
	const char *rest; /* what other arguments are, for --help; NULL: there are none */

	/* What all examples are told; set what should be otherwise before example_begin. */
	int seed;            /* --seed: of weights, batches and samples (1) */
	bool quick;          /* --quick: a test, in seconds: a smaller model, fewer steps */
	bool resume;         /* --resume: go on from the checkpoint */
	const char *out;     /* --out: the folder for pictures and weights ("out") */
	const char *figures; /* --figures: a file to which the numbers are added as JSON */

	/* What it finds out. */
	char **argument; /* those that are no options */
	int arguments;
	bool speaks; /* under mpirun, one process of several */
	bool failed, interrupted, without_data;
	int status; /* of the process */
	double begun;
	int paths;
	char path[EXAMPLE_PATHS][EXAMPLE_PATH]; /* of files it writes */
	char data[EXAMPLE_PATH];
} example;

/* Read the command line. False: the process is to end, with e->status. */
bool example_begin(example *e, int argc, char **argv);

/* out/NAMEwhat, a file to be written; example_end names those that are there. 16 at most. */
const char *example_path(example *e, const char *what);

/* A file of a data set that examples/data/get has fetched; NULL, and a word on what to do, if it is
 * not there; the exit status is then 77, by which Meson knows a test that cannot be run. The path
 * stays until the next call. */
const char *example_data(example *e, const char *set, const char *file);

/*
 * Options of a trainer: progress on the terminal, Ctrl-C, the seed, the loss as out/NAME-loss.svg,
 * a checkpoint as out/NAME.safetensors.
 */
tl_trainer_options example_training(example *e);

/* The same for one of several nets, in files of its own: out/NAME-net.safetensors ... */
tl_trainer_options example_training_of(example *e, const char *net);

/* A source of batches that are made up: `count` an epoch. */
tl_batches *example_batches(tl_status (*fill)(tl_batch *, int64_t epoch, int64_t index, void *user),
			    int64_t count, void *user);

/* Train. False: it failed, which has been said. After Ctrl-C it is true: show what was learned. */
bool example_train(example *e, tl_trainer *trainer);

/*
 * A cell of any kind: `in` numbers a step (for one that reads pictures, about as many), `hidden`
 * units, a forget gate that begins open. NULL: it has been said why.
 */
tl_cell *example_cell(example *e, tl_params *set, const tl_cell_kind *kind, const char *name,
		      int64_t in, int64_t hidden);

/* One of `count` by their chances, which add up to 1. */
int32_t example_draw(tl_random *random, const float *chance, int32_t count);

/* A learning rate that rises for a moment and then falls to nothing along a cosine. */
tl_schedule example_rate(double rate, int64_t steps);

/* What went wrong, said once; NULL says nothing. Returns false. */
bool example_fail(example *e, const char *why);

/* A number that the example comes to, and what to compare it with. */
typedef struct figure {
	const char *name;
	double value;
	const char *unit;      /* may be NULL */
	double most, least;    /* to be reached; both 0: nothing is */
	const char *published; /* by whom and how much; may be NULL */
} figure;

/* Print it, and add it to the file of --figures. */
void example_figure(example *e, figure f);

/* With --quick: what it must have learned in the short time, or the example has failed. */
void example_expect(example *e, bool learned, const char *what);

/* A sheet of charts as out/NAMEwhat; options may be NULL. False: it has been said why not. */
bool example_chart(example *e, const char *what, const tl_chart *chart, int count,
		   const tl_chart_options *options);

/* Says which files were written. Returns the exit status. */
int example_end(example *e);

#endif
