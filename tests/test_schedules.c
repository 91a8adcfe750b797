/* Schedules against PyTorch's (tools/make_optim_fixtures.py); L-BFGS. */
#include "counting.h"
#include "values.h"

enum { STEPS = 40 };

static FILE *open_fixtures(void)
{
	char path[512];
	const char *root = getenv("TL_SOURCE");
	snprintf(path, sizeof path, "%s/tests/fixtures/optim.txt", root ? root : "..");
	FILE *file = fopen(path, "r");
	ck_assert_msg(file, "%s cannot be read; TL_SOURCE is the source's root", path);
	return file;
}

/* Go to what follows the line of these two words. */
static FILE *find_fixture(const char *kind, const char *name)
{
	char first[64], second[64];
	FILE *file = open_fixtures();
	while (fscanf(file, "%63s", first) == 1)
		if (!strcmp(first, kind) && fscanf(file, "%63s", second) == 1 &&
		    !strcmp(second, name))
			return file;
	ck_abort_msg("there is no %s %s", kind, name);
	return NULL;
}

static double next_number(FILE *file)
{
	double x;
	ck_assert_int_eq(fscanf(file, "%lf", &x), 1);
	return x;
}

static const struct schedule_case {
	const char *name;
	tl_schedule schedule;
} schedules[] = {
	{"constant", {.kind = TL_SCHEDULE_CONSTANT}},
	{"step", {.kind = TL_SCHEDULE_STEP, .steps = 7, .gamma = 0.5}},
	{"exponential", {.kind = TL_SCHEDULE_EXPONENTIAL, .gamma = 0.9, .warmup = 5}},
	{"polynomial", {.kind = TL_SCHEDULE_POLYNOMIAL, .steps = 30, .power = 2}},
	{"linear", {.kind = TL_SCHEDULE_POLYNOMIAL, .steps = 30, .warmup = 4}},
	{"cosine", {.kind = TL_SCHEDULE_COSINE, .steps = 39, .least = 0.1}},
	{"cosine_warmup", {.kind = TL_SCHEDULE_COSINE, .steps = 29, .warmup = 10}},
	{"one_cycle", {.kind = TL_SCHEDULE_ONE_CYCLE, .steps = 40}},
	{"one_cycle_linear",
	 {.kind = TL_SCHEDULE_ONE_CYCLE,
	  .steps = 40,
	  .rising = 0.45,
	  .linear = true,
	  .start_divide = 10,
	  .end_divide = 50}},
};

START_TEST(schedules_are_pytorchs)
{
	for (size_t c = 0; c < sizeof schedules / sizeof *schedules; c++) {
		tl_schedule s = schedules[c].schedule;
		FILE *file = find_fixture("schedule", schedules[c].name);
		s.learning_rate = 1;
		ck_assert_ptr_null(tl_schedule_problem(&s));
		for (int step = 0; step < STEPS; step++) {
			double want = next_number(file), got = tl_schedule_at(&s, step);
			ck_assert_msg(fabs(got - want) <= 1e-12, "%s, step %d: %.17g, not %.17g",
				      schedules[c].name, step, got, want);
		}
		s.learning_rate = 3; /* the rate is a factor; only `least` is not */
		tl_schedule one = s;
		one.learning_rate = 1;
		if (s.least == 0)
			assert_near(tl_schedule_at(&s, 21), 3 * tl_schedule_at(&one, 21), 1e-12);
		/* it stays as it ended */
		ck_assert(s.kind <= TL_SCHEDULE_EXPONENTIAL ||
			  tl_schedule_at(&s, 1000) == tl_schedule_at(&s, INT64_MAX));
		ck_assert(isnan(tl_schedule_at(&s, -1)));
		fclose(file);
	}
}
END_TEST

