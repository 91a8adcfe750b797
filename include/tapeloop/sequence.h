/*
 * Cells through time. A sequence is [steps, batch, ...]: the first axis is time (PyTorch's default,
 * not Keras'), so that a step is tl_at(x, t) and costs nothing. Any cell goes through any of these,
 * the user's own included.
 *
 *     tl_unrolled y = tl_unroll(lstm, x, &(tl_unroll_options){.lengths = lengths});
 *     tl_tensor all = y.h, last = y.final_state.h;   [steps, batch, hidden], [batch, hidden]
 *
 * With lengths, [batch] integers, a row takes part in its first lengths[row] steps. After these its
 * state stays as it is and its output is zero; what the padding of x holds, even NaN, has no
 * influence on anything, forward or backward. A length of 0 leaves the initial state. Rows give
 * what they would give alone: in the reverse direction each begins at its own last step, and a cell
 * that depends on the step number counts that as its first. A length that is negative, or more than
 * there are steps, is an error when a value is computed.
 *
 * On failure: no tensors, or a status; the tape keeps the message (tl_tape_error).
 * Owner: the tape owns what is recorded; cells and options stay the caller's.
 */
#ifndef TAPELOOP_SEQUENCE_H
#define TAPELOOP_SEQUENCE_H

#include <tapeloop/cells.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Dropout and zoneout, while the tape is training (tl_tape_set_training). Rates are probabilities
 * of being dropped; 0 is none. The options weight_dropout and update_dropout of a cell are two
 * kinds more, inside its step.
 */
typedef struct tl_dropout_options {
	double input, output;        /* of x and of the output: Zaremba et al. 2014 */
	double recurrent_h;          /* of h on its way to the next step */
	double recurrent_c;          /* of the other states on that way: Moon et al. 2015 */
	bool variational;            /* one mask for all steps: Gal & Ghahramani 2016 */
	double zoneout_h, zoneout_c; /* zoneout: units keep their previous value, of h and of the
					others: Krueger et al. 2017 */
} tl_dropout_options;

/* How a cell is taken through time; all zero is the usual. */
typedef struct tl_unroll_options {
	tl_state initial_state;          /* unset: tl_cell_initial_state */
	tl_state initial_state_backward; /* of tl_bidirectional's backward cell; likewise */
	tl_tensor lengths;               /* [batch], integers; TL_NONE: all steps */
	bool reverse;                    /* from the last step (of each row) to the first */
	int first_step; /* the number of the first step, for a cell that depends on it [0] */
	tl_dropout_options dropout;
} tl_unroll_options;

/* What a cell gave over all steps. */
typedef struct tl_unrolled {
	tl_tensor h; /* the output of each step, [steps, batch, ...]; at position t for x at t */
	tl_state final_state;
	tl_state final_state_backward; /* of tl_bidirectional */
} tl_unrolled;

/* options may be NULL. */
TL_API TL_SITED tl_unrolled tl_unroll(const tl_cell *cell, tl_tensor x,
				      const tl_unroll_options *options);

/*
 * Shapes of sequence. All of them are an unrolling:
 *
 *     one to one     tl_cell_step(cell, x, tl_cell_initial_state(cell, tape, batch)).h
 *     one to many    x at the first step, zeros after it:
 *                    tl_unroll(cell, tl_pad(tl_expand_dims(x, 0), 0, 0, steps - 1, 0), NULL).h
 *                    x at each step:
 *                    tl_unroll(cell, tl_broadcast_to(x, tl_dims(steps, batch, in)), NULL).h
 *     many to one    tl_unroll(cell, x, NULL).final_state.h
 *     many to many   tl_unroll(cell, x, NULL).h
 */

/* Bidirectional */

/* How the outputs of the two directions become one. */
typedef enum tl_merge_mode {
	TL_MERGE_CONCAT, /* [steps, batch, 2 hidden], forward first */
	TL_MERGE_SUM,
	TL_MERGE_MEAN,
	TL_MERGE_PRODUCT
} tl_merge_mode;

/* options may be NULL; reverse may not be set. */
TL_API TL_SITED tl_unrolled tl_bidirectional(const tl_cell *forward, const tl_cell *backward,
					     tl_tensor x, tl_merge_mode merge,
					     const tl_unroll_options *options);

/* Stacked layers */

/* One layer of a stack. */
typedef struct tl_layer {
	const tl_cell *forward;
	const tl_cell *backward; /* NULL: one direction */
	tl_merge_mode merge;
	bool residual;              /* output plus input; of equal width, or it is an error */
	tl_dropout_options dropout; /* its own */
	const tl_state *initial_state, *initial_state_backward; /* may be NULL */
} tl_layer;

