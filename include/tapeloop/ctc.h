/*
 * Connectionist temporal classification (Graves et al. 2006): a net emits a token or a blank at
 * every step; the sequence it stands for is what is left when repeats are merged and then blanks
 * removed. The loss is -log of the sum over all alignments of the target, in log space.
 *
 * On failure: no tensor, or a status; the tape of the logits keeps the message (tl_tape_error).
 * Owner: arrays are the caller's.
 */
#ifndef TAPELOOP_CTC_H
#define TAPELOOP_CTC_H

#include <tapeloop/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Lengths, the blank, and weights of the rows. */
typedef struct tl_ctc_options {
	tl_tensor input_lengths;  /* [batch], integers: the steps of each row; TL_NONE: all */
	tl_tensor target_lengths; /* [batch], integers: the tokens of each target, 0 included;
				     TL_NONE: all */
	int32_t blank;            /* the class that is the blank [0] */
	tl_tensor weight;         /* [batch]: a factor for each row; TL_NONE: 1 */
} tl_ctc_options;

/*
 * One loss a row, [batch]: logits [steps, batch, classes], targets [batch, max_length], integers
 * that are no blanks. Padding, even NaN, has no influence. options may be NULL. It
 * has a gradient, and no second derivative.
 * On failure: when it is computed, TL_ERROR_VALUE if a target needs more steps than its row has, or
 *     an index is out of range.
 */
TL_API tl_tensor tl_ctc_loss(tl_tensor logits, tl_tensor targets, const tl_ctc_options *options);

/*
 * Best-path decoding: the most probable class of each step. tokens has room for batch * steps; row
 * b is at tokens + b * steps, of lengths[b]. input_lengths may be NULL: all steps.
 * On failure: no room, a length out of range, or a logit that is NaN.
 */
TL_API TL_SITED tl_status tl_ctc_greedy_decode(tl_tensor logits, const int32_t *input_lengths,
					       int32_t blank, int32_t *tokens, int32_t *lengths);

/*
 * The most probable sequence, summed over its alignments: beam search over prefixes (Hannun et al.
 * 2014, without a language model). log_likelihood, [batch], may be NULL.
 * On failure: as tl_ctc_greedy_decode.
 */
TL_API TL_SITED tl_status tl_ctc_beam_search(tl_tensor logits, const int32_t *input_lengths,
					     int32_t blank, int beam_width, int32_t *tokens,
					     int32_t *lengths, double *log_likelihood);

#ifdef __cplusplus
}
#endif
#endif
