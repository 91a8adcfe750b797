/* Echo state networks: the reservoir, the regression, and Mackey-Glass. */
#include "values.h"

#include "ops/sparse.h"

/* A wave of period 20: after the readout is fitted it goes on by itself. */
static void wave_goes_on(tl_dtype type)
{
	enum { STEPS = 600, WASHOUT = 200 };
	static double u[STEPS], y[STEPS];
	for (int t = 0; t < STEPS; t++)
		y[t] = 0.5 * sin(2 * 3.14159265358979 * t / 20);
	tl_params *set = tl_params_create(type);
	tl_esn_options e = {.out = 1,
			    .density = 0.1,
			    .spectral_radius = 0.8,
			    .leak_rate = 1,
			    .input_scale = 0.1,
			    .feedback_scale = 1};
	tl_cell *esn = tl_cell_create(set, "esn", "esn",
				      (tl_cell_options){.in = 1, .hidden = 60, .extra = &e});
	ck_assert_msg(esn != NULL, "%s", tl_params_error(set));
	double error;
	tl_esn_data data = {u, y, STEPS};
	ck_assert_int_eq(
		tl_esn_fit(esn, &data,
			   &(tl_esn_fit_options){.washout = WASHOUT, .ridge = 1e-12, .noise = 1e-4},
			   &error),
		TL_OK);
	ck_assert_msg(error < 1e-3, "error %g", error);
	tl_tape *tape = tl_tape_create(type);
	tl_tensor none = {0}, in = tl_input_double(tape, tl_dims(STEPS, 1, 1), u);
	tl_state s = tl_esn_teacher_force(esn, in, tl_input_double(tape, tl_dims(STEPS, 1, 1), y),
					  none, NULL)
			     .final_state;
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
		tl_esn_options e = {.density = 0.05, .spectral_radius = 0.7 + 0.2 * seed};
		tl_cell *esn = tl_cell_create(
			set, "esn", name, (tl_cell_options){.in = 1, .hidden = 100, .extra = &e});
		tl_shape s = tl_param_shape(tl_cell_param_at(esn, 0));
		ck_assert(s.dim[0] == 2 && s.dim[1] == 100 && s.dim[2] == 5);
		ck_assert(!tl_param_is_trainable(tl_cell_param_at(esn, 0)));
		double is = dense_radius(tl_param_value(tl_cell_param_at(esn, 0)), 100, 5);
		ck_assert_msg(fabs(is / e.spectral_radius - 1) < 0.01, "%g, not %g", is,
			      e.spectral_radius);
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
		tl_tensor z = tl_linear(x, tl_input_double(tape, tl_dims(N, N), dense), TL_NONE);
		tl_tensor dy = tl_grad(tl_sum(tl_mul(y, w), TL_ALL), x);
		tl_tensor dz = tl_grad(tl_sum(tl_mul(z, w), TL_ALL), x);
		tl_tensor off = tl_add(tl_abs(tl_sub(y, z)), tl_abs(tl_sub(dy, dz)));
		ck_assert(tl_item(tl_max(off, TL_ALL)) < 1e-6);
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
	ck_assert_int_eq(tl_ridge_fit(x, y, R, C, O, 0, W, b), TL_OK);
	for (int o = 0; o < O; o++) {
		assert_near(b[o], 0.5 + o, 1e-10);
		for (int c = 0; c < C; c++)
			assert_near(W[o * C + c], c - o, 1e-10);
	}
	/* One column, no bias: sum x y / (sum x^2 + ridge n). */
	double above = 0, below = 3 * R;
	for (int r = 0; r < R; r++)
		above += x[r] * y[r], below += x[r] * x[r];
	ck_assert_int_eq(tl_ridge_fit(x, y, R, 1, 1, 3, W, NULL), TL_OK);
	assert_near(W[0], above / below, 1e-12);
	double same[4] = {1, 1, 1, 1};
	ck_assert_int_eq(tl_ridge_fit(same, y, 2, 2, 1, 0, W, b), TL_ERROR_VALUE);
	ck_assert_int_eq(tl_ridge_fit(NULL, y, 2, 2, 1, 0, W, b), TL_ERROR_ARGUMENT);
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
	tl_state s = tl_esn_teacher_force(esn, in, given, none, NULL).final_state;
	tl_unroll_options o = {.initial_state = s};
	s = tl_unroll(esn, tl_full(tape, tl_dims(AHEAD, ROWS, 1), 0.2), &o).final_state;
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
	tl_params_set_seed(set, 1);
	tl_esn_options e = {.out = 1,
			    .density = 0.0125,
			    .spectral_radius = 0.9,
			    .leak_rate = 0.6,
			    .input_scale = 0.3,
			    .feedback_scale = 0.8};
	tl_cell *esn = tl_cell_create(set, "esn", "esn",
				      (tl_cell_options){.in = 1, .hidden = 400, .extra = &e});
	tl_esn_fit_options o = {.washout = 1000, .ridge = 2e-15, .noise = 1e-9};
	double error;
	ck_assert_int_eq(tl_esn_fit(esn, &(tl_esn_data){u, y, STEPS}, &o, &error), TL_OK);
	double ahead = error_84(esn);
	if (getenv("TL_TABLE"))
		printf("training error %g, NRMSE84 %g\n", error, ahead);
	ck_assert_msg(ahead < 0.002, "NRMSE84 is %g", ahead);
	tl_cell_destroy(esn);
	tl_params_destroy(set);
}
END_TEST

