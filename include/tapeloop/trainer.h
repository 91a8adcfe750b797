/*
 * The training loop. You say how the loss of a batch is recorded; the trainer takes the batches of
 * a source one after the other, through epochs, and does what stands around a step: gradients,
 * clipping, the optimiser, evaluation, early stopping, progress, a log, a chart, checkpoints.
 *
 *     static tl_tensor loss(tl_tape *tape, const tl_batch *batch, void *user)
 *     {
 *             net *n = user;
 *             tl_tensor h = tl_unroll(n->cell, tl_batch_input(batch, tape), NULL).final_state.h;
 *             tl_tensor y = tl_linear(h, tl_use(tape, n->V), tl_use(tape, n->b));
 *             return tl_mse(y, tl_batch_target(batch, tape), NULL);
 *     }
 *     ...
 *     tl_trainer *t = tl_trainer_create(set, &(tl_trainer_options){
 *             .loss = loss, .user = &n, .optimizer = adam, .train = train, .validation = rest,
 *             .epochs = 20, .clip_norm = 1, .checkpoint = "net.safetensors", .progress = stderr});
 *     if (tl_trainer_run(t))
 *             puts(tl_trainer_error(t));
 *
 * It is a loop you could have written, and you may write it: tl_trainer_step takes one step on a
 * batch of yours. There is no state that a checkpoint does not hold, so a training that was
 * interrupted goes on to the bit as if it had not been.
 *
 * Several processes under mpirun share each batch by its rows (docs/training.md).
 *
 * On failure: NULL when it cannot be made (out of memory); else a status, and tl_trainer_error says
 *     why. What was wrong with the options is said by the first run or step.
 * Owner: the caller owns the trainer and destroys it; set, optimiser and sources stay the caller's
 *     and must outlive it, and so must the texts and functions of the options.
 */
#ifndef TAPELOOP_TRAINER_H
#define TAPELOOP_TRAINER_H

#include <tapeloop/average.h>
#include <tapeloop/batch.h>
#include <tapeloop/model.h>
#include <tapeloop/optim.h>
#include <tapeloop/schedule.h>
#include <tapeloop/tape.h>

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_trainer tl_trainer;

/*
 * A number of your own beside the loss. It is asked for after the loss of a batch was recorded and
 * computed, in evaluation; the mean over batches is by *weight, which is the batch's rows at first.
 */
typedef struct tl_metric {
	const char *name;
	double (*of)(tl_tape *tape, const tl_batch *batch, void *user, double *weight);
	bool higher_is_better;
} tl_metric;

/* What is 0 or NULL is left out. */
typedef struct tl_trainer_options {
	/* The loss of a batch, one number; recorded in training and, with the tape not training, in
	 * evaluation. */
	tl_tensor (*loss)(tl_tape *tape, const tl_batch *batch, void *user);
	void *user; /* of all functions here */
	tl_optimizer *optimizer;
	tl_batches *train;
	tl_batches *validation;

	/* The end is what comes first; without any, it is one epoch. */
	int64_t epochs, steps;
	double seconds; /* of all runs together */
	int patience;   /* so many evaluations in a row that were not the best */

	/*
	 * A step. The learning rate is the optimiser's own or that of the schedule at the number of
	 * the step (with `seconds` and `steps` it goes by whichever share is further on), times the
	 * factor of the plateau, which observes each evaluation. Gradients are clipped as optim.h
	 * says, first all of them together, then each parameter's, then each number; and then
	 * noise is added.
	 */
	const tl_schedule *schedule;
	tl_plateau *plateau;
	double clip_norm, clip_norm_each, clip_value;
	double gradient_noise; /* eta of tl_params_add_gradient_noise */
	int accumulate;        /* batches whose gradients make one step [1] */
	tl_average *average;   /* updated after each step; it is what is evaluated */

	/* Evaluation, if there is a validation source: after each epoch, or every so many steps,
	 * and at the end. */
	int64_t evaluate_every;
	const tl_metric *metrics;
	int metric_count;
	const char *best_by; /* the metric that says which is best; NULL: the loss */
	bool keep_best;      /* end with the values of the best evaluation */

	/* Called after each step and each epoch; false ends the training. */
	bool (*on_step)(tl_trainer *trainer, void *user);
	bool (*on_epoch)(tl_trainer *trainer, void *user);

	/*
	 * A checkpoint is written to this path at the start, every so many seconds [60], at the end
	 * and when interrupted. If there is one when a run begins, the run goes on from it; `anew`
	 * does not.
	 */
	const char *checkpoint;
	double checkpoint_seconds;
	bool anew;
	/* With cells of the set or texts of yours the checkpoint is a model too (model.h). */
	tl_cell *const *cells;
	int cell_count;
	const tl_metadata *texts;
	int text_count;

	/* A bar on a terminal, plain lines elsewhere; a line of JSON a step and an evaluation; loss
	 * and gradient norm as a picture. */
	FILE *progress;
	const char *log, *chart;

	/*
	 * While it runs, Ctrl-C (SIGINT) and SIGTERM end the step that is being taken, a checkpoint
	 * is written and tl_trainer_run returns; the second one ends the process at once.
	 */
	bool interruptible;

	uint64_t seed; /* of dropout and what else is drawn on the tape */
} tl_trainer_options;

