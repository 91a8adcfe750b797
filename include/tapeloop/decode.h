/*
 * Decoders: nets that say symbols, each said with those before it in mind. A decoder is one
 * function of yours that turns the last symbols into scores of the next; it is the same for
 * training and for saying:
 *
 *     static tl_tensor next(tl_tape *tape, void *user, tl_tensor symbols, tl_state *state)
 *     {
 *             struct model *m = user;
 *             tl_tensor x = tl_embedding(tl_use(tape, m->embedding), symbols);
 *             *state = tl_cell_step(m->cell, x, *state);
 *             return tl_linear(state->h, tl_use(tape, m->V), tl_use(tape, m->c));
 *     }
 *
 * symbols are integers, [rows]; the result is [rows, classes], before any softmax. Rows never mix.
 * A decoder that attends holds its memory in user; beam search asks for more rows than there are
 * sequences, so what user holds must then be of that many rows (of one sequence: repeat it).
 */
#ifndef TAPELOOP_DECODE_H
#define TAPELOOP_DECODE_H

#include <tapeloop/cells.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_decoder {
	tl_tensor (*step)(tl_tape *tape, void *user, tl_tensor symbols, tl_state *state);
	void *user;
	int32_t start_token; /* the symbol before the first */
	int32_t end_token;   /* ends a sequence; -1: nothing does */
} tl_decoder;

typedef struct tl_teacher_forcing_options {
	double sampling_probability; /* of an input that the net itself would have generated, in the
					place of the target's: scheduled sampling, Bengio et al.
					2015; 0: none */
	double temperature; /* such a token is drawn from softmax(logits / temperature), anew in
			       each iteration; 0: the most probable is taken */
} tl_teacher_forcing_options;

/*
 * Training by teacher forcing: logits at each step, [steps, batch, classes], when the tokens before
 * are those of the targets, [steps, batch]. On a tape that is not training nothing is sampled. No
 * gradient flows through what was sampled. options may be NULL; final_state, if not NULL, gets the
 * last state.
 */
TL_API tl_tensor tl_decoder_teacher_force(const tl_decoder *decoder, tl_tensor targets,
					  tl_state initial_state,
					  const tl_teacher_forcing_options *options,
					  tl_state *final_state);

/* Saying: the tape is computed on the way. Room for rows * longest symbols is the caller's. Scores
 * with a NaN, or of which none is finite, are an error: nothing can be picked among them. */

typedef struct tl_sampling {
	double temperature; /* scores are divided by it; 0: the largest is taken */
	int top_k;          /* only among so many of the best; 0: all */
	double top_p;       /* only among the best whose shares reach this together; 0 or 1: all */
	uint64_t seed;      /* what is said follows from it */
} tl_sampling;

/*
 * symbols[row * longest + i] is what row says at step i, the stop symbol included; lengths[row]
 * counts without it. sampling NULL: greedy.
 */
TL_API TL_SITED tl_status tl_decoder_generate(const tl_decoder *decoder, tl_state start,
					      int longest, const tl_sampling *sampling,
					      int32_t *symbols, int32_t *lengths);

/* One draw from a row of scores, as tl_decoder_generate draws with this number in [0, 1); -1 when
 * memory is short, count is 0, the options cannot be, or a score is NaN or none finite. */
TL_API int32_t tl_sample_logits(const double *scores, int64_t count, const tl_sampling *sampling,
				double number);

typedef struct tl_beam_search_options {
	int beam_width;        /* hypotheses kept at each step */
	double length_penalty; /* alpha of ((5 + length) / 6)^alpha, by which log-likelihoods are
			     divided: Wu et al. 2016, eq. 14; 0: not */
} tl_beam_search_options;

typedef struct tl_hypothesis {
	int32_t *tokens; /* longest of them, the caller's; without the stop symbol */
	int length;
	double log_likelihood; /* of all, the stop symbol included */
	double score;          /* normalised by length */
} tl_hypothesis;

/*
 * The best sequences of one start (of one row), best first: fills up to count and returns how many
 * there are, or -1 on error. Beam 1 is greedy; a beam as large as there are sequences finds the
 * best of all.
 */
TL_API TL_SITED int tl_decoder_beam_search(const tl_decoder *decoder, tl_state start, int longest,
					   tl_beam_search_options options, tl_hypothesis *said,
					   int count);

#ifdef __cplusplus
}
#endif
#endif