/* Powers of t on [0, 1]: a matrix of condition 1e9, whose normal equations have no digit left. */
START_TEST(regression_keeps_the_digits_of_an_ill_conditioned_system)
{
	enum { R = 60, C = 12 };
	static double x[R * C], y[R], W[C], b[1];
	for (int r = 0; r < R; r++) {
		double t = (r + 0.5) / R;
		for (int c = 0; c < C; c++)
			x[r * C + c] = pow(t, c + 1), y[r] += (c % 2 ? -1 : 1) * x[r * C + c];
		y[r] += 3;
	}
	for (int bias = 0; bias < 2; bias++) {
		double most = 0, off = 0;
		for (int r = 0; r < R && !bias; r++)
			y[r] -= 3;
		for (int r = 0; r < R && bias; r++)
			y[r] += 3;
		ck_assert_int_eq(tl_ridge_fit(x, y, R, C, 1, 0, W, bias ? b : NULL), TL_OK);
		for (int r = 0; r < R; r++) {
			double d = (bias ? b[0] : 0) - y[r];
			for (int c = 0; c < C; c++)
				d += W[c] * x[r * C + c];
			most = fmax(most, fabs(d));
		}
		for (int c = 0; c < C; c++)
			off = fmax(off, fabs(W[c] - (c % 2 ? -1 : 1)));
		ck_assert_msg(most < 1e-13 && off < 1e-5, "residual %g, W off by %g", most, off);
	}
}
END_TEST

/* Less ridge, less error, down to none. */
START_TEST(the_error_falls_with_the_ridge)
{
	enum { R = 60, C = 12 };
	static double x[R * C], y[R], W[C];
	double last = INFINITY;
	for (int r = 0; r < R; r++) {
		double t = (r + 0.5) / R;
		for (int c = 0; c < C; c++)
			x[r * C + c] = pow(t, c);
		y[r] = sin(3 * t);
	}
	const double ridges[] = {1e-4, 1e-8, 1e-12, 1e-16, 1e-20, 0};
	for (int k = 0; k < 6; k++) {
		double square = 0;
		ck_assert_int_eq(tl_ridge_fit(x, y, R, C, 1, ridges[k], W, NULL), TL_OK);
		for (int r = 0; r < R; r++) {
			double d = -y[r];
			for (int c = 0; c < C; c++)
				d += W[c] * x[r * C + c];
			square += d * d / R;
		}
		if (getenv("TL_TABLE"))
			printf("ridge %g: error %.2e\n", ridges[k], sqrt(square));
		ck_assert_msg(sqrt(square) < last, "ridge %g: %g, not less than %g", ridges[k],
			      sqrt(square), last);
		last = sqrt(square);
	}
	ck_assert_msg(last < 1e-9, "least squares reach %g", last);
}
END_TEST

