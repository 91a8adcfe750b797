/*
 * Lesson 11: long sequences. What a gradient loses when it goes back only a few steps; memory with
 * and without recomputation; and exact gradients without going back at all, for a cell whose units
 * keep to themselves.
 */
#include <math.h>
#include "lesson.h"

enum { STEPS = 64, IN = 4, HIDDEN = 16, UNITS = 8 };

static double wave[STEPS * IN];

/* Truncation */

/* The gradient of all parameters, of a loss at the last step, going back `back` steps at most. */
static double *gradient(tl_tape *tape, tl_params *set, const tl_cell *cell, int back, int64_t *size)
{
	tl_tape_rewind(tape);
	tl_tensor x = tl_input_double(tape, tl_dims(STEPS, 1, IN), wave);
	tl_tensor h = tl_unroll_truncated(cell, x, 1, back, NULL).h;
	tl_params_zero_gradients(set);
	tl_backward(tl_sum(tl_square(tl_at(h, STEPS - 1)), TL_ALL));
	return tl_params_gradients(set, size);
}

static double cosine(const double *a, const double *b, int64_t n)
{
	double ab = 0, aa = 0, bb = 0;
	for (int64_t i = 0; i < n; i++)
		ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
	return ab / sqrt(aa * bb);
}

static void truncate(tl_tape *tape, const char *kind, double whole[])
{
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *cell = tl_cell_create(set, kind, kind,
				       (tl_cell_options){.in = IN,
							 .hidden = HIDDEN,
							 .forget_bias = 2 * !strcmp(kind, "lstm")});
	int64_t size;
	double *g = gradient(tape, set, cell, STEPS, &size);
	memcpy(whole, g, (size_t)size * sizeof *g);
	printf("%-5s", kind);
	for (int back = 1; back <= STEPS; back *= 4)
		printf("  %9.2f", cosine(whole, gradient(tape, set, cell, back, &size), size));
	printf("\n");
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}

/* Recomputation */

static double megabytes(tl_tape *tape, const tl_cell *cell, int steps, int segments)
{
	tl_tape_rewind(tape);
	tl_tape_set_recompute(tape, segments);
	tl_tensor x = tl_zeros(tape, tl_dims(steps, 8, IN));
	tl_tensor L = tl_mean(tl_square(tl_unroll(cell, x, NULL).final_state.h), TL_ALL);
	tl_program *p = tl_program_create(tape, (tl_program_options){.loss = L});
	double bytes = (double)tl_program_get_stats(p).arena_bytes;
	tl_program_destroy(p);
	tl_tape_set_recompute(tape, 0);
	return bytes / (1 << 20);
}

/* Online */

/* One step of a cell in which each unit sees itself alone: h_t = tanh(w h_t-1 + u x_t). */
static tl_tensor step(tl_tensor w, tl_tensor u, tl_tensor x, tl_tensor h)
{
	return tl_tanh(tl_add(tl_mul(w, h), tl_mul(u, x)));
}

/* What step t says is wrong: its state should be the next number of the wave. */
static tl_tensor error_of(tl_tensor h, double next)
{
	return tl_sum(tl_square(tl_sub(h, tl_scalar(h.tape, next))), TL_ALL);
}

/* All steps on one tape, and back. */
static int64_t backward(tl_tape *tape, tl_param *w, tl_param *u, int steps)
{
	tl_tape_rewind(tape);
	tl_tensor h = tl_zeros(tape, tl_dims(UNITS)), L = tl_scalar(tape, 0);
	for (int t = 0; t < steps; t++) {
		tl_tape_set_step(tape, t);
		tl_tensor x = tl_input_double(tape, TL_SCALAR, &wave[t]);
		h = tl_tag(step(tl_use(tape, w), tl_use(tape, u), x, h), "h");
		L = tl_add(L, error_of(h, wave[t + 1]));
	}
	tl_tape_set_step(tape, -1);
	tl_backward(L);
	return tl_tape_node_count(tape);
}

/* A step at a time, each on an empty tape. P is dh/dw and Q is dh/du: how the state depends on the
 * weights, over all steps so far. */
