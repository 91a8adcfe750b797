/* Initial values, optimisers' trajectories, clipping. */
#include "counting.h"
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

static double value_at(tl_param *p, tl_params *set, int64_t i)
{
	return read_at(set, tl_param_value(p), i);
}

/* Initialisers */

typedef struct moments {
	double mean, deviation, low, high;
} moments;

static moments moments_of(tl_init init, tl_shape shape)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_param *p = tl_params_add(set, "x", shape, init);
	const double *x = tl_param_value(p);
	int64_t n = 1;
	for (int i = 0; i < shape.rank; i++)
		n *= shape.dim[i];
	moments m = {0, 0, INFINITY, -INFINITY};
	for (int64_t i = 0; i < n; i++) {
		m.mean += x[i];
		m.low = fmin(m.low, x[i]);
		m.high = fmax(m.high, x[i]);
	}
	m.mean /= (double)n;
	for (int64_t i = 0; i < n; i++)
		m.deviation += (x[i] - m.mean) * (x[i] - m.mean);
	m.deviation = sqrt(m.deviation / (double)n);
	tl_params_destroy(set);
	return m;
}

/* 60,000 numbers: a mean is within 5 deviations / sqrt n = 0.0204 deviations, or luck ran out. */
START_TEST(random_initial_values_have_the_moments_they_should)
{
	const double he = sqrt(2.0 / 300), glorot = sqrt(6.0 / 500), units = 1 / sqrt(200);
	const struct {
		tl_init init;
		moments want;
	} cases[] = {
		{tl_init_zeros(), {0, 0, 0, 0}},
		{tl_init_constant(-2.5), {-2.5, 0, -2.5, -2.5}},
		{tl_init_uniform(-1, 3), {1, 4 / sqrt(12), -1, 3}},
		{tl_init_normal(0.5, 2), {0.5, 2, -INFINITY, INFINITY}},
		{tl_init_glorot_uniform(), {0, 2 * glorot / sqrt(12), -glorot, glorot}},
		{tl_init_he_normal(), {0, he, -INFINITY, INFINITY}},
		{tl_init_pytorch_rnn(), {0, 2 * units / sqrt(12), -units, units}},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		moments m = moments_of(cases[i].init, tl_dims(200, 300));
		const moments *w = &cases[i].want;
		ck_assert_msg(fabs(m.mean - w->mean) <= 0.0204 * w->deviation, "%d: mean %g",
			      (int)i, m.mean);
		ck_assert_msg(fabs(m.deviation - w->deviation) <= 0.0204 * w->deviation,
			      "%d: deviation %g", (int)i, m.deviation);
		ck_assert_msg(m.low >= w->low && m.high <= w->high, "%d: in [%g, %g]", (int)i,
			      m.low, m.high);
		if (isfinite(w->low)) /* the ends are nearly reached */
			ck_assert_msg(m.low - w->low <= 1e-3 * (w->high - w->low) &&
					      w->high - m.high <= 1e-3 * (w->high - w->low),
				      "%d: in [%g, %g]", (int)i, m.low, m.high);
	}
}
END_TEST

/* The fans of more axes: the first is out, all the rest is in. */
START_TEST(fans_of_a_convolution_take_the_kernel_in)
{
	moments m = moments_of(tl_init_he_normal(), tl_dims(100, 20, 5, 5));
	assert_near(m.deviation, sqrt(2.0 / 500), 2e-3);
	ck_assert_double_lt(fabs(m.deviation / sqrt(2.0 / 500) - 1), 0.02);
}
END_TEST

START_TEST(orthogonal_is_orthogonal)
{
	const tl_shape shapes[] = {tl_dims(7, 7), tl_dims(5, 12), tl_dims(64, 9), tl_dims(6, 2, 4),
				   tl_dims(1, 1)};
	for (size_t c = 0; c < sizeof shapes / sizeof *shapes; c++) {
		tl_params *set = tl_params_create(TL_F64);
		tl_param *p = tl_params_add(set, "Q", shapes[c], tl_init_orthogonal(1.5));
		const double *q = tl_param_value(p);
		int64_t rows = shapes[c].dim[0], columns = 1;
		for (int i = 1; i < shapes[c].rank; i++)
			columns *= shapes[c].dim[i];
		int64_t count = rows < columns ? rows : columns;
		for (int64_t i = 0; i < count; i++)
			for (int64_t j = 0; j < count; j++) {
				double dot = 0;
				for (int64_t k = 0; k < (rows < columns ? columns : rows); k++)
					dot += rows < columns
						       ? q[i * columns + k] * q[j * columns + k]
						       : q[k * columns + i] * q[k * columns + j];
				assert_near(dot, i == j ? 2.25 : 0, 1e-13);
			}
		tl_params_destroy(set);
	}
}
END_TEST

