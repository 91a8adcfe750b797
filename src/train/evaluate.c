/* Evaluation: the mean loss, and metrics, over an epoch of a source, without gradients. */
#include "train/evaluate.h"
#include "train/process.h"
#include "train/step.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

/* A batch's loss and metrics, added to the sums by weight: sums[0] and weights[0] are the loss's.
 */
static tl_status add_batch(tl_trainer *t, const tl_batch *b, int64_t number, double *sums,
			   double *weights)
{
	double share = tl_batch_share(b);
	tl_tape_rewind(t->tape);
	tl_tape_set_seed(t->tape, tl_seed_of(t, t->state.step, (int)number));
	tl_tensor y = t->o.loss(t->tape, b, t->o.user);
	double loss = y.id ? tl_item(y) : NAN;
	if (!tl_tape_error(t->tape) && y.id) {
		sums[0] += share > 0 ? share * loss : 0;
		weights[0] += share;
	}
	for (int k = 0; k < t->o.metric_count && !tl_tape_error(t->tape); k++) {
		double weight = (double)b->rows;
		double value = t->o.metrics[k].of(t->tape, b, t->o.user, &weight);
		sums[k + 1] += weight > 0 ? weight * value : 0;
		weights[k + 1] += weight;
	}
	if (!tl_tape_error(t->tape))
		tl_tape_commit(t->tape);
	if (tl_tape_error(t->tape))
		return tl_trainer_fail(t, tl_tape_status(t->tape), "evaluation: %s",
				       tl_tape_error(t->tape));
	return y.id ? TL_OK
		    : tl_trainer_fail(t, TL_ERROR_ARGUMENT,
				      "evaluation: the loss function returned no tensor");
}

tl_status tl_own_rows(tl_trainer *t, tl_batch *b)
{
	int64_t rows = b->rows, rank = tl_process_rank(), count = tl_process_count();
	if (count == 1)
		return TL_OK;
	tl_status status = tl_batch_keep_rows(b, rows * rank / count, tl_process_rows(rows));
	return status ? tl_trainer_fail(t, status,
					"a batch of %lld rows cannot be shared by %lld processes",
					(long long)rows, (long long)count)
		      : TL_OK;
}

static tl_status add_all(tl_trainer *t, tl_batches *source, double *sums, double *weights)
{
	int64_t count = tl_batches_count(source, 0);
	tl_status status = TL_OK;
	tl_batch *b = tl_batch_create();
	if (!b)
		return tl_trainer_fail(t, TL_ERROR_MEMORY, "evaluation: out of memory");
	for (int64_t i = 0; i < count && !status; i++) {
		status = tl_batches_fill(source, 0, i, b, &t->error);
		if (!status)
			status = tl_own_rows(t, b);
		if (!status)
			status = add_batch(t, b, i, sums, weights);
	}
	if (count < 1)
		status = tl_trainer_fail(t, TL_ERROR_ARGUMENT, "evaluation: there are no batches");
	tl_tape_rewind(t->tape); /* it may know the batch */
	tl_batch_destroy(b);
	return status;
}

double tl_trainer_evaluate(tl_trainer *t, tl_batches *source, double *metric)
{
	if (!t || t->problem)
		return NAN;
	int count = t->o.metric_count + 1;
	double *sums = tl_alloc_zero(sizeof(double) * (size_t)(2 * count + 1)), loss = NAN;
	if (!sums) {
		tl_trainer_fail(t, TL_ERROR_MEMORY, "evaluation: out of memory");
		return NAN;
	}
	t->error.status = TL_OK;
	tl_tape_set_training(t->tape, false);
	tl_status status = add_all(t, source, sums, sums + count);
	tl_tape_set_training(t->tape, true);
	sums[2 * count] = status != TL_OK;
	tl_error error = {TL_OK, ""};
	if (tl_processes_add(sums, 2 * count + 1, &error))
		status = tl_trainer_fail(t, error.status, "%s", error.text);
	else if (!status && sums[2 * count] > 0)
		status = tl_trainer_fail(t, TL_ERROR_VALUE, "evaluation failed in another process");
	for (int k = 0; k < count && !status; k++) {
		double mean = sums[count + k] > 0 ? sums[k] / sums[count + k] : NAN;
		if (k && metric)
			metric[k - 1] = mean;
		else if (!k)
			loss = mean;
	}
	tl_free(sums);
	return loss;
}

/* The number that says which evaluation is best, and in which direction. */
static double judged(const tl_trainer *t, bool *higher)
{
	*higher = false;
	for (int k = 0; k < t->o.metric_count; k++)
		if (t->o.best_by && !strcmp(t->o.metrics[k].name, t->o.best_by)) {
			*higher = t->o.metrics[k].higher_is_better;
			return t->metric[k];
		}
	return t->state.validation;
}

/* An evaluation that went well: is it the best, and what does the plateau make of it? */
static tl_status note_evaluation(tl_trainer *t, double loss)
{
	bool higher;
	tl_trainer_state *s = &t->state;
	s->validation = loss;
	t->evaluated_at = s->step;
	double now = judged(t, &higher);
	s->not_better++;
	if (t->o.plateau)
		tl_plateau_observe(t->o.plateau, now);
	if (isnan(now) || !(isnan(s->best) || (higher ? now > s->best : now < s->best)))
		return TL_OK;
	s->best = now;
	s->best_step = s->step;
	s->not_better = 0;
	if (t->o.keep_best && !tl_values_take(&t->best, t->set, false))
		return tl_trainer_fail(t, TL_ERROR_MEMORY, "trainer: out of memory");
	return TL_OK;
}

tl_status tl_evaluate_now(tl_trainer *t)
{
	bool averaged = t->o.average && !tl_average_swap(t->o.average);
	double loss = tl_trainer_evaluate(t, t->o.validation, t->metric);
	tl_status status = t->error.status ? t->error.status : note_evaluation(t, loss);
	if (averaged)
		tl_average_swap(t->o.average);
	return status;
}
