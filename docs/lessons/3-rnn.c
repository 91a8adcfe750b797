/*
 * Lesson 3: a recurrent net that learns to say the next letter of "tapeloop". Its gradients once by
 * the formulas of backpropagation through time in plain loops, once from the tape.
 */
#include <math.h>
#include "lesson.h"

enum { STEPS = 7, LETTERS = 6, HIDDEN = 5 };
static const char word[] = "tapeloop", alphabet[] = "tapelo";

typedef struct net {
	tl_params *set;
	tl_param *U, *W, *V, *b, *c;
} net;

static int letter(int t)
{
	return (int)(strchr(alphabet, word[t]) - alphabet);
}

/* s_t = tanh(U x_t + W s_t-1 + b), o_t = V s_t + c; L is the sum of all -log softmax(o_t)[y_t] */
static tl_tensor record(const net *n, tl_tape *tape, tl_tensor *o)
{
	tl_tensor U = tl_use(tape, n->U), W = tl_use(tape, n->W), V = tl_use(tape, n->V);
	tl_tensor b = tl_use(tape, n->b), c = tl_use(tape, n->c);
	static int32_t number[STEPS + 1];
	for (int t = 0; t <= STEPS; t++)
		number[t] = letter(t);
	tl_tensor letters = tl_input_int(tape, tl_dims(STEPS + 1, 1), number);
	tl_tensor one_hot = tl_one_hot(letters, LETTERS);

	tl_tensor s = tl_zeros(tape, tl_dims(1, HIDDEN)), loss[STEPS];
	for (int t = 0; t < STEPS; t++) {
		tl_tape_set_step(tape, t);
		tl_tensor x = tl_at(one_hot, t), y = tl_at(letters, t + 1);
		s = tl_tanh(tl_add(tl_linear(x, U, TL_NONE), tl_linear(s, W, b)));
		o[t] = tl_linear(s, V, c);
		loss[t] = tl_cross_entropy(o[t], y, NULL);
		tl_tag(s, "s"), tl_tag(o[t], "o");
	}
	tl_tape_set_step(tape, -1);
	return tl_tag(tl_add_n(loss, STEPS), "L");
}

/* to += M v; to += M^T v; M += u v^T. M lies row by row. */
static void multiply(double *to, const double *M, const double *v, int rows, int columns)
{
	for (int i = 0; i < rows * columns; i++)
		to[i / columns] += M[i] * v[i % columns];
}

static void multiply_transposed(double *to, const double *M, const double *v, int rows, int columns)
{
	for (int i = 0; i < rows * columns; i++)
		to[i % columns] += M[i] * v[i / columns];
}

static void add_outer(double *M, const double *u, const double *v, int rows, int columns)
{
	for (int i = 0; i < rows * columns; i++)
		M[i] += u[i / columns] * v[i % columns];
}

typedef struct gradients {
	double U[HIDDEN * LETTERS], W[HIDDEN * HIDDEN], V[LETTERS * HIDDEN], b[HIDDEN], c[LETTERS];
} gradients;

