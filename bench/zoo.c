/*
 * Every file of the zoo: lines of its text, numbers it learns, how far its gradients are from
 * differences, and what a training step costs, forward and backward over a sequence, recorded anew
 * each time: in ms, beside the plain LSTM of the same width, and beside the same kind in C if there
 * is one. They run in turns; times are medians of processor time, which other processes take no
 * part of. A row each, tabs between.
 *
 * usage: TL_THREADS=1 bench_zoo folder [hidden [batch [steps [seconds]]]]
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tapeloop/equations.h>
#include <tapeloop/tapeloop.h>

#include "timing.h"

typedef struct run {
	tl_params *set;
	tl_cell *cell;
	tl_tape *tape;
	float *data;
	tl_shape x;
} run;

typedef struct sizes {
	int64_t hidden, batch, steps;
	double seconds;
} sizes;

static void stop_if(const char *name, const char *problem)
{
	if (!problem)
		return;
	fprintf(stderr, "%s: %s\n", name, problem);
	exit(1);
}

static void train(void *user)
{
	const run *r = user;
	tl_tape_rewind(r->tape);
	tl_tensor x = tl_input(r->tape, r->x, r->data);
	tl_backward(tl_mean(tl_square(tl_unroll(r->cell, x, NULL).h), TL_ALL));
}

static run run_create(const tl_cell_kind *kind, const sizes *of)
{
	run r = {.set = tl_params_create(TL_F32), .tape = tl_tape_create(TL_F32)};
	/* Pictures of 8 by 8 have as many numbers. */
	int64_t n = strncmp(kind->name, "conv_", 5) ? of->hidden : of->hidden / 64;
	/* x is narrower: some kinds in C save a product where it is as wide as h. */
	int64_t in = n > 1 ? n / 2 : 1;
	r.cell = tl_cell_create_from_kind(r.set, kind, "cell",
					  (tl_cell_options){.in = in, .hidden = n});
	stop_if(kind->name, tl_params_error(r.set));
	int64_t size = of->steps * of->batch * tl_cell_input_shape(r.cell).dim[0];
	r.x = tl_dims(of->steps, of->batch, tl_cell_input_shape(r.cell).dim[0]);
	r.data = malloc((size_t)size * sizeof *r.data);
	for (int64_t i = 0; r.data && i < size; i++)
		r.data[i] = (float)(i * 7919 % 1000) / 1000 - 0.5f;
	for (int k = 0; k < 3; k++)
		train(&r);
	stop_if(kind->name, tl_tape_error(r.tape));
	return r;
}

static void run_destroy(run *r)
{
	free(r->data);
	tl_tape_destroy(r->tape);
	tl_cell_destroy(r->cell);
	tl_params_destroy(r->set);
}

enum { MOST = 4096 };

static double processor_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

enum { RUNNERS = 3 };

/* Turn by turn, so that whatever else the machine does meets all; fills in the medians. */
static void race(run *const *of, int runners, double budget, double *medians)
{
	static double time[RUNNERS][MOST];
	int n = 0;
	for (double end = seconds() + budget; n < MOST && (n < 9 || seconds() < end); n++)
		for (int k = 0; k < runners; k++) {
			int which = (k + n) % runners;
			double start = processor_seconds();
			train(of[which]);
			time[which][n] = processor_seconds() - start;
		}
	for (int k = 0; k < runners; k++)
		medians[k] = median(time[k], n);
}

/* Lines of the text that say something. */
static int lines_of(const tl_cell_kind *kind)
{
	int lines = 0;
	const char *at = tl_cell_kind_text(kind);
	for (size_t n; *at; at += n + (at[n] == '\n')) {
		n = strcspn(at, "\n");
		lines += n && *at != '#';
	}
	return lines;
}

/* How right its gradient is: against differences, in double. */

static tl_tensor small_model(tl_tape *tape, void *user)
{
	const run *r = user;
	tl_tensor x = tl_input(tape, r->x, r->data);
	return tl_mean(tl_square(tl_unroll(r->cell, x, NULL).h), TL_ALL);
}

static double gradient_error(const tl_cell_kind *kind)
{
	float data[4096];
	run r = {.set = tl_params_create(TL_F64), .data = data};
	tl_cell_options small = {.in = 3, .hidden = 4};
	r.cell = tl_cell_create_from_kind(r.set, kind, "cell",
					  kind->example ? *kind->example : small);
	stop_if(kind->name, tl_params_error(r.set));
	r.x = tl_dims(4, 3, tl_cell_input_shape(r.cell).dim[0]);
	for (int i = 0; i < 4096; i++)
		data[i] = (float)(i * 7919 % 1000) / 1000 - 0.5f;
	tl_gradcheck_report report;
	tl_gradcheck(small_model, &r, r.set, &(tl_gradcheck_options){.sample = 200}, &report);
	tl_cell_destroy(r.cell);
	tl_params_destroy(r.set);
	return report.checked ? report.max_relative_error : -1;
}

/* A row of the table. Returns text's time over C's; 0: there is no such kind in C. */
static double compare(const char *path, const char *name, run *lstm, const sizes *of)
{
	tl_error error = {0};
	tl_cell_kind *text = tl_cell_read(path, NULL, &error);
	stop_if(name, text ? NULL : error.text);
	const tl_cell_kind *c = tl_cell_kind_find(name);
	run as_text = run_create(text, of), in_c = {0};
	double medians[RUNNERS], ratio = 0;
	if (c)
		in_c = run_create(c, of);
	race((run *const[]){&as_text, lstm, &in_c}, c ? 3 : 2, of->seconds, medians);
	printf("%s\t%d\t%lld\t%.1e\t%.3f\t%.2f", name, lines_of(text),
	       (long long)tl_params_element_count(as_text.set), gradient_error(text),
	       1e3 * medians[0], medians[0] / medians[1]);
	if (c) {
		ratio = medians[0] / medians[2];
		printf("\t%.3f", ratio);
		run_destroy(&in_c);
	}
	printf("\n");
	fflush(stdout);
	run_destroy(&as_text);
	tl_cell_kind_destroy(text);
	return ratio;
}

static int is_cell(const struct dirent *e)
{
	size_t n = strlen(e->d_name);
	return n > 5 && !strcmp(e->d_name + n - 5, ".cell");
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return fprintf(stderr,
			       "usage: bench_zoo folder [hidden [batch [steps [seconds]]]]\n"),
		       2;
	sizes of = {.hidden = argc > 2 ? atoi(argv[2]) : 128,
		    .batch = argc > 3 ? atoi(argv[3]) : 32,
		    .steps = argc > 4 ? atoi(argv[4]) : 32,
		    .seconds = argc > 5 ? atof(argv[5]) : 1};
	struct dirent **files;
	int n = scandir(argv[1], &files, is_cell, alphasort);
	double most = 0;
	run lstm = run_create(tl_cell_kind_find("lstm"), &of);
	printf("cell\tlines\tnumbers\tgradcheck\tms\tof lstm\tof C\n");
	for (int k = 0; k < n; k++) {
		char path[4096], name[256];
		snprintf(path, sizeof path, "%s/%s", argv[1], files[k]->d_name);
		snprintf(name, sizeof name, "%.*s", (int)strlen(files[k]->d_name) - 5,
			 files[k]->d_name);
		double ratio = compare(path, name, &lstm, &of);
		most = ratio > most ? ratio : most;
		free(files[k]);
	}
	if (n < 0)
		return perror(argv[1]), 1;
	free(files);
	run_destroy(&lstm);
	printf("most\t\t\t\t\t\t%.3f\n", most);
	return 0;
}
