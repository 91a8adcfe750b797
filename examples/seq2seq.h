/*
 * An encoder and a decoder, for the examples that turn one sequence into another of a different
 * length. The encoder reads in both directions; the decoder writes one token after the other, and
 * before each looks back at what was read (Bahdanau, Cho & Bengio 2015), or, without attention, is
 * given the encoder's last states at each step (Cho et al. 2014).
 *
 *     seq2seq s = {.kind = kind, .hidden = 256, .embedding = 64, .reads = 26, .writes = 40,
 *                  .attends = true};
 *     if (seq2seq_create(&s, &e))
 *             ... a trainer with .loss = seq2seq_loss, .user = &s
 *
 * Tokens that are written are numbers from 0 on; 0 ends a sequence, and has to stand at the end of
 * each target. Batches are those of tl_batches_of_sequences.
 */
#ifndef TL_EXAMPLES_SEQ2SEQ_H
#define TL_EXAMPLES_SEQ2SEQ_H

#include "example.h"
#include "pairs.h"

enum { SEQ2SEQ_END = 0 };

typedef struct seq2seq {
	/* To be set. */
	const tl_cell_kind *kind;
	int hidden, embedding; /* units of each direction and of the decoder; sizes of vectors */
	int32_t reads, writes; /* how many different tokens are read, and written */
	int batch;             /* pairs to learn from at once; 0: 64 */
	bool attends;
	tl_attention_score score;
	double dropout; /* of what the cells read and of what the decoder says */

	/* Its parts. */
	tl_params *set;
	tl_cell *cell[3]; /* reads forwards; reads backwards; writes */
	tl_attention *attention;
	tl_param *read_vectors, *written_vectors, *start, *W, *V, *b;

	/* What was read. */
	tl_attention_memory memory;
	tl_tensor context; /* without attention */
} seq2seq;

bool seq2seq_create(seq2seq *s, example *e);
void seq2seq_destroy(seq2seq *s);

/* Mean loss of a token that was to be written; `user` is the seq2seq. */
tl_tensor seq2seq_loss(tl_tape *tape, const tl_batch *batch, void *user);

/*
 * Train with Adam at a rate that falls to nothing; `watched` are tested on the way, or NULL. The
 * options have the steps, and what else is wanted. False: it failed, which has been said.
 */
bool seq2seq_train(seq2seq *s, example *e, const pairs *learned, const pairs *watched, double rate,
		   tl_trainer_options *o);

/* Read numbers, [steps, rows], of these lengths or all as long; the decoder, and the state that it
 * begins from. */
tl_state seq2seq_read(seq2seq *s, tl_tensor token, tl_tensor lengths);
tl_decoder seq2seq_decoder(seq2seq *s);

/* Called with what was written for each example. */
typedef void seq2seq_written(void *user, int64_t example, const int32_t *token, int64_t length);

/*
 * Write what belongs to each of these, `most` tokens at most: greedily, or by beam search if `beam`
 * is above 1. False: it failed, which has been said.
 */
bool seq2seq_write(seq2seq *s, example *e, const pairs *p, int beam, int most,
		   seq2seq_written *written, void *user);

/*
 * Where the decoder looks at each step when it writes these tokens: [steps, length]. The caller
 * frees it. NULL: it failed.
 */
float *seq2seq_alignment(seq2seq *s, example *e, const int32_t *read, int64_t length,
			 const int32_t *written, int64_t steps);

#endif