START_TEST(what_has_no_full_rank_is_refused_without_a_ridge)
{
	static const double fewer[6] = {1, 2, 3, 4, 5, 7}, y[4] = {1, 2, 3, 5};
	static const double twice[8] = {1, 2, 2, 4, 3, 6, 5, 10}, nan[2] = {1, NAN};
	static const double steady[8] = {1, 0.1, 2, 0.1, 3, 0.1, 5, 0.1}, zero[2] = {0, 0};
	double W[3], b;
	ck_assert_int_eq(tl_ridge_fit(fewer, y, 2, 3, 1, 0, W, NULL), TL_ERROR_VALUE);
	ck_assert_int_eq(tl_ridge_fit(fewer, y, 2, 3, 1, 1e-9, W, NULL), TL_OK);
	ck_assert_int_eq(tl_ridge_fit(twice, y, 4, 2, 1, 0, W, NULL), TL_ERROR_VALUE);
	ck_assert_int_eq(tl_ridge_fit(twice, y, 4, 2, 1, 1e-16, W, NULL), TL_OK);
	assert_near(W[0] + 2 * W[1], 1, 1e-6); /* however it is shared out */
	ck_assert_int_eq(tl_ridge_fit(steady, y, 4, 2, 1, 0, W, &b), TL_ERROR_VALUE);
	ck_assert_int_eq(tl_ridge_fit(steady, y, 4, 2, 1, 0, W, NULL), TL_OK);
	ck_assert_int_eq(tl_ridge_fit(zero, y, 2, 1, 1, 0, W, NULL), TL_ERROR_VALUE);
	ck_assert_int_eq(tl_ridge_fit(nan, y, 2, 1, 1, 0, W, NULL), TL_ERROR_VALUE);
	ck_assert_int_eq(tl_ridge_fit(y, nan, 2, 1, 1, 0, W, NULL), TL_ERROR_VALUE);
	ck_assert_int_eq(tl_ridge_fit(y, y, 2, 1, 1, NAN, W, NULL), TL_ERROR_ARGUMENT);
}
END_TEST

START_TEST(what_is_left_out_of_a_reservoir_is_usual)
{
	tl_esn_options e = {.out = 2};
	tl_params *set = tl_params_create(TL_F64);
	tl_cell *esn = tl_cell_create(set, "esn", "esn",
				      (tl_cell_options){.in = 1, .hidden = 100, .extra = &e});
	ck_assert_msg(esn != NULL, "%s", tl_params_error(set));
	const tl_esn_options *is = tl_cell_get_options(esn)->extra;
	ck_assert(is->out == 2 && is->density == 0.05 && is->spectral_radius == 0.9 &&
		  is->leak_rate == 1);
	ck_assert(is->input_scale == 1 && is->bias_scale == 1 && is->feedback_scale == 0 &&
		  !is->squash);
	tl_cell_destroy(esn);
	tl_params_destroy(set);
}
END_TEST

static double largest(tl_params *set, const char *name)
{
	tl_param *p = tl_params_find(set, name);
	double most = 0;
	for (int64_t k = 0; k < tl_param_shape(p).dim[0]; k++)
		most = fmax(most, fabs(((double *)tl_param_value(p))[k]));
	return most;
}

