/*
 * Rounds that follow one another: what an earlier one left in the cache, what was read or failed in
 * between, and things that come to lie where others lay, change no number.
 */
#include "suite.h"

static void assert_gradient(tl_param *p, const double *expected, int64_t count)
{
	for (int64_t i = 0; i < count; i++)
		assert_near(((double *)tl_param_gradient(p))[i], expected[i], 1e-12);
}

/* A bias that a sum adds twice: its column sums are one piece twice, not the two pieces. */
START_TEST(a_bias_may_be_added_twice)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_param *W = tl_params_add(set, "W", tl_dims(2, 2), tl_init_normal(0, 1));
	tl_param *b = tl_params_add(set, "b", tl_dims(2), tl_init_zeros());
	static const double h[2] = {1, -0.5};
	tl_tape *t = tl_tape_create(TL_F64);
	tl_tensor w = tl_use(t, W), bias = tl_use(t, b);
	tl_tensor once =
		tl_linear(tl_linear(tl_input_double(t, tl_dims(1, 2), h), w, TL_NONE), w, bias);
	ck_assert(!tl_backward(tl_sum(tl_add(once, bias), TL_ALL)));
	assert_gradient(b, (double[]){2, 2}, 2);
	tl_tape_destroy(t);
	tl_params_destroy(set);
}
END_TEST

static tl_tensor frozen_loss(tl_tape *t, tl_param *const p[3])
{
	static const double x[4] = {1, -2, 0.5, 3};
	tl_tensor y = tl_input_double(t, tl_dims(2, 2), x);
	for (int k = 0; k < 6; k++)
		y = tl_tanh(tl_matmul(y, tl_use(t, p[k % 3])));
	return tl_sum(y, TL_ALL);
}

/* The gradients of a round on a tape of its own, all parameters' after each other. */
static void gradients_anew(tl_params *set, tl_param *const p[3], double *g)
{
	tl_tape *t = tl_tape_create(TL_F64);
	tl_params_zero_gradients(set);
	tl_backward(frozen_loss(t, p));
	assert_fine(t);
	for (int k = 0; k < 3; k++)
		memcpy(g + 4 * k, tl_param_gradient(p[k]), sizeof(double[4]));
	tl_tape_destroy(t);
	tl_params_zero_gradients(set);
}

/* The same rounds but for what is frozen: each has the gradients that it has on a new tape, nothing
 * is added to those of what is frozen, and fewer nodes are recorded for fewer adjoints. */
START_TEST(what_is_frozen_changes_between_rounds)
{
	static const unsigned frozen[] = {0, 1, 0, 2, 3, 1, 6, 6, 5, 4, 0, 0};
	tl_params *set = tl_params_create(TL_F64);
	tl_param *p[3];
	for (int k = 0; k < 3; k++)
		p[k] = tl_params_add(set, (char[2]){(char)('a' + k)}, tl_dims(2, 2),
				     tl_init_normal(0, 1));
	tl_tape *t = tl_tape_create(TL_F64);
	for (int round = 0; round < 12; round++) {
		double want[12], *before = tl_params_gradients(set, NULL);
		for (int k = 0; k < 3; k++)
			ck_assert(!tl_param_set_trainable(p[k], !(frozen[round] >> k & 1)));
		gradients_anew(set, p, want);
		for (int k = 0; k < 3; k++) {
			bool still = true;
			for (int i = 0; i < 4; i++)
				still &= want[4 * k + i] == 0;
			ck_assert(still == (frozen[round] >> k & 1));
			*(double *)tl_param_gradient(p[k]) = 1;
			want[4 * k]++;
		}
		tl_tape_rewind(t);
		ck_assert(!tl_backward(frozen_loss(t, p)));
		for (int k = 0; k < 3; k++)
			assert_gradient(p[k], want + 4 * k, 4);
		ck_assert_ptr_eq(before, tl_params_gradients(set, NULL));
	}
	tl_tape_destroy(t);
	tl_params_destroy(set);
}
END_TEST

