/* The training loop: it is the loop one would write; it goes on where it was, to the bit; what goes
 * wrong is said and loses nothing. */
#include "suite.h"

#include <tapeloop/train.h>

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEPS = 5, ROWS = 6, IN = 3, HIDDEN = 4, BATCHES = 7 };

typedef struct net {
	tl_params *set;
	tl_cell *cell;
	tl_param *V, *b, *seen;
	tl_optimizer *optimizer;
	tl_batches *train, *validation;
	int64_t stop_at, calls, epochs;
	bool slow;     /* batches take long to fill */
	int64_t spoil; /* the batch of epoch 1 that has a NaN in it; 0: none */
	int raises;    /* a signal, at stop_at */
	tl_tensor said;
} net;

/* A sum to be learned, from numbers that follow from those of the batch. */
static tl_status fill(tl_batch *b, int64_t epoch, int64_t index, void *user)
{
	const net *n = user;
	tl_random r = tl_random_stream(11, (uint64_t)(epoch * 1000 + index));
	float *x = tl_batch_input_room(b, TL_F32, tl_dims(STEPS, ROWS, IN));
	float *y = tl_batch_target_room(b, TL_F32, tl_dims(ROWS, 1));
	if (!x || !y)
		return TL_ERROR_MEMORY;
	for (int row = 0; row < ROWS; row++)
		y[row] = 0;
	for (int i = 0; i < STEPS * ROWS * IN; i++) {
		x[i] = (float)tl_random_normal(&r);
		y[i / IN % ROWS] += 0.1f * x[i];
	}
	if (n->slow)
		usleep(2000);
	if (n->spoil && epoch == 1 && index == n->spoil)
		x[4] = NAN;
	return TL_OK;
}

/* With dropout, and a buffer that is assigned in each step. */
static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	net *n = user;
	tl_unroll_options o = {.dropout = {.input = 0.2, .recurrent_h = 0.1}};
	tl_tensor h = tl_unroll(n->cell, tl_batch_input(batch, tape), &o).final_state.h;
	n->said = tl_linear(h, tl_use(tape, n->V), tl_use(tape, n->b));
	tl_assign(n->seen, tl_add(tl_use(tape, n->seen), tl_mean(h, tl_axes(0))));
	return tl_mse(n->said, tl_batch_target(batch, tape), NULL);
}

static double mean_error(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	net *n = user;
	tl_tensor d = tl_sub(n->said, tl_batch_target(batch, tape));
	ck_assert_float_eq((float)*weight, ROWS);
	return tl_item(tl_mean(tl_abs(d), TL_ALL));
}

static const tl_metric metrics[] = {{.name = "mae", .of = mean_error}};

static bool stop(tl_trainer *trainer, void *user)
{
	net *n = user;
	n->calls++;
	if (n->stop_at != tl_trainer_get_state(trainer).step)
		return true;
	if (n->raises)
		raise(n->raises);
	return n->raises;
}

static bool count_epoch(tl_trainer *trainer, void *user)
{
	net *n = user;
	(void)trainer;
	n->epochs++;
	return true;
}

static net *net_create(uint64_t seed)
{
	net *n = calloc(1, sizeof *n);
	n->set = tl_params_create(TL_F32);
	tl_params_set_seed(n->set, seed);
	n->cell =
		tl_cell_create(n->set, "gru", "gru", (tl_cell_options){.in = IN, .hidden = HIDDEN});
	n->V = tl_params_add(n->set, "V", tl_dims(1, HIDDEN), tl_init_glorot_uniform());
	n->b = tl_params_add(n->set, "b", tl_dims(1), tl_init_zeros());
	n->seen = tl_params_add_buffer(n->set, "seen", tl_dims(HIDDEN), tl_init_zeros());
	n->optimizer = tl_adam_create(n->set, &(tl_adam_options){.learning_rate = 0.01});
	tl_batches_options o = {.fill = fill, .count = BATCHES, .user = n};
	n->train = tl_batches_create(&o);
	o.count = 3;
	n->validation = tl_batches_create(&o);
	ck_assert_ptr_null(tl_params_error(n->set));
	return n;
}

