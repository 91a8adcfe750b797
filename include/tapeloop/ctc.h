/*
 * Connectionist temporal classification (Graves et al. 2006): a net says something at every step, a
 * symbol or a blank; what it says means the sequence that is left when repetitions are made one and
 * blanks are taken out. The loss is -log of the sum over all ways to say the target, in log space.
 */
#ifndef TAPELOOP_CTC_H
#define TAPELOOP_CTC_H

#include <tapeloop/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_ctc_options {
	tl_tensor input_lengths;  /* [batch], integers: how many steps a row has; unset: all */
	tl_tensor target_lengths; /* [batch], integers: symbols of each target; unset: all. 0 is
				     fine. */
	int32_t blank;            /* the class that is the blank [0] */
} tl_ctc_options;

/*
 * One loss a row, [batch]: scores [steps, batch, classes] before any softmax, targets [batch,
 * longest], integers that are no blanks. When it is computed: TL_ERROR_VALUE if a target needs more
 * steps than its row has, or a number is out of range. Scores past a row's steps, even NaN, are
 * never looked at. options may be NULL.
 */
TL_API tl_tensor tl_ctc_loss(tl_tensor scores, tl_tensor targets, const tl_ctc_options *options);

/*
 * The reading of the likeliest way: the largest score of each step. symbols has room for batch *
 * steps; row b is at symbols + b * steps, of lengths[b]. steps_of_row may be NULL: all. An error,
 * also of the other reading: no room, steps out of range, or a score among these that is NaN.
 */
TL_API TL_SITED tl_status tl_ctc_greedy_decode(tl_tensor scores, const int32_t *steps_of_row,
					       int32_t blank, int32_t *symbols, int32_t *lengths);

/*
 * The likeliest reading, over all ways to say it: beam search over beginnings (Hannun et al. 2014,
 * without a language model). log_likelihood, [batch], may be NULL.
 */
TL_API TL_SITED tl_status tl_ctc_beam_search(tl_tensor scores, const int32_t *steps_of_row,
					     int32_t blank, int beam, int32_t *symbols,
					     int32_t *lengths, double *log_likelihood);

#ifdef __cplusplus
}
#endif
#endif
