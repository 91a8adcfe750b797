/* Programs held by the user, the cache behind tl_backward, and the team of threads. */
#include "suite.h"
#include "counting.h"

#include <pthread.h>
#include <unistd.h>

enum { STEPS = 7, BATCH = 3, IN = 5, HIDDEN = 6 };

typedef struct net {
	tl_params *set;
	tl_param *W[4], *U[4], *b[4];
} net;

static net net_create(tl_dtype dtype, int in, int hidden)
{
	net n = {.set = tl_params_create(dtype)};
	for (int g = 0; g < 4; g++) {
		char name[16];
		snprintf(name, sizeof name, "W%d", g);
		n.W[g] = tl_params_add(n.set, name, tl_dims(hidden, in), tl_init_glorot_uniform());
		snprintf(name, sizeof name, "U%d", g);
		n.U[g] = tl_params_add(n.set, name, tl_dims(hidden, hidden),
				       tl_init_glorot_uniform());
		snprintf(name, sizeof name, "b%d", g);
		n.b[g] = tl_params_add(n.set, name, tl_dims(hidden), tl_init_uniform(-0.1, 0.1));
	}
	return n;
}

static tl_tensor gate(const net *n, int g, tl_tensor x, tl_tensor h)
{
	tl_tape *t = x.tape;
	return tl_add(tl_linear(h, tl_use(t, n->U[g]), TL_NONE),
		      tl_linear(x, tl_use(t, n->W[g]), tl_use(t, n->b[g])));
}

static void lstm_step(const net *n, tl_tensor x, tl_tensor *h, tl_tensor *c)
{
	tl_tensor i = tl_sigmoid(gate(n, 0, x, *h)), f = tl_sigmoid(gate(n, 1, x, *h));
	tl_tensor g = tl_tanh(gate(n, 2, x, *h)), o = tl_sigmoid(gate(n, 3, x, *h));
	*c = tl_add(tl_mul(f, *c), tl_mul(i, g));
	*h = tl_mul(o, tl_tanh(*c));
}

static tl_tensor loss_of(const net *n, tl_tensor x, tl_tensor *last)
{
	tl_shape s = tl_tensor_shape(x);
	tl_tensor h = tl_zeros(x.tape, tl_dims(s.dim[1], tl_param_shape(n->b[0]).dim[0])), c = h;
	tl_tensor loss = tl_scalar(x.tape, 0);
	for (int t = 0; t < s.dim[0]; t++) {
		lstm_step(n, tl_at(x, t), &h, &c);
		loss = tl_add(loss, tl_mean(tl_square(h), TL_ALL));
	}
	*last = h;
	return loss;
}

static void fill(float *x, int count, int seed)
{
	for (int i = 0; i < count; i++)
		x[i] = (float)sin(i * 1.7 + seed);
}

static double *gradients(net *n)
{
	int64_t count;
	float *g = tl_params_gradients(n->set, &count);
	double *copy = malloc((size_t)count * sizeof *copy);
	for (int64_t i = 0; i < count; i++)
		copy[i] = g[i];
	return copy;
}

START_TEST(a_program_does_what_backward_does)
{
	net n = net_create(TL_F32, IN, HIDDEN);
	float data[3][STEPS * BATCH * IN];
	tl_tape *tape = tl_tape_create(TL_F32), *other = tl_tape_create(TL_F32);
	tl_tensor x = tl_input(tape, tl_dims(STEPS, BATCH, IN), NULL), h, y;
	tl_tensor loss = loss_of(&n, x, &h);
	tl_program *p = tl_program_create(
		tape, (tl_program_options){.outputs = &h, .output_count = 1, .loss = loss});
	ck_assert_msg(p != NULL, "%s", tl_tape_error(tape));
	tl_tape_destroy(tape);
	for (int r = 0; r < 3; r++) {
		fill(data[r], STEPS * BATCH * IN, r);
		tl_params_zero_gradients(n.set);
		ck_assert_int_eq(tl_program_bind(p, x, data[r]), TL_OK);
		ck_assert_int_eq(tl_program_run(p), TL_OK);
		double *got = gradients(&n);

		tl_tape_rewind(other);
		tl_params_zero_gradients(n.set);
		tl_tensor again =
			loss_of(&n, tl_input(other, tl_dims(STEPS, BATCH, IN), data[r]), &y);
		ck_assert_int_eq(tl_backward(again), TL_OK);
		double *expected = gradients(&n);
		assert_near(tl_program_item(p, loss), tl_item(again), 1e-6);
		for (int i = 0; i < BATCH * HIDDEN; i++)
			assert_near(tl_program_value(p, h)[i], tl_value(y)[i], 1e-6);
		int64_t count;
		tl_params_gradients(n.set, &count);
		for (int64_t i = 0; i < count; i++)
			assert_near(got[i], expected[i], 1e-6);
		free(got);
		free(expected);
	}
	tl_program_destroy(p);
	tl_tape_destroy(other);
	tl_params_destroy(n.set);
}
END_TEST

