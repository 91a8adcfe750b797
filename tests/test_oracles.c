/*
 * Gradients against formulas derived by hand and evaluated here in plain C, without the library:
 * backpropagation through time for a plain recurrent net, the same written out as a product of
 * Jacobians over three steps, softmax with negative log-likelihood, LSTM and GRU.
 */
#include "suite.h"

enum { T = 6, IN = 3, HIDDEN = 5, OUT = 4 };

static const double close_enough = 1e-12;

/* Numbers that look random and are the same in every run. */
static void numbers(double *x, int count, int salt)
{
	for (int i = 0; i < count; i++)
		x[i] = 0.8 * sin(1.7 * i + 2.3 * salt + 0.1 * i * i);
}

static void assert_all_near(const char *what, const double *got, const double *expected, int count)
{
	ck_assert_msg(got != NULL, "%s has no value", what);
	for (int i = 0; i < count; i++)
		assert_quick(fabs(got[i] - expected[i]) <=
				     close_enough * fmax(1, fabs(expected[i])),
			     "%s[%d] is %.17g, by hand %.17g", what, i, got[i], expected[i]);
}

/* y += M x, for M of rows x columns; and y += M^T x */
static void add_product(double *y, const double *M, const double *x, int rows, int columns)
{
	for (int i = 0; i < rows; i++)
		for (int j = 0; j < columns; j++)
			y[i] += M[i * columns + j] * x[j];
}

static void add_transposed(double *y, const double *M, const double *x, int rows, int columns)
{
	for (int i = 0; i < rows; i++)
		for (int j = 0; j < columns; j++)
			y[j] += M[i * columns + j] * x[i];
}

/* M += x y^T */
static void add_outer(double *M, const double *x, const double *y, int rows, int columns)
{
	for (int i = 0; i < rows; i++)
		for (int j = 0; j < columns; j++)
			M[i * columns + j] += x[i] * y[j];
}

static void softmax(double *p, const double *o, int count)
{
	double sum = 0;
	for (int i = 0; i < count; i++)
		sum += p[i] = exp(o[i]);
	for (int i = 0; i < count; i++)
		p[i] /= sum;
}

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

/* -sum of log softmax(o) at the target, with ops every tape has */
static tl_tensor negative_log_likelihood(tl_tensor o, const double *one_hot)
{
	tl_tensor y = tl_input_double(o.tape, tl_tensor_shape(o), one_hot);
	tl_tensor all = tl_log(tl_sum(tl_exp(o), TL_ALL));
	return tl_sub(all, tl_sum(tl_mul(o, y), TL_ALL));
}

/* The plain recurrent net: a = b + W h + U x, h = tanh a, o = c + V h, L = sum of -log softmax(o)_y
 */
typedef struct rnn {
	double x[T][IN], y[T][OUT];
	double U[HIDDEN * IN], W[HIDDEN * HIDDEN], V[OUT * HIDDEN], b[HIDDEN], c[OUT];
	double h[T + 1][HIDDEN]; /* h[0] is where it starts */
	double o[T][OUT], p[T][OUT];
} rnn;

static void rnn_forward(rnn *n)
{
	memset(n, 0, sizeof *n);
	numbers(&n->x[0][0], T * IN, 1);
	numbers(n->U, HIDDEN * IN, 2);
	numbers(n->W, HIDDEN * HIDDEN, 3);
	numbers(n->V, OUT * HIDDEN, 4);
	numbers(n->b, HIDDEN, 5);
	numbers(n->c, OUT, 6);
	numbers(n->h[0], HIDDEN, 7);
	for (int t = 0; t < T; t++) {
		double a[HIDDEN];
		n->y[t][(3 * t + 1) % OUT] = 1;
		memcpy(a, n->b, sizeof a);
		add_product(a, n->W, n->h[t], HIDDEN, HIDDEN);
		add_product(a, n->U, n->x[t], HIDDEN, IN);
		for (int i = 0; i < HIDDEN; i++)
			n->h[t + 1][i] = tanh(a[i]);
		memcpy(n->o[t], n->c, sizeof n->o[t]);
		add_product(n->o[t], n->V, n->h[t + 1], OUT, HIDDEN);
		softmax(n->p[t], n->o[t], OUT);
	}
}

