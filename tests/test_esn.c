/* Echo state networks: the reservoir, the regression, and Mackey-Glass. */
#include "values.h"

#include "cells/sparse.h"

/* A wave of period 20: after the readout is fitted it goes on by itself. */
static void wave_goes_on(tl_dtype type)
{
	enum { STEPS = 600, WASHOUT = 200 };
	static double u[STEPS], y[STEPS];
	for (int t = 0; t < STEPS; t++)
		y[t] = 0.5 * sin(2 * 3.14159265358979 * t / 20);
	tl_params *set = tl_params_create(type);
	tl_esn_options e = {
		.out = 1, .density = 0.1, .radius = 0.8, .leak = 1, .input = 0.1, .feedback = 1};
	tl_cell *esn = tl_cell_create(set, "esn", "esn",
				      (tl_cell_options){.in = 1, .hidden = 60, .extra = &e});
	ck_assert_msg(esn != NULL, "%s", tl_params_error(set));
	double error;
	tl_esn_data data = {u, y, STEPS};
	ck_assert_int_eq(
		tl_esn_fit(esn, &data,
			   (tl_esn_fit_options){.washout = WASHOUT, .ridge = 1e-12, .noise = 1e-4},
			   &error),
		TL_OK);
	ck_assert_msg(error < 1e-3, "error %g", error);
	tl_tape *tape = tl_tape_create(type);
	tl_tensor none = {0}, in = tl_input_double(tape, tl_dims(STEPS, 1, 1), u);
	tl_state s =
		tl_esn_force(esn, in, tl_input_double(tape, tl_dims(STEPS, 1, 1), y), none, NULL)
			.last;
	for (int t = 0; t < 100; t++) {
		s = tl_cell_step(esn, tl_zeros(tape, tl_dims(1, 1)), s);
		double want = 0.5 * sin(2 * 3.14159265358979 * (STEPS + t) / 20);
		assert_fine(tape);
		ck_assert_msg(fabs(tl_item(s.c) - want) < 0.02, "step %d: %g, not %g", t,
			      tl_item(s.c), want);
	}
	tl_tape_destroy(tape);
	tl_cell_destroy(esn);
	tl_params_destroy(set);
}

START_TEST(a_wave_goes_on)
{
	wave_goes_on(TL_F64);
	wave_goes_on(TL_F32);
}
END_TEST

/* By the powers of the dense matrix, squared again and again: |M^(2^k)| = radius^(2^k). */
static double dense_radius(const double *M, int n, int each)
{
	double *A = calloc((size_t)(n * n), sizeof *A), *P = calloc((size_t)(n * n), sizeof *P);
	double log_size = 0;
	for (int i = 0; i < n; i++)
		for (int k = 0; k < each; k++)
			A[i * n + (int)M[(n + i) * each + k]] += M[i * each + k];
	for (int power = 0; power < 14; power++) {
		double size = 0;
		for (int i = 0; i < n * n; i++)
			size += A[i] * A[i];
		size = sqrt(size);
		log_size = 2 * log_size + 2 * log(size);
		memset(P, 0, (size_t)(n * n) * sizeof *P);
		for (int i = 0; i < n; i++)
			for (int k = 0; k < n; k++)
				for (int j = 0; j < n; j++)
					P[i * n + j] += A[i * n + k] / size * A[k * n + j] / size;
		memcpy(A, P, (size_t)(n * n) * sizeof *A);
	}
	free(A), free(P);
	return exp(log_size / pow(2, 14));
}