/* No allocation in a run, nor in a round of the natural style after the first few. */
START_TEST(nothing_is_allocated)
{
	counting c;
	counting_start(&c);
	net n = net_create(TL_F32, IN, HIDDEN);
	float data[STEPS * BATCH * IN];
	fill(data, STEPS * BATCH * IN, 0);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_input(tape, tl_dims(STEPS, BATCH, IN), data), h;
	tl_tensor loss = loss_of(&n, x, &h);
	tl_program *p =
		tl_program_create(tape, (tl_program_options){.loss = loss, .profile = true});
	ck_assert_msg(p != NULL, "%s", tl_tape_error(tape));
	int64_t before = c.calls;
	for (int r = 0; r < 5; r++)
		ck_assert_int_eq(tl_program_run(p), TL_OK);
	ck_assert_int_eq(c.calls, before);
	for (int r = 0; r < 8; r++) {
		if (r == 3)
			before = c.calls;
		tl_tape_rewind(tape);
		x = tl_input(tape, tl_dims(STEPS, BATCH, IN), data);
		loss = loss_of(&n, x, &h);
		ck_assert_int_eq(tl_backward(loss), TL_OK);
		ck_assert(tl_item(loss) > 0);
		ck_assert(tl_value(h) != NULL);
	}
	ck_assert_int_eq(c.calls, before);
	tl_program_destroy(p);
	tl_tape_destroy(tape);
	tl_params_destroy(n.set);
	ck_assert_int_eq(c.blocks, 0);
	counting_stop();
}
END_TEST

/* A state carried by the program is the state carried by hand. */
START_TEST(carried_state)
{
	net n = net_create(TL_F32, IN, HIDDEN);
	float data[20 * IN], zero[HIDDEN] = {0}, h_now[HIDDEN] = {0}, c_now[HIDDEN] = {0};
	fill(data, 20 * IN, 3);
	tl_tape *tape = tl_tape_create(TL_F32), *other = tl_tape_create(TL_F32);
	tl_tensor x = tl_input(tape, tl_dims(1, IN), NULL);
	tl_tensor h0 = tl_input(tape, tl_dims(1, HIDDEN), zero);
	tl_tensor c0 = tl_input(tape, tl_dims(1, HIDDEN), zero);
	tl_tensor h = h0, c = c0;
	lstm_step(&n, x, &h, &c);
	tl_program *p = tl_program_create(
		tape, (tl_program_options){.outputs = (tl_tensor[]){h, c}, .output_count = 2});
	ck_assert_msg(p != NULL, "%s", tl_tape_error(tape));
	ck_assert_int_eq(tl_program_carry(p, h, h0), TL_OK);
	ck_assert_int_eq(tl_program_carry(p, c, c0), TL_OK);
	ck_assert_int_ne(tl_program_carry(p, h0, h), TL_OK);
	for (int t = 0; t < 20; t++) {
		ck_assert_int_eq(tl_program_bind(p, x, data + t * IN), TL_OK);
		ck_assert_int_eq(tl_program_run(p), TL_OK);

		tl_tape_rewind(other);
		tl_tensor hh = tl_constant(other, tl_dims(1, HIDDEN), h_now);
		tl_tensor cc = tl_constant(other, tl_dims(1, HIDDEN), c_now);
		lstm_step(&n, tl_input(other, tl_dims(1, IN), data + t * IN), &hh, &cc);
		tl_evaluate((tl_tensor[]){hh, cc}, 2);
		memcpy(h_now, tl_value(hh), sizeof h_now);
		memcpy(c_now, tl_value(cc), sizeof c_now);
		for (int i = 0; i < HIDDEN; i++)
			assert_near(tl_program_value(p, h)[i], h_now[i], 1e-6);
	}
	tl_program_destroy(p);
	tl_tape_destroy(tape);
	tl_tape_destroy(other);
	tl_params_destroy(n.set);
}
END_TEST