static void net_destroy(net *n)
{
	tl_optimizer_destroy(n->optimizer);
	tl_batches_destroy(n->train);
	tl_batches_destroy(n->validation);
	tl_cell_destroy(n->cell);
	tl_params_destroy(n->set);
	free(n);
}

static tl_trainer_options usual(net *n)
{
	return (tl_trainer_options){.loss = loss,
				    .user = n,
				    .optimizer = n->optimizer,
				    .train = n->train,
				    .epochs = 3,
				    .clip_norm = 1,
				    .seed = 5};
}

#define assert_trained(t) ck_assert_msg(!tl_trainer_run(t), "%s", tl_trainer_error(t))

/* Values, buffers and the optimiser's memory, to the bit. */
static void assert_same(net *a, net *b)
{
	int64_t count, other;
	const void *x = tl_params_values(a->set, &count), *y = tl_params_values(b->set, &other);
	ck_assert_int_eq(count, other);
	ck_assert_mem_eq(x, y, (size_t)count * sizeof(float));
	for (int k = 0; k < tl_optimizer_slot_count(a->optimizer); k++) {
		x = tl_optimizer_slot(a->optimizer, k, &count);
		y = tl_optimizer_slot(b->optimizer, k, &other);
		ck_assert_int_eq(count, other);
		ck_assert_mem_eq(x, y, (size_t)count * sizeof(float));
	}
	ck_assert_int_eq(tl_optimizer_step_count(a->optimizer),
			 tl_optimizer_step_count(b->optimizer));
}

static char folder[] = "/tmp/trainer-XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[4][256];
	static int next;
	if (folder[strlen(folder) - 1] == 'X')
		ck_assert_ptr_nonnull(mkdtemp(folder));
	char *p = path[next++ % 4];
	snprintf(p, sizeof path[0], "%s/%s", folder, name);
	return p;
}

static long size_of(const char *path)
{
	struct stat s;
	return stat(path, &s) ? -1 : (long)s.st_size;
}

START_TEST(it_is_the_loop_one_would_write)
{
	net *a = net_create(1), *b = net_create(1);
	a->stop_at = -1;
	tl_trainer_options o = usual(a);
	o.on_step = stop, o.on_epoch = count_epoch;
	tl_trainer *t = tl_trainer_create(a->set, &o);
	assert_trained(t);
	tl_trainer_state s = tl_trainer_get_state(t);
	ck_assert_int_eq(s.step, 3 * BATCHES);
	ck_assert_int_eq(s.epoch, 3);
	ck_assert_int_eq(a->calls, 3 * BATCHES);
	ck_assert_int_eq(a->epochs, 3);
	ck_assert(s.done && !s.interrupted && isfinite(s.smooth_loss) && isnan(s.validation));

	/* dropout is what a step draws by its number: any trainer's step draws the same */
	o = usual(b);
	tl_trainer *other = tl_trainer_create(b->set, &o);
	tl_batch *batch = tl_batch_create();
	for (int i = 0; i < 3 * BATCHES; i++) {
		ck_assert_int_eq(tl_batches_fill(b->train, i / BATCHES, i % BATCHES, batch, NULL),
				 0);
		ck_assert_int_eq(tl_trainer_step(other, batch), TL_OK);
	}
	assert_same(a, b);
	ck_assert_float_eq((float)tl_trainer_get_state(other).loss, (float)s.loss);
	tl_batch_destroy(batch);
	tl_trainer_destroy(other);
	tl_trainer_destroy(t);
	net_destroy(a);
	net_destroy(b);
}
END_TEST

/* Without anything drawn, it equals a loop of plain calls. */
static tl_tensor plain_loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	net *n = user;
	tl_tensor h = tl_unroll(n->cell, tl_batch_input(batch, tape), NULL).final_state.h;
	return tl_mse(tl_linear(h, tl_use(tape, n->V), tl_use(tape, n->b)),
		      tl_batch_target(batch, tape), NULL);
}