/* The same net on a tape: its parameters and what happens on the way. */
typedef struct recorded {
	tl_tape *tape;
	tl_tensor U, W, V, b, c, h[T + 1], o[T], step_loss[T], loss;
} recorded;

static void rnn_record(const rnn *n, recorded *r)
{
	tl_tape *tape = r->tape = tl_tape_create(TL_F64);
	r->U = tl_input_double(tape, tl_dims(HIDDEN, IN), n->U);
	r->W = tl_input_double(tape, tl_dims(HIDDEN, HIDDEN), n->W);
	r->V = tl_input_double(tape, tl_dims(OUT, HIDDEN), n->V);
	r->b = tl_input_double(tape, tl_dims(HIDDEN), n->b);
	r->c = tl_input_double(tape, tl_dims(OUT), n->c);
	r->h[0] = tl_input_double(tape, tl_dims(HIDDEN), n->h[0]);
	tl_tensor x = tl_input_double(tape, tl_dims(T, IN), &n->x[0][0]);
	r->loss = tl_scalar(tape, 0);
	for (int t = 0; t < T; t++) {
		tl_tape_set_step(tape, t);
		r->h[t + 1] = tl_tanh(tl_add(tl_linear(r->h[t], r->W, r->b),
					     tl_linear(tl_at(x, t), r->U, TL_NONE)));
		r->o[t] = tl_linear(r->h[t + 1], r->V, r->c);
		r->step_loss[t] = negative_log_likelihood(r->o[t], n->y[t]);
		r->loss = tl_add(r->loss, r->step_loss[t]);
	}
	assert_fine(tape);
}

START_TEST(backpropagation_through_time)
{
	static rnn n;
	recorded r;
	rnn_forward(&n);
	rnn_record(&n, &r);

	/* grad h by recursion from the end; grad o = p - y */
	double go[T][OUT], gh[T + 1][HIDDEN] = {{0}}, ga[T][HIDDEN];
	double gc[OUT] = {0}, gb[HIDDEN] = {0}, gV[OUT * HIDDEN] = {0}, gW[HIDDEN * HIDDEN] = {0},
	       gU[HIDDEN * IN] = {0};
	for (int t = T - 1; t >= 0; t--) {
		for (int i = 0; i < OUT; i++)
			go[t][i] = n.p[t][i] - n.y[t][i];
		add_transposed(gh[t + 1], n.V, go[t], OUT, HIDDEN);
		for (int i = 0; i < HIDDEN; i++)
			ga[t][i] = (1 - n.h[t + 1][i] * n.h[t + 1][i]) * gh[t + 1][i];
		add_transposed(gh[t], n.W, ga[t], HIDDEN, HIDDEN);
	}
	for (int t = 0; t < T; t++) {
		for (int i = 0; i < OUT; i++)
			gc[i] += go[t][i];
		for (int i = 0; i < HIDDEN; i++)
			gb[i] += ga[t][i];
		add_outer(gV, go[t], n.h[t + 1], OUT, HIDDEN);
		add_outer(gW, ga[t], n.h[t], HIDDEN, HIDDEN);
		add_outer(gU, ga[t], n.x[t], HIDDEN, IN);
	}

	tl_tensor wrt[] = {r.c, r.b, r.V, r.W, r.U}, g[5], gs[2 * T + 1];
	ck_assert_int_eq(tl_grads(r.loss, wrt, 5, g), TL_OK);
	assert_all_near("grad c", tl_value_double(g[0]), gc, OUT);
	assert_all_near("grad b", tl_value_double(g[1]), gb, HIDDEN);
	assert_all_near("grad V", tl_value_double(g[2]), gV, OUT * HIDDEN);
	assert_all_near("grad W", tl_value_double(g[3]), gW, HIDDEN * HIDDEN);
	assert_all_near("grad U", tl_value_double(g[4]), gU, HIDDEN * IN);

	tl_tensor inner[2 * T + 1];
	memcpy(inner, r.h, sizeof r.h);
	memcpy(inner + T + 1, r.o, sizeof r.o);
	ck_assert_int_eq(tl_grads(r.loss, inner, 2 * T + 1, gs), TL_OK);
	for (int t = 0; t <= T; t++)
		assert_all_near("grad h", tl_value_double(gs[t]), gh[t], HIDDEN);
	for (int t = 0; t < T; t++)
		assert_all_near("grad o", tl_value_double(gs[T + 1 + t]), go[t], OUT);
	tl_tape_destroy(r.tape);
}
END_TEST

