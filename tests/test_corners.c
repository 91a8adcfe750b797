/* Corners that no other suite comes by: what programs say when data is wrong, a full cache, a fork,
 * ops applied by hand to what their functions would not let through. */
#include "suite.h"

#include <sys/wait.h>
#include <unistd.h>

static void said(const tl_program *p, const char *words)
{
	ck_assert_msg(tl_program_error(p) && strstr(tl_program_error(p), words), "\"%s\" in: %s",
		      words, tl_program_error(p) ? tl_program_error(p) : "nothing");
}

/* An index that is wrong in one run is reported with its op, line and step, and the next is fine.
 */
START_TEST(a_program_says_which_data_was_wrong)
{
	static const int32_t fine[2] = {0, 2}, wrong[2] = {0, 3};
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor table = tl_constant(tape, tl_dims(3, 1), (const float[]){1, 2, 3});
	tl_tensor index = tl_input_int(tape, tl_dims(2), fine);
	tl_tensor best = tl_argmax(
		tl_reshape(tl_constant(tape, tl_dims(2), (const float[]){1, 2}), tl_dims(1, 2)), 1);
	tl_tape_set_step(tape, 5);
	tl_tensor rows = tl_exp(tl_embedding(tl_exp(table), index));
	tl_tape_set_step(tape, -1);
	tl_tensor stepless = tl_sum(tl_embedding(table, index), TL_ALL);
	tl_tensor out[3] = {rows, best, stepless};
	tl_program *p =
		tl_program_create(tape, (tl_program_options){.outputs = out, .output_count = 3});
	ck_assert_msg(p != NULL, "%s", tl_tape_error(tape));
	ck_assert_int_eq(tl_program_run(p), TL_OK);
	assert_near(tl_program_value(p, rows)[1], exp(exp(3)), 1e-6);
	ck_assert_int_eq(tl_program_value_int(p, best)[0], 1);
	ck_assert(tl_program_item(p, best) == 1);
	ck_assert_int_eq(tl_program_bind(p, index, wrong), TL_OK);
	ck_assert_int_eq(tl_program_run(p), TL_ERROR_VALUE);
	said(p, "embedding: index 3 at [1] is not one of 3 rows\n  at ");
	said(p, "test_corners.c:");
	ck_assert_int_eq(tl_program_bind(p, index, fine), TL_OK);
	ck_assert_int_eq(tl_program_run(p), TL_OK);
	assert_near(tl_program_item(p, stepless), 4, 1e-6);
	tl_program_destroy(p);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(what_a_program_cannot_do)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_input(tape, tl_dims(3), NULL), y = tl_exp(x), z = tl_sum(y, TL_ALL);
	tl_program *p = tl_program_create(
		tape, (tl_program_options){.outputs = (tl_tensor[]){y, z}, .output_count = 2});
	ck_assert_int_eq(tl_program_run(p), TL_ERROR_VALUE);
	said(p, "an input has no data");
	ck_assert_int_eq(tl_program_carry(p, z, x), TL_ERROR_SHAPE);
	said(p, "carry: the output has 1 numbers, the input 3");
	ck_assert_int_eq(tl_program_carry(p, x, x), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_program_carry(NULL, y, x), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_program_bind(p, x, (const float[]){0, 0, 0}), TL_OK);
	ck_assert_int_eq(tl_program_run(p), TL_OK);
	ck_assert(isnan(tl_program_item(p, y)));
	said(p, "item: the output is not one number");
	ck_assert_ptr_null(tl_program_value_double(p, y));
	ck_assert_int_eq((int)tl_program_get_stats(NULL).instructions, 0);
	tl_program_destroy(p);
	tl_tape_destroy(tape);
}
END_TEST

/* Parameters, inputs and constants of one type, a tape of the other. */
START_TEST(a_program_of_the_other_type)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_param *w = tl_params_add(set, "w", tl_dims(2), tl_init_constant(0.5));
	static const double data[2] = {2, 3};
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor x = tl_input_double(tape, tl_dims(2), data);
	tl_tensor c = tl_constant(tape, tl_dims(2), (const float[]){4, 6});
	tl_tensor loss = tl_sum(tl_mul(tl_mul(tl_use(tape, w), x), c), TL_ALL);
	tl_program *p = tl_program_create(tape, (tl_program_options){.loss = loss});
	ck_assert_msg(p != NULL, "%s", tl_tape_error(tape));
	tl_tape_destroy(tape);
	for (int run = 1; run <= 2; run++) {
		ck_assert_int_eq(tl_program_run(p), TL_OK);
		assert_near(tl_program_item(p, loss), 13, 1e-12);
		assert_near(((float *)tl_param_gradient(w))[1], 18 * run, 1e-6);
	}
	tl_program_destroy(p);
	tl_params_destroy(set);
}
END_TEST