/* A tape sees a parameter as it was when it was brought there. */
START_TEST(freezing_counts_from_the_next_use)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_param *p = tl_params_add(set, "p", TL_SCALAR, tl_init_constant(3));
	tl_param *buffer = tl_params_add_buffer(set, "b", TL_SCALAR, tl_init_constant(3));
	tl_tape *t = tl_tape_create(TL_F64);
	tl_params_add(set, "W", tl_dims(3, 5), tl_init_zeros());
	double *g = tl_param_gradient(p);
	tl_tensor y = tl_square(tl_use(t, p));
	ck_assert_int_eq(tl_params_element_count(set), 16);
	ck_assert(!tl_param_set_trainable(p, false) && !tl_param_is_trainable(p));
	ck_assert_int_eq(tl_params_element_count(set), 15);
	ck_assert(!tl_param_is_buffer(p) && tl_param_is_buffer(buffer));
	ck_assert(!tl_backward(y));
	ck_assert_double_eq(*g, 6);
	tl_tape_rewind(t);
	y = tl_square(tl_use(t, p));
	ck_assert(!tl_param_set_trainable(p, true));
	ck_assert_int_eq(tl_backward(y), TL_ERROR_ARGUMENT); /* nothing is learned here */
	ck_assert_double_eq(*g, 6);
	for (int on = 0; on < 2; on++) {
		ck_assert_int_eq(tl_param_set_trainable(buffer, on), TL_ERROR_ARGUMENT);
		ck_assert_int_eq(tl_param_set_trainable(NULL, on), TL_ERROR_ARGUMENT);
	}
	ck_assert(tl_param_is_buffer(buffer) && !tl_param_is_trainable(buffer));
	ck_assert_ptr_null(tl_params_error(set));
	/* asked for by name, there is a derivative all the same */
	tl_tape_rewind(t);
	tl_param_set_trainable(p, false);
	ck_assert_double_eq(tl_item(tl_grad(tl_square(tl_use(t, p)), tl_use(t, p))), 6);
	tl_tape_destroy(t);
	tl_params_destroy(set);
}
END_TEST

/* Rounds that fail between good ones, recorded with the nodes at other places. */
START_TEST(a_round_that_failed_leaves_nothing_behind)
{
	static const double x[6] = {1, 2, 3, 4, 5, 6};
	static const int32_t good[2] = {0, 1}, other[2] = {2, 2}, bad[2] = {0, 9};
	tl_params *set = tl_params_create(TL_F64);
	tl_param *A = tl_params_add(set, "A", tl_dims(2), tl_init_constant(0.1));
	tl_param *B = tl_params_add(set, "B", tl_dims(2), tl_init_constant(0.5));
	tl_param *D = tl_params_add_buffer(set, "D", tl_dims(2), tl_init_constant(7));
	tl_tape *t = tl_tape_create(TL_F64);
	for (int round = 0; round < 6; round++) {
		bool fails = round % 2;
		tl_tape_rewind(t);
		tl_params_zero_gradients(set);
		for (int k = 0; fails && k < round; k++)
			tl_scalar(t, 3.5);
		tl_tensor a = tl_use(t, A), b = tl_use(t, B);
		tl_use(t, D);
		tl_tensor index = tl_input_int(t, tl_dims(2), fails ? bad : good);
		tl_input_int(t, tl_dims(2), other);
		tl_tensor table = tl_input_double(t, tl_dims(3, 2), x);
		tl_tensor y = tl_add(tl_mul(tl_embedding(table, index), a), b);
		tl_status status = tl_backward(tl_mean(tl_square(y), TL_ALL));
		ck_assert_int_eq(status, fails ? TL_ERROR_VALUE : TL_OK);
		assert_gradient(D, (double[]){0, 0}, 2);
		if (fails)
			continue;
		assert_gradient(A, (double[]){1.5, 2.5}, 2);
		assert_gradient(B, (double[]){0.7, 0.8}, 2);
	}
	tl_tape_destroy(t);
	tl_params_destroy(set);
}
END_TEST

