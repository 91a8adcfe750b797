/* Handles that outlived what they are of: an error that stays readable, never a plausible number.
 */
#include "suite.h"

#include <pthread.h>

/* A number of each reader; all must be what an error gives. */
static void check_readers(tl_tape *tape, tl_tensor x, const char *words)
{
	tl_tensor dx = x;
	const struct {
		bool nothing;
		const char *name;
	} cases[] = {
		{!tl_value(x), "value"},
		{!tl_value_double(x), "value_double"},
		{!tl_value_int(x), "value_int"},
		{isnan(tl_item(x)), "item"},
		{tl_evaluate(&x, 1) == TL_ERROR_TAPE, "evaluate"},
		{tl_backward(x) == TL_ERROR_TAPE, "backward"},
		{tl_grads(x, &x, 1, &dx) == TL_ERROR_TAPE && !dx.id, "grad"},
		{tl_input_bind(x, NULL) == TL_ERROR_TAPE, "bind"},
		{!tl_add(x, x).id, "add"},
		{!tl_transpose(x).id, "transpose"},
		{tl_tensor_size(x) == 0, "size"},
		{tl_tensor_shape(x).rank == 0, "shape"},
		{tl_tensor_dim(x, 0) == 0, "dim"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(cases[i].nothing, "%s", cases[i].name);
	ck_assert_msg(tl_tape_error(tape) && strstr(tl_tape_error(tape), words), "%s",
		      tl_tape_error(tape));
	tl_tape_rewind(tape);
	ck_assert_ptr_null(tl_tape_error(tape));
	ck_assert_ptr_nonnull(strstr(tl_tape_last_error(tape), words));
}

START_TEST(a_handle_from_before_a_rewind)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor old = tl_tag(tl_full(tape, tl_dims(1), 42), "answer");
	assert_near(tl_item(old), 42, 0);
	tl_tape_rewind(tape);
	tl_full(tape, tl_dims(1), 43); /* lies where the old one lay */
	ck_assert_int_eq(tl_tape_find(tape, "", -1, "answer").id, 0);
	check_readers(tape, old, "was recorded before the tape was rewound");
	/* each alone: the first to be asked says it */
	tl_item(old);
	ck_assert_ptr_nonnull(strstr(tl_tape_error(tape), "before the tape was rewound"));
	tl_tape_rewind(tape);
	tl_transpose(old);
	ck_assert_ptr_nonnull(strstr(tl_tape_error(tape), "before the tape was rewound"));
	tl_tape_destroy(tape);
}
END_TEST

/* Memory that is handed out again at once, so that a new tape lies where the old one did. */
static void *kept[64];
static size_t kept_bytes[64];

static void *again_resize(void *user, void *memory, size_t bytes)
{
	(void)user;
	for (int i = 0; !memory && i < 64; i++)
		if (kept[i] && kept_bytes[i] == bytes) {
			void *found = kept[i];
			kept[i] = NULL;
			return found;
		}
	size_t *p = memory ? (size_t *)memory - 2 : NULL;
	if (!(p = realloc(p, bytes + 2 * sizeof *p)))
		return NULL;
	*p = bytes;
	return p + 2;
}

static void again_release(void *user, void *memory)
{
	int i = 0;
	(void)user;
	while (i < 64 && kept[i])
		i++;
	if (!memory)
		return;
	if (i == 64) {
		free((size_t *)memory - 2);
		return;
	}
	kept[i] = memory;
	kept_bytes[i] = ((size_t *)memory)[-2];
}

START_TEST(a_handle_of_a_destroyed_tape)
{
	tl_allocator again = {again_resize, again_release, NULL};
	tl_set_allocator(&again);
	tl_tape *first = tl_tape_create(TL_F32);
	tl_tensor old = tl_full(first, tl_dims(1), 42);
	tl_tape_destroy(first);
	tl_tape *tape = tl_tape_create(TL_F32);
	ck_assert_ptr_eq(tape, first);
	tl_full(tape, tl_dims(1), 43);
	check_readers(tape, old, "is of a tape that was destroyed");
	tl_tape_destroy(tape);
	for (int i = 0; i < 64; i++) {
		free(kept[i] ? (size_t *)kept[i] - 2 : NULL);
		kept[i] = NULL;
	}
	tl_set_allocator(NULL);
}
END_TEST

START_TEST(a_set_that_was_destroyed)
{
	for (int k = 0; k < 6; k++) {
		tl_params *set = tl_params_create(TL_F32);
		tl_tape *tape = tl_tape_create(TL_F32);
		tl_tensor w =
			tl_use(tape, tl_params_add(set, "w", tl_dims(1), tl_init_constant(42)));
		tl_tensor y = tl_square(w), dw = w;
		tl_program *p = tl_program_create(
			tape, (tl_program_options){.outputs = &y, .output_count = 1});
		ck_assert_int_eq(tl_program_run(p), TL_OK);
		FILE *file = tmpfile();
		tl_params_destroy(set);
		ck_assert_int_eq(tl_program_run(p), TL_ERROR_ARGUMENT);
		ck_assert_ptr_nonnull(strstr(tl_program_error(p), "was destroyed"));
		ck_assert(k != 0 || isnan(tl_item(y)));
		ck_assert(k != 1 || !tl_value(w));
		ck_assert(k != 2 || tl_backward(y));
		ck_assert(k != 3 || tl_tape_print(tape, file));
		ck_assert(k != 4 || tl_tape_print_dot(tape, file));
		ck_assert(k != 5 || tl_grads(y, &w, 1, &dw) || isnan(tl_item(dw)));
		ck_assert_msg(tl_tape_error(tape) &&
				      strstr(tl_tape_error(tape), "parameter set was destroyed"),
			      "%d: %s", k, tl_tape_error(tape));
		tl_tape_rewind(tape);
		assert_near(tl_item(tl_scalar(tape, 1)), 1, 0);
		tl_program_destroy(p);
		tl_tape_destroy(tape);
		fclose(file);
	}
}
END_TEST

START_TEST(outputs_of_a_program_are_told_by_their_generation)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor y = tl_full(tape, tl_dims(1), 42);
	tl_program *p =
		tl_program_create(tape, (tl_program_options){.outputs = &y, .output_count = 1});
	tl_tape_rewind(tape);
	tl_tensor later = tl_full(tape, tl_dims(1), 43);
	ck_assert_int_eq(later.id, y.id);
	ck_assert(isnan(tl_program_item(p, y))); /* it has not run */
	ck_assert_int_eq(tl_program_run(p), TL_OK);
	assert_near(tl_program_item(p, y), 42, 0);
	ck_assert(isnan(tl_program_item(p, later)));
	ck_assert_ptr_null(tl_program_value(p, later));
	ck_assert_ptr_nonnull(strstr(tl_program_error(p), "no output of the program"));
	tl_program_destroy(p);
	tl_tape_destroy(tape);
}
END_TEST