/* Carried states may change places: each takes what the other was. */
START_TEST(carried_states_swap)
{
	tl_tape *tape = tl_tape_create(TL_F32);
	static const float one[] = {1, 2}, two[] = {3, 4};
	tl_tensor x[] = {tl_input(tape, tl_dims(2), one), tl_input(tape, tl_dims(2), two)};
	tl_program *p =
		tl_program_create(tape, (tl_program_options){.outputs = x, .output_count = 2});
	ck_assert_int_eq(tl_program_carry(p, x[0], x[1]), TL_OK);
	ck_assert_int_eq(tl_program_carry(p, x[1], x[0]), TL_OK);
	for (int r = 0; r < 4; r++)
		ck_assert_int_eq(tl_program_run(p), TL_OK);
	ck_assert_int_eq(tl_program_run(p), TL_OK);
	tl_program *q =
		tl_program_create(tape, (tl_program_options){.outputs = x, .output_count = 2});
	tl_tensor sum = tl_add(x[0], tl_scale(x[1], 10));
	tl_program_destroy(q);
	tl_tensor outputs[] = {x[0], x[1], sum};
	q = tl_program_create(tape, (tl_program_options){.outputs = outputs, .output_count = 3});
	tl_program_carry(q, x[0], x[1]);
	tl_program_carry(q, x[1], x[0]);
	for (int r = 0; r < 4; r++) {
		ck_assert_int_eq(tl_program_run(q), TL_OK);
		assert_near(tl_program_value(q, sum)[0], r % 2 ? 13 : 31, 0);
	}
	tl_program_destroy(p);
	tl_program_destroy(q);
	tl_tape_destroy(tape);
}
END_TEST

START_TEST(wrong_uses)
{
	static const float data[] = {1, 2, 3}; /* what is bound has to outlive the run */
	tl_tape *tape = tl_tape_create(TL_F32);
	ck_assert_ptr_null(tl_program_create(NULL, (tl_program_options){0}));
	ck_assert_ptr_null(tl_program_create(tape, (tl_program_options){0}));
	ck_assert_ptr_nonnull(strstr(tl_tape_error(tape), "program: nothing to compute\n  at "));
	tl_tape_rewind(tape);
	tl_tensor x = tl_input(tape, tl_dims(3), NULL), y = tl_square(x), z = tl_square(y);
	tl_program *p =
		tl_program_create(tape, (tl_program_options){.outputs = &y, .output_count = 1});
	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_null(tl_program_error(p));
	ck_assert_ptr_null(tl_program_value(p, y));
	ck_assert_str_eq(tl_program_error(p), "value: the program has not run");
	ck_assert_int_eq(tl_program_run(p), TL_ERROR_VALUE);
	ck_assert_str_eq(tl_program_error(p),
			 "run: an input has no data; tl_program_bind gives it some");
	ck_assert_int_eq(tl_program_bind(p, y, "abc"), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_program_bind(p, x, data), TL_OK);
	ck_assert_int_eq(tl_program_run(p), TL_OK);
	ck_assert_ptr_null(tl_program_error(p));
	assert_near(tl_program_value(p, y)[2], 9, 0);
	ck_assert_ptr_null(tl_program_value(p, z));
	ck_assert_ptr_null(tl_program_value_double(p, y));
	ck_assert(isnan(tl_program_item(p, y)));
	ck_assert_int_eq(tl_program_get_stats(p).run_count, 1);
	tl_program_destroy(p);
	tl_program_destroy(NULL);
	ck_assert_int_ne(tl_program_run(NULL), TL_OK);
	tl_tape_destroy(tape);
}
END_TEST

/* With K different lengths, K programs: after each was seen, rounds record no adjoints. */
START_TEST(rounds_are_recognised)
{
	net n = net_create(TL_F32, IN, HIDDEN);
	float data[STEPS * BATCH * IN];
	fill(data, STEPS * BATCH * IN, 0);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tape_set_executor(tape, TL_EXECUTOR_COMPILED);
	for (int r = 0; r < 12; r++) {
		int steps = 2 + r % 4;
		tl_tensor h;
		tl_tape_rewind(tape);
		tl_tensor x = tl_input(tape, tl_dims(steps, BATCH, IN), data);
		tl_tensor loss = tl_scale(loss_of(&n, x, &h), 0.3 + r); /* a number that changes */
		int64_t before = tl_tape_node_count(tape);
		tl_params_zero_gradients(n.set);
		ck_assert_int_eq(tl_backward(loss), TL_OK);
		if (r < 4)
			ck_assert_int_gt(tl_tape_node_count(tape), before);
		double *scaled = gradients(&n);
		tl_tape_rewind(tape);
		x = tl_input(tape, tl_dims(steps, BATCH, IN), data);
		loss = loss_of(&n, x, &h);
		before = tl_tape_node_count(tape);
		tl_params_zero_gradients(n.set);
		ck_assert_int_eq(tl_backward(loss), TL_OK);
		if (r >= 4)
			ck_assert_int_eq(tl_tape_node_count(tape), before);
		double *plain = gradients(&n);
		int64_t count;
		tl_params_gradients(n.set, &count);
		for (int64_t i = 0; i < count; i++)
			assert_near(scaled[i], plain[i] * (0.3 + r), 1e-5);
		free(scaled);
		free(plain);
	}
	tl_tape_destroy(tape);
	tl_params_destroy(n.set);
}
END_TEST