/*
 * The loss of the third step alone, as the sum over k = 1, 2, 3 of
 *     dL/do do/dh3 (product of dh_j/dh_(j-1) for j = k+1 .. 3) dh_k/dW
 * with every Jacobian formed and multiplied out, and dh_k/dW the direct part, h_(k-1) held still.
 */
START_TEST(three_steps_as_a_product_of_jacobians)
{
	static rnn n;
	recorded r;
	double gW[HIDDEN * HIDDEN] = {0}, gU[HIDDEN * IN] = {0};
	rnn_forward(&n);
	rnn_record(&n, &r);

	double go[OUT], to_h3[HIDDEN] = {0};
	for (int i = 0; i < OUT; i++)
		go[i] = n.p[2][i] - n.y[2][i];
	add_transposed(to_h3, n.V, go, OUT, HIDDEN);
	for (int k = 1; k <= 3; k++) {
		double product[HIDDEN][HIDDEN] = {{0}}, row[HIDDEN] = {0};
		for (int i = 0; i < HIDDEN; i++)
			product[i][i] = 1;
		for (int j = 3; j > k; j--) { /* from the left: dh3/dh2, then dh2/dh1 */
			double jacobian[HIDDEN][HIDDEN], next[HIDDEN][HIDDEN] = {{0}};
			for (int a = 0; a < HIDDEN; a++)
				for (int b = 0; b < HIDDEN; b++)
					jacobian[a][b] =
						(1 - n.h[j][a] * n.h[j][a]) * n.W[a * HIDDEN + b];
			for (int a = 0; a < HIDDEN; a++)
				for (int b = 0; b < HIDDEN; b++)
					for (int m = 0; m < HIDDEN; m++)
						next[a][b] += product[a][m] * jacobian[m][b];
			memcpy(product, next, sizeof product);
		}
		add_transposed(row, &product[0][0], to_h3, HIDDEN, HIDDEN);
		for (int i = 0; i < HIDDEN; i++)
			row[i] *= 1 - n.h[k][i] * n.h[k][i];
		add_outer(gW, row, n.h[k - 1], HIDDEN, HIDDEN);
		add_outer(gU, row, n.x[k - 1], HIDDEN, IN);
	}
	tl_tensor wrt[] = {r.W, r.U}, g[2];
	ck_assert_int_eq(tl_grads(r.step_loss[2], wrt, 2, g), TL_OK);
	assert_all_near("dL3/dW", tl_value_double(g[0]), gW, HIDDEN * HIDDEN);
	assert_all_near("dL3/dU", tl_value_double(g[1]), gU, HIDDEN * IN);
	tl_tape_destroy(r.tape);
}
END_TEST