/* The index is met first by the adjoint, in a pass that was found by its tape alone. */
START_TEST(an_error_in_an_adjoint_that_is_not_recorded_names_its_node)
{
	static const int32_t good[2] = {0, 1}, bad[2] = {9, 1};
	tl_params *set = tl_params_create(TL_F64);
	tl_param *w = tl_params_add(set, "w", tl_dims(3), tl_init_constant(.5));
	tl_tape *t = tl_tape_create(TL_F64);
	for (int round = 0; round < 3; round++) {
		tl_tape_rewind(t);
		tl_tensor x = tl_square(tl_use(t, w));
		tl_value_double(x);
		tl_tensor rows = tl_embedding(tl_tanh(x),
					      tl_input_int(t, tl_dims(2), round == 2 ? bad : good));
		ck_assert_int_eq(tl_backward(tl_mean(rows, TL_ALL)),
				 round == 2 ? TL_ERROR_VALUE : TL_OK);
	}
	ck_assert_msg(strstr(tl_tape_error(t), "embedding: ") ||
			      strstr(tl_tape_error(t), "segment_sum: "),
		      "%s", tl_tape_error(t));
	tl_tape_destroy(t);
	tl_params_destroy(set);
}
END_TEST

/* What is asked for between recording and tl_backward, by whom and when, is part of what a backward
 * program depends on: with each way in each round the gradients are the same. */
enum { NOTHING, READ_FULL, READ_TRACED, READ_REFERENCE, READ_COMPILED, WAYS };

START_TEST(what_was_read_before_is_known_to_the_backward_pass)
{
	static const double x[3] = {1, 2, 3};
	tl_params *set = tl_params_create(TL_F64);
	tl_param *w = tl_params_add(set, "w", tl_dims(3), tl_init_constant(1));
	tl_executor usual = getenv("TL_EXECUTOR") && *getenv("TL_EXECUTOR") == 'r'
				    ? TL_EXECUTOR_REFERENCE
				    : TL_EXECUTOR_COMPILED;
	for (int way = 0; way < WAYS * WAYS * WAYS; way++) {
		tl_tape *t = tl_tape_create(TL_F64);
		for (int round = 0, rest = way; round < 3; round++, rest /= WAYS) {
			int now = rest % WAYS;
			tl_tape_rewind(t);
			tl_params_zero_gradients(set);
			tl_tensor full = tl_full(t, tl_dims(3), 7);
			tl_tensor h = tl_mul(full, tl_square(tl_input_double(t, tl_dims(3), x)));
			tl_tape_set_check_finite(t, now == READ_TRACED);
			tl_tape_set_executor(t,
					     now == READ_REFERENCE ? TL_EXECUTOR_REFERENCE : usual);
			if (now != NOTHING)
				ck_assert(tl_value_double(now == READ_FULL ? full : h));
			tl_tape_set_check_finite(t, false);
			tl_tape_set_executor(t, usual);
			ck_assert(!tl_backward(tl_sum(tl_mul(h, tl_use(t, w)), TL_ALL)));
			assert_gradient(w, (double[]){7, 28, 63}, 3);
		}
		tl_tape_destroy(t);
	}
	tl_params_destroy(set);
}
END_TEST

/* A value that was read late and does not belong to the loss cannot make the next pass fail. */
START_TEST(what_was_read_late_is_no_part_of_the_next_pass)
{
	static const int32_t good[2] = {0, 1}, bad[2] = {0, 9};
	tl_params *set = tl_params_create(TL_F64);
	tl_param *w = tl_params_add(set, "w", tl_dims(3), tl_init_constant(.5));
	tl_tape *t = tl_tape_create(TL_F64);
	for (int round = 0; round < 3; round++) {
		tl_tape_rewind(t);
		tl_tensor x = tl_use(t, w);
		tl_tensor rows =
			tl_embedding(tl_tanh(x), tl_input_int(t, tl_dims(2), round ? bad : good));
		ck_assert_msg(!tl_backward(tl_mean(x, TL_ALL)), "%s", tl_tape_error(t));
		if (!round)
			ck_assert(tl_value_double(rows));
	}
	tl_tape_destroy(t);
	tl_params_destroy(set);
}
END_TEST

/* A mask is the same wherever it lies: the first node of a program, or after a backward pass that
 * was or was not found in the cache. */
START_TEST(a_mask_is_one_mask)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_param *w = tl_params_add(set, "w", tl_dims(64), tl_init_constant(1));
	tl_tape *t = tl_tape_create(TL_F64);
	tl_tensor mask = tl_dropout_mask(t, tl_dims(64), 0.5);
	ck_assert(!tl_backward(tl_sum(tl_mul(tl_use(t, w), mask), TL_ALL)));
	assert_gradient(w, tl_value_double(mask), 64);
	tl_tape_destroy(t);
	tl_params_destroy(set);
}
END_TEST