/* Threads */

static double *run_with(int threads, net *n, const float *data, tl_shape shape, double *loss_value)
{
	tl_set_thread_count(threads);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor h, loss = loss_of(n, tl_input(tape, shape, data), &h);
	tl_params_zero_gradients(n->set);
	tl_program *p = tl_program_create(tape, (tl_program_options){.loss = loss});
	ck_assert_int_eq(tl_program_get_stats(p).thread_count, threads);
	for (int r = 0; r < 3; r++) {
		tl_params_zero_gradients(n->set);
		ck_assert_int_eq(tl_program_run(p), TL_OK);
	}
	*loss_value = tl_program_item(p, loss);
	tl_program_destroy(p);
	tl_tape_destroy(tape);
	tl_set_thread_count(0);
	return gradients(n);
}

START_TEST(any_number_of_threads_gives_the_same_bits)
{
	net n = net_create(TL_F32, 40, 72);
	tl_shape shape = tl_dims(6, 17, 40);
	float *data = malloc(6 * 17 * 40 * sizeof *data);
	fill(data, 6 * 17 * 40, 1);
	int64_t count;
	tl_params_gradients(n.set, &count);
	double one_loss, *one = run_with(1, &n, data, shape, &one_loss);
	for (int threads = 2; threads <= 4; threads++) {
		double loss, *some = run_with(threads, &n, data, shape, &loss);
		ck_assert(loss == one_loss);
		ck_assert_int_eq(memcmp(one, some, (size_t)count * sizeof *one), 0);
		free(some);
	}
	free(one);
	free(data);
	tl_params_destroy(n.set);
}
END_TEST

typedef struct user {
	const net *n;
	const float *data;
	float value;
	int failed;
} user;

static void *run_many(void *argument)
{
	user *u = argument;
	tl_tape *tape = tl_tape_create(TL_F32);
	for (int r = 0; r < 30 && !u->failed; r++) {
		tl_tensor h;
		tl_tape_rewind(tape);
		tl_tensor loss = loss_of(u->n, tl_input(tape, tl_dims(6, 17, 40), u->data), &h);
		tl_tensor x = tl_grad(loss, h);
		float value = (float)tl_item(tl_sum(x, TL_ALL));
		u->failed |= tl_tape_error(tape) != NULL || (r && value != u->value);
		u->value = value;
	}
	tl_tape_destroy(tape);
	return NULL;
}

/* Two user threads share one team: whoever comes second goes alone. */
START_TEST(two_users_at_once)
{
	net n = net_create(TL_F32, 40, 72);
	float *data = malloc(6 * 17 * 40 * sizeof *data);
	fill(data, 6 * 17 * 40, 1);
	tl_set_thread_count(2);
	user u[3];
	pthread_t thread[3];
	for (int i = 0; i < 3; i++) {
		u[i] = (user){&n, data, 0, 0};
		ck_assert_int_eq(pthread_create(&thread[i], NULL, run_many, &u[i]), 0);
	}
	for (int i = 0; i < 3; i++) {
		pthread_join(thread[i], NULL);
		ck_assert_int_eq(u[i].failed, 0);
		ck_assert(u[i].value == u[0].value);
	}
	tl_set_thread_count(0);
	free(data);
	tl_params_destroy(n.set);
}
END_TEST

