/*
 * Lesson 4: how much of dL/dh_T is left at earlier steps, measured for nets of several kinds; then
 * which of them learn to add two numbers that lie far apart.
 */
#include <math.h>
#include <tapeloop/train.h> /* random numbers of our own */
#include "lesson.h"

enum { STEPS = 50, BATCH = 32, HIDDEN = 32, ROUNDS = 800 };

typedef struct net {
	const char *name, *kind;
	double radius; /* W starts as this times an orthogonal matrix; 0: as the identity */
	tl_activation f;
	bool layer_norm, gates;
	double clip; /* the largest norm of a gradient; 0: any */
} net;

static tl_tensor identity(tl_tensor x)
{
	return x;
}

static tl_cell *make(tl_params *set, const net *n)
{
	tl_cell_options o = {.in = 2, .hidden = HIDDEN, .layer_norm = n->layer_norm};
	o.activation = n->f;
	o.recurrent_init = n->radius > 0 ? tl_init_orthogonal(n->radius) : tl_init_identity(1);
	if (n->gates)
		o.chrono = STEPS; /* gates start open for as long as that */
	return tl_cell_create(set, n->kind, "net", o);
}

/* Of STEPS numbers two are marked, one in each half; their sum is to be said at the end. */
static void draw(tl_random *r, double x[STEPS][BATCH][2], double sum[BATCH])
{
	for (int b = 0; b < BATCH; b++) {
		int64_t first = tl_random_below(r, STEPS / 2);
		int64_t second = STEPS / 2 + tl_random_below(r, STEPS / 2);
		sum[b] = 0;
		for (int t = 0; t < STEPS; t++) {
			x[t][b][0] = tl_random_uniform(r);
			x[t][b][1] = t == first || t == second;
			sum[b] += x[t][b][0] * x[t][b][1];
		}
	}
}

/* A net reads; s_t is the state after step t (h, or h and c), and L = |h_T|^2. */
static tl_tensor record(tl_tape *tape, const tl_cell *cell, int rows, tl_state s[STEPS])
{
	static double x[STEPS][BATCH][2], sum[BATCH];
	draw(&(tl_random){.seed = 1}, x, sum);
	tl_tape_rewind(tape);
	tl_tensor in = tl_input_double(tape, tl_dims(STEPS, BATCH, 2), &x[0][0][0]);
	in = tl_slice(in, 1, 0, rows, 1); /* of the batch */
	tl_state last = tl_cell_initial_state(cell, tape, rows);
	for (int t = 0; t < STEPS; t++) {
		tl_tape_set_step(tape, t);
		s[t] = last = tl_cell_step(cell, tl_at(in, t), last);
	}
	tl_tape_set_step(tape, -1);
	return tl_sum(tl_square(last.h), TL_ALL);
}

/* The norm of dL/ds_t for each t. */
static void flow(tl_tape *tape, const net *n, double norm[STEPS])
{
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *cell = make(set, n);
	tl_state s[STEPS];
	tl_tensor states[STEPS * 2], adjoints[STEPS * 2];
	tl_tensor L = record(tape, cell, BATCH, s);
	int count = s[0].count;
	for (int t = 0; t < STEPS; t++)
		for (int k = 0; k < count; k++)
			states[t * count + k] = *tl_state_at(&s[t], k);
	tl_grads(L, states, STEPS * count, adjoints);
	for (int t = 0; t < STEPS; t++) {
		double squares = 0;
		for (int k = 0; k < count; k++)
			squares += tl_item(tl_sum(tl_square(adjoints[t * count + k]), TL_ALL));
		norm[t] = sqrt(squares);
	}
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}