/* Batches that take long are prepared by another thread, and are the same. */
static void equals_a_loop_of_plain_calls(bool slow)
{
	net *a = net_create(1), *b = net_create(1);
	a->slow = slow;
	tl_trainer_options o = usual(a);
	o.loss = plain_loss;
	tl_trainer *t = tl_trainer_create(a->set, &o);
	assert_trained(t);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_batch *batch = tl_batch_create();
	for (int i = 0; i < 3 * BATCHES; i++) {
		tl_batches_fill(b->train, i / BATCHES, i % BATCHES, batch, NULL);
		tl_tape_rewind(tape);
		tl_params_zero_gradients(b->set);
		ck_assert_int_eq(tl_backward(plain_loss(tape, batch, b)), TL_OK);
		tl_params_clip_gradient_norm(b->set, 1);
		ck_assert_int_eq(tl_optimizer_step(b->optimizer), TL_OK);
	}
	assert_same(a, b);
	tl_tape_destroy(tape);
	tl_batch_destroy(batch);
	tl_trainer_destroy(t);
	net_destroy(a);
	net_destroy(b);
}

START_TEST(it_equals_a_loop_of_plain_calls)
{
	equals_a_loop_of_plain_calls(false);
	equals_a_loop_of_plain_calls(true);
}
END_TEST

/* Everything that has a state: an average, a plateau, the best values; and noise and a schedule,
 * which follow from the step. */
static tl_trainer_options with_all(net *n, tl_plateau *plateau, tl_average *average)
{
	static const tl_schedule cosine = {
		.kind = TL_SCHEDULE_COSINE, .learning_rate = 0.02, .steps = 21, .warmup = 3};
	tl_trainer_options o = usual(n);
	o.validation = n->validation, o.metrics = metrics, o.metric_count = 1;
	o.evaluate_every = 4, o.keep_best = true;
	o.schedule = &cosine, o.plateau = plateau, o.average = average;
	o.gradient_noise = 0.01, o.accumulate = 2, o.clip_norm_each = 0.5, o.clip_value = 0.2;
	*plateau = (tl_plateau){.patience = -1};
	return o;
}

/* Stopped after any step, and gone on in what is as good as another process. */
START_TEST(a_resumed_training_is_the_same_to_the_bit)
{
	const tl_average_options decay = {.decay = 0.9};
	net *whole = net_create(1);
	tl_plateau plateau, other;
	tl_average *average = tl_average_create(whole->set, &decay);
	tl_trainer_options o = with_all(whole, &plateau, average);
	tl_trainer *t = tl_trainer_create(whole->set, &o);
	assert_trained(t);
	tl_trainer_state want = tl_trainer_get_state(t);
	ck_assert_int_eq(want.step, 12);
	tl_trainer_destroy(t);
	for (int64_t at = 1; at < want.step; at += 2) {
		const char *path = in_folder("net.safetensors");
		remove(path);
		net *first = net_create(1), *second = net_create(99);
		tl_average *before = tl_average_create(first->set, &decay),
			   *after = tl_average_create(second->set, &decay);
		o = with_all(first, &other, before);
		o.checkpoint = path, o.on_step = stop, o.interruptible = true;
		first->raises = SIGINT, first->stop_at = at, second->stop_at = -1;
		t = tl_trainer_create(first->set, &o);
		assert_trained(t);
		ck_assert(tl_trainer_get_state(t).interrupted);
		ck_assert_int_eq(tl_trainer_get_state(t).step, at);
		tl_trainer_destroy(t);
		o = with_all(second, &other, after);
		o.checkpoint = path;
		t = tl_trainer_create(second->set, &o);
		assert_trained(t);
		tl_trainer_state got = tl_trainer_get_state(t);
		assert_same(whole, second);
		ck_assert_int_eq(got.step, want.step);
		ck_assert_int_eq(got.best_step, want.best_step);
		ck_assert(memcmp(&got.best, &want.best, sizeof got.best) == 0);
		ck_assert(memcmp(&got.smooth_loss, &want.smooth_loss, sizeof got.best) == 0);
		ck_assert(memcmp(&plateau.factor, &other.factor, sizeof other.factor) == 0);
		ck_assert_int_eq(tl_average_update_count(after), tl_average_update_count(average));
		int64_t count;
		const float *x = tl_average_values(average, &count);
		ck_assert_mem_eq(x, tl_average_values(after, NULL), (size_t)count * sizeof *x);
		tl_trainer_destroy(t);
		tl_average_destroy(before);
		tl_average_destroy(after);
		net_destroy(first);
		net_destroy(second);
	}
	tl_average_destroy(average);
	net_destroy(whole);
}
END_TEST