START_TEST(identity_is_the_identity)
{
	tl_params *set = tl_params_create(TL_F32);
	const float *x =
		tl_param_value(tl_params_add(set, "I", tl_dims(3, 4), tl_init_identity(0.5)));
	for (int i = 0; i < 12; i++)
		ck_assert_float_eq(x[i], i / 4 == i % 4 ? 0.5f : 0);
	tl_params_destroy(set);
}
END_TEST

/* Values follow from the seed and the name: not from the order, and in float as in double. */
START_TEST(initial_values_follow_from_seed_and_name)
{
	tl_params *a = tl_params_create(TL_F64), *b = tl_params_create(TL_F32);
	tl_params_set_seed(a, 7);
	tl_params_set_seed(b, 7);
	tl_param *ax = tl_params_add(a, "x", tl_dims(4, 4), tl_init_glorot_uniform());
	tl_param *ay = tl_params_add(a, "y", tl_dims(4, 4), tl_init_glorot_uniform());
	tl_params_add(b, "y", tl_dims(4, 4), tl_init_glorot_uniform());
	tl_param *bx = tl_params_add(b, "x", tl_dims(4, 4), tl_init_glorot_uniform());
	int same = 0;
	for (int i = 0; i < 16; i++) {
		ck_assert_float_eq((float)value_at(ax, a, i), (float)value_at(bx, b, i));
		same += value_at(ax, a, i) == value_at(ay, a, i);
	}
	ck_assert_int_eq(same, 0);
	tl_params_destroy(a);
	tl_params_destroy(b);
}
END_TEST

/* Optimisers */

typedef tl_optimizer *make(tl_params *set);

static tl_optimizer *sgd_plain(tl_params *s)
{
	return tl_sgd_create(s, &(tl_sgd_options){.learning_rate = 0.1});
}

static tl_optimizer *sgd_decay(tl_params *s)
{
	return tl_sgd_create(s, &(tl_sgd_options){.learning_rate = 0.1, .weight_decay = 0.5});
}

static tl_optimizer *sgd_momentum(tl_params *s)
{
	return tl_sgd_create(s, &(tl_sgd_options){.learning_rate = 0.1, .momentum = 0.9});
}

static tl_optimizer *sgd_nesterov(tl_params *s)
{
	return tl_sgd_create(s, &(tl_sgd_options){.learning_rate = 0.1,
						  .momentum = 0.9,
						  .nesterov = true,
						  .weight_decay = 0.5});
}

static tl_optimizer *adam_usual(tl_params *s)
{
	return tl_adam_create(s, &(tl_adam_options){.learning_rate = 0.1});
}

static tl_optimizer *adam_unusual(tl_params *s)
{
	return tl_adam_create(s, &(tl_adam_options){.learning_rate = 0.05,
						    .beta1 = 0.8,
						    .beta2 = 0.95,
						    .epsilon = 1e-3,
						    .weight_decay = 0.5});
}

/* From 1, with gradients 2, -1, 0.5, 3. The plain ones by hand; all as PyTorch 1.13 gives them. */
static const struct trajectory {
	make *make;
	double want[4];
} trajectories[] = {
	{sgd_plain, {0.8, 0.9, 0.85, 0.5499999999999999}},
	{sgd_decay, {0.75, 0.8125, 0.721875, 0.38578125}},
	{sgd_momentum, {0.8, 0.7200000000000001, 0.5980000000000001, 0.1882}},
	{sgd_nesterov, {0.525, 0.462625, 0.201163125, -0.5574449343750001}},
	{adam_usual, {0.9000000005, 0.8733662967024315, 0.8393233821389426, 0.7762053210926964}},
	{adam_unusual,
	 {0.9500199920031988, 0.9270790178775209, 0.898712394549776, 0.8594405885300624}},
};

