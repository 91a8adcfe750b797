/* What a run tells: progress for people, a log for programs. */
#ifndef TL_TRAIN_LOG_H
#define TL_TRAIN_LOG_H

#include "train/trainer.h"

/*
 * Open the log and leave in it what was written up to the step where the run begins: lines of steps
 * that were taken after the checkpoint, and are taken again, are dropped.
 */
tl_status tl_log_open(tl_trainer *t);
void tl_log_close(tl_trainer *t);
void tl_log_step(tl_trainer *t);
void tl_log_evaluation(tl_trainer *t);
tl_status tl_log_flush(tl_trainer *t);

/* The share of the training that is done, in [0, 1], by whichever limit is nearest. */
double tl_share_done(const tl_trainer *t);

/* Show where it stands, unless that was done a moment ago or `now` says to. */
void tl_progress(tl_trainer *t, bool now);

/* Begin a new line after the bar; say something on a line of its own. */
void tl_progress_end(tl_trainer *t, const char *words);

#endif