START_TEST(masks_do_not_depend_on_what_was_cached)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_param *w = tl_params_add(set, "w", tl_dims(64), tl_init_constant(1));
	double first[3][64];
	for (int warm = 0; warm < 3; warm++) {
		tl_tape *t = tl_tape_create(TL_F64);
		for (int round = 0; round <= warm; round++) {
			tl_tape_rewind(t);
			tl_tape_set_seed(t, 9);
			for (int micro = 0; micro < 3; micro++) {
				tl_tensor d = tl_dropout(tl_use(t, w), .5);
				ck_assert(!tl_backward(tl_sum(tl_square(d), TL_ALL)));
				const double *v = tl_value_double(d);
				ck_assert_ptr_nonnull(v);
				if (!warm)
					memcpy(first[micro], v, sizeof first[micro]);
				ck_assert_mem_eq(first[micro], v, sizeof first[micro]);
			}
		}
		tl_tape_destroy(t);
	}
	ck_assert(memcmp(first[0], first[1], sizeof first[0]));
	tl_params_destroy(set);
}
END_TEST

/* A round has one stream, so a seed that is set in the middle waits for the next. */
START_TEST(a_seed_holds_from_an_empty_tape_on)
{
	tl_tape *t = tl_tape_create(TL_F64), *u = tl_tape_create(TL_F64);
	tl_tensor a = tl_dropout_mask(t, tl_dims(64), .5);
	tl_tape_set_seed(t, 5);
	double before[64];
	memcpy(before, tl_value_double(a), sizeof before);
	ck_assert_mem_eq(before, tl_value_double(tl_dropout_mask(u, tl_dims(64), .5)),
			 sizeof before);
	tl_tape_set_seed(u, 5);
	tl_tape_rewind(t), tl_tape_rewind(u);
	a = tl_dropout_mask(t, tl_dims(64), .5);
	memcpy(before, tl_value_double(a), sizeof before);
	ck_assert_mem_eq(before, tl_value_double(tl_dropout_mask(u, tl_dims(64), .5)),
			 sizeof before);
	tl_tape_destroy(t), tl_tape_destroy(u);
}
END_TEST

/* Addresses come again; what lay there does not. */
START_TEST(a_new_set_at_an_old_address_is_new)
{
	tl_tape *t = tl_tape_create(TL_F64);
	const void *first = NULL;
	bool met = false;
	for (int round = 0; round < 50; round++) {
		tl_params *set = tl_params_create(TL_F64);
		tl_param *p =
			tl_params_add(set, "w", tl_dims(round ? 2 : 4000), tl_init_constant(1));
		first = first ? first : p;
		met |= round && p == first;
		tl_tape_rewind(t);
		ck_assert_int_eq(tl_tensor_size(tl_use(t, p)), round ? 2 : 4000);
		assert_near(tl_item(tl_sum(tl_use(t, p), TL_ALL)), round ? 2 : 4000, 0);
		tl_params_destroy(set);
	}
	(void)met; /* it depends on the allocator; usually at once */
	tl_tape_destroy(t);
}
END_TEST

START_TEST(a_set_that_was_destroyed_is_not_read)
{
	tl_tape *t = tl_tape_create(TL_F64);
	tl_params *set = tl_params_create(TL_F64);
	tl_tensor w = tl_use(t, tl_params_add(set, "w", tl_dims(2), tl_init_constant(3)));
	tl_tensor sum = tl_sum(w, TL_ALL);
	tl_program *p =
		tl_program_create(t, (tl_program_options){.outputs = &sum, .output_count = 1});
	ck_assert(!tl_program_run(p));
	tl_params_destroy(set);
	ck_assert(isnan(tl_item(sum)));
	ck_assert_msg(strstr(tl_tape_error(t), "its parameter set was destroyed"), "%s",
		      tl_tape_error(t));
	ck_assert(tl_program_run(p));
	ck_assert(strstr(tl_program_error(p), "destroyed"));
	tl_tape_rewind(t);
	ck_assert(!tl_tape_error(t) && strstr(tl_tape_last_error(t), "was destroyed"));
	tl_program_destroy(p);
	tl_tape_destroy(t);
}
END_TEST