START_TEST(the_bias_has_a_scale_of_its_own)
{
	static const double scales[][2] = {{0, 0.5}, {0.01, 0.01}, {TL_ZERO, 0}, {2, 2}};
	for (int k = 0; k < 4; k++) {
		tl_esn_options e = {.input_scale = 0.5, .bias_scale = scales[k][0]};
		tl_params *set = tl_params_create(TL_F64);
		tl_cell *esn = tl_cell_create(
			set, "esn", "e", (tl_cell_options){.in = 1, .hidden = 400, .extra = &e});
		double want = scales[k][1], is = largest(set, "e.b_in");
		ck_assert_msg(is <= want + 1e-200 && is >= 0.98 * want, "%g, not %g", is, want);
		double in = largest(set, "e.W_in");
		ck_assert(in <= 0.5 && in > 0.49);
		tl_cell_destroy(esn);
		tl_params_destroy(set);
	}
}
END_TEST

/* A wave that goes near -1 and 1: the squashed readout never leaves them, and gives it back. */
START_TEST(a_squashed_output_is_learned_through_its_inverse)
{
	enum { STEPS = 600, WASHOUT = 200 };
	static double u[STEPS], y[STEPS];
	for (int t = 0; t < STEPS; t++)
		y[t] = tanh(1.5 * sin(2 * 3.14159265358979 * t / 20));
	tl_params *set = tl_params_create(TL_F64);
	tl_esn_options e = {
		.density = 0.1, .spectral_radius = 0.8, .input_scale = 0.1, .feedback_scale = 1};
	e.squash = true;
	tl_cell *esn = tl_cell_create(set, "esn", "esn",
				      (tl_cell_options){.in = 1, .hidden = 60, .extra = &e});
	double error = 1, W[62];
	tl_esn_fit_options o = {.washout = WASHOUT, .ridge = 1e-12, .noise = 1e-4};
	ck_assert_int_eq(tl_esn_fit(esn, &(tl_esn_data){u, y, STEPS}, &o, &error), TL_OK);
	ck_assert_msg(error < 1e-3, "error %g", error);
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor in = tl_input_double(tape, tl_dims(STEPS, 1, 1), u), none = {0};
	tl_tensor given = tl_input_double(tape, tl_dims(STEPS, 1, 1), y);
	tl_state s = tl_esn_teacher_force(esn, in, given, none, NULL).final_state;
	for (int t = 0; t < 100; t++) {
		s = tl_cell_step(esn, tl_zeros(tape, tl_dims(1, 1)), s);
		double want = tanh(1.5 * sin(2 * 3.14159265358979 * (STEPS + t) / 20));
		ck_assert_msg(fabs(tl_item(s.c) - want) < 0.02 && fabs(tl_item(s.c)) < 1,
			      "step %d: %g, not %g", t, tl_item(s.c), want);
	}
	assert_fine(tape);
	tl_tape_destroy(tape);
	/* What no tanh gives is refused, and the readout stays as it was. */
	memcpy(W, tl_param_value(tl_params_find(set, "esn.W_out")), sizeof W);
	y[300] = 1;
	ck_assert_int_eq(tl_esn_fit(esn, &(tl_esn_data){u, y, STEPS}, &o, NULL), TL_ERROR_VALUE);
	ck_assert(!memcmp(W, tl_param_value(tl_params_find(set, "esn.W_out")), sizeof W));
	tl_cell_destroy(esn);
	tl_params_destroy(set);
}
END_TEST

SUITE("esn", a_wave_goes_on, regression_keeps_the_digits_of_an_ill_conditioned_system,
      the_error_falls_with_the_ridge, what_has_no_full_rank_is_refused_without_a_ridge,
      what_is_left_out_of_a_reservoir_is_usual, the_bias_has_a_scale_of_its_own,
      a_squashed_output_is_learned_through_its_inverse, the_reservoir_is_sparse_and_has_its_radius,
      sparse_products_are_those_of_the_dense_matrix, ridge_regression_is_exact_where_it_can_be,
      mackey_glass_is_foretold)
