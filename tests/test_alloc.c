/*
 * Memory runs out at every place in turn: whatever is done is done once to count its allocations,
 * and then with the first failing, with the second, and so on, alone or with all that follow. Each
 * time there is a clean error, nothing is leaked, and what is still there can be used again.
 */
#include "counting.h"
#include "suite.h"

#include <unistd.h>

/*
 * Something that allocates. It returns what it computed; where memory ran out it returns NaN after
 * making sure that the error says so. All it makes it destroys.
 */
typedef double (*action)(void *user, counting *c);

static bool same(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static int64_t fail_everywhere(const char *name, action act, void *user)
{
	counting c;
	counting_start(&c);
	double expected = act(user, &c);
	int64_t calls = c.calls;
	assert_quick(!isnan(expected), "%s fails with all the memory it wants", name);
	assert_quick(calls > 0, "%s allocates nothing", name);
	assert_quick(c.blocks == 0, "%s leaks %d blocks", name, (int)c.blocks);
	for (int on = 0; on < 2; on++)
		for (int64_t k = 1; k <= calls; k++) {
			counting_start(&c);
			c.fail_at = k;
			c.fail_on = on;
			double got = act(user, &c);
			assert_quick(isnan(got) || same(got, expected),
				     "%s, call %d failing: %g, not %g", name, (int)k, got,
				     expected);
			assert_quick(c.calls >= k, "%s: call %d was never made", name, (int)k);
			assert_quick(c.blocks == 0, "%s, call %d of %d failing%s: leaks %d blocks",
				     name, (int)k, (int)calls, on ? " and all after" : "",
				     (int)c.blocks);
		}
	counting_stop();
	return calls;
}

/* The tape has run out of memory, says so, and works again once there is some and it is rewound. */
static void assert_recovers(tl_tape *tape, counting *c)
{
	const char *words = tl_tape_error(tape);
	assert_quick(tl_tape_status(tape) == TL_ERROR_MEMORY, "%s", words ? words : "no error");
	assert_quick(strstr(words, "out of memory"), "%s", words);
	int64_t fail_at = c->fail_at;
	c->fail_at = 0;
	tl_tape_rewind(tape);
	tl_tensor x = tl_scalar(tape, 3);
	double slope = tl_item(tl_grad(tl_square(x), x));
	assert_quick(slope == 6, "after running out of memory: %g, %s", slope, tl_tape_error(tape));
	c->fail_at = fail_at;
	tl_tape_rewind(tape);
}

/* Ops */

/* A sum over the example and the sum of its gradients, with rates that show a wrong order. */
static tl_tensor example_loss(tl_tape *tape, tl_example s)
{
	s.tape = tape;
	tl_tensor y = s.op->example(&s);
	return tl_sum(tl_square(y), TL_ALL);
}

static double record_and_run(tl_tape *tape, const tl_example *s)
{
	tl_tensor wrt[8], grad[8], loss = example_loss(tape, *s), all = loss;
	int count = tl_params_count(s->set);
	for (int i = 0; i < count; i++)
		wrt[i] = tl_use(tape, tl_params_at(s->set, i));
	if (tl_grads(loss, wrt, count, grad))
		return NAN;
	for (int i = 0; i < count; i++)
		all = tl_add(all, tl_scale(tl_sum(grad[i], TL_ALL), 0.1 * (i + 1)));
	return tl_item(all);
}

/* The same tape goes on after the failure: record and run again, now with the memory. */
static double use_op(void *user, counting *c)
{
	tl_tape *tape = tl_tape_create(TL_F64);
	if (!tape)
		return NAN;
	tl_tape_set_seed(tape, 7);
	double got = record_and_run(tape, user);
	if (tl_tape_error(tape)) {
		assert_recovers(tape, c);
		tl_tape_set_seed(tape, 7); /* the same masks again */
		c->fail_at = 0;
		got = record_and_run(tape, user);
		assert_fine(tape);
	}
	tl_tape_destroy(tape);
	return got;
}

START_TEST(every_op)
{
	for (int i = 0; i < tl_op_count(); i++) {
		const tl_op *op = tl_op_at(i);
		for (uint64_t key = 0; op->example && key < 2; key++) {
			tl_params *set = tl_params_create(TL_F64);
			tl_example s = {.op = op, .set = set, .key = key};
			tl_tape *tape = tl_tape_create(TL_F64);
			example_loss(tape, s);
			assert_fine(tape);
			tl_tape_destroy(tape);
			ck_assert_int_le(tl_params_count(set), 8);
			fail_everywhere(op->name, use_op, &s);
			tl_params_destroy(set);
		}
	}
}
END_TEST

/* A recurrent net with all that a training step uses */

enum { STEPS = 4, BATCH = 2, WIDTH = 3 };

static void fill_set(tl_params *set)
{
	tl_params_add(set, "W", tl_dims(WIDTH, WIDTH), tl_init_orthogonal(1));
	tl_params_add(set, "U", tl_dims(WIDTH, WIDTH), tl_init_glorot_uniform());
	tl_params_add(set, "b", tl_dims(WIDTH), tl_init_he_normal());
	tl_params_add(set, "I", tl_dims(WIDTH, WIDTH), tl_init_identity(0.5));
	tl_params_add_buffer(set, "state", tl_dims(BATCH, WIDTH), tl_init_uniform(-1, 1));
}

static tl_tensor net(tl_tape *tape, void *user)
{
	static const float data[STEPS * BATCH * WIDTH] = {0.1f, -0.3f, 0.5f, 0.7f, 0.9f, -1};
	tl_params *set = user;
	tl_tensor W = tl_use(tape, tl_params_find(set, "W")),
		  U = tl_use(tape, tl_params_find(set, "U"));
	tl_tensor b = tl_use(tape, tl_params_find(set, "b")),
		  I = tl_use(tape, tl_params_find(set, "I"));
	tl_param *state = tl_params_find(set, "state");
	tl_tensor x = tl_input(tape, tl_dims(STEPS, BATCH, WIDTH), data), h = tl_use(tape, state);
	tl_tensor part[STEPS];
	for (int t = 0; t < STEPS; t++) {
		tl_scope_enter(tape, t % 2 ? "odd" : "even");
		tl_tape_set_step(tape, t);
		h = tl_tanh(tl_add(tl_linear(h, W, TL_NONE), tl_linear(tl_at(x, t), U, b)));
		part[t] = tl_matmul(h, I);
		tl_scope_leave(tape);
	}
	tl_assign(state, h);
	return tl_mean(tl_square(tl_stack(part, STEPS, 0)), TL_ALL);
}

/* Two rounds, the second of which finds its program in the cache; then the gradients' sum. */
static double train(void *user, counting *c)
{
	tl_executor executor = *(tl_executor *)user;
	double sum = 0;
	tl_params *set = tl_params_create(TL_F32);
	tl_tape *tape = tl_tape_create(TL_F32);
	if (set)
		fill_set(set);
	if (!set || !tape || tl_params_error(set)) {
		assert_quick(!set || !tl_params_error(set) ||
				     strstr(tl_params_error(set), "out of memory"),
			     "%s", tl_params_error(set));
		sum = NAN;
	}
	for (int round = 0; round < 2 && !isnan(sum); round++) {
		tl_tape_set_executor(tape, executor);
		tl_tape_rewind(tape);
		if (tl_backward(net(tape, set))) {
			assert_recovers(tape, c);
			sum = NAN;
		}
	}
	for (int64_t i = 0, n; !isnan(sum) && tl_params_gradients(set, &n) && i < n; i++)
		sum += (double)((float *)tl_params_gradients(set, &n))[i] * (double)(i % 7);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
	return sum;
}

START_TEST(a_training_step)
{
	for (tl_executor e = TL_EXECUTOR_REFERENCE; e <= TL_EXECUTOR_COMPILED; e++)
		ck_assert_int_ge(fail_everywhere("training", train, &e), 20);
}
END_TEST

/* A step that failed leaves gradients and buffers alone. */
START_TEST(a_failed_step_changes_no_parameter)
{
	counting c;
	counting_start(&c);
	tl_params *set = tl_params_create(TL_F32);
	fill_set(set);
	int64_t count;
	float *values = tl_params_values(set, &count),
	      *gradients = tl_params_gradients(set, &count);
	float before[128];
	ck_assert_int_le(count, 128);
	memcpy(before, values, (size_t)count * sizeof *before);
	bool done = false;
	for (int64_t k = 1; !done; k++) {
		tl_tape *tape = tl_tape_create(TL_F32);
		c.calls = 0;
		c.fail_at = k;
		done = !tl_backward(net(tape, set));
		c.fail_at = 0;
		if (!done)
			ck_assert_mem_eq(before, values, (size_t)count * sizeof *before);
		for (int64_t i = 0; !done && i < count; i++)
			assert_quick(gradients[i] == 0, "call %d failing: gradient %d changed",
				     (int)k, (int)i);
		tl_tape_destroy(tape);
	}
	tl_params_destroy(set);
	ck_assert_int_eq(c.blocks, 0);
	counting_stop();
}
END_TEST

static double check_gradients(void *user, counting *c)
{
	tl_gradcheck_report r;
	tl_gradcheck_options options = {.sample = 2, .second_order = *(bool *)user};
	int64_t fail_at = c->fail_at;
	c->fail_at = 0;
	tl_params *set = tl_params_create(TL_F32);
	fill_set(set);
	c->calls = 0;
	c->fail_at = fail_at;
	tl_status status = tl_gradcheck(net, set, set, &options, &r);
	tl_params_destroy(set);
	assert_quick(status == TL_OK ||
			     (status == TL_ERROR_MEMORY && strstr(r.message, "out of memory")),
		     "status %d: %s", (int)status, r.message);
	return status ? NAN : r.analytic;
}

START_TEST(checking)
{
	for (int second = 0; second < 2; second++)
		fail_everywhere("gradcheck", check_gradients, &(bool){second});
}
END_TEST

/* A set whose blocks have to move several times. */
static double grow(void *user, counting *c)
{
	(void)user;
	(void)c;
	tl_params *set = tl_params_create(TL_F64);
	double sum = 0;
	char name[16];
	if (!set)
		return NAN;
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "p%d", i);
		tl_params_add(set, name, tl_dims(i % 5 + 1, 3), tl_init_normal(0, 1));
	}
	const char *error = tl_params_error(set);
	assert_quick(!error || strstr(error, "out of memory"), "%s", error);
	/* what was added before is whole */
	for (int i = 0; i < tl_params_count(set); i++) {
		tl_param *p = tl_params_at(set, i);
		snprintf(name, sizeof name, "p%d", i);
		assert_quick(tl_params_find(set, name) == p, "%s is lost", name);
		sum += *(double *)tl_param_value(p);
	}
	tl_params_destroy(set);
	return error ? NAN : sum;
}

