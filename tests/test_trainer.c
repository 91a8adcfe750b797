/* The training loop: it is the loop one would write; it goes on where it was, to the bit; what goes
 * wrong is said and loses nothing. */
#include "trainer_net.h"

#include <sys/wait.h>

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
	ck_assert(tl_process_rank() == 0 && tl_process_count() == 1 && tl_process_rows(7) == 7);

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

static bool raise_twice(tl_trainer *trainer, void *user)
{
	(void)trainer;
	(void)user;
	raise(SIGINT);
	raise(SIGINT);
	return true;
}

START_TEST(a_second_interrupt_ends_the_process)
{
	int status = 0;
	pid_t child = fork();
	if (!child) {
		net *n = net_create(1);
		tl_trainer_options o = usual(n);
		o.on_step = raise_twice, o.interruptible = true;
		tl_trainer_run(tl_trainer_create(n->set, &o));
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
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
	const char *path = scratch("spoilt.safetensors");
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
			      strstr(said, "trainer_net.h:"),
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

SUITE("trainer", it_is_the_loop_one_would_write, it_equals_a_loop_of_plain_calls,
      a_second_interrupt_ends_the_process, accumulated_batches_are_one_step,
      evaluation_says_when_to_stop_and_what_was_best, what_is_not_finite_stops_and_is_named,
      a_gradient_that_is_not_finite_is_named, options_that_make_no_sense_are_refused)