START_TEST(softmax_with_likelihood_gives_the_difference)
{
	double o[OUT], p[OUT], y[OUT] = {0, 0, 1, 0}, expected[OUT];
	numbers(o, OUT, 11);
	softmax(p, o, OUT);
	for (int i = 0; i < OUT; i++)
		expected[i] = p[i] - y[i];
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_input_double(tape, tl_dims(OUT), o);
	tl_tensor g = tl_grad(negative_log_likelihood(x, y), x);
	assert_all_near("p - y", tl_value_double(g), expected, OUT);
	tl_tape_destroy(tape);
}
END_TEST

/* Gated cells: gate k has W[k] (by h), U[k] (by x), b[k]. The loss is sum of w_t . h_t. */
enum { GATES = 4 };

typedef struct gated {
	int gates;
	double x[T][IN], weight[T][HIDDEN], h[T + 1][HIDDEN], c[T + 1][HIDDEN];
	double W[GATES][HIDDEN * HIDDEN], U[GATES][HIDDEN * IN], b[GATES][HIDDEN];
	double gate[T][GATES][HIDDEN]; /* after the activation */
	double gW[GATES][HIDDEN * HIDDEN], gU[GATES][HIDDEN * IN], gb[GATES][HIDDEN], gx[T][IN];
	double gh[T + 1][HIDDEN], gc[T + 1][HIDDEN];
} gated;

static void gated_create(gated *g, int gates)
{
	memset(g, 0, sizeof *g);
	g->gates = gates;
	numbers(&g->x[0][0], T * IN, 21);
	numbers(&g->weight[0][0], T * HIDDEN, 22);
	numbers(g->h[0], HIDDEN, 23);
	numbers(g->c[0], HIDDEN, 24);
	for (int k = 0; k < gates; k++) {
		numbers(g->W[k], HIDDEN * HIDDEN, 30 + k);
		numbers(g->U[k], HIDDEN * IN, 40 + k);
		numbers(g->b[k], HIDDEN, 50 + k);
	}
}

/* a = W h + U x + b */
static void gate_sum(const gated *g, int k, const double *x, const double *h, double *a)
{
	memcpy(a, g->b[k], HIDDEN * sizeof *a);
	add_product(a, g->W[k], h, HIDDEN, HIDDEN);
	add_product(a, g->U[k], x, HIDDEN, IN);
}

/* What the adjoint of a gate's sum adds to its parameters, to x_t and to what it saw as h. */
static void gate_back(gated *g, int k, int t, const double *da, const double *h, double *gh)
{
	add_outer(g->gW[k], da, h, HIDDEN, HIDDEN);
	add_outer(g->gU[k], da, g->x[t], HIDDEN, IN);
	for (int i = 0; i < HIDDEN; i++)
		g->gb[k][i] += da[i];
	add_transposed(gh, g->W[k], da, HIDDEN, HIDDEN);
	add_transposed(g->gx[t], g->U[k], da, HIDDEN, IN);
}

/* The tensors of a gated cell on a tape: W, U, b of each gate, then x, h0, c0. */
static void gated_leaves(const gated *g, tl_tape *tape, tl_tensor *leaf)
{
	for (int k = 0; k < g->gates; k++) {
		leaf[3 * k] = tl_input_double(tape, tl_dims(HIDDEN, HIDDEN), g->W[k]);
		leaf[3 * k + 1] = tl_input_double(tape, tl_dims(HIDDEN, IN), g->U[k]);
		leaf[3 * k + 2] = tl_input_double(tape, tl_dims(HIDDEN), g->b[k]);
	}
	leaf[3 * g->gates] = tl_input_double(tape, tl_dims(T, IN), &g->x[0][0]);
	leaf[3 * g->gates + 1] = tl_input_double(tape, tl_dims(HIDDEN), g->h[0]);
	leaf[3 * g->gates + 2] = tl_input_double(tape, tl_dims(HIDDEN), g->c[0]);
}

static tl_tensor gate_of(const tl_tensor *leaf, int k, tl_tensor x, tl_tensor h)
{
	return tl_add(tl_linear(h, leaf[3 * k], leaf[3 * k + 2]),
		      tl_linear(x, leaf[3 * k + 1], TL_NONE));
}