static int64_t online(tl_tape *tape, tl_param *w, tl_param *u, int steps, double *dw, double *du)
{
	double state[3][UNITS] = {{0}}; /* h, P, Q */
	int64_t most = 0;
	for (int t = 0; t < steps; t++) {
		tl_tape_rewind(tape);
		tl_tensor in[3], W = tl_use(tape, w), U = tl_use(tape, u);
		for (int k = 0; k < 3; k++)
			in[k] = tl_input_double(tape, tl_dims(UNITS), state[k]);
		tl_tensor h = step(W, U, tl_scalar(tape, wave[t]), in[0]);
		tl_tensor wrt[] = {in[0], W, U}, d[3];
		tl_grads(tl_sum(h, TL_ALL), wrt, 3,
			 d); /* units keep apart: this is dh_i by its own */
		tl_tensor P = tl_add(d[1], tl_mul(d[0], in[1])),
			  Q = tl_add(d[2], tl_mul(d[0], in[2]));
		tl_tensor dh = tl_grad(error_of(h, wave[t + 1]), h);
		tl_tensor out[] = {h, P, Q, tl_mul(dh, P), tl_mul(dh, Q)};
		tl_evaluate(out, 5);
		for (int i = 0; i < UNITS; i++) {
			dw[i] += tl_value_double(out[3])[i];
			du[i] += tl_value_double(out[4])[i];
		}
		for (int k = 0; k < 3; k++)
			memcpy(state[k], tl_value_double(out[k]), sizeof state[k]);
		most = tl_tape_node_count(tape) > most ? tl_tape_node_count(tape) : most;
	}
	return most;
}

static double apart(tl_param *p, const double *online)
{
	const double *g = tl_param_gradient(p);
	double most = 0;
	for (int i = 0; i < UNITS; i++)
		most = fmax(most, fabs(g[i] - online[i]));
	return most;
}

int main(int argc, char **argv)
{
	static double whole[1 << 14];
	tl_tape *tape = tl_tape_create(TL_F64);
	for (int i = 0; i < STEPS * IN; i++)
		wave[i] = sin(0.3 * i) + 0.5 * sin(0.071 * i);

	printf("cosine with the whole gradient, back over\n         1 step    4 steps   16 steps   "
	       "64 steps\n");
	truncate(tape, "rnn", whole);
	truncate(tape, "lstm", whole);

	tl_params *set = tl_params_create(TL_F64);
	tl_cell *lstm =
		tl_cell_create(set, "lstm", "cell", (tl_cell_options){.in = IN, .hidden = HIDDEN});
	printf("\nsteps   kept, MiB   recomputed, MiB   share\n");
	for (int steps = 64; steps <= 1024; steps *= 4) {
		double all = megabytes(tape, lstm, steps, 0),
		       some = megabytes(tape, lstm, steps, -1);
		printf("%5d  %10.1f  %16.1f  %5.0f%%\n", steps, all, some, 100 * some / all);
	}

	tl_params *own = tl_params_create(TL_F64);
	tl_param *w = tl_params_add(own, "w", tl_dims(UNITS), tl_init_uniform(-0.9, 0.9));
	tl_param *u = tl_params_add(own, "u", tl_dims(UNITS), tl_init_uniform(-1, 1));
	printf("\nsteps   nodes: back   online   gradients agree to 1e-12\n");
	for (int steps = 15; steps <= 240; steps *= 4) {
		double dw[UNITS] = {0}, du[UNITS] = {0};
		int64_t few = online(tape, w, u, steps, dw, du);
		tl_params_zero_gradients(own);
		int64_t many = backward(tape, w, u, steps);
		bool agree = apart(w, dw) < 1e-12 && apart(u, du) < 1e-12;
		printf("%5d  %12d  %7d   %s\n", steps, (int)many, (int)few, agree ? "yes" : "no");
	}
	backward(tape, w, u, 12);
	tl_view_options view = {.title = "11 Long sequences"};
	int status = lesson_end(tape, "11-long", &view, argc, argv);
	tl_cell_destroy(lstm);
	tl_params_destroy(set);
	tl_params_destroy(own);
	return status;
}