START_TEST(schedules_that_cannot_be_are_said)
{
	const struct {
		tl_schedule schedule;
		const char *says;
	} cases[] = {
		{{.learning_rate = 0}, "rate"},
		{{.learning_rate = NAN}, "rate"},
		{{.kind = (tl_schedule_kind)9, .learning_rate = 1}, "kind"},
		{{.learning_rate = 1, .steps = 3}, "take no steps"},
		{{.learning_rate = 1, .warmup = -3}, "negative"},
		{{.learning_rate = 1, .gamma = 3}, "gamma"},
		{{.learning_rate = 1, .linear = true}, "one cycle"},
		{{.learning_rate = 1, .warmup_start = 0.5}, "warm-up"},
		{{.kind = TL_SCHEDULE_STEP, .learning_rate = 1}, "steps must"},
		{{.kind = TL_SCHEDULE_STEP, .learning_rate = 1, .steps = 1, .least = 1}, "least"},
		{{.kind = TL_SCHEDULE_EXPONENTIAL, .learning_rate = 1}, "gamma"},
		{{.kind = TL_SCHEDULE_COSINE, .learning_rate = 1, .steps = 3, .power = 1}, "power"},
		{{.kind = TL_SCHEDULE_ONE_CYCLE, .learning_rate = 1, .steps = 1}, "two steps"},
		{{.kind = TL_SCHEDULE_ONE_CYCLE, .learning_rate = 1, .steps = 9, .rising = 1},
		 "rising"},
		{{.kind = TL_SCHEDULE_ONE_CYCLE, .learning_rate = 1, .steps = 9, .warmup = 1},
		 "of its own"},
	};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		const char *problem = tl_schedule_problem(&cases[c].schedule);
		ck_assert_msg(problem && strstr(problem, cases[c].says), "%d: %s", (int)c,
			      problem ? problem : "fine");
		ck_assert(isnan(tl_schedule_at(&cases[c].schedule, 0)));
	}
	ck_assert(isnan(tl_schedule_at(NULL, 0)) && tl_schedule_problem(NULL));
	/* two steps: one that is the top, one that is the end */
	tl_schedule two = {
		.kind = TL_SCHEDULE_ONE_CYCLE, .learning_rate = 1, .steps = 2, .rising = 0.5};
	assert_near(tl_schedule_at(&two, 0), 1, 1e-15);
	assert_near(tl_schedule_at(&two, 1), 1 / 25e4, 1e-15);
	tl_schedule zero = {.learning_rate = 1, .warmup = 4, .warmup_start = TL_ZERO};
	assert_near(tl_schedule_at(&zero, 0), 0, 1e-15);
	assert_near(tl_schedule_at(&zero, 1), 0.25, 1e-15);
}
END_TEST

/* A copy of the struct in the middle goes on as the struct itself. */
START_TEST(plateaus_are_pytorchs)
{
	const struct {
		const char *name;
		tl_plateau plateau;
	} cases[] = {
		{"plain", {.patience = 2}},
		{"cooldown", {.patience = 1, .cooldown = 3, .decay = 0.5, .threshold = 0.01}},
		{"larger",
		 {.patience = 2,
		  .larger = true,
		  .absolute = true,
		  .threshold = 0.05,
		  .decay = 0.3,
		  .least = 0.05}},
	};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		FILE *file = find_fixture("plateau", cases[c].name);
		tl_plateau p = cases[c].plateau;
		for (int i = 0; i < STEPS; i++) {
			tl_plateau copy = p;
			double loss = 2 + number_of(7, i, -1, 1) - 0.02 * i;
			double want = next_number(file), got = tl_plateau_observe(&p, loss);
			/* PyTorch takes no step smaller than 1e-8 */
			ck_assert_msg(fabs(got - want) <= 1e-12 + (want < 1e-7 ? 1e-7 : 0),
				      "%s, %d: %.17g, not %.17g", cases[c].name, i, got, want);
			ck_assert_double_eq(tl_plateau_observe(&copy, loss), got);
		}
		fclose(file);
	}
	tl_plateau none = {.patience = -1}, wrong = {.decay = 1};
	ck_assert_double_eq(tl_plateau_observe(&none, NAN), 0.1);
	ck_assert_double_eq(tl_plateau_observe(&none, 3), 0.1);
	ck_assert(isnan(tl_plateau_observe(&wrong, 3)) && isnan(tl_plateau_observe(NULL, 3)));
}
END_TEST

