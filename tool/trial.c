/* A cell over sequences of random numbers. */
#include "trial.h"
#include "said.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <tapeloop/random.h>

static bool draw(trial *n)
{
	tl_random random;
	n->x = malloc((size_t)n->count * sizeof *n->x);
	n->x_float = malloc((size_t)n->count * sizeof *n->x_float);
	if (!n->x || !n->x_float) {
		say_error("out of memory");
		return false;
	}
	random = tl_random_stream(1, 0);
	for (int64_t i = 0; i < n->count; i++) {
		double x = tl_random_normal(&random);
		n->x_float[i] = (float)(n->size.positive ? fabs(x) : x);
		n->x[i] = n->x_float[i];
	}
	return true;
}

bool trial_create(trial *n, const cell_choice *choice, tl_dtype dtype, sizes size)
{
	*n = (trial){.choice = choice, .size = size};
	n->set = tl_params_create(dtype);
	n->tape = tl_tape_create(dtype);
	if (!n->set || !n->tape) {
		say_error("out of memory");
		return false;
	}
	n->cell = cell_make(choice, n->set, size.in, size.hidden);
	if (!n->cell)
		return false;
	tl_shape x = tl_cell_input_shape(n->cell);
	n->shape = (tl_shape){.rank = x.rank + 2, .dim = {size.steps, size.batch}};
	memcpy(n->shape.dim + 2, x.dim, (size_t)x.rank * sizeof *x.dim);
	n->count = tl_shape_size(n->shape);
	return draw(n);
}

void trial_destroy(trial *n)
{
	free(n->x);
	free(n->x_float);
	tl_tape_destroy(n->tape);
	tl_cell_destroy(n->cell);
	tl_params_destroy(n->set);
	*n = (trial){0};
}

tl_tensor trial_input(const trial *n, tl_tape *tape)
{
	return tl_tape_dtype(tape) == TL_F64 ? tl_input_double(tape, n->shape, n->x)
					     : tl_input(tape, n->shape, n->x_float);
}

tl_tensor trial_loss(const trial *n, tl_tape *tape, tl_tensor *last)
{
	tl_unrolled y = tl_unroll(n->cell, trial_input(n, tape), NULL);
	if (last)
		*last = y.final_state.h;
	return tl_mean(tl_square(y.h), TL_ALL);
}

void trial_train(void *user)
{
	const trial *n = user;
	tl_tape_rewind(n->tape);
	tl_params_zero_gradients(n->set);
	tl_backward(trial_loss(n, n->tape, NULL));
}

tl_program *trial_program(const trial *n, bool training)
{
	tl_tensor last = TL_NONE;
	tl_tape_rewind(n->tape);
	tl_tensor loss = trial_loss(n, n->tape, &last);
	tl_program_options o = {.outputs = &last, .output_count = 1};
	if (training)
		o.loss = loss;
	tl_program *p = tl_program_create(n->tape, o);
	if (!p)
		trial_fine(n);
	return p;
}

tl_tensor trial_weigh(tl_tensor t, uint64_t seed)
{
	int64_t size = tl_tensor_size(t);
	double *weights = malloc((size_t)(size ? size : 1) * sizeof *weights);
	tl_random random;
	if (!weights)
		return TL_NONE;
	random = tl_random_stream(2, seed);
	for (int64_t i = 0; i < size; i++)
		weights[i] = tl_random_normal(&random);
	tl_tensor w = tl_constant_double(t.tape, tl_tensor_shape(t), weights);
	free(weights);
	return w;
}

bool trial_fine(const trial *n)
{
	const char *error = tl_tape_error(n->tape);
	if (error)
		say_error("%s: %s", n->choice->word, error);
	return !error;
}

void first_line(const char *message, char *line, size_t room)
{
	snprintf(line, room, "%.*s", (int)strcspn(message ? message : "", "\n"),
		 message ? message : "");
}
