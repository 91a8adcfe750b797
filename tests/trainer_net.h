/* A small net and its training, for the suites of the trainer: with dropout, a buffer that is
 * assigned in each step, and a place to stop. */
#ifndef TL_TESTS_TRAINER_NET_H
#define TL_TESTS_TRAINER_NET_H

#include "scratch.h"
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
__attribute__((unused)) static tl_status fill(tl_batch *b, int64_t epoch, int64_t index, void *user)
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
__attribute__((unused)) static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	net *n = user;
	tl_unroll_options o = {.dropout = {.input = 0.2, .recurrent_h = 0.1}};
	tl_tensor h = tl_unroll(n->cell, tl_batch_input(batch, tape), &o).final_state.h;
	n->said = tl_linear(h, tl_use(tape, n->V), tl_use(tape, n->b));
	tl_assign(n->seen, tl_add(tl_use(tape, n->seen), tl_mean(h, tl_axes(0))));
	return tl_mse(n->said, tl_batch_target(batch, tape), NULL);
}

__attribute__((unused)) static double mean_error(tl_tape *tape, const tl_batch *batch, void *user,
						 double *weight)
{
	net *n = user;
	tl_tensor d = tl_sub(n->said, tl_batch_target(batch, tape));
	ck_assert_float_eq((float)*weight, ROWS);
	return tl_item(tl_mean(tl_abs(d), TL_ALL));
}

__attribute__((unused)) static const tl_metric metrics[] = {{.name = "mae", .of = mean_error}};

__attribute__((unused)) static bool stop(tl_trainer *trainer, void *user)
{
	net *n = user;
	n->calls++;
	if (n->stop_at != tl_trainer_get_state(trainer).step)
		return true;
	if (n->raises)
		raise(n->raises);
	return n->raises;
}

__attribute__((unused)) static bool count_epoch(tl_trainer *trainer, void *user)
{
	net *n = user;
	(void)trainer;
	n->epochs++;
	return true;
}

__attribute__((unused)) static net *net_create(uint64_t seed)
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

__attribute__((unused)) static void net_destroy(net *n)
{
	tl_optimizer_destroy(n->optimizer);
	tl_batches_destroy(n->train);
	tl_batches_destroy(n->validation);
	tl_cell_destroy(n->cell);
	tl_params_destroy(n->set);
	free(n);
}

__attribute__((unused)) static tl_trainer_options usual(net *n)
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
__attribute__((unused)) static void assert_same(net *a, net *b)
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

__attribute__((unused)) static long size_of(const char *path)
{
	struct stat s;
	return stat(path, &s) ? -1 : (long)s.st_size;
}

#endif