/* L-BFGS */

typedef struct problem {
	tl_params *set;
	tl_param *x;
	int calls, fail_at, nan_at;
	double beyond; /* NaN where the first number is above it */
} problem;

static tl_status rosenbrock(void *user, double *loss)
{
	problem *p = user;
	const void *x = tl_param_value(p->x);
	void *g = tl_param_gradient(p->x);
	tl_dtype dtype = tl_params_dtype(p->set);
	int n = (int)tl_param_size(p->x);
	double slope[8] = {0};
	*loss = 0;
	for (int i = 0; i + 1 < n; i++) {
		double here = value_of(x, dtype, i), a = value_of(x, dtype, i + 1) - here * here;
		*loss += 100 * a * a + (1 - here) * (1 - here);
		slope[i] -= 400 * here * a + 2 * (1 - here);
		slope[i + 1] += 200 * a;
	}
	for (int i = 0; i < n; i++) {
		ck_assert_double_eq(value_of(g, dtype, i), 0);
		if (dtype == TL_F32)
			((float *)g)[i] = (float)slope[i];
		else
			((double *)g)[i] = slope[i];
	}
	p->calls++;
	if (p->calls == p->nan_at)
		*loss = NAN;
	if (p->beyond > 0 && value_of(x, dtype, 0) > p->beyond)
		((double *)g)[0] = NAN;
	return p->calls == p->fail_at ? TL_ERROR_FILE : TL_OK;
}

static problem problem_of(tl_dtype dtype)
{
	static const double start[4] = {-1.2, 1, -0.5, 0.8};
	problem p = {.set = tl_params_create(dtype)};
	p.x = tl_params_add(p.set, "x", tl_dims(4), tl_init_zeros());
	for (int i = 0; i < 4; i++)
		if (dtype == TL_F32)
			tl_param_value_float(p.x)[i] = (float)start[i];
		else
			tl_param_value_double(p.x)[i] = start[i];
	return p;
}

START_TEST(lbfgs_goes_pytorchs_way)
{
	static const char *const names[] = {"1", "4"};
	static const int iterations[] = {1, 4};
	for (int c = 0; c < 2; c++) {
		FILE *file = find_fixture("lbfgs", names[c]);
		problem p = problem_of(TL_F64);
		tl_lbfgs *o = tl_lbfgs_create(
			p.set, &(tl_lbfgs_options){.iterations = iterations[c],
						   .history = (int)next_number(file)});
		for (int step = 0; step < 8; step++) {
			ck_assert_int_eq(tl_lbfgs_step(o, rosenbrock, &p), TL_OK);
			for (int i = 0; i < 4; i++)
				assert_near(tl_param_value_double(p.x)[i], next_number(file), 1e-9);
		}
		ck_assert_int_eq(tl_lbfgs_evaluation_count(o), p.calls);
		tl_lbfgs_destroy(o);
		tl_params_destroy(p.set);
		fclose(file);
	}
}
END_TEST

/* Without its memory of the curvature it steps as a new one does, and otherwise not. */
START_TEST(lbfgs_forgets_when_told)
{
	problem p[3] = {problem_of(TL_F64), problem_of(TL_F64), problem_of(TL_F64)};
	tl_lbfgs *o[3];
	for (int k = 0; k < 3; k++) {
		o[k] = tl_lbfgs_create(p[k].set, &(tl_lbfgs_options){.iterations = 1});
		for (int step = 0; step < 5; step++)
			ck_assert_int_eq(tl_lbfgs_step(o[k], rosenbrock, &p[k]), TL_OK);
		ck_assert_int_eq(tl_lbfgs_iteration_count(o[k]), 5);
	}
	tl_lbfgs_reset(o[0]);
	tl_lbfgs_destroy(o[1]);
	o[1] = tl_lbfgs_create(p[1].set, &(tl_lbfgs_options){.iterations = 1});
	for (int k = 0; k < 3; k++)
		ck_assert_int_eq(tl_lbfgs_step(o[k], rosenbrock, &p[k]), TL_OK);
	const double *forgot = tl_param_value_double(p[0].x);
	ck_assert_mem_eq(forgot, tl_param_value_double(p[1].x), 4 * sizeof *forgot);
	ck_assert_mem_ne(forgot, tl_param_value_double(p[2].x), 4 * sizeof *forgot);
	ck_assert_int_eq(tl_lbfgs_iteration_count(o[0]), 6);
	ck_assert_int_eq(tl_lbfgs_iteration_count(o[1]), 1);
	ck_assert_int_eq(tl_lbfgs_iteration_count(NULL), 0);
	tl_lbfgs_reset(NULL);
	for (int k = 0; k < 3; k++) {
		tl_lbfgs_destroy(o[k]);
		tl_params_destroy(p[k].set);
	}
}
END_TEST

