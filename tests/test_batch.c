/* Batches: what a source fills is what its numbers say, rows are kept on all arrays alike, and
 * arrays reach a tape as they are. */
#include "suite.h"

#include <tapeloop/train.h>

enum { STEPS = 3, ROWS = 4, WIDTH = 2 };

/* Each number says where it stands. */
static tl_status fill(tl_batch *b, int64_t epoch, int64_t index, void *user)
{
	float *x = tl_batch_input_room(b, TL_F32, tl_dims(STEPS, ROWS, WIDTH));
	int32_t *y = tl_batch_target_room(b, TL_I32, tl_dims(STEPS, ROWS));
	int32_t *lengths = tl_batch_lengths_room(b, ROWS);
	int32_t *longer = tl_batch_target_lengths_room(b, ROWS);
	float *weights = tl_batch_weights_room(b, tl_dims(STEPS, ROWS));
	int64_t *example = tl_batch_example_room(b, ROWS);
	if (!x || !y || !lengths || !longer || !weights || !example)
		return TL_ERROR_MEMORY;
	for (int t = 0; t < STEPS; t++)
		for (int r = 0; r < ROWS; r++) {
			for (int k = 0; k < WIDTH; k++)
				x[(t * ROWS + r) * WIDTH + k] = (float)(100 * t + 10 * r + k);
			y[t * ROWS + r] = 10 * t + r;
			weights[t * ROWS + r] = (float)r;
			lengths[r] = r;
			longer[r] = r + 1;
			example[r] = epoch * 1000 + index * 10 + r;
		}
	return user ? tl_batch_fail(b, *(tl_status *)user, "row %d is missing", 3) : TL_OK;
}

START_TEST(a_source_fills_what_its_numbers_say)
{
	tl_batches *s = tl_batches_create(&(tl_batches_options){.fill = fill, .count = 5});
	tl_batch *b = tl_batch_create();
	tl_error e = {TL_OK, ""};
	ck_assert_int_eq(tl_batches_count(s, 7), 5);
	ck_assert_int_eq(tl_batches_fill(s, 2, 4, b, &e), TL_OK);
	ck_assert_int_eq(b->example[3], 2043);
	ck_assert_int_eq(b->rows, ROWS);
	ck_assert(b->input_has_steps && b->target_has_steps);
	ck_assert_int_eq(tl_batches_fill(s, 0, 5, b, &e), TL_ERROR_ARGUMENT);
	ck_assert_str_eq(e.text, "batches: epoch 0 has 5 batches, and no number 5");
	ck_assert_int_eq(tl_batches_fill(s, 0, -1, b, NULL), TL_ERROR_ARGUMENT);
	tl_batch_destroy(b);
	tl_batches_destroy(s);
}
END_TEST

START_TEST(what_a_source_says_reaches_the_caller)
{
	tl_status says = TL_ERROR_FILE;
	tl_batches *s =
		tl_batches_create(&(tl_batches_options){.fill = fill, .count = 1, .user = &says});
	tl_batch *b = tl_batch_create();
	tl_error e = {TL_OK, ""};
	ck_assert_int_eq(tl_batches_fill(s, 0, 0, b, &e), TL_ERROR_FILE);
	ck_assert_int_eq(e.status, TL_ERROR_FILE);
	ck_assert_str_eq(e.text, "batches: number 0 of epoch 0: row 3 is missing");
	tl_batch_destroy(b);
	tl_batches_destroy(s);
	ck_assert_ptr_null(tl_batches_create(&(tl_batches_options){.fill = fill}));
	ck_assert_ptr_null(tl_batches_create(&(tl_batches_options){.count = 1}));
}
END_TEST