static void gated_compare(const gated *g, tl_tensor loss, const tl_tensor *leaf)
{
	int count = 3 * g->gates + 3;
	tl_tensor grad[3 * GATES + 3];
	ck_assert_int_eq(tl_grads(loss, leaf, count, grad), TL_OK);
	for (int k = 0; k < g->gates; k++) {
		assert_all_near("grad W", tl_value_double(grad[3 * k]), g->gW[k], HIDDEN * HIDDEN);
		assert_all_near("grad U", tl_value_double(grad[3 * k + 1]), g->gU[k], HIDDEN * IN);
		assert_all_near("grad b", tl_value_double(grad[3 * k + 2]), g->gb[k], HIDDEN);
	}
	assert_all_near("grad x", tl_value_double(grad[count - 3]), &g->gx[0][0], T * IN);
	assert_all_near("grad h0", tl_value_double(grad[count - 2]), g->gh[0], HIDDEN);
	assert_all_near("grad c0", tl_value_double(grad[count - 1]), g->gc[0], HIDDEN);
}

static void check_gated(int gates, void (*by_hand)(gated *g),
			void (*step)(const tl_tensor *leaf, tl_tensor x, tl_tensor *h,
				     tl_tensor *c))
{
	static gated g;
	gated_create(&g, gates);
	by_hand(&g);
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor leaf[3 * GATES + 3], loss = tl_scalar(tape, 0);
	gated_leaves(&g, tape, leaf);
	tl_tensor x = leaf[3 * gates], h = leaf[3 * gates + 1], c = leaf[3 * gates + 2];
	for (int t = 0; t < T; t++) {
		step(leaf, tl_at(x, t), &h, &c);
		tl_tensor weight = tl_input_double(tape, tl_dims(HIDDEN), g.weight[t]);
		loss = tl_add(loss, tl_sum(tl_mul(h, weight), TL_ALL));
	}
	gated_compare(&g, loss, leaf);
	assert_all_near("h", tl_value_double(h), g.h[T], HIDDEN);
	tl_tape_destroy(tape);
}

/*
 * LSTM: i, f, o = sigmoid, g = tanh of W h + U x + b; c' = f c + i g; h' = o tanh c'.
 * Backwards: dc' += dh' o (1 - tanh^2 c'), do = dh' tanh c', di = dc' g, df = dc' c, dg = dc' i,
 * dc = dc' f, each gate's sum by the slope of its activation.
 */
enum { I, F, G, O };

static void lstm_by_hand(gated *g)
{
	for (int t = 0; t < T; t++) {
		for (int k = 0; k < 4; k++) {
			double a[HIDDEN];
			gate_sum(g, k, g->x[t], g->h[t], a);
			for (int i = 0; i < HIDDEN; i++)
				g->gate[t][k][i] = k == G ? tanh(a[i]) : sigmoid(a[i]);
		}
		for (int i = 0; i < HIDDEN; i++) {
			double *c = &g->c[t + 1][i];
			*c = g->gate[t][F][i] * g->c[t][i] + g->gate[t][I][i] * g->gate[t][G][i];
			g->h[t + 1][i] = g->gate[t][O][i] * tanh(*c);
		}
	}
	for (int t = T - 1; t >= 0; t--) {
		double da[4][HIDDEN];
		for (int i = 0; i < HIDDEN; i++) {
			double in = g->gate[t][I][i], f = g->gate[t][F][i], c = g->gate[t][G][i],
			       o = g->gate[t][O][i], squashed = tanh(g->c[t + 1][i]);
			double dh = g->gh[t + 1][i] + g->weight[t][i];
			double dc = g->gc[t + 1][i] + dh * o * (1 - squashed * squashed);
			da[O][i] = dh * squashed * o * (1 - o);
			da[I][i] = dc * c * in * (1 - in);
			da[F][i] = dc * g->c[t][i] * f * (1 - f);
			da[G][i] = dc * in * (1 - c * c);
			g->gc[t][i] = dc * f;
		}
		for (int k = 0; k < 4; k++)
			gate_back(g, k, t, da[k], g->h[t], g->gh[t]);
	}
}

