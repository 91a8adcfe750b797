/*
 * Kinds of cells as text beside the same in C: a training step of each, forward and backward over a
 * sequence, recorded anew each time, in turns; medians of processor time, which other processes
 * take no part of, in ms, and their ratio. A row each, tabs between; then the largest ratio. Files
 * that no kind in C is named as have the first column only.
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

/* Turn by turn, so that whatever else the machine does meets both; fills in the two medians. */
static void race(run *a, run *b, double budget, double *of_a, double *of_b)
{
	static double time[2][MOST];
	run *both[2] = {a, b};
	int n = 0;
	for (double end = seconds() + budget; n < MOST && (n < 9 || seconds() < end); n++)
		for (int k = 0; k < 2; k++) {
			int which = (k + n) % 2;
			double start = processor_seconds();
			train(both[which]);
			time[which][n] = processor_seconds() - start;
		}
	*of_a = median(time[0], n);
	*of_b = median(time[1], n);
}

/* Returns text's time over C's; 0: there is no such kind in C. */
static double compare(const char *path, const char *name, const sizes *of)
{
	tl_error error = {0};
	tl_cell_kind *text = tl_cell_read(path, NULL, &error);
	stop_if(name, text ? NULL : error.text);
	const tl_cell_kind *c = tl_cell_kind_find(name);
	run as_text = run_create(text, of);
	double ratio = 0, mine, other;
	if (c) {
		run in_c = run_create(c, of);
		race(&as_text, &in_c, of->seconds, &mine, &other);
		ratio = mine / other;
		printf("%s\t%.3f\t%.3f\t%.3f\n", name, 1e3 * mine, 1e3 * other, ratio);
		run_destroy(&in_c);
	} else {
		printf("%s\t%.3f\n", name, 1e3 * median_time(train, &as_text, of->seconds / 2));
	}
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
	for (int k = 0; k < n; k++) {
		char path[4096], name[256];
		snprintf(path, sizeof path, "%s/%s", argv[1], files[k]->d_name);
		snprintf(name, sizeof name, "%.*s", (int)strlen(files[k]->d_name) - 5,
			 files[k]->d_name);
		double ratio = compare(path, name, &of);
		most = ratio > most ? ratio : most;
		free(files[k]);
	}
	if (n < 0)
		return perror(argv[1]), 1;
	free(files);
	printf("largest\t\t\t%.3f\n", most);
	return 0;
}