START_TEST(rows_are_kept_on_all_arrays)
{
	tl_batches *s = tl_batches_create(&(tl_batches_options){.fill = fill, .count = 1});
	tl_batch *b = tl_batch_create();
	ck_assert_int_eq(tl_batches_fill(s, 0, 0, b, NULL), TL_OK);
	ck_assert_int_eq(tl_batch_keep_rows(b, 3, 2), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_batch_keep_rows(b, 0, 0), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_batch_keep_rows(b, 1, 2), TL_OK);
	ck_assert_int_eq(b->rows, 2);
	ck_assert_int_eq(b->input.size, STEPS * 2 * WIDTH);
	for (int t = 0; t < STEPS; t++)
		for (int r = 0; r < 2; r++) {
			ck_assert_float_eq(((float *)b->input.data)[(t * 2 + r) * WIDTH + 1],
					   (float)(100 * t + 10 * (r + 1) + 1));
			ck_assert_int_eq(((int32_t *)b->target.data)[t * 2 + r], 10 * t + r + 1);
			ck_assert_float_eq(((float *)b->weights.data)[t * 2 + r], (float)(r + 1));
			ck_assert_int_eq(((int32_t *)b->lengths.data)[r], r + 1);
			ck_assert_int_eq(((int32_t *)b->target_lengths.data)[r], r + 2);
			ck_assert_int_eq(b->example[r], r + 1);
		}
	tl_batch_destroy(b);
	tl_batches_destroy(s);
}
END_TEST

START_TEST(which_axis_has_the_rows_is_told_apart)
{
	tl_batch *b = tl_batch_create();
	tl_batch_input_room(b, TL_F32, tl_dims(4, 4, 2));
	tl_batch_target_room(b, TL_F32, tl_dims(4, 4)); /* as it stands: one a step */
	ck_assert(b->target_has_steps);
	tl_batch_set_steps(b, true, false); /* or four numbers a row */
	float *y = b->target.data;
	for (int i = 0; i < 16; i++)
		y[i] = (float)i;
	ck_assert_int_eq(tl_batch_keep_rows(b, 2, 1), TL_OK);
	ck_assert_int_eq(b->target.size, 4);
	ck_assert_float_eq(y[3], 11);
	tl_batch_destroy(b);
	b = tl_batch_create();
	tl_batch_input_room(b, TL_I32, tl_dims(7));
	ck_assert_int_eq(b->rows, 7);
	tl_batch_input_room(b, TL_I32, tl_dims(7, 3));
	ck_assert_int_eq(b->rows, 3);
	ck_assert_ptr_null(tl_batch_target_room(b, TL_F32, tl_dims(-1)));
	ck_assert_ptr_null(tl_batch_target_room(b, TL_F32, tl_dims(INT64_MAX, 2)));
	tl_batch_destroy(b);
}
END_TEST

START_TEST(arrays_reach_a_tape)
{
	tl_batches *s = tl_batches_create(&(tl_batches_options){.fill = fill, .count = 1});
	tl_batch *b = tl_batch_create();
	tl_tape *tape = tl_tape_create(TL_F32);
	ck_assert_int_eq(tl_batches_fill(s, 0, 0, b, NULL), TL_OK);
	ck_assert_float_eq(tl_value(tl_batch_input(b, tape))[ROWS * WIDTH + 2], 110);
	ck_assert_int_eq(tl_value_int(tl_batch_target(b, tape))[ROWS + 1], 11);
	ck_assert_float_eq(tl_value(tl_batch_weights(b, tape))[1], 1);
	ck_assert_int_eq(tl_value_int(tl_batch_target_lengths(b, tape))[2], 3);
	b->target_lengths.size = 0;
	ck_assert(tl_tensor_is_none(tl_batch_target_lengths(b, tape)));
	ck_assert_ptr_null(tl_tape_error(tape));
	tl_tape_destroy(tape);
	tl_batch_destroy(b);
	tl_batches_destroy(s);
}
END_TEST

SUITE("batch", a_source_fills_what_its_numbers_say, what_a_source_says_reaches_the_caller,
      rows_are_kept_on_all_arrays, which_axis_has_the_rows_is_told_apart, arrays_reach_a_tape)