START_TEST(the_reservoir_is_sparse_and_has_its_radius)
{
	tl_params *set = tl_params_create(TL_F64);
	for (int seed = 0; seed < 4; seed++) {
		char name[16];
		snprintf(name, sizeof name, "e%d", seed);
		tl_esn_options e = {1, 0.05, 0.7 + 0.2 * seed, 1, 1, 0};
		tl_cell *esn = tl_cell_create(
			set, "esn", name, (tl_cell_options){.in = 1, .hidden = 100, .extra = &e});
		tl_shape s = tl_param_shape(tl_cell_param(esn, 0));
		ck_assert(s.dim[0] == 2 && s.dim[1] == 100 && s.dim[2] == 5);
		ck_assert(!tl_param_is_learned(tl_cell_param(esn, 0)));
		double is = dense_radius(tl_param_value(tl_cell_param(esn, 0)), 100, 5);
		ck_assert_msg(fabs(is / e.radius - 1) < 0.01, "%g, not %g", is, e.radius);
		tl_cell_destroy(esn);
	}
	tl_params_destroy(set);
}
END_TEST

START_TEST(sparse_products_are_those_of_the_dense_matrix)
{
	enum { N = 7, EACH = 3, B = 2 };
	double M[2 * N * EACH], dense[N * N] = {0};
	for (int i = 0; i < N * EACH; i++) {
		M[i] = number_of(4, i, -1, 1);
		M[N * EACH + i] = (double)((i * 5 + 2) % N);
		dense[i / EACH * N + (int)M[N * EACH + i]] += M[i];
	}
	BOTH_TYPES(dtype)
	{
		tl_tape *tape = fresh_tape(dtype);
		tl_tensor x = tl_input_double(tape, tl_dims(B, N), numbers(B * N, 1, -1, 1));
		tl_tensor w = tl_input_double(tape, tl_dims(B, N), numbers(B * N, 2, -1, 1));
		tl_tensor y = tl_sparse_linear(x, tl_input_double(tape, tl_dims(2, N, EACH), M));
		tl_tensor z = tl_linear(x, tl_input_double(tape, tl_dims(N, N), dense));
		tl_tensor dy = tl_gradient(tl_sum(tl_mul(y, w), TL_ALL), x);
		tl_tensor dz = tl_gradient(tl_sum(tl_mul(z, w), TL_ALL), x);
		tl_tensor off = tl_add(tl_abs(tl_sub(y, z)), tl_abs(tl_sub(dy, dz)));
		ck_assert(tl_item(tl_max_over(off, TL_ALL)) < 1e-6);
		assert_fine(tape);
		tl_tape_destroy(tape);
	}
}
END_TEST

START_TEST(ridge_regression_is_exact_where_it_can_be)
{
	enum { R = 30, C = 4, O = 2 };
	double *x = numbers(R * C, 1, -1, 1), y[R * O], W[O * C], b[O];
	for (int r = 0; r < R; r++)
		for (int o = 0; o < O; o++) {
			y[r * O + o] = 0.5 + o;
			for (int c = 0; c < C; c++)
				y[r * O + o] += (c - o) * x[r * C + c];
		}
	ck_assert_int_eq(tl_ridge(x, y, R, C, O, 0, W, b), TL_OK);
	for (int o = 0; o < O; o++) {
		assert_near(b[o], 0.5 + o, 1e-10);
		for (int c = 0; c < C; c++)
			assert_near(W[o * C + c], c - o, 1e-10);
	}
	/* One column, no bias: sum x y / (sum x^2 + ridge n). */
	double above = 0, below = 3 * R;
	for (int r = 0; r < R; r++)
		above += x[r] * y[r], below += x[r] * x[r];
	ck_assert_int_eq(tl_ridge(x, y, R, 1, 1, 3, W, NULL), TL_OK);
	assert_near(W[0], above / below, 1e-12);
	double same[4] = {1, 1, 1, 1};
	ck_assert_int_eq(tl_ridge(same, y, 2, 2, 1, 0, W, b), TL_ERROR_VALUE);
	ck_assert_int_eq(tl_ridge(NULL, y, 2, 2, 1, 0, W, b), TL_ERROR_ARGUMENT);
}
END_TEST

/* dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x by Euler steps of 0.1, every tenth kept, and
 * squashed into (-1, 1): Jaeger 2001. */
