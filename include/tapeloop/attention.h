/*
 * Attention: at each step a decoder attends to all states of an encoder, h_1 ... h_S, and takes
 * their weighted sum, the context. How well h_j fits the decoder's state s is a score; the weights
 * are the softmax of the scores over j; positions past a row's length have weight 0.
 *
 *     tl_attention_memory memory = tl_attention_prepare(attention, encoded.h, lengths);
 *     for (int i = 0; i < steps; i++) {
 *             tl_tensor context = tl_attention_context(attention, s.h, &memory);
 *             tl_tensor xc[] = {tl_at(x, i), context};
 *             tl_tape_set_step(tape, i), s = tl_cell_step(decoder, tl_concat(xc, 2, 1), s);
 *     }
 *
 * That is Bahdanau's order: the decoder's previous state is the query, so a_ij is a score of
 * s_{i-1} and h_j, and the context is part of the input; tl_attention_step is one turn of the loop.
 * In Luong's order the new state is the query and the context is concatenated with the output. The
 * weights of a step can be read: tl_tape_find(tape, scope, i, "attention"), [encoder steps, batch].
 *
 * On failure: NULL when weights are made (tl_params_error of the set says why), else no tensor
 *     (tl_tape_error says why).
 * Owner: the caller owns and destroys what is created; weights are the parameter set's.
 */
#ifndef TAPELOOP_ATTENTION_H
#define TAPELOOP_ATTENTION_H

#include <tapeloop/cells.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_attention tl_attention;

/* s is the decoder's state (the query), h an encoder state (a key). */
typedef enum tl_attention_score {
	TL_SCORE_ADDITIVE,   /* v . tanh(W s + U h): Bahdanau, Cho & Bengio 2015, appendix A.1.2 */
	TL_SCORE_CONCAT,     /* v . tanh(W [s; h]): Luong, Pham & Manning 2015, section 3.1 */
	TL_SCORE_DOT,        /* s . h: the same */
	TL_SCORE_GENERAL,    /* s . W h: the same */
	TL_SCORE_SCALED_DOT, /* s . h / sqrt(size): Vaswani et al. 2017, eq. 1 */
	TL_SCORE_LOCATION,   /* (W s)_j, which does not depend on h: Luong et al. 2015, eq. 8 */
	TL_SCORE_LOCATION_AWARE /* v . tanh(W s + U h + V (F * a) + b), a the weights of the step
				   before, F a convolution: Chorowski et al. 2015, eqs. 8-9 */
} tl_attention_score;

/* How scores are computed, and of what sizes. */
typedef struct tl_attention_options {
	tl_attention_score score;
	int64_t query_size, key_size; /* of s and of h */
	int64_t hidden_size;    /* of the hidden layer of the scores that have one; 0: key_size */
	int64_t max_steps;      /* LOCATION: the most encoder steps */
	int64_t filters, width; /* LOCATION_AWARE: of the convolution, width odd; 0: 8 and 5 */
} tl_attention_options;

/* Adds its weights to the set as "name.W" and so on. */
TL_API tl_attention *tl_attention_create(tl_params *set, const char *name,
					 tl_attention_options options);
TL_API void
tl_attention_destroy(tl_attention *attention); /* frees it, not its weights; NULL is fine */

/* What is attended to, and the part of the scores that does not change from step to step. */
typedef struct tl_attention_memory {
	tl_tensor keys, projected; /* [steps, batch, key_size], [steps, batch, hidden_size] */
	tl_tensor mask;            /* [steps, batch], or TL_NONE */
	tl_tensor weights;      /* of the last context, [steps, batch]; TL_NONE before the first */
	const tl_attention *of; /* for which it was made; NULL: for any of the same sizes */
} tl_attention_memory;

/* keys is [steps, batch, key_size]; lengths may be TL_NONE. Padding, even NaN, has no influence; a
 * row of length 0 has the context 0. */
TL_API TL_SITED tl_attention_memory tl_attention_prepare(const tl_attention *attention,
							 tl_tensor keys, tl_tensor lengths);

/* The context for these queries, [batch, query_size]: [batch, key_size]. Leaves the weights in the
 * memory. */
TL_API tl_tensor tl_attention_context(const tl_attention *attention, tl_tensor query,
				      tl_attention_memory *memory);

/* The previous state is the query; the cell reads x concatenated with the context: its in is that
 * of both. */
TL_API TL_SITED tl_state tl_attention_step(const tl_cell *cell, const tl_attention *attention,
					   tl_tensor x, tl_state s, tl_attention_memory *memory);

/* All at once */

/*
 * softmax(q k^T / sqrt(size)) v along the last two axes: q [.., m, size], k [.., n, size], v [..,
 * n, any]. mask, [.., m, n] or what broadcasts to it, is 0 where nothing may be attended to; it may
 * be TL_NONE. What is masked has weight 0, but must be a number: 0 times NaN is NaN. Vaswani et al.
 * 2017, eq. 1.
 */
TL_API tl_tensor tl_scaled_dot_product_attention(tl_tensor q, tl_tensor k, tl_tensor v,
						 tl_tensor mask);

typedef struct tl_multihead tl_multihead;

/* size is that of queries, keys and result; it is a multiple of heads. Weights "name.W_q" and so
 * on. */
TL_API tl_multihead *tl_multihead_create(tl_params *set, const char *name, int64_t size, int heads);
TL_API void tl_multihead_destroy(tl_multihead *heads); /* frees it, not its weights; NULL is fine */

/*
 * Multi-head attention, each head over its own projection: query [m, batch, size], memory [n,
 * batch, size] to [m, batch, size]. lengths of the memory may be TL_NONE (padding may even be NaN;
 * the query may not). causal: position i attends to positions up to i only. Vaswani et al. 2017,
 * section 3.2.2.
 */
TL_API tl_tensor tl_multihead_attend(const tl_multihead *heads, tl_tensor query, tl_tensor memory,
				     tl_tensor lengths, bool causal);

#ifdef __cplusplus
}
#endif
#endif