/* A state that was kept over a rewind: which, and how it is carried. */
START_TEST(a_state_from_before_a_rewind)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cell = tl_cell_create(set, "lstm", "l", (tl_cell_options){.in = 3, .hidden = 4});
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_unroll_options o = {.initial_state = tl_cell_initial_state(cell, tape, 2)};
	for (int k = 0; k < 3; k++) {
		tl_tape_rewind(tape);
		if (k == 0)
			tl_unroll(cell, tl_ones(tape, tl_dims(5, 2, 3)), &o);
		else if (k == 1)
			tl_unroll_truncated(cell, tl_ones(tape, tl_dims(5, 2, 3)), 2, 2, &o);
		else
			tl_cell_step(cell, tl_ones(tape, tl_dims(2, 3)), o.initial_state);
		const char *error = tl_tape_error(tape);
		ck_assert_msg(error &&
				      !strncmp(error,
					       "l (lstm): h was recorded before the tape was "
					       "rewound",
					       51) &&
				      strstr(error, "tl_carry_of"),
			      "%d: %s", k, error ? error : "no error");
	}
	tl_tape_destroy(tape);
	tl_cell_destroy(cell);
	tl_params_destroy(set);
}
END_TEST

/*
 * A tape that two threads record on at once says so. The other thread is in the middle of a call
 * for certain: in a shape rule, where it waits.
 */
static pthread_barrier_t meeting;

static tl_status waiting_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	pthread_barrier_wait(&meeting);
	pthread_barrier_wait(&meeting);
	return tl_shape_like_first(c, shape, dtype);
}

static tl_status idle(const tl_kernel_args *run)
{
	(void)run;
	return TL_OK;
}

static const tl_op waiting = {
	.name = "waiting", .operand_count = 1, .shape = waiting_shape, .kernel = idle};

static void *record_slowly(void *user)
{
	tl_tensor *x = user;
	*x = tl_apply(&waiting, NULL, 1, x);
	return NULL;
}

static void *record(void *user)
{
	tl_tensor *x = user;
	*x = tl_add(*x, *x);
	return NULL;
}

START_TEST(two_threads_on_one_tape)
{
	pthread_t other;
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_scalar(tape, 1), theirs = x;
	pthread_barrier_init(&meeting, NULL, 2);
	pthread_create(&other, NULL, record_slowly, &theirs);
	pthread_barrier_wait(&meeting);
	tl_tensor mine = tl_add(x, x);
	pthread_barrier_wait(&meeting);
	pthread_join(other, NULL);
	ck_assert_int_eq(mine.id, 0);
	ck_assert_int_eq(theirs.id, 0);
	ck_assert_msg(!strncmp(tl_tape_error(tape),
			       "add: another call is recording on this tape: two threads", 56),
		      "%s", tl_tape_error(tape));
	/* handed on from thread to thread, in the middle of a round, it is nobody's mistake */
	tl_tape_rewind(tape);
	x = tl_scalar(tape, 1);
	for (int k = 0; k < 8; k++) {
		pthread_create(&other, NULL, record, &x);
		pthread_join(other, NULL);
		record(&x);
	}
	assert_near(tl_item(x), 65536, 0);
	assert_fine(tape);
	pthread_barrier_destroy(&meeting);
	tl_tape_destroy(tape);
}
END_TEST

SUITE("stale", a_handle_from_before_a_rewind, a_handle_of_a_destroyed_tape,
      a_set_that_was_destroyed, outputs_of_a_program_are_told_by_their_generation,
      a_state_from_before_a_rewind, two_threads_on_one_tape)
