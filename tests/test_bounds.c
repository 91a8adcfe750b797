/* What is kept has bounds: compiled programs, scopes, names of earlier rounds, nodes. */
#include "counting.h"
#include "suite.h"

static void train(tl_tape *t, tl_cell *cell, const float *x, int steps)
{
	tl_tape_rewind(t);
	tl_unrolled y = tl_unroll(cell, tl_input(t, tl_dims(steps, 2, 3), x), NULL);
	ck_assert_msg(!tl_backward(tl_mean(tl_square(y.h), TL_ALL)), "%s", tl_tape_error(t));
}

START_TEST(compiled_programs_are_kept_within_a_limit)
{
	enum { LIMIT = 1 << 20, STEPS = 60 };
	static float x[STEPS * 6];
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cell = tl_cell_create(set, "lstm", "l", (tl_cell_options){.in = 3, .hidden = 4});
	tl_tape *t = tl_tape_create(TL_F32);
	tl_tape_set_cache_limit(t, LIMIT);
	size_t most = 0, largest = 0, before = 0;
	for (int steps = 1; steps <= STEPS; steps++) {
		train(t, cell, x, steps);
		size_t now = tl_tape_cache_bytes(t);
		largest = now > before && now - before > largest ? now - before : largest;
		most = now > most ? now : most;
		before = now;
	}
	if (!getenv("TL_EXECUTOR") || *getenv("TL_EXECUTOR") != 'r') {
		ck_assert_uint_gt(most, LIMIT / 2);
		ck_assert_uint_le(most, LIMIT);
		tl_tape_set_cache_limit(t, 0); /* the one that ran last is kept all the same */
		train(t, cell, x, 3);
		ck_assert_uint_gt(tl_tape_cache_bytes(t), 0);
		ck_assert_uint_le(tl_tape_cache_bytes(t), largest);
	}
	tl_tape_destroy(t);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}
END_TEST

/* Lengths that grow a little each time: memory follows the largest, not the sum of all. */
START_TEST(values_of_growing_rounds_take_what_the_last_needs)
{
	static float x[4096];
	counting count;
	counting_start(&count);
	tl_tape *t = tl_tape_create(TL_F32);
	for (int n = 1; n <= 200; n++) {
		tl_tape_rewind(t);
		tl_tensor y = tl_input(t, tl_dims(n, 16), x);
		for (int k = 0; k < 20; k++)
			y = tl_add(tl_square(y), y);
		ck_assert(tl_value(y));
	}
	/* 41 values of 200 x 16 floats are half a megabyte */
	ck_assert_int_le(count.bytes, (int64_t)tl_tape_cache_bytes(t) + (3 << 20));
	tl_tape_destroy(t);
	ck_assert_int_eq(count.blocks, 0);
	counting_stop();
}
END_TEST

START_TEST(names_of_scopes_are_found_and_let_go)
{
	tl_tape *t = tl_tape_create(TL_F32);
	char name[32];
	for (int round = 0; round < 3; round++) {
		tl_tape_rewind(t);
		for (int i = 0; i < 4000; i++) {
			snprintf(name, sizeof name, "part%d", i + round);
			tl_scope_enter(t, name);
			tl_scalar(t, i);
			tl_scope_leave(t);
		}
		assert_fine(t);
	}
	tl_scope_enter(t, "a");
	tl_scope_enter(t, "b");
	tl_matmul(tl_scalar(t, 1), tl_scalar(t, 1));
	ck_assert_msg(strstr(tl_tape_error(t), "in a/b"), "%s", tl_tape_error(t));
	tl_tape_rewind(t);
	tl_tape_rewind(t);
	tl_scope_enter(t, "a");
	tl_tag(tl_scalar(t, 4), "x");
	assert_near(tl_item(tl_tape_find(t, "a", -1, "x")), 4, 0);
	tl_tape_destroy(t);
}
END_TEST

START_TEST(a_tape_that_is_never_rewound_meets_its_limit)
{
	tl_tape *t = tl_tape_create(TL_F32);
	tl_tape_set_node_limit(t, 100);
	for (int i = 0; i < 100; i++)
		tl_scalar(t, i);
	assert_fine(t);
	ck_assert_uint_eq(tl_scalar(t, 1).id, 0);
	ck_assert_int_eq(tl_tape_status(t), TL_ERROR_TAPE);
	ck_assert_msg(strstr(tl_tape_error(t), "100 nodes, its limit") &&
			      strstr(tl_tape_error(t), "tl_tape_rewind"),
		      "%s", tl_tape_error(t));
	tl_tape_rewind(t);
	ck_assert_uint_ne(tl_scalar(t, 1).id, 0);
	tl_tape_set_node_limit(t, 0);
	for (int i = 0; i < 1000; i++)
		tl_scalar(t, i);
	assert_fine(t);
	tl_tape_destroy(t);
}
END_TEST

/* What a buffer was to take and never took is reported at the rewind, where values were asked for.
 */
START_TEST(an_assignment_that_was_never_carried_out_is_reported)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_param *state = tl_params_add_buffer(set, "state", tl_dims(2), tl_init_constant(1));
	tl_tape *t = tl_tape_create(TL_F32);
	tl_tensor next = tl_scale(tl_use(t, state), 2);
	tl_assign(state, next);
	tl_tape_rewind(t); /* nothing was computed: the round was given up */
	assert_fine(t);
	tl_assign(state, next = tl_scale(tl_use(t, state), 2));
	ck_assert(tl_value(next));
	tl_tape_rewind(t);
	ck_assert_int_eq(tl_tape_status(t), TL_ERROR_ARGUMENT);
	ck_assert_msg(strstr(tl_tape_error(t), "buffer state never took its value"), "%s",
		      tl_tape_error(t));
	tl_tape_rewind(t);
	assert_fine(t);
	tl_assign(state, next = tl_scale(tl_use(t, state), 2));
	ck_assert(!tl_tape_commit(t));
	tl_tape_rewind(t);
	assert_fine(t);
	assert_near(*(float *)tl_param_value(state), 2, 0);
	tl_tape_destroy(t);
	tl_params_destroy(set);
}
END_TEST

START_TEST(the_last_error_outlives_the_rewind)
{
	tl_tape *t = tl_tape_create(TL_F32);
	ck_assert_ptr_null(tl_tape_last_error(t));
	ck_assert(isnan(tl_item(tl_zeros(t, tl_dims(2)))));
	tl_tape_rewind(t);
	ck_assert_ptr_null(tl_tape_error(t));
	ck_assert_msg(strstr(tl_tape_last_error(t), "not one number"), "%s", tl_tape_last_error(t));
	tl_item(tl_scalar(t, 1));
	tl_tape_rewind(t);
	ck_assert(strstr(tl_tape_last_error(t), "not one number"));
	tl_matmul(tl_scalar(t, 1), tl_scalar(t, 1));
	ck_assert_str_eq(tl_tape_last_error(t), tl_tape_error(t));
	tl_tape_destroy(t);
	ck_assert_ptr_nonnull(tl_tape_last_error(NULL));
}
END_TEST

SUITE("bounds", compiled_programs_are_kept_within_a_limit,
      values_of_growing_rounds_take_what_the_last_needs, names_of_scopes_are_found_and_let_go,
      a_tape_that_is_never_rewound_meets_its_limit,
      an_assignment_that_was_never_carried_out_is_reported, the_last_error_outlives_the_rewind)