/* Memory about the root of what it was, for one more forward computation. */
START_TEST(less_memory_for_more_time)
{
	enum { LONG = 400 };
	net n = net_create(TL_F32, IN, 16);
	float *data = malloc(LONG * BATCH * IN * sizeof *data);
	fill(data, LONG * BATCH * IN, 0);
	tl_program_stats facts[2];
	double *gradient[2];
	for (int k = 0; k < 2; k++) {
		tl_tape *tape = tl_tape_create(TL_F32);
		tl_tape_set_recompute(tape, k ? -1 : 0);
		tl_tensor h = tl_zeros(tape, tl_dims(BATCH, 16)), c = h, loss = tl_scalar(tape, 0);
		tl_tensor x = tl_input(tape, tl_dims(LONG, BATCH, IN), data);
		for (int t = 0; t < LONG; t++) {
			tl_tape_set_step(tape, t);
			lstm_step(&n, tl_at(x, t), &h, &c);
			loss = tl_add(loss, tl_mean(tl_square(h), TL_ALL));
		}
		tl_program *p = tl_program_create(tape, (tl_program_options){.loss = loss});
		ck_assert_msg(p != NULL, "%s", tl_tape_error(tape));
		tl_params_zero_gradients(n.set);
		ck_assert_int_eq(tl_program_run(p), TL_OK);
		gradient[k] = gradients(&n);
		facts[k] = tl_program_get_stats(p);
		tl_program_destroy(p);
		tl_tape_destroy(tape);
	}
	int64_t count;
	tl_params_gradients(n.set, &count);
	for (int64_t i = 0; i < count; i++)
		assert_near(gradient[0][i], gradient[1][i], 1e-5);
	ck_assert_msg(facts[0].arena_bytes > 6 * facts[1].arena_bytes, "%lld bytes and %lld",
		      (long long)facts[0].arena_bytes, (long long)facts[1].arena_bytes);
	double more = facts[1].flops / facts[0].flops;
	ck_assert_msg(more > 1.2 && more < 1.4, "%g times the operations", more);
	free(gradient[0]);
	free(gradient[1]);
	free(data);
	tl_params_destroy(n.set);
}
END_TEST

START_TEST(printed)
{
	net n = net_create(TL_F32, IN, HIDDEN);
	float data[STEPS * BATCH * IN];
	fill(data, STEPS * BATCH * IN, 0);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor h, loss = loss_of(&n, tl_input(tape, tl_dims(STEPS, BATCH, IN), data), &h);
	tl_program *p =
		tl_program_create(tape, (tl_program_options){.loss = loss, .profile = true});
	ck_assert_int_eq(tl_program_run(p), TL_OK);
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	tl_program_print(p, file);
	fclose(file);
	/* the four gates of all steps' inputs are one product, and the last line sums up */
	ck_assert_ptr_nonnull(strstr(text, "product [21,5] [5,24]"));
	ck_assert_ptr_nonnull(strstr(text, "product [3,6] [6,24]"));
	ck_assert_ptr_nonnull(strstr(text, "sigmoid"));
	ck_assert_ptr_nonnull(strstr(text, "bytes of temporaries"));
	ck_assert(tl_program_get_stats(p).nanoseconds > 0);
	free(text);
	tl_program_destroy(p);
	tl_tape_destroy(tape);
	tl_params_destroy(n.set);
}
END_TEST

/* The first line of the text, from *at on, that has all of these words; *at is then behind it. NULL
 * if there is none. */
static const char *line_with(const char **at, const char *const *words)
{
	static char line[200];
	while (*at && **at) {
		const char *end = strchr(*at, '\n');
		bool all = true;
		snprintf(line, sizeof line, "%.*s", (int)(end - *at), *at);
		*at = end + 1;
		for (int i = 0; words[i] && all; i++)
			all = strstr(line, words[i]) != NULL;
		if (all)
			return line;
	}
	return NULL;
}

static bool has_line(const char *text, const char *const *words)
{
	return line_with(&text, words) != NULL;
}

static char *listing_of(const tl_program *p)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	tl_program_print(p, file);
	fclose(file);
	return text;
}

/*
 * What each instruction is for is told in the words of the tape, which is gone like all that has
 * names: those, whose gradient, scope, step and line.
 */
