/* What programs are made of: what is computed where, what is kept, what is not even made. */
#include "suite.h"

/* The gradient of a table is added to the rows that were looked up, where it lies, and to no other.
 */
START_TEST(a_table_s_gradient_touches_its_rows)
{
	enum { ROWS = 5000, WIDTH = 16 };
	static const int32_t rows[] = {17, 4999, 17, 0};
	tl_params *set = tl_params_create(TL_F32);
	tl_param *table = tl_params_add(set, "E", tl_dims(ROWS, WIDTH), tl_init_glorot_uniform());
	float *g = tl_param_gradient(table);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_executor(tape, TL_EXECUTOR_COMPILED);
	for (int r = 0; r < 4; r++) { /* by a program, by backward, by backward again */
		for (int i = 0; i < ROWS * WIDTH; i++)
			g[i] = 7;
		tl_tape_rewind(tape);
		tl_tensor x =
			tl_embedding(tl_use(tape, table), tl_input_int(tape, tl_dims(4), rows));
		tl_tensor loss = tl_sum(x, TL_ALL);
		if (r) {
			ck_assert_int_eq(tl_backward(loss), TL_OK);
		} else {
			tl_program *p = tl_program_create(tape, (tl_program_options){.loss = loss});
			ck_assert_int_eq(tl_program_run(p), TL_OK);
			tl_program_stats f = tl_program_get_stats(p);
			ck_assert_int_lt(f.arena_bytes + f.output_bytes, ROWS);
			tl_program_destroy(p);
		}
		for (int i = 0; i < ROWS; i++)
			for (int k = 0; k < WIDTH; k++)
				assert_near(g[i * WIDTH + k],
					    i == 17               ? 9
					    : i == 0 || i == 4999 ? 8
								  : 7,
					    0);
	}
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

/* A mask is drawn again in the backward pass, not kept for it. */
START_TEST(masks_are_not_kept)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_param *w = tl_params_add(set, "w", tl_dims(64, 64), tl_init_constant(1));
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_use(tape, w), y = tl_dropout(tl_matmul(x, x), 0.5);
	tl_tensor loss = tl_sum(tl_square(tl_matmul(y, x)), TL_ALL);
	tl_program *p = tl_program_create(tape, (tl_program_options){.loss = loss});
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	tl_program_print(p, file);
	fclose(file);
	const char *once = strstr(text, " keep");
	ck_assert_ptr_nonnull(once);
	ck_assert_ptr_nonnull(strstr(once + 1, " keep"));
	ck_assert_int_eq(tl_program_run(p), TL_OK);
	free(text);
	tl_program_destroy(p);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

/* Sums over axes are taken by the strip that makes what they sum up, whatever the axes. */
enum { OUTER = 8, MIDDLE = 40, INNER = 300, SUMMED = OUTER * MIDDLE * INNER };

static void sums_of(const float *data, double first[], double middle[], double last[])
{
	for (int64_t i = 0; i < SUMMED; i++) {
		double y = tanh(data[i]);
		first[i % (MIDDLE * INNER)] += y;
		middle[i / (MIDDLE * INNER) * INNER + i % INNER] += y * y;
		last[i / INNER] += y;
	}
}

START_TEST(sums_are_taken_in_strips)
{
	static float data[SUMMED];
	static double expected[3][MIDDLE * INNER];
	static float one_thread[3][MIDDLE * INNER];
	for (int i = 0; i < SUMMED; i++)
		data[i] = (float)sin(i * 1.7 + 3);
	sums_of(data, expected[0], expected[1], expected[2]);
	for (int threads = 1; threads <= 4; threads++) {
		tl_set_thread_count(threads);
		tl_tape *tape = tl_tape_create(TL_F32);
		tl_tensor y = tl_tanh(tl_input(tape, tl_dims(OUTER, MIDDLE, INNER), data));
		tl_tensor sum[] = {tl_sum(y, tl_axes(0)),
				   tl_sum(tl_square(y), tl_keepdims(tl_axes(1))),
				   tl_sum(y, tl_axes(2))};
		tl_program *p = tl_program_create(
			tape, (tl_program_options){.outputs = sum, .output_count = 3});
		ck_assert_int_eq(tl_program_get_stats(p).instructions, 1);
		ck_assert_int_eq(tl_program_get_stats(p).thread_count, threads);
		ck_assert_int_eq(tl_program_run(p), TL_OK);
		for (int k = 0; k < 3; k++)
			for (int64_t i = 0; i < tl_tensor_size(sum[k]); i++) {
				float got = ((const float *)tl_program_value(p, sum[k]))[i];
				ck_assert_double_eq_tol(got, expected[k][i], 1e-4);
				if (threads == 1)
					one_thread[k][i] = got;
				ck_assert(got == one_thread[k][i]);
			}
		tl_program_destroy(p);
		tl_tape_destroy(tape);
	}
	tl_set_thread_count(0);
}
END_TEST

/* A column times a row is no product of matrices where it is only read element by element, in
 * another shape or its own. */
START_TEST(a_column_times_a_row_is_elementwise)
{
	static const float a[] = {1, 2, 3, 4, 5, 6}, b[] = {0.5f, -2, 4}, c[] = {1, 1, 1};
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor row = tl_input(tape, tl_dims(1, 3), b);
	tl_tensor flat = tl_matmul(tl_input(tape, tl_dims(6, 1), a), row);
	tl_tensor items =
		tl_matmul(tl_input(tape, tl_dims(2, 3, 1), a), tl_input(tape, tl_dims(1, 1, 3), b));
	tl_tensor left = tl_add(tl_reshape(flat, tl_dims(2, 3, 3)), tl_input(tape, tl_dims(3), c));
	tl_tensor sum = tl_sub(tl_scale(left, 2), items);
	tl_program *p =
		tl_program_create(tape, (tl_program_options){.outputs = &sum, .output_count = 1});
	ck_assert_int_eq(tl_program_get_stats(p).instructions, 1);
	ck_assert_int_eq(tl_program_run(p), TL_OK);
	const float *got = tl_program_value(p, sum);
	for (int i = 0; i < 18; i++)
		assert_near(got[i], a[i / 3] * b[i % 3] + 2, 1e-6);
	tl_program_destroy(p);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(sums_of_nothing)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor y = tl_sum(tl_exp(tl_zeros(tape, tl_dims(0, 5, 40))), tl_axes(0));
	ck_assert_int_eq(tl_tensor_size(y), 200);
	const float *sum = tl_value(y);
	for (int i = 0; i < 200; i++)
		ck_assert(sum[i] == 0);
	tl_tape_destroy(tape);
}
END_TEST

SUITE("compiled", a_table_s_gradient_touches_its_rows, masks_are_not_kept, sums_are_taken_in_strips,
      a_column_times_a_row_is_elementwise, sums_of_nothing)
