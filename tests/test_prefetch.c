/* Prefetching: the same batches to the bit, in whatever order they are asked for; errors with the
 * batch they belong to; an end at any time. */
#define _DEFAULT_SOURCE /* usleep */
#include "counting.h"
#include "suite.h"

#include <tapeloop/train.h>
#include <unistd.h>

enum { COUNT = 7, SIZE = 50 };

/* Slow, and it fails where it is told to. */
typedef struct slow {
	int microseconds;
	int64_t bad_epoch, bad_index;
	int fills;
	bool busy, overlapped; /* fills that run at the same time */
} slow;

static tl_status fill(tl_batch *b, int64_t epoch, int64_t index, void *user)
{
	slow *s = user;
	s->overlapped |= s->busy;
	s->busy = true;
	s->fills++;
	if (s->microseconds)
		usleep((unsigned)s->microseconds);
	float *x = tl_batch_input_room(b, TL_F32, tl_dims(1 + index, SIZE, 1));
	for (int64_t i = 0; x && i < (1 + index) * SIZE; i++)
		x[i] = (float)(epoch * 10000 + index * 100 + i);
	s->busy = false;
	return !x                                               ? TL_ERROR_MEMORY
	       : epoch == s->bad_epoch && index == s->bad_index ? TL_ERROR_VALUE
								: TL_OK;
}

static tl_batches *source_of(slow *s)
{
	return tl_batches_create(&(tl_batches_options){.fill = fill, .count = COUNT, .user = s});
}

static void check_batch(const tl_batch *b, int64_t epoch, int64_t index)
{
	ck_assert_ptr_nonnull(b);
	ck_assert_int_eq(b->epoch, epoch);
	ck_assert_int_eq(b->index, index);
	ck_assert_int_eq(b->input.shape.dim[0], 1 + index);
	for (int64_t i = 0; i < (1 + index) * SIZE; i++)
		assert_quick(((float *)b->input.data)[i] ==
				     (float)(epoch * 10000 + index * 100 + i),
			     "number %d", (int)i);
}

START_TEST(batches_are_those_of_the_source)
{
	slow s = {.microseconds = 200, .bad_epoch = -1};
	tl_batches *source = source_of(&s);
	tl_prefetch *p = tl_prefetch_create(source, NULL);
	for (int64_t epoch = 0; epoch < 5; epoch++)
		for (int64_t i = 0; i < COUNT; i++)
			check_batch(tl_prefetch_next(p, epoch, i, NULL), epoch, i);
	tl_prefetch_destroy(p);
	ck_assert(!s.overlapped);
	ck_assert_int_le(s.fills, 5 * COUNT + 1); /* each once, and the one after the last */
	tl_batches_destroy(source);
}
END_TEST

START_TEST(any_batch_may_be_asked_for)
{
	slow s = {.microseconds = 100, .bad_epoch = -1};
	tl_batches *source = source_of(&s);
	tl_prefetch *p = tl_prefetch_create(source, NULL);
	tl_random r = {.seed = 5};
	for (int k = 0; k < 300; k++) {
		int64_t epoch = tl_random_below(&r, 3), i = tl_random_below(&r, COUNT);
		for (int64_t n = tl_random_below(&r, 3); n >= 0 && i < COUNT; n--, i++)
			check_batch(tl_prefetch_next(p, epoch, i, NULL), epoch, i);
	}
	tl_error e = {TL_OK, ""};
	ck_assert_ptr_null(tl_prefetch_next(p, 0, COUNT, &e));
	ck_assert_str_eq(e.text, "batches: epoch 0 has 7 batches, and no number 7");
	check_batch(tl_prefetch_next(p, INT64_MAX / 100000, COUNT - 1, NULL), INT64_MAX / 100000,
		    COUNT - 1);
	tl_prefetch_destroy(p);
	ck_assert(!s.overlapped);
	tl_batches_destroy(source);
}
END_TEST

START_TEST(an_error_is_told_with_its_batch)
{
	slow s = {.bad_epoch = 1, .bad_index = 3};
	tl_batches *source = source_of(&s);
	tl_prefetch *p = tl_prefetch_create(source, NULL);
	for (int64_t epoch = 0; epoch < 3; epoch++)
		for (int64_t i = 0; i < COUNT; i++)
			for (int times = 0; times < 2; times++) {
				tl_error e = {TL_OK, ""};
				tl_batch *b = tl_prefetch_next(p, epoch, i, &e);
				if (epoch == 1 && i == 3) {
					ck_assert_ptr_null(b);
					ck_assert_int_eq(e.status, TL_ERROR_VALUE);
					ck_assert_str_eq(e.text, "batches: number 3 of epoch 1: "
								 "bad value");
				} else {
					ck_assert_int_eq(e.status, TL_OK);
					check_batch(b, epoch, i);
				}
			}
	tl_prefetch_destroy(p);
	tl_batches_destroy(source);
	tl_error e = {TL_OK, ""};
	ck_assert_ptr_null(tl_prefetch_create(NULL, &e));
	ck_assert_str_eq(e.text, "prefetch: there is no source");
}
END_TEST

START_TEST(it_may_end_at_any_time)
{
	for (int k = 0; k < 60; k++) {
		slow s = {.microseconds = k % 3 * 300, .bad_epoch = k % 2 ? 0 : -1, .bad_index = 2};
		tl_batches *source = source_of(&s);
		tl_prefetch *p = tl_prefetch_create(source, NULL);
		for (int64_t i = 0; i < k % 5; i++)
			tl_prefetch_next(p, 0, i, NULL);
		if (k % 4 == 1)
			usleep(150);
		tl_prefetch_destroy(p);
		tl_batches_destroy(source);
	}
}
END_TEST

START_TEST(memory_may_run_short)
{
	counting c;
	slow s = {.bad_epoch = -1};
	tl_batches *source = source_of(&s);
	for (int fail_at = 1; fail_at <= 3; fail_at++) {
		tl_error e = {TL_OK, ""};
		counting_start(&c);
		c.fail_at = fail_at;
		ck_assert_ptr_null(tl_prefetch_create(source, &e));
		ck_assert_int_eq(e.status, TL_ERROR_MEMORY);
		ck_assert_int_eq(c.blocks, 0);
		counting_stop();
	}
	tl_batches_destroy(source);
}
END_TEST

SUITE("prefetch", batches_are_those_of_the_source, any_batch_may_be_asked_for,
      an_error_is_told_with_its_batch, it_may_end_at_any_time, memory_may_run_short)