START_TEST(sets)
{
	fail_everywhere("params", grow, NULL);
}
END_TEST

static double look(void *user, counting *c)
{
	tl_params *set = user;
	tl_tape *tape = tl_tape_create(TL_F32);
	if (!tape)
		return NAN;
	tl_tensor loss = net(tape, set);
	tl_grad(loss, tl_use(tape, tl_params_find(set, "W")));
	bool recorded = !tl_tape_error(tape);
	FILE *file = tmpfile();
	tl_status print = tl_tape_print(tape, file), dot = tl_tape_print_dot(tape, file);
	ck_assert_int_gt(ftell(file), 0);
	fclose(file);
	ck_assert_int_eq(print, TL_OK);
	ck_assert(dot == TL_OK || dot == TL_ERROR_MEMORY);
	if (!recorded)
		assert_recovers(tape, c);
	tl_tape_destroy(tape);
	return recorded && !dot ? 1 : NAN;
}

START_TEST(looking)
{
	tl_params *set = tl_params_create(TL_F32);
	fill_set(set);
	fail_everywhere("show", look, set);
	tl_params_destroy(set);
}
END_TEST

/* A program that a user holds, with names to copy; looked at when the tape is gone. */
static double hold(void *user, counting *c)
{
	tl_params *set = user;
	tl_tape *tape = tl_tape_create(TL_F32);
	double got = NAN;
	if (!tape)
		return NAN;
	tl_scope_enter(tape, "held");
	tl_tensor loss = tl_tag(net(tape, set), "loss");
	tl_program *p = tl_program_create(tape, (tl_program_options){.loss = loss});
	if (!p)
		assert_recovers(tape, c);
	tl_tape_destroy(tape);
	if (p) {
		char *text = NULL;
		size_t size = 0;
		FILE *file = open_memstream(&text, &size);
		tl_program_print(p, file);
		fclose(file);
		assert_quick(strstr(text, " loss ") && strstr(text, " held"), "%s", text);
		free(text);
		if (!tl_program_run(p))
			got = isfinite(tl_program_item(p, loss));
	}
	tl_program_destroy(p);
	return got;
}

