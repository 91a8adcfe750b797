/* Steps of optimisers that are refused, and what they and clipping do with extreme numbers. */
#include "suite.h"

static double read_at(tl_params *set, const void *block, int64_t i)
{
	return tl_params_dtype(set) == TL_F32 ? (double)((const float *)block)[i]
					      : ((const double *)block)[i];
}

static void write_at(tl_params *set, void *block, int64_t i, double x)
{
	if (tl_params_dtype(set) == TL_F32)
		((float *)block)[i] = (float)x;
	else
		((double *)block)[i] = x;
}

/* Doubles whose squares overflow have a norm all the same. */
START_TEST(large_gradients_are_clipped)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_param *a = tl_params_add(set, "a", tl_dims(2), tl_init_zeros());
	double *g = tl_param_gradient_double(a);
	g[0] = 3e200, g[1] = -4e200;
	assert_near(tl_params_clip_gradient_norm(set, 0) / 1e200, 5, 1e-14);
	assert_near(tl_params_clip_gradient_norm(set, 10) / 1e200, 5, 1e-14);
	assert_near(g[0], 6, 1e-14);
	assert_near(g[1], -8, 1e-14);
	g[0] = 3e200, g[1] = -4e200;
	tl_params_clip_gradient_norm(set, 1e150);
	assert_near(g[1] / 1e150, -0.8, 1e-14);
	tl_params_destroy(set);
}
END_TEST

/* Plain, with momentum, Adam. */
static tl_optimizer *make_optimizer(tl_params *set, int kind)
{
	return kind == 0   ? tl_sgd_create(set, &(tl_sgd_options){.learning_rate = 0.1})
	       : kind == 1 ? tl_sgd_create(set,
					   &(tl_sgd_options){.learning_rate = 0.1, .momentum = 0.9})
			   : tl_adam_create(set, &(tl_adam_options){.learning_rate = 0.1});
}

enum { SIZE = 9001 };

typedef struct twin {
	tl_params *set;
	tl_param *second;
	tl_optimizer *optimizer;
} twin;

static twin twin_create(tl_dtype type, int kind)
{
	twin t = {.set = tl_params_create(type)};
	tl_params_add(t.set, "first", tl_dims(5), tl_init_constant(1));
	tl_params_add_buffer(t.set, "buffer", tl_dims(3), tl_init_constant(1));
	t.second = tl_params_add(t.set, "second", tl_dims(SIZE), tl_init_constant(1));
	for (int64_t i = 0; i < SIZE; i++)
		write_at(t.set, tl_param_gradient(t.second), i, (double)(i % 7) - 3);
	t.optimizer = make_optimizer(t.set, kind);
	return t;
}

static void twin_destroy(twin *t)
{
	tl_optimizer_destroy(t->optimizer);
	tl_params_destroy(t->set);
}

/*
 * The step is refused in words, neither values nor what the optimiser remembers change, and the
 * next step goes on as if it had not been tried.
 */
static void check_refusal(tl_dtype type, int kind, int64_t at, double bad)
{
	char words[160];
	twin a = twin_create(type, kind), b = twin_create(type, kind);
	void *g = tl_param_gradient(a.second);
	snprintf(words, sizeof words, "step: the gradient of second is %g at element %lld;", bad,
		 (long long)at);
	for (int round = 0; round < 3; round++) {
		double good = read_at(a.set, g, at);
		write_at(a.set, g, at, bad);
		ck_assert_int_eq(tl_optimizer_step(a.optimizer), TL_ERROR_VALUE);
		const char *error = tl_optimizer_error(a.optimizer);
		ck_assert_msg(error && !strncmp(error, words, strlen(words)), "%s",
			      error ? error : "no error");
		ck_assert_int_eq(tl_optimizer_step_count(a.optimizer), round);
		write_at(a.set, g, at, good);
		ck_assert_int_eq(tl_optimizer_step(a.optimizer), TL_OK);
		ck_assert_int_eq(tl_optimizer_step(b.optimizer), TL_OK);
		ck_assert_ptr_null(tl_optimizer_error(a.optimizer));
	}
	int64_t count;
	const void *values = tl_params_values(a.set, &count);
	ck_assert_mem_eq(values, tl_params_values(b.set, NULL),
			 (size_t)count * tl_dtype_size(type));
	twin_destroy(&a);
	twin_destroy(&b);
}

/* Wherever it stands: at an end, at the border of what is looked at together, in a rest. */
START_TEST(a_gradient_that_is_not_finite_is_refused)
{
	static const int64_t places[] = {0, 15, 4095, 4096, 8999, 9000};
	static const double bad[] = {NAN, INFINITY, -INFINITY};
	for (int kind = 0; kind < 3; kind++)
		for (int i = 0; i < 6; i++)
			for (int k = 0; k < 3; k++)
				for (tl_dtype type = TL_F32; type <= TL_F64; type++)
					check_refusal(type, kind, places[i], bad[k]);
}
END_TEST

/* The largest numbers there are do not look like infinity. */
START_TEST(a_large_gradient_is_no_infinity)
{
	twin t = twin_create(TL_F32, 0);
	for (int64_t i = 0; i < SIZE; i++)
		tl_param_gradient_float(t.second)[i] = 3e38F;
	tl_optimizer_set_learning_rate(t.optimizer, 1e-38);
	ck_assert_int_eq(tl_optimizer_step(t.optimizer), TL_OK);
	assert_near((double)tl_param_value_float(t.second)[7], -2, 1e-5);
	twin_destroy(&t);
}
END_TEST