/*
 * The first layer reads x, each other the output of the one before it; options give lengths,
 * first_step and reverse. The result is the output of the last layer. outputs, if not NULL, has
 * room for one result a layer.
 */
TL_API tl_tensor tl_unroll_layers(const tl_layer *layers, int count, tl_tensor x,
				  const tl_unroll_options *options, tl_unrolled *outputs);

/* Truncated backpropagation through time */

/*
 * The outputs are those of tl_unroll, but a gradient goes back from a step to at most k2 steps,
 * that one included, and at least k2 - k1 + 1. Steps are taken k1 at a time, and k2 - k1 steps
 * before these once more, with the same dropout masks (Williams & Peng 1990). k1 == k2 cuts the
 * sequence in pieces and costs nothing more than tl_unroll.
 */
TL_API TL_SITED tl_unrolled tl_unroll_truncated(const tl_cell *cell, tl_tensor x, int k1, int k2,
						const tl_unroll_options *options);

/*
 * A state that is carried from one iteration to the next: buffers "name.h", "name.c" of the cell's
 * set, so that it is saved with the model. No gradient goes from one iteration to another. A
 * sequence too long for one tape is so learned window by window, in the memory of one (there
 * k1 == k2 is the window; tl_unroll_truncated cuts it into smaller ones):
 *
 *     tl_carry carry = tl_carry_of(cell, "carry", batch);
 *     for (int64_t from = 0; from < length; from += window) {
 *             tl_tape_rewind(tape);
 *             tl_tensor x = tl_input(tape, tl_dims(window, batch, in), data + from * batch * in);
 *             tl_unroll_options o = {.initial_state = tl_carry_state(&carry, tape),
 *                                    .first_step = from};
 *             tl_unrolled y = tl_unroll(cell, x, &o);
 *             tl_carry_assign(&carry, y.final_state);
 *             tl_params_zero_gradients(set);
 *             if (tl_backward(loss(y.h)) || tl_optimizer_step(optimizer)) ...
 *     }
 */
typedef struct tl_carry {
	const tl_cell *cell;
	int64_t batch;
	int count; /* of states */
	tl_param *state[TL_MAX_STATES];
} tl_carry;

/*
 * On failure: count is 0, and tl_params_error of the cell's set says why.
 * Owner: a plain struct; the buffers are the set's.
 */
TL_API tl_carry tl_carry_of(const tl_cell *cell, const char *name, int64_t batch);
/* Back to the initial state: for all rows, or for those where done is not 0. */
TL_API tl_status tl_carry_reset(tl_carry *carry, const int32_t *done);
/* The state to go on from. */
TL_API TL_SITED tl_state tl_carry_state(const tl_carry *carry, tl_tape *tape);
/*
 * What the next iteration is to begin with. It takes effect when tl_backward or tl_tape_commit next
 * computes on this tape, and one of them must follow before the rewind: a net that only runs,
 * without training, calls tl_tape_commit.
 */
TL_API TL_SITED tl_status tl_carry_assign(tl_carry *carry, tl_state final_state);

/* Encoders and decoders */

/*
 * The same function over each step by itself: steps and batch become one axis, so that all of it is
 * one call, [steps * batch, ...]. For a net that sees each picture of a film before the cell does,
 * or for a readout. The result is [steps, batch, size].
 */
TL_API tl_tensor tl_time_distributed(tl_tensor x, tl_tensor (*function)(tl_tensor rows, void *user),
				     void *user);

/*
 * A context comes from the encoder's final state (y.final_state.h), from a transform of it
 * (tl_tanh(tl_linear(y.final_state.h, W, b))) or from all its outputs y.h, by these: [batch,
 * hidden]; zeros for a row without steps. lengths may be TL_NONE. Max over time: Collobert et al.
 * 2011.
 */
TL_API tl_tensor tl_mean_over_time(tl_tensor h, tl_tensor lengths);
TL_API tl_tensor tl_max_over_time(tl_tensor h, tl_tensor lengths);

/* It reaches the decoder as its initial state: h is the context, the other states are as always ...
 */
TL_API TL_SITED tl_state tl_cell_initial_state_from(const tl_cell *decoder, tl_tensor context);

/* ... or concatenated with each input: [steps, batch, in] and [batch, n] to [steps, batch, in + n].
 */
TL_API tl_tensor tl_concat_context(tl_tensor x, tl_tensor context);

#ifdef __cplusplus
}
#endif
#endif