START_TEST(holding)
{
	tl_params *set = tl_params_create(TL_F32);
	fill_set(set);
	fail_everywhere("program", hold, set);
	tl_params_destroy(set);
}
END_TEST

/* Many values at once, many slices, NaN tracing: what reserves more than a few. */
static double many(void *user, counting *c)
{
	enum { MANY = 40 };
	tl_tape *tape = tl_tape_create(TL_F64);
	tl_tensor y[MANY], g;
	double sum = NAN;
	if (!tape)
		return NAN;
	tl_tape_set_check_finite(tape, *(bool *)user);
	tl_tensor x = tl_ones(tape, tl_dims(MANY, 2));
	for (int i = 0; i < MANY; i++)
		y[i] = tl_square(tl_at(x, i));
	g = tl_grad(tl_sum(tl_stack(y, MANY, 0), TL_ALL), x);
	y[0] = g;
	if (!tl_evaluate(y, MANY))
		sum = tl_item(tl_sum(g, TL_ALL));
	if (tl_tape_error(tape))
		assert_recovers(tape, c);
	tl_tape_destroy(tape);
	return sum;
}

START_TEST(many_values)
{
	for (int trace = 0; trace < 2; trace++)
		fail_everywhere("many values", many, &(bool){trace});
}
END_TEST

SUITE("alloc", every_op, a_training_step, a_failed_step_changes_no_parameter, checking, sets,
      looking, holding, many_values)