START_TEST(handles_of_another_tape_at_the_same_address_are_refused)
{
	tl_tape *t = tl_tape_create(TL_F32);
	tl_tensor x = tl_input(t, tl_dims(8), NULL), y = tl_sum(x, TL_ALL);
	tl_program *p =
		tl_program_create(t, (tl_program_options){.outputs = &y, .output_count = 1});
	tl_tape_destroy(t);
	t = tl_tape_create(TL_F32);
	static const float small[1] = {5};
	tl_tensor other = tl_input(t, tl_dims(1), small);
	other.tape = x.tape; /* as if the allocator had handed out the place again */
	ck_assert(tl_program_bind(p, other, small));
	ck_assert(tl_program_run(p));
	tl_program_destroy(p);
	tl_tape_destroy(t);
}
END_TEST

enum { LIES = 64 };

/* sum(tanh(x w) * g v), either factor recorded first: which adjoint comes first follows from it. */
static tl_tensor loss_over(tl_tape *t, tl_param *w, tl_param *v, const double *g, int turned)
{
	static double x[LIES * LIES];
	for (int i = 0; i < LIES * LIES; i++)
		x[i] = i % 5;
	tl_tensor h, y, in = tl_input_double(t, tl_dims(LIES, LIES), x);
	if (turned)
		y = tl_matmul(tl_input_double(t, tl_dims(LIES, LIES), g), tl_use(t, v));
	h = tl_tanh(tl_matmul(in, tl_use(t, w)));
	if (!turned)
		y = tl_matmul(tl_input_double(t, tl_dims(LIES, LIES), g), tl_use(t, v));
	return tl_sum(tl_mul(h, y), TL_ALL);
}

static double total(const double *x)
{
	double sum = 0;
	for (int i = 0; i < LIES * LIES; i++)
		sum += x[i];
	return sum;
}

/* An input that lies in the gradients which are added to while it is read. */
START_TEST(an_input_may_lie_in_the_gradients)
{
	for (int turned = 0; turned < 2; turned++)
		for (int held = 0; held < 2; held++) {
			tl_params *set = tl_params_create(TL_F64);
			tl_param *w = tl_params_add(set, "w", tl_dims(LIES, LIES),
						    tl_init_glorot_uniform());
			tl_param *v = tl_params_add(set, "v", tl_dims(LIES, LIES),
						    tl_init_glorot_uniform());
			tl_tape *t = tl_tape_create(TL_F64);
			double *g = tl_param_gradient(w), copy[LIES * LIES];
			for (int i = 0; i < LIES * LIES; i++)
				copy[i] = i % 7;
			ck_assert(!tl_backward(loss_over(t, w, v, copy, turned)));
			double dw = total(g), dv = total(tl_param_gradient(v));
			tl_params_zero_gradients(set);
			memcpy(g, copy, sizeof copy);
			tl_tape_rewind(t);
			tl_tensor loss = loss_over(t, w, v, g, turned);
			if (held) {
				tl_program *p =
					tl_program_create(t, (tl_program_options){.loss = loss});
				ck_assert(!tl_program_run(p));
				tl_program_destroy(p);
			} else {
				ck_assert(!tl_backward(loss));
			}
			assert_near(total(g), dw + total(copy), 1e-10);
			assert_near(total(tl_param_gradient(v)), dv, 1e-10);
			tl_tape_destroy(t);
			tl_params_destroy(set);
		}
}
END_TEST

/* A gradient that is an input's data, which lies in the gradient: it is added to itself. */
START_TEST(gradient_is_an_input_in_the_gradients)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_param *w = tl_params_add(set, "w", tl_dims(4), tl_init_zeros());
	float *gradient = tl_param_gradient_float(w);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_input(tape, tl_dims(4), gradient);
	tl_tensor loss = tl_sum(tl_mul(tl_use(tape, w), x), TL_ALL);
	tl_program *p = tl_program_create(tape, (tl_program_options){.loss = loss});
	ck_assert_msg(p != NULL, "%s", tl_tape_error(tape));
	for (int i = 0; i < 4; i++)
		gradient[i] = (float)i;
	ck_assert_int_eq(tl_program_run(p), TL_OK);
	for (int i = 0; i < 4; i++)
		ck_assert(gradient[i] == 2 * (float)i);
	tl_program_destroy(p);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

