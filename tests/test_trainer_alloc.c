/*
 * Memory runs out at every place in turn, in a training that saves, is resumed and draws: each time
 * there is an error, or the right number; and nothing is leaked.
 */
#include "counting.h"
#include "suite.h"

#include <tapeloop/train.h>

#include <unistd.h>

enum { STEPS = 3, ROWS = 2 };

typedef struct net {
	tl_cell *cell;
	tl_param *V;
} net;

static tl_status fill(tl_batch *b, int64_t epoch, int64_t index, void *user)
{
	float *x = tl_batch_input_room(b, TL_F32, tl_dims(STEPS, ROWS, 1));
	float *y = tl_batch_target_room(b, TL_F32, tl_dims(ROWS, 1));
	float *w = tl_batch_weights_room(b, tl_dims(ROWS));
	(void)user;
	if (!x || !y || !w)
		return TL_ERROR_MEMORY;
	for (int i = 0; i < STEPS * ROWS; i++)
		x[i] = (float)(index + epoch - i) / 8;
	for (int i = 0; i < ROWS; i++)
		y[i] = x[i], w[i] = 1;
	return TL_OK;
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	const net *n = user;
	tl_tensor h = tl_unroll(n->cell, tl_batch_input(batch, tape), NULL).final_state.h;
	tl_loss_options by = {.weight = tl_batch_weights(batch, tape)};
	return tl_mse(tl_linear(h, tl_use(tape, n->V), TL_NONE), tl_batch_target(batch, tape), &by);
}

static double half(tl_tape *tape, const tl_batch *batch, void *user, double *weight)
{
	(void)tape;
	(void)batch;
	(void)user;
	*weight = 1;
	return 0.5;
}

static double trained(const char *path, int64_t steps)
{
	static const tl_metric metric = {.name = "half", .of = half};
	net n;
	tl_params *set = tl_params_create(TL_F32);
	n.cell = tl_cell_create(set, "gru", "gru", (tl_cell_options){.in = 1, .hidden = 2});
	n.V = tl_params_add(set, "V", tl_dims(1, 2), tl_init_constant(0.5));
	tl_optimizer *adam = tl_adam_create(set, NULL);
	tl_average *average = tl_average_create(set, &(tl_average_options){.decay = 0.5});
	tl_batches *source = tl_batches_create(&(tl_batches_options){.fill = fill, .count = 3});
	tl_trainer *t = tl_trainer_create(set, &(tl_trainer_options){.loss = loss,
								     .user = &n,
								     .optimizer = adam,
								     .train = source,
								     .validation = source,
								     .steps = steps,
								     .metrics = &metric,
								     .metric_count = 1,
								     .keep_best = true,
								     .average = average,
								     .clip_norm = 1,
								     .checkpoint = path});
	double value =
		n.cell && average && !tl_trainer_run(t) ? tl_trainer_get_state(t).validation : NAN;
	if (isnan(value) && t)
		ck_assert_ptr_nonnull(n.cell && average ? tl_trainer_error(t) : "");
	tl_trainer_destroy(t);
	tl_batches_destroy(source);
	tl_average_destroy(average);
	tl_optimizer_destroy(adam);
	tl_cell_destroy(n.cell);
	tl_params_destroy(set);
	return value;
}

static double in_two_runs(const char *path)
{
	unlink(path);
	double first = trained(path, 2);
	return isnan(first) ? NAN : trained(path, 4);
}

START_TEST(a_training_that_is_resumed)
{
	counting c;
	char path[64];
	snprintf(path, sizeof path, "/tmp/trainer-alloc-%d", (int)getpid());
	in_two_runs(path); /* what is made once a process is there now */
	counting_start(&c);
	double expected = in_two_runs(path);
	int64_t calls = c.calls;
	ck_assert(!isnan(expected) && c.blocks == 0);
	for (int64_t k = 1; k <= calls; k++) {
		counting_start(&c);
		c.fail_at = k;
		double got = in_two_runs(path);
		assert_quick(isnan(got) || got == expected, "call %d failing: %g, not %g", (int)k,
			     got, expected);
		assert_quick(c.blocks == 0, "call %d of %d failing: leaks %d blocks", (int)k,
			     (int)calls, (int)c.blocks);
	}
	counting_stop();
	unlink(path);
}
END_TEST

SUITE("trainer_alloc", a_training_that_is_resumed)