/* A trainer of the set. Nothing is read or computed yet. */
TL_API tl_trainer *tl_trainer_create(tl_params *set, const tl_trainer_options *options);
TL_API void tl_trainer_destroy(tl_trainer *trainer); /* NULL is fine */

/*
 * Train to the end that the options say. TL_OK also when interrupted or ended by a callback; called
 * again, it goes on.
 * On failure: the values are those before the step that failed, and the checkpoint is the last one
 *     written before it. TL_ERROR_VALUE: a loss or a gradient is NaN or infinite; the error names
 *     where the first of them came from: op, step and source line. TL_ERROR_FILE: a checkpoint, log
 *     or chart could not be written or read.
 */
TL_API tl_status tl_trainer_run(tl_trainer *trainer);

/* One step on this batch. For loops of your own, which count and save themselves. */
TL_API tl_status tl_trainer_step(tl_trainer *trainer, const tl_batch *batch);

/* The mean loss over an epoch of this source, in evaluation mode; NaN on failure. metric has room
 * for as many numbers as there are metrics, or is NULL. */
TL_API double tl_trainer_evaluate(tl_trainer *trainer, tl_batches *source, double *metric);

/* The state as one file, and back from it: values, optimiser, position and what else a run needs.
 */
TL_API tl_status tl_trainer_save(tl_trainer *trainer, const char *path);
TL_API tl_status tl_trainer_restore(tl_trainer *trainer, const char *path);

/* Why the last call failed, or NULL. Owner: the trainer, until its next call. */
TL_API const char *tl_trainer_error(const tl_trainer *trainer);

/* Where it stands. Numbers that are not known yet are NaN. */
typedef struct tl_trainer_state {
	int64_t step;         /* steps taken */
	int64_t epoch, index; /* the next batch */
	double loss;          /* of the last step */
	double smooth_loss;   /* that of late, as the progress shows it */
	double gradient_norm; /* of the last step, before clipping */
	double validation;    /* loss of the last evaluation */
	double best;          /* loss, or metric, of the best one */
	int64_t best_step;    /* the steps taken then */
	int not_better;       /* evaluations since */
	double seconds;       /* that all runs took */
	bool interrupted;     /* by Ctrl-C or SIGTERM */
	bool done;            /* the end that the options say was reached */
} tl_trainer_state;

/* Where it stands; of NULL, zeros. */
TL_API tl_trainer_state tl_trainer_get_state(const tl_trainer *trainer);

/* The tape the trainer records on, for callbacks and for use between runs. */
TL_API tl_tape *tl_trainer_tape(const tl_trainer *trainer);

/*
 * Under mpirun: which of how many processes this is (0 of 1 without it), and how many of a batch's
 * rows are its own: what a carried state is made for.
 */
TL_API int tl_process_rank(void);
TL_API int tl_process_count(void);
TL_API int64_t tl_process_rows(int64_t rows);

#ifdef __cplusplus
}
#endif
#endif
