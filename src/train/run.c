/* The loop: batches through epochs to the end that the options say. */
#include "train/evaluate.h"
#include "train/interrupt.h"
#include "train/log.h"
#include "train/process.h"
#include "train/step.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { CHECKPOINT_SECONDS = 60 };

static double seconds_so_far(const tl_trainer *t)
{
	return t->seconds_before + tl_now() - t->since;
}

/* The learning rate of the step to come. Where time is a limit too, the schedule goes by whichever
 * share is further on, so that it comes to its end. */
static void follow_schedule(tl_trainer *t)
{
	int64_t step = t->state.step;
	double rate = t->base_rate;
	if (t->o.seconds > 0 && t->o.steps) {
		double share = fmin(1, seconds_so_far(t) / t->o.seconds);
		int64_t by_time = (int64_t)(share * (double)t->o.steps);
		step = by_time > step ? by_time : step;
	}
	if (t->o.schedule)
		rate = tl_schedule_at(t->o.schedule, step);
	if (t->o.plateau && t->o.plateau->observed)
		rate *= t->o.plateau->factor;
	if (t->o.schedule || t->o.plateau)
		tl_optimizer_set_learning_rate(t->o.optimizer, rate);
}

/*
 * A batch of the present epoch. Once it shows that filling takes long enough to be worth a thread's
 * waking, and a share of the time, another thread prepares the next one while this one trains; the
 * batches are the same.
 */
static tl_batch *next_batch(tl_trainer *t, int64_t index)
{
	enum { WATCHED = 8 };
	const double least = 100e-6;
	tl_status status;
	if (!t->ahead && t->watched == WATCHED) {
		t->watched++; /* that is decided now */
		if (t->filling > least * WATCHED &&
		    t->filling > 0.05 * (seconds_so_far(t) - t->seconds_before))
			t->ahead = tl_prefetch_create(t->o.train, NULL);
	}
	if (t->ahead)
		return tl_prefetch_next(t->ahead, t->state.epoch, index, &t->error);
	double begun = tl_now();
	status = tl_batches_fill(t->o.train, t->state.epoch, index, t->batch, &t->error);
	t->filling += tl_now() - begun;
	t->watched += t->watched < WATCHED;
	return status ? NULL : t->batch;
}

/* The batches of one step, of which an epoch's end may leave fewer than `accumulate`. */
static tl_status take_step(tl_trainer *t)
{
	int64_t count = tl_batches_count(t->o.train, t->state.epoch);
	int wanted = t->o.accumulate > 1 ? t->o.accumulate : 1;
	int parts = wanted < count - t->state.index ? wanted : (int)(count - t->state.index);
	tl_status status = tl_step_begin(t);
	tl_batch *batch = NULL;
	if (status)
		return status;
	follow_schedule(t);
	for (int part = 0; part < parts; part++) {
		if (!t->step_status && !(batch = next_batch(t, t->state.index + part)))
			t->step_status = t->error.status;
		if (!t->step_status)
			t->step_status = tl_own_rows(t, batch);
		tl_step_add(t, batch, part, parts);
	}
	status = tl_step_end(t, batch, parts - 1);
	if (status)
		return status;
	t->state.index += parts;
	return TL_OK;
}

static tl_status evaluate_and_tell(tl_trainer *t)
{
	tl_status status = tl_evaluate_now(t);
	if (status)
		return status;
	tl_history_add_test(&t->history, t->state.step, t->state.validation);
	tl_log_evaluation(t);
	tl_progress(t, !t->o.progress || !isatty(fileno(t->o.progress)));
	return tl_log_flush(t);
}

static tl_status save_now(tl_trainer *t)
{
	t->saved_at = tl_now();
	if (!t->o.checkpoint || tl_process_rank())
		return TL_OK;
	tl_status status = tl_trainer_save(t, t->o.checkpoint);
	if (!status && t->o.chart)
		status = tl_history_draw(&t->history, t->o.chart, &t->error);
	return status ? status : tl_log_flush(t);
}

static bool at_the_end(const tl_trainer *t)
{
	const tl_trainer_options *o = &t->o;
	int64_t epochs = o->epochs || o->steps || o->seconds > 0 ? o->epochs : 1;
	return (o->steps && t->state.step >= o->steps) || (epochs && t->state.epoch >= epochs) ||
	       (o->patience && t->state.not_better >= o->patience);
}