static void train(const net *n)
{
	static double x[STEPS][BATCH][2], sum[BATCH];
	tl_random random = {.seed = 1};
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *cell = make(set, n);
	tl_param *V = tl_params_add(set, "V", tl_dims(1, HIDDEN), tl_init_glorot_uniform());
	tl_param *c = tl_params_add(set, "c", tl_dims(1), tl_init_zeros());
	tl_optimizer *adam = tl_adam_create(set, &(tl_adam_options){.learning_rate = 0.002});
	tl_tape *tape = tl_tape_create(TL_F64);
	double largest = 0, error = 1.0 / 6;
	for (int round = 0; round < ROUNDS; round++) {
		draw(&random, x, sum);
		tl_tape_rewind(tape);
		tl_tensor in = tl_input_double(tape, tl_dims(STEPS, BATCH, 2), &x[0][0][0]);
		tl_tensor h = tl_unroll(cell, in, NULL).final_state.h;
		tl_tensor y = tl_linear(h, tl_use(tape, V), tl_use(tape, c));
		tl_tensor L = tl_mse(y, tl_input_double(tape, tl_dims(BATCH, 1), sum), NULL);
		tl_params_zero_gradients(set);
		if (tl_backward(L))
			break;
		largest = fmax(largest, tl_params_clip_gradient_norm(set, n->clip));
		error = 0.95 * error + 0.05 * tl_item(L); /* a running mean */
		if (tl_optimizer_step(adam))
			break;
	}
	char gradient[20] = "below 100";
	if (largest >= 100)
		snprintf(gradient, sizeof gradient, "above 10^%d", (int)log10(largest));
	printf("%-24s  %-10s  %-11s  %s\n", n->name, n->clip > 0 ? "clipped" : "", gradient,
	       error < 0.1 ? "learned"
	       : error < 1 ? "no better than a guess"
			   : "diverged");
	tl_optimizer_destroy(adam);
	tl_tape_destroy(tape);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}

static const net nets[] = {
	{"no function, radius 0.5", "rnn", .radius = 0.5, .f = identity},
	{"no function, radius 0.9", "rnn", .radius = 0.9, .f = identity},
	{"no function, radius 1", "rnn", .radius = 1, .f = identity},
	{"no function, radius 1.1", "rnn", .radius = 1.1, .f = identity},
	{"no function, radius 1.5", "rnn", .radius = 1.5, .f = identity},
	{"sigmoid, radius 1", "rnn", .radius = 1, .f = tl_sigmoid},
	{"tanh, radius 0.5", "rnn", .radius = 0.5},
	{"tanh, radius 1", "rnn", .radius = 1},
	{"tanh, radius 1.5", "rnn", .radius = 1.5},
	{"tanh, radius 3", "rnn", .radius = 3},
	{"ReLU from the identity", "rnn", .f = tl_relu},
	{"layer normalisation", "rnn", .radius = 1, .layer_norm = true},
	{"batch normalisation", "bn_rnn", .radius = 1},
	{"gates (GRU)", "gru", .radius = 1, .gates = true},
	{"gates (LSTM)", "lstm", .radius = 1, .gates = true},
};

static const net trained[] = {
	{"tanh", "rnn", .radius = 1},
	{"tanh", "rnn", .radius = 1, .clip = 1},
	{"ReLU from the identity", "rnn", .f = tl_relu},
	{"ReLU from the identity", "rnn", .f = tl_relu, .clip = 1},
	{"layer normalisation", "rnn", .radius = 1, .layer_norm = true, .clip = 1},
	{"batch normalisation", "bn_rnn", .radius = 1, .clip = 1},
	{"gates (GRU)", "gru", .radius = 1, .gates = true, .clip = 1},
	{"gates (LSTM)", "lstm", .radius = 1, .gates = true, .clip = 1},
};

int main(int argc, char **argv)
{
	double norm[STEPS];
	tl_tape *tape = tl_tape_create(TL_F64);
	printf("|dL/ds_t| / |dL/ds_T|           T     T-10     T-20     T-30     T-40\n");
	for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
		flow(tape, &nets[i], norm);
		printf("%-24s", nets[i].name);
		for (int t = STEPS - 1; t >= 0; t -= 10)
			printf("  %7.0e", norm[t] / norm[STEPS - 1]);
		putchar('\n');
	}
	printf("\nnet                                   gradient     after %d rounds\n", ROUNDS);
	for (size_t i = 0; i < sizeof trained / sizeof *trained; i++)
		train(&trained[i]);

	tl_params *set = tl_params_create(TL_F64); /* to look at: tanh, radius 0.5 */
	tl_cell *cell = make(set, &nets[6]);
	tl_state states[STEPS];
	tl_tensor L = record(tape, cell, 1, states);
	tl_view_options view = {.title = "4 The gradient of a plain net", .loss = L};
	int failed = lesson_end(tape, "4-gradients", &view, argc, argv);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
	return failed;
}
