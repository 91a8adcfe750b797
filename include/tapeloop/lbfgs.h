/*
 * L-BFGS: a second-order method that learns of the curvature from the last few gradients (Liu &
 * Nocedal 1989), with a line search to the strong Wolfe conditions (Nocedal & Wright 2006,
 * algorithms 3.5 and 3.6). It suits small models and whole data sets, where each step may evaluate
 * the loss several times; noise of batches misleads it.
 *
 *     static tl_status loss_of(void *user, double *loss)
 *     {
 *             struct net *n = user;
 *             ... record, and tl_backward(t), which adds to gradients that are zero
 *             *loss = tl_item(t);
 *             return tl_tape_status(n->tape);
 *     }
 *
 *     tl_lbfgs *o = tl_lbfgs_create(model, NULL);
 *     for (int k = 0; k < 100 && !tl_lbfgs_is_done(o); k++)
 *             if (tl_lbfgs_step(o, loss_of, &net))
 *                     puts(tl_lbfgs_error(o));
 *
 * On failure: a status; tl_lbfgs_error says why.
 * Owner: the caller owns it and destroys it; the set must outlive it.
 */
#ifndef TAPELOOP_LBFGS_H
#define TAPELOOP_LBFGS_H

#include <tapeloop/params.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_lbfgs tl_lbfgs;

/* Options as PyTorch's LBFGS has them, but for a smaller history; 0 takes the default. */
typedef struct tl_lbfgs_options {
	double learning_rate;      /* the first length that is tried; 0 means 1 */
	int iterations;            /* of a step; 0 means 20 */
	int evaluations;           /* of a step at most, not to start another iteration after so
				      many; 0 means iterations * 5 / 4 */
	int history;               /* pairs that are kept; 0 means 10 */
	double gradient_tolerance; /* done when no gradient is larger; 0 means 1e-7 */
	double change_tolerance;   /* done when the loss or all values change less; 0 means 1e-9 */
} tl_lbfgs_options;

/*
 * Compute the loss at the set's values, and add the gradients to those of the set, which are zero.
 * A status other than TL_OK ends the step.
 */
typedef tl_status (*tl_lbfgs_loss)(void *user, double *loss);

/*
 * options may be NULL.
 * On failure: NULL: out of memory, or set is NULL. Options that are invalid are kept as an error:
 * each step then fails with TL_ERROR_ARGUMENT.
 */
TL_API tl_lbfgs *tl_lbfgs_create(tl_params *set, const tl_lbfgs_options *options);
TL_API void tl_lbfgs_destroy(tl_lbfgs *o); /* NULL is fine */

/*
 * Some iterations, as many as the options say or until one of the tolerances is met. The trainable
 * parameters are changed; the gradients are left as they were last computed.
 * On failure: the values are those of the last iteration that was whole. TL_ERROR_VALUE: the loss
 * or a gradient is NaN or infinite there (at a length that is only tried they make the length
 *     shorter); TL_ERROR_ARGUMENT: loss is NULL, the set has no trainable parameter, has others
 * than before or was destroyed; TL_ERROR_MEMORY; or what `loss` returned.
 */
TL_API tl_status tl_lbfgs_step(tl_lbfgs *o, tl_lbfgs_loss loss, void *user);

TL_API const char *tl_lbfgs_error(const tl_lbfgs *o); /* or NULL */

/* Of the last step: the loss it came to, and whether a tolerance was met. */
TL_API double tl_lbfgs_value(const tl_lbfgs *o);
TL_API bool tl_lbfgs_is_done(const tl_lbfgs *o);
/* All so far. */
TL_API int64_t tl_lbfgs_iteration_count(const tl_lbfgs *o);
TL_API int64_t tl_lbfgs_evaluation_count(const tl_lbfgs *o);

/* Forget the curvature: after the values, the data or what is frozen changed. */
TL_API void tl_lbfgs_reset(tl_lbfgs *o);

#ifdef __cplusplus
}
#endif
#endif