START_TEST(printed_with_names)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cell =
		tl_cell_create(set, "lstm", "cell", (tl_cell_options){.in = IN, .hidden = HIDDEN});
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor x = tl_input(tape, tl_dims(STEPS, BATCH, IN), NULL);
	tl_param *weight = tl_params_add(set, "V", tl_dims(4, HIDDEN), tl_init_glorot_uniform());
	tl_tensor V = tl_use(tape, weight);
	tl_tensor loss = tl_scalar(tape, 0), h[STEPS];
	tl_state s = tl_cell_initial_state(cell, tape, BATCH);
	char line[2][60], at_3[60], back_to_3[60], of_V[60], *name = strdup("out");
	/* a gradient is told by the line of what it is of */
	snprintf(line[1], sizeof line[1], "  test_program.c:%d  product ", __LINE__ - 5);
	snprintf(line[0], sizeof line[0], "  test_program.c:%d  strip ", __LINE__ + 3);
	for (int t = 0; t < STEPS; t++) {
		tl_tape_set_step(tape, t);
		s = tl_cell_step(cell, tl_at(x, t), s);
		tl_tensor y = tl_linear(h[t] = tl_tag(s.h, name), V, TL_NONE);
		loss = tl_add(loss, tl_mean(tl_square(y), TL_ALL));
	}
	tl_tape_set_step(tape, -1);
	tl_program *p = tl_program_create(tape, (tl_program_options){.loss = loss});
	ck_assert_msg(p != NULL, "%s", tl_tape_error(tape));
	tl_tape_destroy(tape);
	tl_params_destroy(set);
	tl_cell_destroy(cell);
	memset(name, '?', strlen(name));
	free(name);
	snprintf(at_3, sizeof at_3, " %u ", h[3].id);
	snprintf(back_to_3, sizeof back_to_3, " d %u h,out ", h[3].id);
	snprintf(of_V, sizeof of_V, " d %u V ", V.id);
	const char *const wanted[][6] = {
		{at_3, " h,out ", " cell ", " 3 ", line[0]},
		{"' ", back_to_3, " cell ", " 3 ", " product "},
		{"' ", of_V, line[1]},
	};
	char *text = listing_of(p);
	for (int i = 0; i < 3; i++)
		if (!has_line(text, wanted[i])) {
			fputs(text, stderr);
			ck_abort_msg("no line has \"%s\" and \"%s\"", wanted[i][0], wanted[i][1]);
		}
	/* in the order they run, and no wider than a terminal */
	const char *at = text, *row;
	for (int t = 0; t < STEPS; t++) {
		char node[24], step[24];
		snprintf(node, sizeof node, " %u ", h[t].id);
		snprintf(step, sizeof step, " %d ", t);
		row = line_with(&at, (const char *[]){node, " h,out ", step, line[0], NULL});
		ck_assert_msg(row != NULL, "no state of step %d after those before", t);
	}
	for (at = text; (row = line_with(&at, (const char *[]){"", NULL}));)
		ck_assert_msg(strlen(row) <= 100, "%s", row);
	ck_assert(strstr(text, "\nnode: ") && strstr(text, "\nof: "));
	free(text);
	tl_program_destroy(p);
}
END_TEST

/* Outputs are of the buffers as they were before the run, and buffers may change places. */
START_TEST(buffers_change_places)
{
	tl_params *set = tl_params_create(TL_F32);
	tl_param *a = tl_params_add_buffer(set, "a", tl_dims(2), tl_init_constant(3));
	tl_param *b = tl_params_add_buffer(set, "b", tl_dims(2), tl_init_constant(4));
	tl_param *w = tl_params_add(set, "w", tl_dims(2), tl_init_constant(1));
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_tensor both[] = {tl_use(tape, a), tl_use(tape, b)};
	tl_tensor loss = tl_sum(tl_mul(both[0], tl_use(tape, w)), TL_ALL);
	tl_assign(a, both[1]);
	tl_assign(b, both[0]);
	tl_program *p = tl_program_create(
		tape, (tl_program_options){.outputs = both, .output_count = 2, .loss = loss});
	ck_assert_msg(p != NULL, "%s", tl_tape_error(tape));
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(tl_program_run(p), TL_OK);
		ck_assert(((float *)tl_param_value(a))[1] == (i % 2 ? 3 : 4));
		ck_assert(((float *)tl_param_value(b))[0] == (i % 2 ? 4 : 3));
		ck_assert(tl_program_value(p, both[0])[1] == (i % 2 ? 4 : 3));
		ck_assert(tl_program_value(p, both[1])[0] == (i % 2 ? 3 : 4));
	}
	tl_program_destroy(p);
	tl_tape_destroy(tape);
	tl_params_destroy(set);
}
END_TEST

SUITE("program", buffers_change_places, a_program_does_what_backward_does, nothing_is_allocated,
      carried_state, carried_states_swap, wrong_uses, rounds_are_recognised,
      any_number_of_threads_gives_the_same_bits, two_users_at_once, less_memory_for_more_time,
      printed, printed_with_names)
