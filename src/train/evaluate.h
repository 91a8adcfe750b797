/* Evaluation. */
#ifndef TL_TRAIN_EVALUATE_H
#define TL_TRAIN_EVALUATE_H

#include "train/trainer.h"

/* Of several processes, each keeps its rows of the batch. */
tl_status tl_own_rows(tl_trainer *t, tl_batch *batch);

/* Evaluate on the validation source, and note whether that is the best so far. */
tl_status tl_evaluate_now(tl_trainer *t);

#endif