static void lstm_step(const tl_tensor *leaf, tl_tensor x, tl_tensor *h, tl_tensor *c)
{
	tl_tensor i = tl_sigmoid(gate_of(leaf, I, x, *h)), f = tl_sigmoid(gate_of(leaf, F, x, *h));
	tl_tensor k = tl_tanh(gate_of(leaf, G, x, *h)), o = tl_sigmoid(gate_of(leaf, O, x, *h));
	*c = tl_add(tl_mul(f, *c), tl_mul(i, k));
	*h = tl_mul(o, tl_tanh(*c));
}

START_TEST(lstm)
{
	check_gated(4, lstm_by_hand, lstm_step);
}
END_TEST

/*
 * GRU (Cho et al. 2014): r, z = sigmoid, n = tanh(W (r h) + U x + b), h' = (1 - z) n + z h.
 * Backwards: dz = dh' (h - n), dn = dh' (1 - z), dh = dh' z + W^T dn_a r + ..., dr = W^T dn_a h.
 */
enum { R, Z, N };

static void gru_by_hand(gated *g)
{
	double seen[T][HIDDEN]; /* r h */
	for (int t = 0; t < T; t++) {
		double a[HIDDEN];
		for (int k = R; k <= N; k++) {
			gate_sum(g, k, g->x[t], k == N ? seen[t] : g->h[t], a);
			for (int i = 0; i < HIDDEN; i++) {
				g->gate[t][k][i] = k == N ? tanh(a[i]) : sigmoid(a[i]);
				if (k == R)
					seen[t][i] = g->gate[t][R][i] * g->h[t][i];
			}
		}
		for (int i = 0; i < HIDDEN; i++)
			g->h[t + 1][i] = (1 - g->gate[t][Z][i]) * g->gate[t][N][i] +
					 g->gate[t][Z][i] * g->h[t][i];
	}
	for (int t = T - 1; t >= 0; t--) {
		double da[3][HIDDEN], dseen[HIDDEN] = {0};
		for (int i = 0; i < HIDDEN; i++) {
			double z = g->gate[t][Z][i], n = g->gate[t][N][i];
			double dh = g->gh[t + 1][i] + g->weight[t][i];
			da[Z][i] = dh * (g->h[t][i] - n) * z * (1 - z);
			da[N][i] = dh * (1 - z) * (1 - n * n);
			g->gh[t][i] = dh * z;
		}
		gate_back(g, N, t, da[N], seen[t], dseen);
		for (int i = 0; i < HIDDEN; i++) {
			double r = g->gate[t][R][i];
			da[R][i] = dseen[i] * g->h[t][i] * r * (1 - r);
			g->gh[t][i] += dseen[i] * r;
		}
		gate_back(g, R, t, da[R], g->h[t], g->gh[t]);
		gate_back(g, Z, t, da[Z], g->h[t], g->gh[t]);
	}
}

static void gru_step(const tl_tensor *leaf, tl_tensor x, tl_tensor *h, tl_tensor *c)
{
	tl_tensor r = tl_sigmoid(gate_of(leaf, R, x, *h)), z = tl_sigmoid(gate_of(leaf, Z, x, *h));
	tl_tensor n = tl_tanh(gate_of(leaf, N, x, tl_mul(r, *h)));
	*h = tl_add(tl_mul(tl_one_minus(z), n), tl_mul(z, *h));
	(void)c;
}

START_TEST(gru)
{
	check_gated(3, gru_by_hand, gru_step);
}
END_TEST

SUITE("oracles", backpropagation_through_time, three_steps_as_a_product_of_jacobians,
      softmax_with_likelihood_gives_the_difference, lstm, gru)