/* Three parameters and a buffer between, all of which follow the same path but the buffer. */
START_TEST(trajectories_are_those_of_the_formulas)
{
	static const double slope[] = {2, -1, 0.5, 3};
	for (size_t c = 0; c < 2 * sizeof trajectories / sizeof *trajectories; c++) {
		const struct trajectory *t = &trajectories[c / 2];
		tl_dtype dtype = c % 2 ? TL_F32 : TL_F64;
		tl_params *set = tl_params_create(dtype);
		tl_param *p[] = {
			tl_params_add(set, "a", tl_dims(5), tl_init_constant(1)),
			tl_params_add_buffer(set, "between", tl_dims(3), tl_init_constant(1)),
			tl_params_add(set, "b", tl_dims(3, 41), tl_init_constant(1)),
			tl_params_add(set, "c", TL_SCALAR, tl_init_constant(1)),
		};
		const int64_t size[] = {5, 3, 123, 1};
		tl_optimizer *o = t->make(set);
		ck_assert_ptr_null(tl_optimizer_error(o));
		for (int step = 0; step < 4; step++) {
			for (int k = 0; k < 4; k++)
				for (int64_t i = 0; i < size[k]; i++)
					write_at(set, tl_param_gradient(p[k]), i, slope[step]);
			ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
			ck_assert_int_eq(tl_optimizer_step_count(o), step + 1);
			for (int k = 0; k < 4; k++)
				for (int64_t i = 0; i < size[k]; i++)
					assert_near(value_at(p[k], set, i),
						    k == 1 ? 1 : t->want[step],
						    dtype == TL_F64 ? 1e-14 : 4e-7);
		}
		tl_optimizer_destroy(o);
		tl_params_destroy(set);
	}
}
END_TEST

START_TEST(the_rate_can_be_changed_and_can_be_zero)
{
	tl_params *set = tl_params_create(TL_F64);
	double *x = tl_param_value(tl_params_add(set, "x", TL_SCALAR, tl_init_constant(1)));
	double *g = tl_params_gradients(set, NULL);
	tl_optimizer *o = tl_sgd_create(set, NULL);
	ck_assert_double_eq(tl_optimizer_learning_rate(o), 0.01);
	*g = 2;
	tl_optimizer_set_learning_rate(o, 0);
	ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
	ck_assert_double_eq(*x, 1);
	tl_optimizer_set_learning_rate(o, 0.25);
	ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
	ck_assert_double_eq(*x, 0.5);
	ck_assert_double_eq(tl_optimizer_learning_rate(o), 0.25);
	tl_optimizer_destroy(o);
	tl_params_destroy(set);
}
END_TEST

/* A parameter added later starts with nothing remembered, and the others keep what they had. */
START_TEST(parameters_may_be_added_later)
{
	tl_params *set = tl_params_create(TL_F64);
	tl_param *a = tl_params_add(set, "a", tl_dims(2), tl_init_constant(1));
	tl_optimizer *o = sgd_momentum(set);
	write_at(set, tl_param_gradient(a), 0, 2);
	ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
	tl_param *b = tl_params_add(set, "b", tl_dims(1000), tl_init_constant(1));
	write_at(set, tl_param_gradient(b), 999, 2);
	ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
	assert_near(value_at(a, set, 0), 1 - 0.2 - 0.38, 1e-15);
	assert_near(value_at(a, set, 1), 1, 0);
	assert_near(value_at(b, set, 999), 0.8, 1e-15);
	tl_optimizer_destroy(o);
	tl_params_destroy(set);
}
END_TEST

