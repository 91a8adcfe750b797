/*
 * One step: gradients of one batch or several, clipped; the optimiser. Several processes add up
 * their gradients, each by the share that its rows are of the batch.
 */
#include "train/step.h"
#include "train/process.h"

#include "base/random.h"

#include <tapeloop/grad.h>
#include <tapeloop/ops.h>

#include <math.h>

uint64_t tl_seed_of(const tl_trainer *t, int64_t step, int part)
{
	uint64_t key = tl_mix(t->o.seed ^ 0x7461706563u);
	return tl_random_bits(tl_random_bits(key, (uint64_t)step),
			      ((uint64_t)tl_process_rank() << 32) + (uint64_t)part);
}

double tl_batch_share(const tl_batch *b)
{
	const float *weight = b->weights.data;
	double sum = 0;
	if (!b->weights.size)
		return (double)b->rows;
	for (int64_t i = 0; i < b->weights.size; i++)
		sum += (double)weight[i];
	return sum;
}

tl_status tl_step_begin(tl_trainer *t)
{
	if (t->problem)
		return TL_ERROR_ARGUMENT;
	t->error.status = TL_OK;
	t->step_loss = 0;
	t->step_status = TL_OK;
	if (!tl_values_take(&t->before, t->set, true))
		t->step_status = tl_trainer_fail(t, TL_ERROR_MEMORY, "trainer: out of memory");
	tl_params_zero_gradients(t->set);
	return TL_OK;
}

static tl_tensor recorded(tl_trainer *t, const tl_batch *batch, int part)
{
	tl_tape_rewind(t->tape);
	tl_tape_set_training(t->tape, true);
	tl_tape_set_seed(t->tape, tl_seed_of(t, t->state.step, part));
	return t->o.loss(t->tape, batch, t->o.user);
}

/*
 * A loss or a gradient is not finite: the batch once more, with every value checked as it is
 * computed, says where that began.
 */
static tl_status find_origin(tl_trainer *t, const tl_batch *batch, int part, const char *what)
{
	tl_values_put(&t->before, t->set, true);
	tl_tape_set_check_finite(t->tape, true);
	tl_tensor again = recorded(t, batch, part);
	tl_status status = again.id ? tl_backward(again) : TL_OK;
	const char *origin = tl_tape_error(t->tape);
	tl_trainer_fail(t, TL_ERROR_VALUE, "step %lld: %s is not finite%s%s",
			(long long)t->state.step + 1, what, status && origin ? ": " : "",
			status && origin ? origin : "");
	tl_tape_set_check_finite(t->tape, false);
	tl_tape_rewind(t->tape);
	return TL_ERROR_VALUE;
}

/* The gradients of this process's rows, by their share of the step; the loss by it too. */
static tl_status own_gradients(tl_trainer *t, const tl_batch *batch, int part, double share)
{
	tl_tensor y = recorded(t, batch, part);
	const char *problem = tl_tape_error(t->tape);
	if (!y.id)
		return tl_trainer_fail(t, problem ? tl_tape_status(t->tape) : TL_ERROR_ARGUMENT,
				       "step %lld: %s", (long long)t->state.step + 1,
				       problem ? problem : "the loss function returned no tensor");
	tl_tensor scaled = share == 1 ? y : tl_mul(y, tl_scalar(t->tape, share));
	tl_status status = tl_backward(scaled);
	if (status)
		return tl_trainer_fail(t, status, "step %lld: %s", (long long)t->state.step + 1,
				       tl_tape_error(t->tape) ? tl_tape_error(t->tape)
							      : "the loss is of another tape");
	double loss = tl_item(scaled);
	t->step_loss += loss;
	return isfinite(loss) ? TL_OK : find_origin(t, batch, part, "the loss");
}

tl_status tl_step_add(tl_trainer *t, const tl_batch *batch, int part, int parts)
{
	tl_error error = {TL_OK, ""};
	double share = t->step_status ? 0 : tl_batch_share(batch), sum = share;
	if (tl_process_count() > 1 && tl_processes_add(&sum, 1, &error))
		return t->step_status = tl_trainer_fail(t, error.status, "%s", error.text);
	if (!t->step_status && sum > 0) /* a batch of no weight has no gradient */
		t->step_status =
			own_gradients(t, batch, part, (share == sum ? 1 : share / sum) / parts);
	return t->step_status;
}

/* Over all processes: gradients and loss; a failure of one, or its wish to stop, is that of all. */
static tl_status join(tl_trainer *t)
{
	double sums[4] = {t->step_loss, t->step_status != TL_OK, t->wants_stop,
			  t->state.interrupted};
	tl_error error = {TL_OK, ""};
	int64_t count;
	if (tl_process_count() == 1)
		return t->step_status;
	if (tl_processes_add(sums, 4, &error))
		return tl_trainer_fail(t, error.status, "%s", error.text);
	if (sums[1] > 0)
		return t->step_status ? t->step_status
				      : tl_trainer_fail(t, TL_ERROR_VALUE,
							"step %lld failed in another process",
							(long long)t->state.step + 1);
	t->step_loss = sums[0];
	t->wants_stop = sums[2] > 0;
	t->state.interrupted = sums[3] > 0; /* by a signal that not all of them had */
	void *gradients = tl_params_gradients(t->set, &count);
	if (tl_processes_add_block(gradients, count, tl_params_dtype(t->set), &error))
		return tl_trainer_fail(t, error.status, "%s", error.text);
	return TL_OK;
}

/* From gradients that are finite to other values. */
static tl_status change_values(tl_trainer *t)
{
	const tl_trainer_options *o = &t->o;
	if (o->clip_norm_each > 0)
		tl_params_clip_gradient_norm_each(t->set, o->clip_norm_each);
	if (o->clip_value > 0)
		tl_params_clip_gradient_value(t->set, o->clip_value);
	if (o->gradient_noise > 0)
		tl_params_add_gradient_noise(t->set, o->gradient_noise, o->seed, t->state.step);
	tl_status status = tl_optimizer_step(o->optimizer);
	if (status)
		return tl_trainer_fail(t, status, "%s", tl_optimizer_error(o->optimizer));
	status = o->average ? tl_average_update(o->average) : TL_OK;
	return status ? tl_trainer_fail(t, status, "%s", tl_average_error(o->average)) : TL_OK;
}

tl_status tl_step_end(tl_trainer *t, const tl_batch *batch, int part)
{
	tl_status status = join(t);
	if (status) {
		tl_values_put(&t->before, t->set, true);
		return status;
	}
	double norm = tl_params_clip_gradient_norm(t->set, t->o.clip_norm);
	if (isfinite(norm))
		status = change_values(t);
	else
		status = find_origin(t, batch, part, "the gradient");
	if (status) {
		tl_values_put(&t->before, t->set, true);
		return status;
	}
	tl_trainer_state *s = &t->state;
	s->step++;
	s->loss = t->step_loss;
	s->gradient_norm = norm;
	s->smooth_loss = isnan(s->smooth_loss) ? s->loss : 0.95 * s->smooth_loss + 0.05 * s->loss;
	return TL_OK;
}

tl_status tl_trainer_step(tl_trainer *t, const tl_batch *batch)
{
	if (!t || !batch || !batch->input.size)
		return t ? tl_trainer_fail(t, TL_ERROR_ARGUMENT, "step: there is no batch")
			 : TL_ERROR_ARGUMENT;
	tl_status status = tl_step_begin(t);
	if (status)
		return status;
	tl_step_add(t, batch, 0, 1);
	return tl_step_end(t, batch, 0);
}