/* Outputs that lie in a carried input show what the run read, not what it left. */
START_TEST(a_carried_input_may_be_an_output)
{
	tl_tape *t = tl_tape_create(TL_F64);
	double h0[2] = {1, 10};
	tl_tensor h = tl_input_double(t, tl_dims(2), h0), old = tl_reshape(h, tl_dims(1, 2));
	tl_tensor next = tl_scale(h, 2), at = tl_at(h, 1);
	tl_tensor outs[] = {h, old, next, at};
	tl_program *p =
		tl_program_create(t, (tl_program_options){.outputs = outs, .output_count = 4});
	ck_assert(!tl_program_carry(p, next, h));
	for (int run = 0; run < 4; run++) {
		ck_assert(!tl_program_run(p));
		assert_near(tl_program_value_double(p, h)[0], 1 << run, 0);
		assert_near(tl_program_value_double(p, old)[1], 10 * (1 << run), 0);
		assert_near(tl_program_item(p, at), 10 * (1 << run), 0);
		assert_near(tl_program_value_double(p, next)[0], 2 << run, 0);
	}
	tl_program_destroy(p);
	tl_tape_destroy(t);
}
END_TEST

/* Attributes that an earlier, invertible hash took for one another's. */
START_TEST(structures_are_compared_not_only_hashed)
{
	static const double x[4] = {-5, -.5, .5, 5};
	tl_tape *t = tl_tape_create(TL_F64);
	for (int round = 0; round < 400; round++) {
		double low = -1 - round / 7.0, high = 1 + round / 3.0;
		tl_tape_rewind(t);
		const double *y =
			tl_value_double(tl_clamp(tl_input_double(t, tl_dims(4), x), low, high));
		for (int i = 0; i < 4; i++)
			assert_near(y[i], fmin(fmax(x[i], low), high), 0);
	}
	tl_tape_destroy(t);
}
END_TEST

/* Randomness is declared: an op that does not say so has no key, and two uses are one value. */
static tl_status key_kernel(const tl_kernel_args *r)
{
	for (int64_t i = 0; i < r->out.size; i++)
		((double *)r->out.data)[i] = (double)(r->key >> 40);
	return TL_OK;
}

static const tl_op drawing = {.name = "drawing",
			      .operand_count = 1,
			      .shape = tl_shape_like_first,
			      .kernel = key_kernel,
			      .random = true,
			      .zero_gradient = true};
static const tl_op undeclared = {.name = "undeclared",
				 .operand_count = 1,
				 .shape = tl_shape_like_first,
				 .kernel = key_kernel,
				 .zero_gradient = true};

START_TEST(randomness_is_declared)
{
	tl_tape *t = tl_tape_create(TL_F64);
	tl_tensor x = tl_zeros(t, tl_dims(2));
	double a = tl_value_double(tl_apply(&drawing, NULL, 1, &x))[0];
	double b = tl_value_double(tl_apply(&drawing, NULL, 1, &x))[0];
	ck_assert(a != b && a != 0 && b != 0);
	tl_tensor two[2] = {tl_apply(&drawing, NULL, 1, &x), tl_apply(&drawing, NULL, 1, &x)};
	assert_fine(t);
	ck_assert(!tl_evaluate(two, 2));
	ck_assert(tl_value_double(two[0])[0] != tl_value_double(two[1])[0]);
	assert_near(tl_value_double(tl_apply(&undeclared, NULL, 1, &x))[0], 0, 0);
	tl_tape_destroy(t);
}
END_TEST

SUITE("rounds", a_bias_may_be_added_twice, what_is_frozen_changes_between_rounds,
      freezing_counts_from_the_next_use, a_round_that_failed_leaves_nothing_behind,
      an_error_in_an_adjoint_that_is_not_recorded_names_its_node,
      what_was_read_before_is_known_to_the_backward_pass,
      what_was_read_late_is_no_part_of_the_next_pass, a_mask_is_one_mask,
      masks_do_not_depend_on_what_was_cached, a_seed_holds_from_an_empty_tape_on,
      a_new_set_at_an_old_address_is_new, a_set_that_was_destroyed_is_not_read,
      handles_of_another_tape_at_the_same_address_are_refused, an_input_may_lie_in_the_gradients,
      gradient_is_an_input_in_the_gradients, a_carried_input_may_be_an_output,
      structures_are_compared_not_only_hashed, randomness_is_declared)