START_TEST(accumulated_batches_are_one_step)
{
	net *a = net_create(1), *b = net_create(1);
	tl_trainer_options o = usual(a);
	o.loss = plain_loss, o.accumulate = 2, o.epochs = 1;
	tl_trainer *t = tl_trainer_create(a->set, &o);
	assert_trained(t);
	ck_assert_int_eq(tl_trainer_get_state(t).step, 4); /* of seven batches; the last is alone */
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_batch *batch = tl_batch_create();
	for (int i = 0; i < BATCHES; i += 2) {
		int parts = i + 1 < BATCHES ? 2 : 1;
		tl_params_zero_gradients(b->set);
		for (int k = 0; k < parts; k++) {
			tl_batches_fill(b->train, 0, i + k, batch, NULL);
			tl_tape_rewind(tape);
			tl_backward(tl_scale(plain_loss(tape, batch, b), 1.0 / parts));
		}
		tl_params_clip_gradient_norm(b->set, 1);
		tl_optimizer_step(b->optimizer);
	}
	int64_t count;
	const float *x = tl_params_values(a->set, &count), *y = tl_params_values(b->set, NULL);
	for (int64_t i = 0; i < count; i++)
		assert_near((double)x[i], (double)y[i], 1e-6);
	tl_tape_destroy(tape);
	tl_batch_destroy(batch);
	tl_trainer_destroy(t);
	net_destroy(a);
	net_destroy(b);
}
END_TEST

START_TEST(evaluation_says_when_to_stop_and_what_was_best)
{
	net *n = net_create(1);
	double metric = 0;
	tl_trainer_options o = usual(n);
	o.epochs = 200, o.validation = n->validation, o.metrics = metrics, o.metric_count = 1;
	o.patience = 2, o.keep_best = true, o.best_by = "mae";
	tl_trainer *t = tl_trainer_create(n->set, &o);
	assert_trained(t);
	tl_trainer_state s = tl_trainer_get_state(t);
	ck_assert_int_lt(s.epoch, 200);
	ck_assert_int_eq(s.not_better, 2);
	ck_assert_int_eq(s.best_step, s.step - 2 * BATCHES);
	double loss_now =
		tl_trainer_evaluate(t, n->validation, &metric); /* the best values are in */
	ck_assert(isfinite(loss_now));
	ck_assert_float_eq((float)metric, (float)s.best);
	ck_assert(tl_tape_is_training(tl_trainer_tape(t)));
	tl_trainer_destroy(t);
	net_destroy(n);
}
END_TEST

/* A NaN among the inputs of step 10: values and buffers are as they were after step 9, the place is
 * named, and the checkpoint is the one before. */
START_TEST(what_is_not_finite_stops_and_is_named)
{
	net *n = net_create(1), *good = net_create(1);
	n->spoil = 2;
	const char *path = in_folder("spoilt.safetensors");
	remove(path);
	tl_trainer_options o = usual(n);
	o.steps = 9, o.epochs = 0, o.checkpoint = path;
	tl_trainer *t = tl_trainer_create(n->set, &o);
	assert_trained(t);
	tl_trainer_destroy(t);
	long size = size_of(path);
	o.steps = 20;
	t = tl_trainer_create(n->set, &o);
	ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_VALUE);
	const char *said = tl_trainer_error(t);
	ck_assert_msg(strstr(said, "step 10: the loss is not finite: ") &&
			      strstr(said, "test_trainer.c:"),
		      "%s", said);
	ck_assert_int_eq(size_of(path), size);
	tl_trainer_destroy(t);
	o = usual(good);
	o.steps = 9, o.epochs = 0;
	t = tl_trainer_create(good->set, &o);
	assert_trained(t);
	assert_same(n, good);
	tl_trainer_destroy(t);
	net_destroy(n);
	net_destroy(good);
}
END_TEST

/* A finite loss whose gradient is not: the root at 0. */
static tl_tensor steep_loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	net *n = user;
	(void)batch;
	return tl_sum(tl_sqrt(tl_use(tape, n->b)), TL_ALL);
}

