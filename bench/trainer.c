/*
 * What the trainer costs: its steps beside those of a bare loop over the same batches, in turns, as
 * the median of the turns' ratios. The loop fills, records, differentiates, clips and updates, and
 * no more.
 *
 *     bench_trainer [rounds]
 */
#include <stdio.h>
#include <stdlib.h>

#include <tapeloop/train.h>

#include "timing.h"

enum { EACH = 40, MOST_ROUNDS = 200 };

typedef struct net {
	tl_params *set;
	tl_cell *cell;
	tl_param *V;
	tl_optimizer *adam;
	int steps, rows, hidden;
} net;

static tl_status fill(tl_batch *b, int64_t epoch, int64_t index, void *user)
{
	const net *n = user;
	tl_random r = tl_random_stream((uint64_t)epoch, (uint64_t)index);
	float *x = tl_batch_input_room(b, TL_F32, tl_dims(n->steps, n->rows, 2));
	float *y = tl_batch_target_room(b, TL_F32, tl_dims(n->rows, 1));
	if (!x || !y)
		return TL_ERROR_MEMORY;
	for (int i = 0; i < n->steps * n->rows * 2; i++)
		x[i] = (float)tl_random_uniform(&r);
	for (int i = 0; i < n->rows; i++)
		y[i] = x[2 * i];
	return TL_OK;
}

static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
{
	const net *n = user;
	tl_tensor h = tl_unroll(n->cell, tl_batch_input(batch, tape), NULL).final_state.h;
	return tl_mse(tl_linear(h, tl_use(tape, n->V), TL_NONE), tl_batch_target(batch, tape),
		      NULL);
}

static net net_create(int steps, int rows, int hidden)
{
	net n = {.steps = steps, .rows = rows, .hidden = hidden};
	n.set = tl_params_create(TL_F32);
	n.cell =
		tl_cell_create(n.set, "lstm", "lstm", (tl_cell_options){.in = 2, .hidden = hidden});
	n.V = tl_params_add(n.set, "V", tl_dims(1, hidden), tl_init_glorot_uniform());
	n.adam = tl_adam_create(n.set, NULL);
	return n;
}

static void net_destroy(net *n)
{
	tl_optimizer_destroy(n->adam);
	tl_cell_destroy(n->cell);
	tl_params_destroy(n->set);
}

static bool bare(net *n, tl_tape *tape, tl_batches *source, tl_batch *batch, int64_t from)
{
	bool fine = true;
	for (int64_t i = from; i < from + EACH && fine; i++) {
		fine = !tl_batches_fill(source, 0, i, batch, NULL);
		tl_tape_rewind(tape);
		tl_params_zero_gradients(n->set);
		tl_tensor y = loss(tape, batch, n);
		fine = fine && !tl_backward(y);
		tl_params_clip_gradient_norm(n->set, 1);
		fine = fine && !tl_optimizer_step(n->adam) && tl_item(y) >= 0;
	}
	return fine;
}

static int64_t limit;

static bool until(tl_trainer *t, void *user)
{
	(void)user;
	return tl_trainer_get_state(t).step < limit;
}

static void compare(const char *name, int steps, int rows, int hidden, int rounds)
{
	static double ratio[MOST_ROUNDS], b[MOST_ROUNDS];
	net ours = net_create(steps, rows, hidden), theirs = net_create(steps, rows, hidden);
	tl_batches_options o = {.fill = fill, .count = 1 << 30, .user = &ours};
	tl_batches *source = tl_batches_create(&o);
	tl_tape *tape = tl_tape_create(TL_F32);
	tl_batch *batch = tl_batch_create();
	tl_trainer *t = tl_trainer_create(ours.set, &(tl_trainer_options){.loss = loss,
									  .user = &ours,
									  .optimizer = ours.adam,
									  .train = source,
									  .clip_norm = 1,
									  .on_step = until});
	bool fine = true;
	for (int i = -1; i < rounds && fine; i++) {
		double begun = seconds();
		limit = (int64_t)(i + 2) * EACH;
		fine = !tl_trainer_run(t);
		double between = seconds();
		fine = fine && bare(&theirs, tape, source, batch, (int64_t)(i + 1) * EACH);
		if (i < 0)
			continue;
		b[i] = seconds() - between;
		ratio[i] = (between - begun) / b[i];
	}
	if (fine)
		printf("%-24s bare loop %8.1f us a step, trainer / bare loop %.3f\n", name,
		       1e6 * median(b, rounds) / EACH, median(ratio, rounds));
	else
		printf("%s: %s\n", name, tl_trainer_error(t));
	tl_trainer_destroy(t);
	tl_batch_destroy(batch);
	tl_tape_destroy(tape);
	tl_batches_destroy(source);
	net_destroy(&ours);
	net_destroy(&theirs);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 31;
	rounds = rounds < 1 ? 1 : rounds > MOST_ROUNDS ? MOST_ROUNDS : rounds;
	compare("T 10, B 4, H 16", 10, 4, 16, rounds);
	compare("T 50, B 32, H 64", 50, 32, 64, rounds);
	compare("T 50, B 32, H 128", 50, 32, 128, rounds);
	return 0;
}
