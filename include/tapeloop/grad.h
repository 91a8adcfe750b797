/*
 * Gradients. Differentiating appends the adjoint computation to the same tape, as ordinary nodes:
 * a gradient is a tensor like any other, and can be differentiated again.
 *
 * tl_backward is the call for training. It accumulates into the gradients of parameters, as PyTorch
 * does, so zero them in each iteration; and it carries out the assignments to buffers (tl_assign).
 *
 * On failure: a status or TL_NONE; tl_tape_error(tape) says why.
 * Owner: the tape owns the nodes of gradients, the parameter set those that tl_backward fills.
 */
#ifndef TAPELOOP_GRAD_H
#define TAPELOOP_GRAD_H

#include <tapeloop/params.h>

#ifdef __cplusplus
extern "C" {
#endif

/* dy/dx, a tensor of the shape of x. y has one element. Where y does not depend on x the gradient
 * is zeros. Nodes that are not on a path from x to y cost nothing. */
TL_API tl_tensor tl_grad(tl_tensor y, tl_tensor x);

/*
 * The same for each x of wrt at once, into out.
 * On failure: the outs are TL_NONE.
 */
TL_API TL_SITED tl_status tl_grads(tl_tensor y, const tl_tensor *wrt, int count, tl_tensor *out);

/* Products with the Jacobian of y by x, which is never formed: v^T (dy/dx), v shaped like y ... */
TL_API TL_SITED tl_status tl_vjp(tl_tensor y, tl_tensor v, const tl_tensor *wrt, int count,
				 tl_tensor *out);

/* ... and (dy/dx) v, v shaped like x: forward mode, by differentiating the reverse mode. */
TL_API tl_tensor tl_jvp(tl_tensor y, tl_tensor x, tl_tensor v);

/*
 * Accumulate d loss / d p into the gradient of every trainable parameter that was brought onto this
 * tape, and carry out the assignments (tl_assign) recorded on it. Computes the loss on the way.
 *
 * A tape on which the same was recorded in an earlier iteration is recognised: what was compiled
 * then runs at once, and no adjoints are recorded (use tl_grads to have them on the tape).
 *
 * That there is no trainable parameter on the tape before the loss is an error: nothing would be
 * learned. tl_tape_commit carries out assignments alone.
 * On failure: some gradients may have been accumulated into already: zero them. Values are as they
 *     were.
 */
TL_API TL_SITED tl_status tl_backward(tl_tensor loss);

/* The gradient check */

/* A model, as the checker and others call it: record on this tape, return the loss. It brings its
 * parameters onto the tape by tl_use and its data by tl_input. */
typedef tl_tensor (*tl_loss_function)(tl_tape *tape, void *user);

/* How gradients are compared with differences. */
typedef struct tl_gradcheck_options {
	double step;      /* of the central differences; 0 means 1e-5 */
	double tolerance; /* largest error allowed, relative where values exceed 1; 0 means 1e-6,
			     TL_ZERO none */
	int64_t sample;   /* elements to check of each parameter, chosen by seed; 0 means all */
	uint64_t seed;
	bool second_order; /* check the gradient of <gradient, random direction> instead */
} tl_gradcheck_options;

/* What came of the comparison. */
typedef struct tl_gradcheck_report {
	bool passed;
	int64_t checked; /* elements compared */
	int64_t kinks;   /* of them, where the derivative jumps: the gradient is that of one side */
	double max_absolute_error; /* |analytic - numeric|, largest */
	double max_relative_error; /* |analytic - numeric| / max(1, |analytic|, |numeric|) */
	char name[64];             /* of the worst element's parameter */
	int64_t index;             /* of the worst element in it */
	int round;                 /* in which call of tl_backward it was found, 1 to 3 */
	double analytic, numeric;  /* the two values there */
	char message[1024]; /* one line for people: what was found, or why it could not be checked
			     */
} tl_gradcheck_report;

/*
 * Compare the gradients of a model with numerical ones, central differences, in double whatever the
 * set stores: the model is recorded on a double tape that sees a double copy of the set. Nothing in
 * the set changes. What is checked is what training uses, tl_backward, called three times, of which
 * the later run what the first compiled; so the model is called three times and must record the
 * same each time. options and report may be NULL.
 * On failure: TL_ERROR_GRADIENT: some element differs; others: it could not be checked. The report
 *     says why.
 */
TL_API tl_status tl_gradcheck(tl_loss_function model, void *user, tl_params *set,
			      const tl_gradcheck_options *options, tl_gradcheck_report *report);

#ifdef __cplusplus
}
#endif
#endif
