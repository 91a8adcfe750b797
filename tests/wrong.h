/* Wrong uses of the library, one after the other on one tape, and what must be said of each. */
#ifndef TL_TESTS_WRONG_H
#define TL_TESTS_WRONG_H

#include "counting.h"
#include "suite.h"

/* What the cases are made of, recorded anew for each in scope outer/inner, step 7. */
typedef struct bench {
	tl_tape *tape, *other;
	tl_params *set;
	tl_tensor scalar, vector, m23, m43, cube, ints, old, foreign;
	counting memory;
	int cases;
} bench;

static void bench_prepare(bench *b)
{
	tl_tape *t = b->tape;
	tl_tape_rewind(t);
	b->old = tl_scalar(t, 1);
	tl_tape_rewind(t);
	b->foreign = tl_scalar(b->other, 1);
	b->scalar = tl_scalar(t, 2);
	b->vector = tl_ones(t, tl_dims(3));
	b->m23 = tl_ones(t, tl_dims(2, 3));
	b->m43 = tl_ones(t, tl_dims(4, 3));
	b->cube = tl_ones(t, tl_dims(2, 3, 4));
	b->ints = tl_constant_int(t, tl_dims(2), (int32_t[]){0, 1});
	tl_scope_enter(t, "outer");
	tl_scope_enter(t, "inner");
	tl_tape_set_step(t, 7);
}

static void bench_create(bench *b)
{
	*b = (bench){0};
	counting_start(&b->memory);
	b->tape = tl_tape_create(TL_F32);
	b->other = tl_tape_create(TL_F32);
	b->set = tl_params_create(TL_F32);
	tl_params_add(b->set, "W", tl_dims(2, 3), tl_init_constant(0.5));
	tl_params_add_buffer(b->set, "state", tl_dims(2), tl_init_zeros());
	bench_prepare(b);
}

static void bench_destroy(bench *b)
{
	tl_tape_destroy(b->tape);
	tl_tape_destroy(b->other);
	tl_params_destroy(b->set);
	ck_assert_int_eq(b->memory.blocks, 0);
	counting_stop();
}

/* The error is there in these words and at this place; the tape does nothing more until rewound. */
static void check_place(bench *b, const char *file, int line, tl_status status, const char *words,
			const char *place, const char *hint)
{
	char expected[1200];
	snprintf(expected, sizeof expected, "%s\n  at %s:%d%s%s%s", words, file, line, place,
		 hint ? "\nhint: " : "", hint ? hint : "");
	const char *got = tl_tape_error(b->tape);
	ck_assert_msg(got && !strcmp(got, expected), "\n%s\ninstead of\n%s", got ? got : "no error",
		      expected);
	ck_assert_msg(tl_tape_status(b->tape) == status, "status %d: %s",
		      (int)tl_tape_status(b->tape), got);
	int64_t nodes = tl_tape_node_count(b->tape);
	tl_tensor after = tl_add(b->m23, b->m23);
	ck_assert_int_eq(after.id, 0);
	ck_assert_int_eq(tl_backward(b->scalar), (int)status);
	ck_assert_ptr_null(tl_value(b->m23));
	ck_assert_int_eq(tl_tape_node_count(b->tape), nodes);
	ck_assert_str_eq(tl_tape_error(b->tape), expected);
	bench_prepare(b);
	ck_assert_ptr_null(tl_tape_error(b->tape));
	assert_near(tl_item(tl_sum(b->m43, TL_ALL)), 12, 0);
	bench_prepare(b);
	b->cases++;
}

/* check_case: what was done on this line was wrong. wrong: what the line above did was, in the
 * scope and step that are set to begin with. */
#define check_case(b, line, ...) check_place(b, __FILE__, line, __VA_ARGS__)
#define wrong(b, line, status, words, hint)                                                        \
	check_case(b, (line)-1, status, words, ", in outer/inner, step 7", hint)

#define SOUND   "rank is at most 4, sizes are not negative and below 2^48"
#define ALIGNED "aligned at the last axis, sizes must be equal or 1"
#define CAST    "tl_cast makes real numbers of integers"
#define REWOUND                                                                                    \
	"tensors do not outlive tl_tape_rewind; carry values in a buffer, the state of a cell by " \
	"tl_carry_of"
#define FOREIGN   "a computation lives on one tape; copy values over with tl_constant"
#define NEVER_SET "a tensor variable was never set, or the call that made it failed"

#endif