/* More kinds of rounds than the cache has room for: the oldest goes and comes back. */
START_TEST(a_full_cache_forgets_the_oldest)
{
	enum { SHAPES = 150 };
	tl_tape *tape = tl_tape_create(TL_F64);
	for (int round = 0; round < 2; round++)
		for (int n = 1; n <= SHAPES; n++) {
			tl_tape_rewind(tape);
			tl_tensor x = tl_full(tape, tl_dims(n), 2);
			tl_tensor slope = tl_grad(tl_sum(tl_square(x), TL_ALL), x);
			assert_near(tl_item(tl_sum(slope, TL_ALL)), 4 * n, 1e-12);
		}
	tl_tape_destroy(tape);
}
END_TEST

static double product(int n)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_full(tape, tl_dims(n, n), 0.5);
	double y = tl_item(tl_mean(tl_tanh(tl_matmul(tl_tanh(x), tl_exp(x))), TL_ALL));
	tl_tape_destroy(tape);
	return y;
}

/* A child has none of its parent's threads and makes its own. */
START_TEST(a_fork_computes)
{
	int status;
	tl_set_thread_count(2);
	double expected = product(300);
	pid_t child = fork();
	if (!child)
		_exit(product(300) == expected ? 0 : 1);
	ck_assert(child > 0 && waitpid(child, &status, 0) == child);
	ck_assert_int_eq(status, 0);
	ck_assert(product(300) == expected);
	tl_set_thread_count(0);
}
END_TEST

static void refused(tl_tape *tape, tl_tensor x, const char *words)
{
	ck_assert_int_eq(x.id, 0);
	ck_assert_msg(tl_tape_error(tape) && strstr(tl_tape_error(tape), words), "\"%s\" in: %s",
		      words, tl_tape_error(tape) ? tl_tape_error(tape) : "nothing");
	tl_tape_rewind(tape);
}

#define APPLY(NAME, ATTR, ...)                                                                     \
	tl_apply(tl_op_find(NAME), ATTR, sizeof((tl_tensor[]){__VA_ARGS__}) / sizeof(tl_tensor),   \
		 (tl_tensor[]){__VA_ARGS__})

/* tl_apply takes any op by its name: its shape rule stands alone then. */
START_TEST(ops_applied_by_hand)
{
	static const int64_t zeros[32];
	tl_tape *tape = tl_tape_create(TL_F32);
#define ONES(...) tl_ones(tape, tl_dims(__VA_ARGS__))
	refused(tape, APPLY("matmul", zeros, ONES(2), ONES(2, 2)), "ranks do not fit");
	refused(tape, APPLY("matmul", zeros, ONES(2, 2, 2), ONES(3, 2, 2)),
		"batch sizes 2 and 3 differ");
	refused(tape, APPLY("conv2d", zeros, ONES(2, 2), ONES(2, 2)), "has not four axes");
	refused(tape, tl_jvp(ONES(2), (tl_tensor){tape, 0, 0}, ONES(2)), "no tensor");
	tl_tensor x = ONES(2), y = tl_square(x);
	refused(tape, tl_jvp(y, x, ONES(3)), "vjp");
	tl_tape_destroy(tape);
	char version[32];
	snprintf(version, sizeof version, "%d.%d.%d", TL_VERSION_MAJOR, TL_VERSION_MINOR,
		 TL_VERSION_PATCH);
	ck_assert_str_eq(tl_version(), version);
	ck_assert_int_eq(tl_shape_size(tl_dims(3, 4)), 12);
	ck_assert_int_eq(tl_shape_size(TL_SCALAR), 1);
	ck_assert_int_eq(tl_shape_size(tl_dims(3, 0, INT64_MAX)), 0);
	ck_assert_int_eq(tl_shape_size(tl_dims(1, 2, 3, 4, 5)), 0);
}
END_TEST

SUITE("corners", a_program_says_which_data_was_wrong, what_a_program_cannot_do,
      a_program_of_the_other_type, a_full_cache_forgets_the_oldest, a_fork_computes,
      ops_applied_by_hand)
