/*
 * Echo state networks (Jaeger 2001): a large, sparse, random reservoir that is never trained, and a
 * linear readout that is, by one ridge regression. The kind "esn" is a cell like others; its states
 * are the reservoir x and the output y, which is fed back:
 *
 *     x' = (1 - leak_rate) x + leak_rate tanh(W_in u + b_in + W x + W_back y)
 *     y' = W_out [u; x'; y] + b_out           or, with squash, the tanh of it
 *
 * W, W_in, b_in and W_back are buffers; W is stored sparse. W_out and b_out start as zeros;
 * tl_esn_fit sets them, and being parameters they can be trained by gradients too. tl_unroll runs
 * the network in closed loop (free-running), on its own outputs; tl_esn_teacher_force on given
 * ones.
 *
 *     tl_esn_options e = {.out = 1, .density = 0.02, .spectral_radius = 0.8, .leak_rate = 0.4,
 *                         .feedback_scale = 0.5};
 *     tl_cell *esn = tl_cell_create(model, "esn", "esn",
 *                                   (tl_cell_options){.in = 1, .hidden = 400, .extra = &e});
 *     tl_esn_fit(esn, &(tl_esn_data){.u = u, .y = y, .steps = 3000},
 *                &(tl_esn_fit_options){.washout = 1000, .ridge = 1e-9, .noise = 1e-5}, NULL);
 *
 * On failure: a status, or no tensors (tl_tape_error says why).
 * Owner: arrays are the caller's.
 */
#ifndef TAPELOOP_ESN_H
#define TAPELOOP_ESN_H

#include <tapeloop/sequence.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_esn_options { /* what is 0 takes the default; TL_ZERO is a real 0 */
	int64_t out;            /* size of y [1] */
	double density;         /* fraction of W that is not zero: 1 to 5 % is usual [0.05] */
	double spectral_radius; /* of W [0.9] */
	double leak_rate;       /* in (0, 1]; 1: no leak [1] */
	double input_scale;     /* W_in is uniform within +- this [1] */
	double feedback_scale;  /* W_back likewise; 0: nothing is fed back [0] */
	double bias_scale;      /* b_in likewise [input_scale] */
	bool squash;            /* y' = tanh(...), in (-1, 1) [false] */
} tl_esn_options;

/*
 * As tl_unroll, but y of each step is what is given, [steps, batch, out], once the step is done.
 * The outputs are the reservoir's; noise, [steps, batch, hidden] or TL_NONE, is added to it at each
 * step. Of the options initial_state and first_step are taken; others are an error.
 */
TL_API TL_SITED tl_unrolled tl_esn_teacher_force(const tl_cell *esn, tl_tensor u, tl_tensor y,
						 tl_tensor noise, const tl_unroll_options *options);

/* A sequence to be fitted to: inputs and outputs. */
typedef struct tl_esn_data {
	const double *u, *y; /* [steps, in], [steps, out] */
	int64_t steps;
} tl_esn_data;

/* How the readout is fitted. */
typedef struct tl_esn_fit_options {
	int64_t washout; /* first steps that are not fitted to */
	double ridge;    /* added to the diagonal, times the number of steps */
	double noise;    /* uniform within +- this, added to the reservoir's state */
	uint64_t seed;
} tl_esn_fit_options;

/*
 * Run with teacher forcing, and set the readout to give the outputs; with squash, to give their
 * atanh before it is squashed. options may be NULL; error, if not NULL, gets the root mean square
 * error of y on what was fitted to.
 * On failure: TL_ERROR_ARGUMENT: no echo state network, or too few steps; TL_ERROR_VALUE: the
 *     features are not of full rank (more ridge helps), there is a NaN among the data, or an output
 *     that no tanh gives.
 */
TL_API tl_status tl_esn_fit(tl_cell *esn, const tl_esn_data *data,
			    const tl_esn_fit_options *options, double *error);

/*
 * Ridge regression: W [outputs, columns] and b [outputs] (or NULL: no bias) that minimise sum
 * |W x + b - y|^2 + ridge rows |W|^2, over rows of x [rows, columns] and y [rows, outputs]. By an
 * orthogonal factorisation, which allocates (rows + columns) columns doubles. ridge may be 0 where
 * x has full rank, with a bias about its means. On failure: TL_ERROR_VALUE: not of full rank (fewer
 * rows than columns, a constant column beside a bias, columns that depend on each other), or a NaN;
 * TL_ERROR_MEMORY.
 */
TL_API tl_status tl_ridge_fit(const double *x, const double *y, int64_t rows, int64_t columns,
			      int64_t outputs, double ridge, double *W, double *b);

#ifdef __cplusplus
}
#endif
#endif
