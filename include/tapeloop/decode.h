/*
 * Decoders: nets that generate tokens, each conditioned on those before it. A decoder is one
 * function of yours that turns the previous tokens into logits of the next; it is the same for
 * training and for generation:
 *
 *     static tl_tensor step(tl_tape *tape, void *user, tl_tensor tokens, tl_state *state)
 *     {
 *             struct model *m = user;
 *             tl_tensor x = tl_embedding(tl_use(tape, m->embedding), tokens);
 *             *state = tl_cell_step(m->cell, x, *state);
 *             return tl_linear(state->h, tl_use(tape, m->V), tl_use(tape, m->c));
 *     }
 *
 * tokens are integers, [rows]; the result is logits (scores before any softmax), [rows, classes].
 * Rows never mix. A decoder that attends has its attention memory in user; beam search asks for
 * more rows than there are sequences, so what user holds must then be of that many rows (of one
 * sequence: repeat it).
 *
 * Arrays of generated tokens are [row][step], while targets of training are [steps, batch].
 *
 * On failure: no tensor, a status, or a negative number; the tape of the initial state keeps the
 *     message (tl_tape_error). Logits with a NaN, or of which none is finite, are an error.
 * Owner: arrays of tokens and lengths are the caller's.
 */
#ifndef TAPELOOP_DECODE_H
#define TAPELOOP_DECODE_H

#include <tapeloop/cells.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A net that is fed its own tokens. */
typedef struct tl_decoder {
	tl_tensor (*step)(tl_tape *tape, void *user, tl_tensor tokens, tl_state *state);
	void *user;
	int32_t start_token; /* the token before the first */
	int32_t end_token;   /* ends a sequence; -1: nothing does */
} tl_decoder;

/* Training */

/* When the net is fed its own token while it is trained. */
typedef struct tl_teacher_forcing_options {
	double sampling_probability; /* of feeding the net's own token in the place of the target's:
					scheduled sampling, Bengio et al. 2015; 0: never */
	double temperature; /* its own token is drawn from softmax(logits / temperature), anew in
			       each iteration; 0: the most probable is taken */
} tl_teacher_forcing_options;

/*
 * Teacher forcing: logits at each step, [steps, batch, classes], when the previous tokens are those
 * of the targets, [steps, batch]. On a tape that is not training nothing is sampled. No gradient
 * flows through what was sampled. options may be NULL; final_state, if not NULL, gets the last
 * state.
 */
TL_API tl_tensor tl_decoder_teacher_force(const tl_decoder *decoder, tl_tensor targets,
					  tl_state initial_state,
					  const tl_teacher_forcing_options *options,
					  tl_state *final_state);

/* Generation: the tape is computed on the way. */

typedef struct tl_sampling {
	double temperature; /* logits are divided by it; 0: the most probable token is taken */
	int top_k;          /* only among so many of the most probable; 0: all */
	double top_p;       /* only among the most probable that reach this probability together; 0
			       or 1: all */
	uint64_t seed;      /* the tokens follow from it */
} tl_sampling;

/*
 * tokens[row * max_length + i] is what row generates at step i, the end token included;
 * lengths[row] counts without it. sampling NULL: greedy decoding. There is room for rows *
 * max_length tokens.
 */
TL_API TL_SITED tl_status tl_decoder_generate(const tl_decoder *decoder, tl_state initial_state,
					      int max_length, const tl_sampling *sampling,
					      int32_t *tokens, int32_t *lengths);

/*
 * One draw from a row of logits, as tl_decoder_generate draws with this uniform number in [0, 1).
 * On failure: -1: out of memory, count is 0, the options are invalid, or a logit is NaN or none
 *     finite.
 */
TL_API int32_t tl_sample_logits(const double *logits, int64_t count, const tl_sampling *sampling,
				double uniform);

typedef struct tl_beam_search_options {
	int beam_width;        /* hypotheses kept at each step */
	double length_penalty; /* alpha of ((5 + length) / 6)^alpha, by which log-likelihoods are
				  divided: Wu et al. 2016, eq. 14; 0: none */
} tl_beam_search_options;

typedef struct tl_hypothesis {
	int32_t *tokens; /* room for max_length of them, the caller's; without the end token */
	int length;
	double log_likelihood; /* of all, the end token included */
	double score;          /* divided by the length penalty */
} tl_hypothesis;

/*
 * The most probable sequences from one initial state (of one row), best first: fills in up to count
 * of them. Width 1 is greedy decoding; a beam as wide as there are sequences finds the best of all.
 * Returns how many were found.
 * On failure: -1.
 */
TL_API TL_SITED int tl_decoder_beam_search(const tl_decoder *decoder, tl_state initial_state,
					   int max_length, tl_beam_search_options options,
					   tl_hypothesis *hypotheses, int count);

#ifdef __cplusplus
}
#endif
#endif
