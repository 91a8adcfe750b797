/*
 * Gradients that vanish or explode (Hochreiter 1991; Bengio, Simard & Frasconi 1994; Pascanu,
 * Mikolov & Bengio 2013), measured: how large is the gradient of a loss at the last of 200 steps by
 * the state k steps before? In a vanilla net it is multiplied, a step, by the recurrent weights W
 * and by the derivative f' of the activation, so its logarithm falls or rises by about log(rho f'),
 * rho being the spectral radius of W: here W is rho times an orthogonal matrix, and f' the root of
 * its mean square over units and steps. Gates, an identity start with ReLU and batch normalisation
 * change that; clipping makes the gradient of the weights small again where it has exploded.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "example.h"

enum { STEPS = 200, BATCH = 16, IN = 8, UNITS = 64, SKIPPED = 10 };

typedef struct subject {
	const char *name, *kind;
	tl_activation activation; /* of a vanilla net */
	double rho;               /* 0: the kind's own start */
	bool identity;
	double chrono; /* gates begin open over up to so many steps: Tallec & Ollivier 2018 */
} subject;

static const subject subjects[] = {{"tanh", "rnn", tl_tanh, .rho = 1},
				   {"sigmoid", "rnn", tl_sigmoid, .rho = 1},
				   {"ReLU", "rnn", tl_relu, .rho = 1},
				   {"ReLU, W twice as large", "rnn", tl_relu, .rho = 2},
				   {"ReLU from identity", "rnn", tl_relu, 1, .identity = true},
				   {"batch normalisation", "bn_rnn"},
				   {"GRU", "gru"},
				   {"LSTM", "lstm"},
				   {"LSTM, gates open", "lstm", .chrono = STEPS}};

enum { SUBJECTS = sizeof subjects / sizeof *subjects };

typedef struct measured {
	double norm[STEPS];     /* of the gradient by the state so many steps before the end */
	double relative[STEPS]; /* to the first, where a picture can show it */
	double slope, foretold; /* of its logarithm a step */
	double before, after;   /* norm of the weights' gradient, and clipped at 1 */
} measured;

static double squares(tl_tensor t)
{
	const double *v = tl_value_double(t);
	double sum = 0;
	for (int64_t i = 0; v && i < tl_tensor_size(t); i++)
		sum += v[i] * v[i];
	return sum;
}

/* The derivative of an activation at a unit that is y. */
static double derivative(tl_activation f, double y)
{
	return f == tl_tanh ? 1 - y * y : f == tl_sigmoid ? y * (1 - y) : y > 0;
}

/* By least squares, without the SKIPPED steps at the ends, and as far as doubles reach. */
static double slope_of(const measured *m)
{
	double n = 0, x = 0, y = 0, xx = 0, xy = 0;
	for (int t = SKIPPED; t < STEPS - SKIPPED; t++) {
		double k = t, log_norm = log(m->norm[t]);
		if (!isfinite(log_norm) || m->norm[t] < 1e-290)
			continue;
		n++, x += k, y += log_norm, xx += k * k, xy += k * log_norm;
	}
	return (n * xy - x * y) / (n * xx - x * x);
}

static tl_cell *create(tl_params *set, const subject *s)
{
	tl_cell_options o = {.in = IN, .hidden = UNITS, .activation = s->activation};
	if (s->rho > 0)
		o.recurrent_init =
			s->identity ? tl_init_identity(s->rho) : tl_init_orthogonal(s->rho);
	if (s->identity)
		o.input_init = tl_init_normal(0, 0.001);
	if (s->chrono > 0)
		o.chrono = s->chrono;
	else if (tl_cell_kind_takes(tl_cell_kind_find(s->kind), NULL) & TL_OPTION_FORGET_BIAS)
		o.forget_bias = 1;
	return tl_cell_create(set, s->kind, "cell", o);
}