static void mackey_glass(double *out, int count, double start)
{
	enum { TAU = 170 };
	double *x = calloc((size_t)(TAU + 1 + 10 * (count + 300)), sizeof *x);
	for (int k = 0; k <= TAU; k++)
		x[k] = start;
	for (int k = TAU; k + 1 < TAU + 1 + 10 * (count + 300); k++) {
		double late = x[k - TAU];
		x[k + 1] = x[k] + 0.1 * (0.2 * late / (1 + pow(late, 10)) - 0.1 * x[k]);
	}
	for (int k = 0; k < count; k++)
		out[k] = tanh(x[TAU + 10 * (k + 300)] - 1);
	free(x);
}

/* The normalised root mean square error 84 steps ahead, over many continuations at once. */
static double error_84(const tl_cell *esn)
{
	enum { FORCED = 1000, ROWS = 50, AHEAD = 84 };
	static double sequence[FORCED + AHEAD], y[FORCED * ROWS], want[ROWS];
	static double u[FORCED * ROWS];
	double mean = 0, square = 0, wrong = 0;
	for (int r = 0; r < ROWS; r++) {
		mackey_glass(sequence, FORCED + AHEAD, 0.8 + 0.013 * r);
		for (int t = 0; t < FORCED; t++) {
			y[t * ROWS + r] = sequence[t];
			u[t * ROWS + r] = 0.2;
			mean += sequence[t] / (FORCED * ROWS);
			square += sequence[t] * sequence[t] / (FORCED * ROWS);
		}
		want[r] = sequence[FORCED + AHEAD - 1];
	}
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor in = tl_input_double(tape, tl_dims(FORCED, ROWS, 1), u), none = {0};
	tl_tensor given = tl_input_double(tape, tl_dims(FORCED, ROWS, 1), y);
	tl_state s = tl_esn_force(esn, in, given, none, NULL).last;
	tl_unroll_options o = {.start = s};
	s = tl_unroll(esn, tl_full(tape, tl_dims(AHEAD, ROWS, 1), 0.2), &o).last;
	assert_fine(tape);
	const double *got = tl_value_double(s.c);
	assert_fine(tape);
	for (int r = 0; r < ROWS; r++)
		wrong += (got[r] - want[r]) * (got[r] - want[r]) / ROWS;
	tl_tape_destroy(tape);
	return sqrt(wrong / (square - mean * mean));
}

START_TEST(mackey_glass_is_foretold)
{
	enum { STEPS = 3000 };
	static double u[STEPS], y[STEPS];
	mackey_glass(y, STEPS, 1.2);
	for (int t = 0; t < STEPS; t++)
		u[t] = 0.2;
	tl_params *set = tl_params_create(TL_F64);
	tl_params_seed(set, 1);
	tl_esn_options e = {.out = 1,
			    .density = 0.0125,
			    .radius = 0.9,
			    .leak = 0.6,
			    .input = 0.3,
			    .feedback = 0.8};
	tl_cell *esn = tl_cell_create(set, "esn", "esn",
				      (tl_cell_options){.in = 1, .hidden = 400, .extra = &e});
	tl_esn_fit_options o = {.washout = 1000, .ridge = 2e-15, .noise = 1e-9};
	double error;
	ck_assert_int_eq(tl_esn_fit(esn, &(tl_esn_data){u, y, STEPS}, o, &error), TL_OK);
	double ahead = error_84(esn);
	if (getenv("TL_TABLE"))
		printf("training error %g, NRMSE84 %g\n", error, ahead);
	ck_assert_msg(ahead < 0.002, "NRMSE84 is %g", ahead);
	tl_cell_destroy(esn);
	tl_params_destroy(set);
}
END_TEST

SUITE("esn", a_wave_goes_on, the_reservoir_is_sparse_and_has_its_radius,
      sparse_products_are_those_of_the_dense_matrix, ridge_regression_is_exact_where_it_can_be,
      mackey_glass_is_foretold)