START_TEST(a_step_of_nothing_is_an_error)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_optimizer *o = tl_adam_create(set, NULL);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(tl_optimizer_step(o), TL_ERROR_ARGUMENT);
		ck_assert_str_eq(tl_optimizer_error(o),
				 "step: the set has no parameter that is learned");
		tl_params_add_buffer(set, i ? "c" : "b", tl_dims(2), tl_init_zeros());
	}
	tl_params_add(set, "a", tl_dims(2), tl_init_zeros());
	ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
	ck_assert_ptr_null(tl_optimizer_error(o));
	tl_params_destroy(set);
	ck_assert_int_eq(tl_optimizer_step(o), TL_ERROR_ARGUMENT);
	ck_assert_str_eq(tl_optimizer_error(o), "step: the parameter set was destroyed");
	tl_optimizer_destroy(o);
}
END_TEST

/* TL_ZERO is a real 0 where 0 means the default. */
static void check_zero(tl_dtype type)
{
	double tolerance = type == TL_F32 ? 1e-6 : 1e-14, v = 0, x = 1;
	tl_params *set = tl_params_create(type);
	tl_param *a = tl_params_add(set, "a", tl_dims(1), tl_init_constant(1));
	tl_optimizer *o = tl_adam_create(
		set, &(tl_adam_options){.learning_rate = 0.5, .beta1 = TL_ZERO, .beta2 = 0.5});
	for (int step = 1; step <= 4; step++) {
		double g = step * 0.25 - 0.6;
		write_at(set, tl_param_gradient(a), 0, g);
		ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
		v = 0.5 * v + 0.5 * g * g;
		x -= 0.5 * g / (sqrt(v / (1 - pow(0.5, step))) + 1e-8);
		assert_near(read_at(set, tl_param_value(a), 0), x, tolerance);
	}
	tl_optimizer_destroy(o);
	o = tl_sgd_create(set, &(tl_sgd_options){.learning_rate = TL_ZERO});
	ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
	assert_near(read_at(set, tl_param_value(a), 0), x, tolerance);
	tl_optimizer_destroy(o);
	tl_params_destroy(set);
}

START_TEST(a_zero_that_is_meant)
{
	check_zero(TL_F32);
	check_zero(TL_F64);
}
END_TEST

START_TEST(numbers_are_read_as_what_they_are)
{
	for (tl_dtype type = TL_F32; type <= TL_F64; type++) {
		tl_params *set = tl_params_create(type);
		tl_param *a = tl_params_add(set, "a", tl_dims(1), tl_init_constant(1));
		void *x = tl_param_value(a), *g = tl_param_gradient(a);
		bool single = type == TL_F32;
		ck_assert_ptr_eq(tl_param_value_float(a), single ? x : NULL);
		ck_assert_ptr_eq(tl_param_value_double(a), single ? NULL : x);
		ck_assert_ptr_eq(tl_param_gradient_float(a), single ? g : NULL);
		ck_assert_ptr_eq(tl_param_gradient_double(a), single ? NULL : g);
		ck_assert_ptr_null(tl_params_error(set));
		tl_params_destroy(set);
	}
}
END_TEST

/* A loss that nothing learned went into. */
START_TEST(backward_of_nothing_is_an_error)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_param *w = tl_params_add(set, "w", TL_SCALAR, tl_init_constant(2));
	tl_param *b = tl_params_add_buffer(set, "b", TL_SCALAR, tl_init_constant(3));
	tl_tape *tape = tl_tape_create(TL_F32);
	for (int round = 0; round < 3; round++) {
		tl_tensor loss = tl_square(tl_use(tape, b));
		tl_assign(b, tl_scalar(tape, 5));
		if (round == 2)
			tl_use(tape, w); /* after the loss: too late */
		ck_assert_int_eq(tl_backward(loss), TL_ERROR_ARGUMENT);
		const char *words = "backward: no parameter that is learned was brought onto the "
				    "tape before the loss";
		ck_assert_msg(!strncmp(tl_tape_error(tape), words, strlen(words)), "%s",
			      tl_tape_error(tape));
		tl_tape_rewind(tape);
		ck_assert_double_eq((double)*tl_param_value_float(b), 3);
		tl_program_options o = {.loss = tl_square(tl_use(tape, b))};
		ck_assert_ptr_null(tl_program_create(tape, o));
		ck_assert_ptr_nonnull(strstr(tl_tape_error(tape), "no parameter that is learned"));
		tl_tape_rewind(tape);
	}
	tl_assign(b, tl_scalar(tape, 5));
	ck_assert_int_eq(tl_tape_commit(tape), TL_OK);
	ck_assert_double_eq((double)*tl_param_value_float(b), 5);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

SUITE("steps", large_gradients_are_clipped, a_gradient_that_is_not_finite_is_refused,
      a_large_gradient_is_no_infinity, a_step_of_nothing_is_an_error, a_zero_that_is_meant,
      numbers_are_read_as_what_they_are, backward_of_nothing_is_an_error)