/* The loss is the sum of squares of the last output. */
static bool measure(const subject *s, measured *m, example *e, const double *input)
{
	static tl_tensor state[2 * STEPS], gradient[2 * STEPS];
	tl_params *set = tl_params_create(TL_F64);
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_params_set_seed(set, (uint64_t)e->seed);
	tl_cell *cell = create(set, s);
	int states = tl_cell_state_count(cell),
	    count = 0; /* of NULL it is 0, and the tape says why */
	tl_tensor x = tl_input_double(tape, tl_dims(STEPS, BATCH, IN), input);
	tl_state now = tl_cell_initial_state(cell, tape, BATCH);
	for (int t = 0; t < STEPS; t++) {
		tl_tape_set_step(tape, t);
		now = tl_cell_step(cell, tl_at(x, t), now);
		for (int k = 0; k < states; k++)
			state[count++] = *tl_state_at(&now, k);
	}
	tl_tensor loss = tl_sum(tl_square(now.h), TL_ALL);
	double slopes = 0;
	tl_grads(loss, state, count, gradient);
	for (int t = 0; t < STEPS; t++) {
		double sum = 0;
		for (int k = 0; k < states; k++)
			sum += squares(gradient[t * states + k]);
		m->norm[STEPS - 1 - t] = sqrt(sum);
		const double *h = tl_value_double(state[t * states]);
		for (int i = 0; h && s->activation && i < BATCH * UNITS; i++)
			slopes += pow(derivative(s->activation, h[i]), 2) / (STEPS * BATCH * UNITS);
	}
	for (int t = 0; t < STEPS; t++) {
		double ratio = m->norm[t] / m->norm[0];
		m->relative[t] = fabs(log10(ratio)) < 12 ? ratio : NAN;
	}
	m->slope = slope_of(m);
	m->foretold = s->activation ? log(s->rho * sqrt(slopes)) : NAN;
	bool fine = !tl_backward(loss) && !tl_tape_error(tape);
	m->before = tl_params_clip_gradient_norm(set, 1);
	m->after = tl_params_clip_gradient_norm(set, 1e300);
	if (!fine)
		example_fail(e, tl_tape_error(tape) ? tl_tape_error(tape) : "out of memory");
	tl_cell_destroy(cell);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
	return fine;
}

int main(int argc, char **argv)
{
	static measured m[SUBJECTS];
	static double input[STEPS * BATCH * IN];
	tl_curve curves[SUBJECTS];
	example e = {
		.name = "vanish",
		.about =
			"How far gradients reach back in time, in nets that have not learned yet."};
	if (!example_begin(&e, argc, argv))
		return e.status;
	tl_random r = tl_random_stream((uint64_t)e.seed, 0);
	for (int i = 0; i < STEPS * BATCH * IN; i++)
		input[i] = tl_random_normal(&r);
	printf("%-26s %10s %10s %12s %12s\n", "logarithm of |dL/dh|, a step", "measured",
	       "foretold", "|dL/dW|", "clipped");
	bool fine = true;
	for (int k = 0; k < SUBJECTS && fine; k++) {
		fine = measure(&subjects[k], &m[k], &e, input);
		printf("%-28s %+10.4f ", subjects[k].name, m[k].slope);
		printf(subjects[k].activation ? "%+10.4f" : "         -", m[k].foretold);
		printf(" %12.3g %12.3g\n", m[k].before, m[k].after);
		curves[k] = (tl_curve){subjects[k].name, NULL, m[k].relative, STEPS};
		char name[96];
		snprintf(name, sizeof name, "%s: gradient", subjects[k].name);
		if (fine)
			example_figure(&e, (figure){name, exp(m[k].slope), "times, a step back"});
		if (fine && subjects[k].activation) {
			snprintf(name, sizeof name, "%s: measured less foretold", subjects[k].name);
			example_figure(&e, (figure){name, m[k].slope - m[k].foretold});
			example_expect(&e, fabs(m[k].slope - m[k].foretold) < 0.06, name);
		}
	}
	if (fine) {
		const tl_chart chart = {"The gradient by the state, before any learning",
					"steps before the loss",
					"norm",
					curves,
					SUBJECTS,
					.log_y = true};
		example_chart(&e, ".svg", &chart, 1, NULL);
	}
	return example_end(&e);
}