static void by_hand(const net *n, gradients *g)
{
	const double *U = tl_param_value_double(n->U), *W = tl_param_value_double(n->W);
	const double *V = tl_param_value_double(n->V), *b = tl_param_value_double(n->b);
	const double *c = tl_param_value_double(n->c);
	double x[STEPS][LETTERS] = {{0}}, s[STEPS + 1][HIDDEN] = {{0}}; /* s[t + 1] is s_t */
	double dLdo[STEPS][LETTERS], dLds[HIDDEN] = {0};

	for (int t = 0; t < STEPS; t++) { /* forward; then dL/do_t = y^_t - y_t */
		double sum = 0;
		x[t][letter(t)] = 1;
		memcpy(s[t + 1], b, sizeof s[t + 1]), memcpy(dLdo[t], c, sizeof dLdo[t]);
		multiply(s[t + 1], U, x[t], HIDDEN, LETTERS);
		multiply(s[t + 1], W, s[t], HIDDEN, HIDDEN);
		for (int i = 0; i < HIDDEN; i++)
			s[t + 1][i] = tanh(s[t + 1][i]);
		multiply(dLdo[t], V, s[t + 1], LETTERS, HIDDEN);
		for (int k = 0; k < LETTERS; k++)
			sum += exp(dLdo[t][k]);
		for (int k = 0; k < LETTERS; k++)
			dLdo[t][k] = exp(dLdo[t][k]) / sum - (k == letter(t + 1));
	}
	for (int t = STEPS - 1; t >= 0; t--) { /* backward; a_t is what tanh is taken of */
		double dLda[HIDDEN];
		multiply_transposed(dLds, V, dLdo[t], LETTERS, HIDDEN);
		for (int i = 0; i < HIDDEN; i++)
			dLda[i] = (1 - s[t + 1][i] * s[t + 1][i]) * dLds[i];
		add_outer(g->V, dLdo[t], s[t + 1], LETTERS, HIDDEN);
		add_outer(g->W, dLda, s[t], HIDDEN, HIDDEN);
		add_outer(g->U, dLda, x[t], HIDDEN, LETTERS);
		add_outer(g->b, dLda, (double[]){1}, HIDDEN, 1);
		add_outer(g->c, dLdo[t], (double[]){1}, LETTERS, 1);
		memset(dLds, 0, sizeof dLds);
		multiply_transposed(dLds, W, dLda, HIDDEN, HIDDEN);
	}
}

static void compare(tl_param *p, const double *hand)
{
	const double *tape = tl_param_gradient_double(p);
	double norm = 0, difference = 0;
	for (int i = 0; i < tl_param_size(p); i++) {
		norm += hand[i] * hand[i];
		difference = fmax(difference, fabs(hand[i] - tape[i]));
	}
	printf("dL/d%s  norm %.4f  the tape's %s\n", tl_param_name(p), sqrt(norm),
	       difference < 1e-12 ? "agrees to 1e-12" : "DIFFERS");
}

static void say(const tl_tensor *o)
{
	for (int t = 0; t < STEPS; t++)
		putchar(alphabet[tl_value_int(tl_argmax(o[t], 1))[0]]);
}

int main(int argc, char **argv)
{
	net n = {.set = tl_params_create(TL_F64)};
	n.U = tl_params_add(n.set, "U", tl_dims(HIDDEN, LETTERS), tl_init_uniform(-1, 1));
	n.W = tl_params_add(n.set, "W", tl_dims(HIDDEN, HIDDEN), tl_init_uniform(-1, 1));
	n.V = tl_params_add(n.set, "V", tl_dims(LETTERS, HIDDEN), tl_init_uniform(-1, 1));
	n.b = tl_params_add(n.set, "b", tl_dims(HIDDEN), tl_init_zeros());
	n.c = tl_params_add(n.set, "c", tl_dims(LETTERS), tl_init_zeros());

	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor o[STEPS], L = record(&n, tape, o);
	gradients g = {{0}, {0}, {0}, {0}, {0}};
	tl_backward(L);
	by_hand(&n, &g);
	compare(n.U, g.U), compare(n.W, g.W), compare(n.V, g.V);
	compare(n.b, g.b), compare(n.c, g.c);

	tl_optimizer *sgd = tl_sgd_create(n.set, &(tl_sgd_options){.learning_rate = 0.1});
	printf("\nround     L  reads tapeloo, says\n");
	for (int round = 0; round <= 400; round++) {
		tl_tape_rewind(tape);
		L = record(&n, tape, o);
		if (round % 100 == 0)
			printf("%5d  %.2f  ", round, tl_item(L)), say(o), putchar('\n');
		tl_params_zero_gradients(n.set);
		if (tl_backward(L) || tl_optimizer_step(sgd))
			break;
	}
	tl_optimizer_destroy(sgd);
	tl_view_options view = {.title = "3 A recurrent net", .loss = L, .text = "tapeloo"};
	int failed = lesson_end(tape, "3-rnn", &view, argc, argv);
	tl_params_destroy(n.set);
	return failed;
}
