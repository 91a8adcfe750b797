/* Trainers: made, asked, destroyed. */
#include "train/log.h"
#include "train/trainer.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

static bool is_metric(const tl_trainer_options *o, const char *name)
{
	for (int i = 0; i < o->metric_count; i++)
		if (o->metrics[i].name && !strcmp(o->metrics[i].name, name))
			return true;
	return false;
}

/* What is wrong with the options, or NULL. */
static const char *problem_of(const tl_trainer_options *o)
{
	if (!o->loss)
		return "trainer: there is no loss function";
	if (!o->optimizer)
		return "trainer: there is no optimiser";
	if (o->epochs < 0 || o->steps < 0 || !(o->seconds >= 0) || o->patience < 0 ||
	    o->evaluate_every < 0)
		return "trainer: epochs, steps, seconds, patience or evaluate_every is negative";
	if (!(o->clip_norm >= 0) || !(o->clip_norm_each >= 0) || !(o->clip_value >= 0) ||
	    !(o->gradient_noise >= 0) || o->accumulate < 0 || !(o->checkpoint_seconds >= 0))
		return "trainer: clipping, gradient_noise, accumulate or checkpoint_seconds is "
		       "negative";
	if (o->schedule && tl_schedule_problem(o->schedule))
		return tl_schedule_problem(o->schedule);
	if (o->metric_count < 0 || (o->metric_count && !o->metrics))
		return "trainer: there are no metrics where metric_count says so";
	for (int i = 0; i < o->metric_count; i++)
		if (!o->metrics[i].name || !o->metrics[i].of)
			return "trainer: a metric has no name or no function";
	if (!o->validation && (o->patience || o->plateau || o->evaluate_every || o->keep_best ||
			       o->best_by || o->metric_count))
		return "trainer: patience, plateau, evaluate_every, keep_best, best_by and metrics "
		       "need "
		       "validation";
	if (o->best_by && !is_metric(o, o->best_by))
		return "trainer: best_by names no metric";
	if (!o->checkpoint &&
	    (o->anew || o->checkpoint_seconds > 0 || o->cell_count || o->text_count))
		return "trainer: anew, checkpoint_seconds, cells and texts need a checkpoint";
	if (o->cell_count < 0 || (o->cell_count && !o->cells) || o->text_count < 0 ||
	    (o->text_count && !o->texts))
		return "trainer: there are no cells or texts where their counts say so";
	return NULL;
}

tl_trainer *tl_trainer_create(tl_params *set, const tl_trainer_options *options)
{
	tl_trainer *t = set && options ? tl_alloc_zero(sizeof *t) : NULL;
	if (!t)
		return NULL;
	t->o = *options;
	t->set = set;
	t->problem = problem_of(options);
	t->tape = tl_tape_create(tl_params_dtype(set));
	t->batch = tl_batch_create();
	t->metric = tl_alloc_zero(sizeof(double) *
				  (size_t)(t->problem ? 1 : options->metric_count + 1));
	t->evaluated_at = -1;
	t->base_rate = tl_optimizer_learning_rate(options->optimizer);
	t->state = (tl_trainer_state){.loss = NAN,
				      .smooth_loss = NAN,
				      .gradient_norm = NAN,
				      .validation = NAN,
				      .best = NAN};
	if (t->tape && t->batch && t->metric)
		return t;
	tl_trainer_destroy(t);
	return NULL;
}

void tl_trainer_destroy(tl_trainer *t)
{
	if (!t)
		return;
	tl_log_close(t);
	tl_prefetch_destroy(t->ahead);
	tl_tape_destroy(t->tape);
	tl_batch_destroy(t->batch);
	tl_free(t->metric);
	tl_free(t->best.bytes);
	tl_free(t->before.bytes);
	tl_free(t);
}

const char *tl_trainer_error(const tl_trainer *t)
{
	if (!t)
		return "there is no trainer: memory was short, or there was no set";
	return t->problem ? t->problem : t->error.status ? t->error.text : NULL;
}

tl_trainer_state tl_trainer_get_state(const tl_trainer *t)
{
	return t ? t->state : (tl_trainer_state){0};
}

tl_tape *tl_trainer_tape(const tl_trainer *t)
{
	return t ? t->tape : NULL;
}
