/*
 * Every kind of cell: how many numbers it learns, how far its gradients are from differences, and
 * what a training step of it costs beside the plain LSTM of the same width: forward and backward
 * over a sequence, recorded anew and differentiated each time. A row each, tabs between; cells.py
 * makes a table of them.
 *
 * usage: cells [hidden [batch [steps]]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tapeloop/tapeloop.h>

#include "timing.h"

static tl_cell_options options_of(const tl_cell_kind *kind, int64_t in, int64_t hidden)
{
	static tl_conv_cell_options picture = {8, 8, 3};
	if (!strcmp(kind->name, "conv_lstm")) /* as many numbers a state */
		return (tl_cell_options){.in = in / 64, .hidden = hidden / 64, .extra = &picture};
	return (tl_cell_options){.in = in, .hidden = hidden};
}

static void check(const tl_cell_kind *kind, const tl_params *set, tl_tape *tape)
{
	const char *problem = tl_params_error(set) ? tl_params_error(set)
			      : tape               ? tl_tape_error(tape)
						   : NULL;
	if (!problem)
		return;
	fprintf(stderr, "%s: %s\n", kind->name, problem);
	exit(1);
}

/* What it costs */

typedef struct run {
	tl_params *set;
	tl_cell *cell;
	tl_tape *tape;
	float *data;
	int64_t steps, batch;
	tl_shape in; /* of one input */
} run;

static tl_tensor loss_over_time(tl_cell *cell, tl_tensor x)
{
	return tl_mean(tl_square(tl_unroll(cell, x, NULL).h), TL_ALL);
}

static tl_shape sequence(const run *r)
{
	tl_shape s = {.rank = r->in.rank + 2, .dim = {r->steps, r->batch}};
	memcpy(s.dim + 2, r->in.dim, (size_t)r->in.rank * sizeof *s.dim);
	return s;
}

static void train(void *user)
{
	const run *r = user;
	tl_tape_rewind(r->tape);
	tl_backward(loss_over_time(r->cell, tl_input(r->tape, sequence(r), r->data)));
}

static run run_create(const tl_cell_kind *kind, int64_t hidden, int64_t batch, int64_t steps)
{
	run r = {.set = tl_params_create(TL_F32), .steps = steps, .batch = batch};
	r.cell = tl_cell_create_from_kind(r.set, kind, "cell", options_of(kind, hidden, hidden));
	r.tape = tl_tape_create(TL_F32);
	check(kind, r.set, r.tape);
	r.in = tl_cell_input_shape(r.cell);
	int64_t size = 1;
	tl_shape s = sequence(&r);
	for (int i = 0; i < s.rank; i++)
		size *= s.dim[i];
	r.data = malloc((size_t)size * sizeof *r.data);
	for (int64_t i = 0; i < size; i++)
		r.data[i] = (float)(i * 7919 % 1000) / 1000 - 0.5f;
	train(&r);
	check(kind, r.set, r.tape);
	return r;
}

static void run_destroy(run *r)
{
	free(r->data);
	tl_tape_destroy(r->tape);
	tl_cell_destroy(r->cell);
	tl_params_destroy(r->set);
}

/* How many numbers: the shapes of its weights, with I and H for the widths */

enum { I = 64 * 5, H = 64 * 6, TERMS = 16 };

static void name_dim(char *text, int64_t n)
{
	char one[24] = "";
	if (n == I || n == H)
		snprintf(one, sizeof one, "%s", n == I ? "I" : "H");
	else if (n == H / 2)
		snprintf(one, sizeof one, "(H/2)");
	else if (n == I / 64 || n == H / 64)
		snprintf(one, sizeof one, "%s", n == I / 64 ? "(I/64)" : "(H/64)");
	else if (n != 1)
		snprintf(one, sizeof one, "(%lld)", (long long)n);
	strcat(text, one);
}

static void print_formula(const tl_cell_kind *kind)
{
	char term[TERMS][64];
	int count[TERMS], terms = 0;
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cell = tl_cell_create_from_kind(set, kind, "cell", options_of(kind, I, H));
	check(kind, set, NULL);
	for (int k = 0; tl_cell_param_at(cell, k); k++) {
		tl_shape s = tl_param_shape(tl_cell_param_at(cell, k));
		char text[64] = "";
		int i = 0;
		for (int d = 0; d < s.rank; d++)
			name_dim(text, s.dim[d]);
		while (i < terms && strcmp(term[i], text))
			i++;
		if (i == terms && terms < TERMS) {
			strcpy(term[terms], text);
			count[terms++] = 0;
		}
		count[i < TERMS ? i : TERMS - 1]++;
	}
	for (int i = 0; i < terms; i++) {
		printf("%s", i ? " + " : "");
		if (count[i] > 1 || !*term[i])
			printf("%d", count[i]);
		printf("%s", term[i]);
	}
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}

/* How right its gradient is */

static tl_tensor small_model(tl_tape *tape, void *user)
{
	const run *r = user;
	return loss_over_time(r->cell, tl_input(tape, sequence(r), r->data));
}

static double gradient_error(const tl_cell_kind *kind)
{
	float data[4096];
	run r = {.set = tl_params_create(TL_F64), .data = data, .steps = 4, .batch = 3};
	r.cell = tl_cell_create_from_kind(r.set, kind, "cell",
					  kind->example ? *kind->example
							: (tl_cell_options){.in = 3, .hidden = 4});
	check(kind, r.set, NULL);
	r.in = tl_cell_input_shape(r.cell);
	for (int i = 0; i < 4096; i++)
		data[i] = (float)(i * 7919 % 1000) / 1000 - 0.5f;
	tl_gradcheck_report report;
	tl_gradcheck(small_model, &r, r.set, &(tl_gradcheck_options){.sample = 200}, &report);
	tl_cell_destroy(r.cell);
	tl_params_destroy(r.set);
	return report.checked ? report.max_relative_error : -1;
}

int main(int argc, char **argv)
{
	int64_t hidden = argc > 1 ? atoi(argv[1]) : 128, batch = argc > 2 ? atoi(argv[2]) : 32;
	int64_t steps = argc > 3 ? atoi(argv[3]) : 32;
	run plain = run_create(tl_cell_kind_find("lstm"), hidden, batch, steps);
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		const tl_cell_kind *kind = tl_cell_kind_at(i);
		run r = run_create(kind, hidden, batch, steps);
		printf("%s\t", kind->name);
		print_formula(kind);
		double error = gradient_error(kind), time = median_time(train, &r, 0.3);
		printf("\t%.1e\t%.3f\t%.2f\n", error, 1e3 * time,
		       time / median_time(train, &plain, 0.15));
		fflush(stdout);
		run_destroy(&r);
	}
	run_destroy(&plain);
	return 0;
}
