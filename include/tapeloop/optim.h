/*
 * Optimisers: from gradients to a step. One is made for a parameter set and sees the set's blocks
 * as one array; buffers of the set are left alone.
 *
 *     tl_optimizer *o = tl_adam(model, (tl_adam_options){.rate = 1e-3});
 *     ...
 *     tl_params_zero_gradients(model);
 *     tl_backward(loss);
 *     if (isfinite(tl_clip_by_norm(model, 1)))
 *             tl_optimizer_step(o);
 *
 * The set must outlive the optimiser; parameters may still be added to it. An optimiser and its set
 * are used by one thread at a time.
 */
#ifndef TAPELOOP_OPTIM_H
#define TAPELOOP_OPTIM_H

#include <tapeloop/params.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_optimizer tl_optimizer;

/*
 * Gradient descent. With momentum, v becomes momentum v + g and the step is rate v (Polyak 1964);
 * with nesterov it is rate (g + momentum v) of the new v (Sutskever et al. 2013). weight_decay adds
 * that share of a value to its gradient first.
 */
typedef struct tl_sgd_options {
	double rate; /* 0 means 0.01 */
	double momentum;
	double weight_decay;
	bool nesterov; /* needs momentum */
} tl_sgd_options;

/* Adam (Kingma & Ba 2015, algorithm 1); weight_decay as above. */
typedef struct tl_adam_options {
	double rate;         /* 0 means 1e-3 */
	double beta1, beta2; /* 0 means 0.9 and 0.999 */
	double epsilon;      /* 0 means 1e-8 */
	double weight_decay;
} tl_adam_options;

/*
 * NULL when memory is short or set is NULL. An option that cannot be (a negative rate, a share not
 * below 1) is kept as an error: every step then fails with TL_ERROR_ARGUMENT, and
 * tl_optimizer_error says which.
 */
TL_API tl_optimizer *tl_sgd(tl_params *set, tl_sgd_options options);
TL_API tl_optimizer *tl_adam(tl_params *set, tl_adam_options options);

/* NULL is fine. Does not touch the set. */
TL_API void tl_optimizer_destroy(tl_optimizer *o);

/*
 * Change the set's values by its gradients, which stay as they are: zero them before the next
 * tl_backward. TL_ERROR_MEMORY at the first step, or after parameters were added, if there is no
 * room for what the optimiser remembers; then nothing has changed.
 */
TL_API tl_status tl_optimizer_step(tl_optimizer *o);

/* What is wrong, in words, or NULL. */
TL_API const char *tl_optimizer_error(const tl_optimizer *o);

/* The rate of the steps from now on; 0 is a rate. NaN or one below 0 is the error above. */
TL_API void tl_optimizer_set_rate(tl_optimizer *o, double rate);
TL_API double tl_optimizer_rate(const tl_optimizer *o);

/* Steps taken so far. */
TL_API int64_t tl_optimizer_steps(const tl_optimizer *o);

/*
 * Scale all gradients of the set by one factor so that their norm, taken over all of them together,
 * is at most this; {30, 40} at 10 becomes {6, 8} (Pascanu, Mikolov & Bengio 2013). Returns the norm
 * before. If that is NaN or infinite the gradients are left as they are, for the caller to skip the
 * step; and if `most` is not above 0 this only measures.
 */
TL_API double tl_clip_by_norm(tl_params *set, double most);

/* Bring each gradient into [-most, most]; NaN stays NaN. Nothing happens unless most >= 0. */
TL_API void tl_clip_by_value(tl_params *set, double most);

#ifdef __cplusplus
}
#endif
#endif