START_TEST(a_gradient_that_is_not_finite_is_named)
{
	net *n = net_create(1);
	tl_trainer_options o = usual(n);
	o.loss = steep_loss;
	tl_trainer *t = tl_trainer_create(n->set, &o);
	ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_VALUE);
	ck_assert_msg(strstr(tl_trainer_error(t), "step 1: the gradient is not finite: "), "%s",
		      tl_trainer_error(t));
	ck_assert_float_eq(tl_param_value_float(n->b)[0], 0);
	tl_trainer_destroy(t);
	net_destroy(n);
}
END_TEST

static int lines_of(const char *path, const char *with)
{
	FILE *f = fopen(path, "r");
	char line[512];
	int count = 0;
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f)) {
		ck_assert(line[0] == '{' && strstr(line, "}\n"));
		count += strstr(line, with) != NULL;
	}
	fclose(f);
	return count;
}

START_TEST(what_it_tells_is_there_once)
{
	net *n = net_create(1), *again = net_create(1);
	const char *log = in_folder("log.jsonl"), *path = in_folder("told.safetensors"),
		   *chart = in_folder("chart.svg");
	remove(path);
	FILE *progress = tmpfile();
	tl_trainer_options o = usual(n);
	o.checkpoint = path, o.log = log, o.chart = chart, o.progress = progress;
	o.validation = n->validation, o.steps = 9, o.epochs = 0;
	tl_trainer *t = tl_trainer_create(n->set, &o);
	assert_trained(t);
	tl_trainer_destroy(t);
	ck_assert_int_eq(lines_of(log, "\"gradient_norm\""), 9);
	ck_assert_int_eq(lines_of(log, "\"validation\""), 2);
	FILE *f = fopen(log,
			"a"); /* as of steps taken after the checkpoint, by a process that died */
	fputs("{\"step\":10,\"epoch\":1,\"loss\":0.5}\n{\"step\":11,\"epo", f);
	fclose(f);
	o.user = again, o.optimizer = again->optimizer, o.train = again->train;
	o.validation = again->validation, o.steps = 0, o.epochs = 3;
	t = tl_trainer_create(again->set, &o);
	assert_trained(t);
	tl_trainer_destroy(t);
	ck_assert_int_eq(lines_of(log, "\"gradient_norm\""), 3 * BATCHES);
	ck_assert_int_eq(lines_of(log, "\"step\":10,"), 1);
	ck_assert_int_gt(size_of(chart), 1000);
	rewind(progress);
	char line[256];
	int shown = 0;
	while (fgets(line, sizeof line, progress)) {
		ck_assert_int_lt((int)strlen(line), 80);
		ck_assert(line[0] == '[' && strstr(line, "loss") && strstr(line, "valid"));
		shown++;
	}
	ck_assert_int_ge(shown, 4);
	fclose(progress);
	net_destroy(n);
	net_destroy(again);
}
END_TEST

START_TEST(options_that_make_no_sense_are_refused)
{
	net *n = net_create(1);
	const struct {
		tl_trainer_options o;
		const char *words;
	} cases[] = {
		{{0}, "no loss function"},
		{{.loss = loss}, "no optimiser"},
		{{.loss = loss, .optimizer = n->optimizer, .epochs = -1}, "negative"},
		{{.loss = loss, .optimizer = n->optimizer, .seconds = NAN}, "negative"},
		{{.loss = loss, .optimizer = n->optimizer, .clip_norm = -1}, "negative"},
		{{.loss = loss, .optimizer = n->optimizer, .patience = 1}, "need validation"},
		{{.loss = loss, .optimizer = n->optimizer, .anew = true}, "need a checkpoint"},
		{{.loss = loss,
		  .optimizer = n->optimizer,
		  .validation = n->validation,
		  .best_by = "mae"},
		 "best_by names no metric"},
		{{.loss = loss, .optimizer = n->optimizer, .metric_count = 1}, "no metrics"},
		{{.loss = loss, .optimizer = n->optimizer, .schedule = &(tl_schedule){0}}, "rate"},
		{{.loss = loss, .optimizer = n->optimizer, .plateau = &(tl_plateau){0}},
		 "need validation"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		tl_trainer *t = tl_trainer_create(n->set, &cases[i].o);
		ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_ARGUMENT);
		ck_assert_msg(strstr(tl_trainer_error(t), cases[i].words), "%zu: %s", i,
			      tl_trainer_error(t));
		tl_trainer_destroy(t);
	}
	tl_trainer_options o = usual(n);
	o.train = NULL;
	tl_trainer *t = tl_trainer_create(n->set, &o);
	ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(tl_trainer_error(t), "no source"));
	tl_trainer_destroy(t);
	ck_assert_ptr_null(tl_trainer_create(NULL, &o));
	net_destroy(n);
}
END_TEST

