/* Picking symbols by their scores: shared by saying and by beams. */
#ifndef TL_SEQUENCE_PICK_H
#define TL_SEQUENCE_PICK_H

#include <tapeloop/decode.h>

/* The scores as doubles, in room unless the tape has doubles; NULL on error. */
const double *tl_scores_as_doubles(tl_tensor scores, double *room);

/* The same of what a decoder said; it is an error too if in some row none can be picked. */
const double *tl_scores_of(tl_tensor scores, double *room);

/* A number in [0, 1) for this step and row. */
double tl_pick_number(uint64_t seed, int step, int64_t row);

/* Can one of them be picked: no NaN among them, the largest finite? */
bool tl_scores_fine(const double *scores, int64_t count);

/* What a decoder said for so many rows is real, [rows, classes], of this tape; reports if not. */
bool tl_scores_fit(tl_tape *tape, tl_tensor scores, int64_t rows);

/* Are the options such that something can be drawn? NULL is fine. */
bool tl_sampling_fits(const tl_sampling *sampling);

/* log of the sum of exponentials */
double tl_log_sum(const double *scores, int64_t count);

#endif
