/* What is measured: models written as a user would write them, from ops. */
#ifndef TL_BENCH_MODELS_H
#define TL_BENCH_MODELS_H

#include <tapeloop/tapeloop.h>

typedef struct bench {
	int64_t T, B, I, H, V; /* steps, batch, input, hidden, vocabulary */
	int layers;
	tl_dtype dtype;
	tl_params *set;
	float *x;
	int32_t *token, *target;
	tl_tensor input; /* of the tape it was recorded on last */
} bench;

bench bench_create(int64_t T, int64_t B, int64_t I, int64_t H, int64_t V);
void bench_finish(bench *b);

/* Each records a model and returns its loss. */
tl_tensor bench_lstm(bench *b, tl_tape *t);
tl_tensor bench_lstm_fused(bench *b, tl_tape *t); /* the four gates as one product, by hand */
tl_tensor bench_lstm_input(bench *b, tl_tape *t); /* the input has a gradient too */
tl_tensor bench_peephole(bench *b, tl_tape *t);
tl_tensor bench_gru(bench *b, tl_tape *t);
tl_tensor bench_rnn(bench *b, tl_tape *t);
tl_tensor bench_clockwork(bench *b, tl_tape *t);
tl_tensor bench_charlm(bench *b, tl_tape *t);
tl_tensor bench_seq2seq(bench *b, tl_tape *t);

/* One step of charlm for sampling: from a token and states to logits and states. */
tl_tensor bench_char_step(bench *b, tl_tensor token, tl_tensor *h, tl_tensor *c);

#endif