START_TEST(options_that_cannot_be_are_said)
{
	tl_params *set = tl_params_create(TL_F32);
	const struct {
		tl_optimizer *o;
		const char *says;
	} cases[] = {
		{tl_sgd_create(set, &(tl_sgd_options){.learning_rate = -1}), "rate"},
		{tl_sgd_create(set, &(tl_sgd_options){.learning_rate = NAN}), "rate"},
		{tl_sgd_create(set, &(tl_sgd_options){.momentum = 1}), "momentum"},
		{tl_sgd_create(set, &(tl_sgd_options){.momentum = -0.5}), "momentum"},
		{tl_sgd_create(set, &(tl_sgd_options){.nesterov = true}), "nesterov"},
		{tl_sgd_create(set, &(tl_sgd_options){.weight_decay = -1}), "decay"},
		{tl_adam_create(set, &(tl_adam_options){.learning_rate = INFINITY}), "rate"},
		{tl_adam_create(set, &(tl_adam_options){.beta1 = 1}), "beta"},
		{tl_adam_create(set, &(tl_adam_options){.beta2 = NAN}), "beta"},
		{tl_adam_create(set, &(tl_adam_options){.epsilon = -1}), "epsilon"},
		{tl_adam_create(set, &(tl_adam_options){.weight_decay = INFINITY}), "decay"},
		/* as floats, 0 and infinity */
		{tl_adam_create(set, &(tl_adam_options){.epsilon = TL_ZERO}), "epsilon"},
		{tl_adam_create(set, &(tl_adam_options){.weight_decay = 1e300}), "decay"},
		{tl_sgd_create(set, &(tl_sgd_options){.learning_rate = 1e300}), "rate"},
		{NULL, "no optimiser"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *error = tl_optimizer_error(cases[i].o);
		ck_assert_msg(error && strstr(error, cases[i].says), "%d: %s", (int)i,
			      error ? error : "no error");
		ck_assert_int_eq(tl_optimizer_step(cases[i].o), TL_ERROR_ARGUMENT);
		tl_optimizer_destroy(cases[i].o);
	}
	ck_assert_ptr_null(tl_adam_create(NULL, NULL));
	tl_params_destroy(set);
}
END_TEST

START_TEST(a_step_without_memory_changes_nothing)
{
	counting c;
	counting_start(&c);
	tl_params *set = tl_params_create(TL_F64);
	tl_param *a = tl_params_add(set, "a", tl_dims(100), tl_init_constant(1));
	tl_optimizer *o = adam_usual(set);
	write_at(set, tl_param_gradient(a), 0, 2);
	for (int k = 1; k <= 2; k++) {
		c.fail_at = c.calls + k;
		ck_assert_int_eq(tl_optimizer_step(o), TL_ERROR_MEMORY);
		ck_assert_int_eq(tl_optimizer_step_count(o), 0);
		ck_assert_double_eq(value_at(a, set, 0), 1);
	}
	c.fail_at = c.calls + 1;
	ck_assert_ptr_null(adam_usual(set));
	c.fail_at = 0;
	ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
	assert_near(value_at(a, set, 0), 0.9, 1e-8);
	tl_optimizer_destroy(o);
	tl_params_destroy(set);
	ck_assert_int_eq(c.blocks, 0);
	counting_stop();
}
END_TEST

/* The second takes over the state of the first. */
static tl_optimizer *replaced(tl_optimizer *from, tl_optimizer *to, tl_params *set)
{
	int64_t count, same, all;
	tl_params_values(set, &all);
	ck_assert_str_eq(tl_optimizer_kind_name(from), tl_optimizer_kind_name(to));
	ck_assert_int_eq(tl_optimizer_slot_count(from), tl_optimizer_slot_count(to));
	for (int k = 0; k < tl_optimizer_slot_count(from); k++) {
		void *was = tl_optimizer_slot(from, k, &count),
		     *is = tl_optimizer_slot(to, k, &same);
		ck_assert(was && is && count == all && same == all);
		ck_assert_str_eq(tl_optimizer_slot_name(from, k), tl_optimizer_slot_name(to, k));
		ck_assert_str_ne(tl_optimizer_slot_name(from, k), "");
		memcpy(is, was, (size_t)count * tl_dtype_size(tl_params_dtype(set)));
	}
	ck_assert_ptr_null(tl_optimizer_slot(from, tl_optimizer_slot_count(from), &count));
	ck_assert_int_eq(count, 0);
	tl_optimizer_set_step_count(to, tl_optimizer_step_count(from));
	tl_optimizer_destroy(from);
	return to;
}

/* Half of a training is done by one optimiser, the rest by another that was given its state. */
START_TEST(a_saved_state_goes_on_to_the_bit)
{
	for (size_t c = 0; c < 2 * sizeof trajectories / sizeof *trajectories; c++) {
		tl_params *set = tl_params_create(c % 2 ? TL_F32 : TL_F64);
		tl_param *p = tl_params_add(set, "p", tl_dims(33), tl_init_constant(1));
		double whole[33];
		for (int resumed = 0; resumed < 2; resumed++) {
			tl_optimizer *o = trajectories[c / 2].make(set);
			for (int64_t i = 0; i < 33; i++)
				write_at(set, tl_param_value(p), i, 1);
			for (int step = 0; step < 6; step++) {
				if (resumed && step == 3)
					o = replaced(o, trajectories[c / 2].make(set), set);
				for (int64_t i = 0; i < 33; i++)
					write_at(set, tl_param_gradient(p), i,
						 (double)(i + 1) / (step + 1));
				ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
			}
			for (int64_t i = 0; i < 33; i++)
				if (resumed)
					ck_assert_double_eq(value_at(p, set, i), whole[i]);
				else
					whole[i] = value_at(p, set, i);
			tl_optimizer_destroy(o);
		}
		tl_params_destroy(set);
	}
}
END_TEST

/* What is frozen keeps its value and what is remembered of it, and goes on from there. */
START_TEST(optimisers_leave_out_what_is_frozen)
{
	for (size_t c = 0; c < sizeof trajectories / sizeof *trajectories; c++) {
		tl_params *set = tl_params_create(TL_F64);
		tl_param *a = tl_params_add(set, "a", tl_dims(9), tl_init_constant(1));
		tl_param *b = tl_params_add(set, "b", tl_dims(9), tl_init_constant(2));
		tl_optimizer *o = trajectories[c].make(set);
		double *g = tl_params_gradients(set, NULL), was = 0, moment = 0;
		int64_t at = (double *)tl_param_value(b) - (double *)tl_params_values(set, NULL);
		for (int step = 0; step < 3; step++) {
			g[0] = 3, g[at] = 4;
			ck_assert_int_eq(tl_param_set_trainable(b, step != 1), TL_OK);
			ck_assert_double_eq(tl_params_clip_gradient_norm(set, 0),
					    step == 1 ? 3 : 5);
			g[at] = step == 1 ? NAN : 4;
			was = value_at(b, set, 0);
			bool slot = tl_optimizer_slot_count(o) > 0;
			double *m = tl_optimizer_slot(o, 0, NULL), a0 = value_at(a, set, 0);
			moment = slot ? m[at] : 0;
			ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
			ck_assert((value_at(b, set, 0) == was) == (step == 1));
			ck_assert(!slot || (m[at] == moment) == (step == 1));
			ck_assert_double_ne(value_at(a, set, 0), a0);
		}
		tl_param_set_trainable(a, false);
		tl_param_set_trainable(b, false);
		ck_assert_int_eq(tl_optimizer_step(o), TL_ERROR_ARGUMENT);
		tl_optimizer_destroy(o);
		tl_params_destroy(set);
	}
}
END_TEST

/* Clipping */

START_TEST(clipping_by_norm)
{
	for (int c = 0; c < 2; c++) {
		tl_params *set = tl_params_create(c ? TL_F32 : TL_F64);
		tl_param *a = tl_params_add(set, "a", tl_dims(3), tl_init_zeros());
		tl_param *buffer = tl_params_add_buffer(set, "n", tl_dims(1), tl_init_zeros());
		tl_param *b = tl_params_add(set, "b", TL_SCALAR, tl_init_zeros());
		write_at(set, tl_param_gradient(a), 1, 30);
		write_at(set, tl_param_gradient(buffer), 0, 1000);
		write_at(set, tl_param_gradient(b), 0, 40);
		ck_assert_double_eq(tl_params_clip_gradient_norm(set, 60), 50);
		ck_assert_double_eq(tl_params_clip_gradient_norm(set, 0), 50);
		ck_assert_double_eq(tl_params_clip_gradient_norm(set, NAN), 50);
		ck_assert_double_eq(tl_params_clip_gradient_norm(set, 10), 50);
		ck_assert_double_eq(read_at(set, tl_param_gradient(a), 1), 6);
		ck_assert_double_eq(read_at(set, tl_param_gradient(b), 0), 8);
		ck_assert_double_eq(read_at(set, tl_param_gradient(buffer), 0), 1000);
		ck_assert_double_eq(tl_params_clip_gradient_norm(set, 10), 10);

		write_at(set, tl_param_gradient(a), 0, INFINITY);
		ck_assert(isinf(tl_params_clip_gradient_norm(set, 1)));
		write_at(set, tl_param_gradient(a), 0, NAN);
		ck_assert(isnan(tl_params_clip_gradient_norm(set, 1)));
		ck_assert_double_eq(read_at(set, tl_param_gradient(a), 1), 6);
		ck_assert_double_eq(read_at(set, tl_param_gradient(b), 0), 8);
		tl_params_destroy(set);
	}
	ck_assert_double_eq(tl_params_clip_gradient_norm(NULL, 1), 0);
}
END_TEST

/* Many small numbers: a float sum of a million squares of 1e-3 would be off in the fourth digit. */
START_TEST(norms_of_many_numbers_are_exact)
{
	enum { N = 1000003 };
	tl_params *set = tl_params_create(TL_F32);
	tl_param *a = tl_params_add(set, "a", tl_dims(N), tl_init_zeros());
	for (int64_t i = 0; i < N; i++)
		write_at(set, tl_param_gradient(a), i, 0.0009765625);
	assert_near(tl_params_clip_gradient_norm(set, 0), sqrt((double)N) * 0.0009765625, 1e-15);
	assert_near(tl_params_clip_gradient_norm(set, 0.5), sqrt((double)N) * 0.0009765625, 1e-15);
	assert_near(tl_params_clip_gradient_norm(set, 0), 0.5, 1e-7);
	tl_params_destroy(set);
}
END_TEST

START_TEST(clipping_by_value)
{
	static const double before[] = {3, -3, 0.25, NAN, INFINITY, -INFINITY};
	static const double after[] = {0.5, -0.5, 0.25, NAN, INFINITY, -INFINITY};
	for (int c = 0; c < 2; c++) {
		tl_params *set = tl_params_create(c ? TL_F32 : TL_F64);
		tl_param *a = tl_params_add(set, "a", tl_dims(6), tl_init_zeros());
		for (int i = 0; i < 6; i++)
			write_at(set, tl_param_gradient(a), i, before[i]);
		tl_params_clip_gradient_value(set, -1);
		tl_params_clip_gradient_value(set, NAN);
		ck_assert_double_eq(read_at(set, tl_param_gradient(a), 0), 3);
		tl_params_clip_gradient_value(set, 0.5);
		for (int i = 0; i < 6; i++) {
			double x = read_at(set, tl_param_gradient(a), i);
			ck_assert_msg(x == after[i] || (isnan(x) && isnan(after[i])), "%d: %g", i,
				      x);
		}
		tl_params_destroy(set);
	}
	tl_params_clip_gradient_value(NULL, 1);
}
END_TEST

/* The whole loop: a line is fitted, and the gradients of one round do not leak into the next. */
START_TEST(a_regression_is_solved)
{
	static const float x[] = {-1, 0, 1, 2}, y[] = {-5, -2, 1, 4};
	tl_params *set = tl_params_create(TL_F32);
	tl_param *w = tl_params_add(set, "w", TL_SCALAR, tl_init_zeros());
	tl_param *b = tl_params_add(set, "b", TL_SCALAR, tl_init_zeros());
	tl_optimizer *o = tl_adam_create(set, &(tl_adam_options){.learning_rate = 0.1});
	tl_tape *tape = tl_tape_create(TL_F32);
	for (int i = 0; i < 500; i++) {
		tl_tape_rewind(tape);
		tl_tensor line = tl_add(tl_mul(tl_use(tape, w), tl_input(tape, tl_dims(4), x)),
					tl_use(tape, b));
		tl_params_zero_gradients(set);
		tl_backward(tl_mse(line, tl_input(tape, tl_dims(4), y), NULL));
		assert_fine(tape);
		ck_assert_int_eq(tl_optimizer_step(o), TL_OK);
	}
	assert_near(value_at(w, set, 0), 3, 1e-3);
	assert_near(value_at(b, set, 0), -2, 1e-3);
	tl_tape_destroy(tape);
	tl_optimizer_destroy(o);
	tl_params_destroy(set);
}
END_TEST

SUITE("optim", random_initial_values_have_the_moments_they_should,
      fans_of_a_convolution_take_the_kernel_in, orthogonal_is_orthogonal, identity_is_the_identity,
      initial_values_follow_from_seed_and_name, trajectories_are_those_of_the_formulas,
      the_rate_can_be_changed_and_can_be_zero, parameters_may_be_added_later,
      options_that_cannot_be_are_said, a_step_without_memory_changes_nothing,
      a_saved_state_goes_on_to_the_bit, optimisers_leave_out_what_is_frozen, clipping_by_norm,
      norms_of_many_numbers_are_exact, clipping_by_value, a_regression_is_solved)
