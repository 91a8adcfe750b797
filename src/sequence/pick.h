/* Picking symbols by their scores: shared by saying and by beams. */
#ifndef TL_SEQUENCE_PICK_H
#define TL_SEQUENCE_PICK_H

#include <tapeloop/decode.h>

/* The scores as doubles, in room unless the tape has doubles; NULL on error. */
const double *tl_scores_of(tl_tensor scores, double *room, int64_t count);

/* A number in [0, 1) for this step and row. */
double tl_pick_number(uint64_t seed, int step, int64_t row);

/* log of the sum of exponentials */
double tl_log_sum(const double *scores, int64_t count);

#endif
