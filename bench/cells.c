/*
 * Every kind of cell, its numbers and what a training step of it costs beside the plain LSTM of the
 * same width: forward and backward over a sequence, recorded anew and differentiated each time.
 *
 * usage: cells [hidden [batch [steps]]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tapeloop/tapeloop.h>

#include "timing.h"

typedef struct run {
	tl_cell *cell;
	tl_tape *tape;
	const float *data;
	int64_t steps, batch, in;
} run;

static void train(void *user)
{
	const run *r = user;
	tl_tape_rewind(r->tape);
	tl_tensor x = tl_input(r->tape, tl_dims(r->steps, r->batch, r->in), r->data);
	tl_backward(tl_mean(tl_square(tl_unroll(r->cell, x, NULL).h), TL_ALL));
}

static double seconds_of(const tl_cell_kind *kind, int64_t hidden, int64_t batch, int64_t steps,
			 int64_t *numbers)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_cell_options o = {.in = hidden, .hidden = hidden};
	tl_conv_cell_options picture = {8, 8, 3};
	if (!strcmp(kind->name, "conv_lstm")) /* as many numbers a state */
		o = (tl_cell_options){.in = hidden / 64, .hidden = hidden / 64, .extra = &picture};
	run r = {.cell = tl_cell_create_as(set, kind, "cell", o), .steps = steps, .batch = batch};
	double time = -1;
	r.tape = tl_tape_create(TL_F32);
	if (r.cell) {
		r.in = tl_cell_input_shape(r.cell).dim[0];
		float *data = malloc((size_t)(steps * batch * r.in) * sizeof *data);
		for (int64_t i = 0; i < steps * batch * r.in; i++)
			data[i] = (float)(i * 7919 % 1000) / 1000 - 0.5f;
		r.data = data;
		time = median_time(train, &r, 0.3);
		*numbers = 0;
		for (int k = 0; tl_cell_param(r.cell, k); k++) {
			tl_shape s = tl_param_shape(tl_cell_param(r.cell, k));
			int64_t n = 1;
			for (int i = 0; i < s.rank; i++)
				n *= s.dim[i];
			*numbers += n;
		}
		free(data);
	}
	if (tl_error(r.tape) || tl_params_error(set))
		fprintf(stderr, "%s: %s\n", kind->name,
			tl_error(r.tape) ? tl_error(r.tape) : tl_params_error(set));
	tl_tape_destroy(r.tape);
	tl_cell_destroy(r.cell);
	tl_params_destroy(set);
	return time;
}

int main(int argc, char **argv)
{
	int64_t hidden = argc > 1 ? atoi(argv[1]) : 128, batch = argc > 2 ? atoi(argv[2]) : 32;
	int64_t steps = argc > 3 ? atoi(argv[3]) : 32, numbers = 0;
	double plain = seconds_of(tl_cell_find("lstm"), hidden, batch, steps, &numbers);
	printf("%d units, a batch of %d, %d steps\n", (int)hidden, (int)batch, (int)steps);
	printf("%-22s %10s %9s %7s\n", "cell", "numbers", "ms", "of lstm");
	for (int i = 0; i < tl_cell_kind_count(); i++) {
		double time = seconds_of(tl_cell_kind_at(i), hidden, batch, steps, &numbers);
		printf("%-22s %10lld %9.3f %7.2f\n", tl_cell_kind_at(i)->name, (long long)numbers,
		       1e3 * time, time / plain);
		fflush(stdout);
	}
	return 0;
}
