/* One step of a training. */
#ifndef TL_TRAIN_STEP_H
#define TL_TRAIN_STEP_H

#include "train/trainer.h"

/* A random number for what is drawn on the tape: it follows from the seed, the step, the part of
 * the step and the process, so that a training that is resumed draws the same. */
uint64_t tl_seed_of(const tl_trainer *t, int64_t step, int part);

/*
 * Begin a step, add the gradients of a batch, `parts` of which make a step, and then change the
 * values. A failure of the middle one is kept for the last, which returns it. Several processes
 * call all of it alike, each with its rows of the batch.
 */
tl_status tl_step_begin(tl_trainer *t);
tl_status tl_step_add(tl_trainer *t, const tl_batch *batch, int part, int parts);
tl_status tl_step_end(tl_trainer *t, const tl_batch *last, int part); /* the last of the parts */

/* How much a batch counts among others: the sum of its weights, or its rows. */
double tl_batch_share(const tl_batch *batch);

#endif