/* What follows a step: its traces, the evaluation that is due, the end of an epoch. */
static tl_status after_step(tl_trainer *t)
{
	tl_status status = TL_OK;
	t->state.seconds = seconds_so_far(t);
	tl_history_add(&t->history, t->state.step, t->state.loss, t->state.gradient_norm);
	tl_log_step(t);
	if (t->o.on_step && !t->o.on_step(t, t->o.user))
		t->wants_stop = true;
	bool epoch_ends = t->state.index >= tl_batches_count(t->o.train, t->state.epoch);
	if (epoch_ends) {
		t->state.epoch++;
		t->state.index = 0;
	}
	if (t->o.validation &&
	    (t->o.evaluate_every ? t->state.step % t->o.evaluate_every == 0 : epoch_ends))
		status = evaluate_and_tell(t);
	if (!status && epoch_ends && t->o.on_epoch && !t->o.on_epoch(t, t->o.user))
		t->wants_stop = true;
	tl_progress(t, false);
	double every = t->o.checkpoint_seconds > 0 ? t->o.checkpoint_seconds : CHECKPOINT_SECONDS;
	if (!status && tl_now() - t->saved_at >= every)
		status = save_now(t);
	return status;
}

/* What failed in one process alone, a file say, ends all of them, which would wait for it. */
static tl_status agreed(tl_trainer *t, tl_status status)
{
	double failed = status != TL_OK;
	tl_error error = {TL_OK, ""};
	if (tl_process_count() == 1)
		return status;
	if (tl_processes_add(&failed, 1, &error))
		return tl_trainer_fail(t, error.status, "%s", error.text);
	return status || !(failed > 0)
		       ? status
		       : tl_trainer_fail(t, TL_ERROR_VALUE, "another process failed, and says why");
}

static tl_status loop(tl_trainer *t)
{
	tl_status status = TL_OK;
	while (!status && !at_the_end(t)) {
		if (t->o.interruptible && tl_interrupts_came())
			t->wants_stop = t->state.interrupted = true;
		bool out_of_time = t->o.seconds > 0 && seconds_so_far(t) >= t->o.seconds;
		if (tl_process_count() == 1 && (t->wants_stop || out_of_time))
			break;
		t->wants_stop |= out_of_time; /* several stop after a step that all of them took */
		status = take_step(t);
		bool all_stop = t->wants_stop && tl_process_count() > 1;
		if (!status)
			status = agreed(t, after_step(t));
		if (all_stop)
			break;
	}
	t->state.seconds = seconds_so_far(t);
	return status;
}

/*
 * Look once for a checkpoint, and give all processes the same values to begin with. Where there is
 * none, one is written now: that it cannot be is better said before the training than after it.
 */
static tl_status begin(tl_trainer *t)
{
	int64_t count;
	tl_status status = TL_OK;
	if (t->begun)
		return TL_OK;
	if (!tl_processes_meet(&t->error))
		return t->error.status;
	bool there = t->o.checkpoint && !t->o.anew && !access(t->o.checkpoint, F_OK);
	if (there)
		status = tl_trainer_restore(t, t->o.checkpoint);
	void *values = tl_params_values(t->set, &count);
	if (!status && tl_process_count() > 1 && !t->state.step)
		status = tl_processes_share(
			values, count * (int64_t)tl_dtype_size(tl_params_dtype(t->set)), &t->error);
	if (!status && t->o.checkpoint && !there && !tl_process_rank())
		status = tl_trainer_save(t, t->o.checkpoint);
	status = agreed(t, status);
	t->begun = !status;
	return status;
}

/* The last evaluation, checkpoint and picture; and then, if asked for, the best values. */
static tl_status end(tl_trainer *t)
{
	tl_status status = TL_OK;
	t->state.done = !t->state.interrupted;
	if (t->o.validation && t->state.done && t->evaluated_at != t->state.step && t->state.step)
		status = evaluate_and_tell(t);
	if (!status)
		status = save_now(t);
	if (!status && t->o.chart && !tl_process_rank())
		status = tl_history_draw(&t->history, t->o.chart, &t->error);
	if (!status && t->o.keep_best && t->state.done) {
		tl_values_put(&t->best, t->set, false);
		t->best_is_in = true;
	}
	tl_progress(t, true);
	tl_progress_end(t, t->state.interrupted ? "interrupted" : NULL);
	return status ? status : tl_log_flush(t);
}

tl_status tl_trainer_run(tl_trainer *t)
{
	if (!t || t->problem)
		return TL_ERROR_ARGUMENT;
	t->error.status = TL_OK;
	if (!t->o.train || tl_batches_count(t->o.train, t->state.epoch) < 1)
		return tl_trainer_fail(t, TL_ERROR_ARGUMENT,
				       "trainer: there is no source to train on, or it is empty");
	tl_status status = begin(t);
	if (!status)
		status = tl_log_open(t);
	if (status || t->best_is_in)
		return status;
	t->since = t->saved_at = t->shown_at = tl_now();
	t->seconds_before = t->state.seconds;
	t->first_step = t->state.step;
	t->filling = 0;
	t->watched = 0;
	t->share_before = tl_share_done(t);
	t->wants_stop = t->state.interrupted = false;
	if (t->o.interruptible)
		tl_interrupts_take();
	status = loop(t);
	status = status ? status : end(t);
	if (status)
		tl_progress_end(t, NULL);
	if (t->o.interruptible)
		tl_interrupts_give_back();
	tl_tape_rewind(t->tape);
	return status;
}