/* With as many evaluations, L-BFGS is at the minimum; gradient descent at its best rate is not. */
START_TEST(lbfgs_beats_descent_in_a_valley)
{
	double best = INFINITY;
	problem p = problem_of(TL_F64);
	tl_lbfgs *o = tl_lbfgs_create(p.set, &(tl_lbfgs_options){.change_tolerance = 1e-14});
	while (!tl_lbfgs_is_done(o) && p.calls < 1000)
		ck_assert_int_eq(tl_lbfgs_step(o, rosenbrock, &p), TL_OK);
	int calls = p.calls;
	ck_assert_int_lt(calls, 150);
	ck_assert_double_lt(tl_lbfgs_value(o), 1e-12);
	for (int i = 0; i < 4; i++)
		assert_near(tl_param_value_double(p.x)[i], 1, 1e-5);
	tl_lbfgs_destroy(o);
	tl_params_destroy(p.set);
	for (double rate = 1e-4; rate < 4e-3; rate *= 1.5) {
		double loss = INFINITY;
		p = problem_of(TL_F64);
		tl_optimizer *sgd = tl_sgd_create(
			p.set, &(tl_sgd_options){.learning_rate = rate, .momentum = 0.9});
		for (int k = 0; k < calls; k++) {
			tl_params_zero_gradients(p.set);
			rosenbrock(&p, &loss);
			if (tl_optimizer_step(sgd))
				loss = INFINITY;
		}
		best = fmin(best, loss);
		tl_optimizer_destroy(sgd);
		tl_params_destroy(p.set);
	}
	ck_assert_double_gt(best, 1e-3);
}
END_TEST

static bool values_are(const problem *p, const double *x)
{
	return !memcmp(tl_param_value_double(p->x), x, sizeof(double[4]));
}

START_TEST(lbfgs_keeps_what_was_whole)
{
	/* a failure, or a NaN at the start of a step, at each call in turn */
	for (int at = 1; at < 30; at++) {
		problem p = problem_of(TL_F64);
		double before[4];
		tl_lbfgs *o = tl_lbfgs_create(p.set, &(tl_lbfgs_options){.iterations = 1});
		p.fail_at = at;
		tl_status status = TL_OK;
		while (!status && p.calls < at) {
			memcpy(before, tl_param_value(p.x), sizeof before);
			status = tl_lbfgs_step(o, rosenbrock, &p);
		}
		ck_assert_int_eq(status, TL_ERROR_FILE);
		ck_assert_ptr_nonnull(strstr(tl_lbfgs_error(o), "could not be computed"));
		ck_assert(values_are(&p, before));
		p.nan_at = p.calls + 1;
		ck_assert_int_eq(tl_lbfgs_step(o, rosenbrock, &p), TL_ERROR_VALUE);
		ck_assert(values_are(&p, before));
		p.nan_at = p.calls + 2; /* of a length that is tried: it gets shorter */
		ck_assert_int_eq(tl_lbfgs_step(o, rosenbrock, &p), TL_OK);
		ck_assert(isfinite(tl_lbfgs_value(o)) && !tl_lbfgs_error(o));
		tl_lbfgs_destroy(o);
		tl_params_destroy(p.set);
	}
	/* a wall of NaN before the minimum: the values never come to stand behind it */
	problem p = problem_of(TL_F64);
	p.beyond = 0.5;
	tl_lbfgs *o = tl_lbfgs_create(p.set, NULL);
	for (int k = 0; k < 20; k++) {
		ck_assert_int_eq(tl_lbfgs_step(o, rosenbrock, &p), TL_OK);
		ck_assert_double_le(*tl_param_value_double(p.x), 0.5);
	}
	tl_lbfgs_destroy(o);
	tl_params_destroy(p.set);
}
END_TEST