/* A checkpoint of something else changes nothing. */
START_TEST(a_checkpoint_of_another_training_is_refused)
{
	net *n = net_create(1), *other = net_create(2);
	const char *path = in_folder("mine.safetensors");
	remove(path);
	tl_trainer_options o = usual(n);
	o.checkpoint = path, o.epochs = 1;
	tl_trainer *t = tl_trainer_create(n->set, &o);
	assert_trained(t);
	tl_trainer_destroy(t);
	int64_t count;
	float *values = tl_params_values(other->set, &count), before[1000];
	memcpy(before, values, (size_t)count * sizeof *values);
	o.user = other, o.optimizer = other->optimizer, o.seed = 6;
	t = tl_trainer_create(other->set, &o);
	ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_ARGUMENT);
	ck_assert_ptr_nonnull(
		strstr(tl_trainer_error(t), "was made with seed 5, and this one is 6"));
	tl_trainer_destroy(t);
	tl_optimizer *sgd = tl_sgd_create(other->set, NULL);
	o.seed = 5, o.optimizer = sgd;
	t = tl_trainer_create(other->set, &o);
	ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_ARGUMENT);
	ck_assert_ptr_nonnull(
		strstr(tl_trainer_error(t), "the optimiser adam, and this one is sgd"));
	tl_trainer_destroy(t);
	o.optimizer = other->optimizer;
	tl_params_add(other->set, "more", tl_dims(2), tl_init_zeros());
	t = tl_trainer_create(other->set, &o);
	ck_assert(tl_trainer_run(t) != TL_OK);
	ck_assert_ptr_nonnull(strstr(tl_trainer_error(t), "more"));
	tl_trainer_destroy(t);
	values = tl_params_values(other->set, NULL);
	ck_assert_mem_eq(values, before, (size_t)count * sizeof *values);
	tl_optimizer_destroy(sgd);
	net_destroy(n);
	net_destroy(other);
}
END_TEST

START_TEST(files_that_cannot_be_written_are_said)
{
	net *n = net_create(1);
	tl_trainer_options o = usual(n);
	o.epochs = 1, o.checkpoint = "/nowhere/at/all.safetensors";
	tl_trainer *t = tl_trainer_create(n->set, &o);
	ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_FILE);
	ck_assert_ptr_nonnull(strstr(tl_trainer_error(t), "/nowhere/at/all.safetensors"));
	ck_assert_int_eq(tl_trainer_get_state(t).step, BATCHES); /* what was learned is there */
	tl_trainer_destroy(t);
	o.checkpoint = NULL, o.log = "/nowhere/log";
	t = tl_trainer_create(n->set, &o);
	ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_FILE);
	tl_trainer_destroy(t);
	o.log = NULL, o.chart = "/nowhere/chart.svg";
	t = tl_trainer_create(n->set, &o);
	ck_assert_int_eq(tl_trainer_run(t), TL_ERROR_FILE);
	tl_trainer_destroy(t);
	net_destroy(n);
}
END_TEST

SUITE("trainer", it_is_the_loop_one_would_write, it_equals_a_loop_of_plain_calls,
      a_resumed_training_is_the_same_to_the_bit, accumulated_batches_are_one_step,
      evaluation_says_when_to_stop_and_what_was_best, what_is_not_finite_stops_and_is_named,
      a_gradient_that_is_not_finite_is_named, what_it_tells_is_there_once,
      options_that_make_no_sense_are_refused, a_checkpoint_of_another_training_is_refused,
      files_that_cannot_be_written_are_said)
