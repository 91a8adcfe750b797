/*
 * A small training, for test_mpi.py to run under mpirun: what it prints at the end must not depend
 * on how many processes share it.
 *
 * usage: mpi_train CHECKPOINT [STEP]    at this step, the last process kills itself; at -STEP it is
 * interrupted
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <tapeloop/train.h>

enum { STEPS = 6, ROWS = 12, IN = 3, HIDDEN = 5, CLASSES = 4 };

typedef struct net {
	tl_cell *cell;
	tl_param *V;
	int64_t dies_at;
} net;

/* Rows of different lengths, and weights that are 0 beyond them. */
static tl_status fill(tl_batch *b, int64_t epoch, int64_t index, void *user)
{
	tl_random r = tl_random_stream((uint64_t)epoch, (uint64_t)index);
	double *x = tl_batch_input_room(b, TL_F64, tl_dims(STEPS, ROWS, IN));
	int32_t *y = tl_batch_target_room(b, TL_I32, tl_dims(STEPS, ROWS));
	int32_t *lengths = tl_batch_lengths_room(b, ROWS);
	float *weights = tl_batch_weights_room(b, tl_dims(STEPS, ROWS));
	(void)user;
	if (!x || !y || !lengths || !weights)
		return TL_ERROR_MEMORY;
	for (int i = 0; i < STEPS * ROWS * IN; i++)
		x[i] = tl_random_normal(&r);
	for (int row = 0; row < ROWS; row++)
		lengths[row] = (int32_t)tl_random_below(&r, STEPS + 1);
	for (int i = 0; i < STEPS * ROWS; i++) {
		y[i] = (int32_t)tl_random_below(&r, CLASSES);
		weights[i] = i / ROWS < lengths[i % ROWS];
	}
	return TL_OK;
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	const net *n = user;
	tl_unroll_options o = {.lengths = tl_batch_lengths(batch, tape)};
	tl_tensor h = tl_unroll(n->cell, tl_batch_input(batch, tape), &o).h;
	tl_cross_entropy_options by = {.weight = tl_batch_weights(batch, tape)};
	return tl_cross_entropy(tl_linear(h, tl_use(tape, n->V), TL_NONE),
				tl_batch_target(batch, tape), &by);
}

static bool maybe_die(tl_trainer *t, void *user)
{
	const net *n = user;
	int64_t step = tl_trainer_get_state(t).step;
	if (tl_process_rank() == tl_process_count() - 1 &&
	    (step == n->dies_at || -step == n->dies_at))
		raise(n->dies_at > 0 ? SIGKILL : SIGINT);
	return true;
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : NULL;
	net n = {.dies_at = argc > 2 ? atoi(argv[2]) : 0};
	tl_params *set = tl_params_create(TL_F64);
	tl_params_set_seed(set, (uint64_t)tl_process_rank()); /* the first one's hold for all */
	n.cell = tl_cell_create(set, "gru", "gru", (tl_cell_options){.in = IN, .hidden = HIDDEN});
	n.V = tl_params_add(set, "V", tl_dims(CLASSES, HIDDEN), tl_init_glorot_uniform());
	tl_optimizer *adam = tl_adam_create(set, NULL);
	tl_batches *source = tl_batches_create(&(tl_batches_options){.fill = fill, .count = 10});
	tl_trainer *t = tl_trainer_create(
		set, &(tl_trainer_options){.loss = loss,
					   .user = &n,
					   .optimizer = adam,
					   .train = source,
					   .validation = source,
					   .epochs = 4,
					   .accumulate = 3,
					   .clip_norm = 0.5,
					   .on_step = maybe_die,
					   .interruptible = true,
					   .checkpoint = path,
					   .checkpoint_seconds = path ? 1e-9 : 0});
	tl_status status = tl_trainer_run(t);
	if (status)
		fprintf(stderr, "%d of %d: %s\n", tl_process_rank(), tl_process_count(),
			tl_trainer_error(t));
	int64_t count;
	const double *value = tl_params_values(set, &count);
	if (tl_trainer_get_state(t).interrupted && !tl_process_rank())
		printf("interrupted after step %d\n", (int)tl_trainer_get_state(t).step);
	if (!status && !tl_process_rank()) {
		printf("%d %.17g\n", tl_process_count(), tl_trainer_get_state(t).validation);
		for (int64_t i = 0; i < count; i++)
			printf("%.17g\n", value[i]);
	}
	tl_trainer_destroy(t);
	tl_batches_destroy(source);
	tl_optimizer_destroy(adam);
	tl_cell_destroy(n.cell);
	tl_params_destroy(set);
	return status != TL_OK;
}