START_TEST(lbfgs_takes_floats_frozen_and_new_parameters)
{
	problem p = problem_of(TL_F32);
	tl_param *still = tl_params_add(p.set, "still", tl_dims(3), tl_init_constant(2));
	tl_param_set_trainable(still, false);
	tl_lbfgs *o = tl_lbfgs_create(p.set, NULL);
	for (int k = 0; k < 3; k++)
		ck_assert_int_eq(tl_lbfgs_step(o, rosenbrock, &p), TL_OK);
	tl_params_add(p.set, "new", tl_dims(300), tl_init_constant(3));
	tl_param_set_trainable(still, true);
	for (int k = 0; k < 5; k++)
		ck_assert_int_eq(tl_lbfgs_step(o, rosenbrock, &p), TL_OK);
	for (int i = 0; i < 4; i++)
		assert_near(tl_param_value_float(p.x)[i], 1, 1e-2);
	ck_assert_float_eq(*tl_param_value_float(still), 2);
	const struct {
		tl_lbfgs_options options;
		const char *says;
	} cases[] = {{{.learning_rate = -1}, "rate"},
		     {{.iterations = -1}, "iterations"},
		     {{.history = 1001}, "history"},
		     {{.change_tolerance = NAN}, "tolerance"}};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		tl_lbfgs *wrong = tl_lbfgs_create(p.set, &cases[c].options);
		ck_assert_int_eq(tl_lbfgs_step(wrong, rosenbrock, &p), TL_ERROR_ARGUMENT);
		ck_assert_ptr_nonnull(strstr(tl_lbfgs_error(wrong), cases[c].says));
		tl_lbfgs_destroy(wrong);
	}
	ck_assert_int_eq(tl_lbfgs_step(o, NULL, &p), TL_ERROR_ARGUMENT);
	tl_lbfgs_destroy(o);
	tl_params_destroy(p.set);
}
END_TEST

START_TEST(allocations_may_fail)
{
	counting c;
	counting_start(&c);
	for (int fail = 1; fail < 4; fail++) {
		problem p = problem_of(TL_F64);
		c.fail_at = c.calls + fail;
		tl_average *a = tl_average_create(p.set, NULL);
		tl_lbfgs *o = tl_lbfgs_create(p.set, NULL);
		tl_status status = a ? tl_average_update(a) : TL_ERROR_MEMORY;
		ck_assert(status == (fail == 1 || fail == 3 ? TL_ERROR_MEMORY : TL_OK));
		c.fail_at = o ? c.calls + 1 : 0;
		status = tl_lbfgs_step(o, rosenbrock, &p);
		ck_assert_int_eq(status, o ? TL_ERROR_MEMORY : TL_ERROR_ARGUMENT);
		c.fail_at = 0;
		ck_assert(!o || !tl_lbfgs_step(o, rosenbrock, &p));
		ck_assert(!a || !tl_average_update(a));
		tl_lbfgs_destroy(o);
		tl_average_destroy(a);
		tl_params_destroy(p.set);
	}
	ck_assert_int_eq(c.blocks, 0);
	counting_stop();
}
END_TEST

SUITE("schedules", schedules_are_pytorchs, schedules_that_cannot_be_are_said, plateaus_are_pytorchs,
      lbfgs_goes_pytorchs_way, lbfgs_forgets_when_told, lbfgs_beats_descent_in_a_valley,
      lbfgs_keeps_what_was_whole, lbfgs_takes_floats_frozen_and_new_parameters,
      allocations_may_fail)
