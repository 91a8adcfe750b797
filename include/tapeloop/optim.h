/*
 * Optimisers: from gradients to a step. One is made for a parameter set and sees the set's blocks
 * as one array; buffers of the set are left alone.
 *
 *     tl_optimizer *o = tl_adam_create(model, &(tl_adam_options){.learning_rate = 1e-3});
 *     ...
 *     tl_params_zero_gradients(model);    (tl_backward adds to what is there)
 *     tl_backward(loss);
 *     tl_params_clip_gradient_norm(model, 1);
 *     if (tl_optimizer_step(o))
 *             puts(tl_optimizer_error(o));
 *
 * A gradient that is NaN or infinite is never taken into the values: the step is refused, changes
 * nothing and says which it is. The next one, with other gradients, may go on.
 *
 * The set must outlive the optimiser; parameters may still be added to it. An optimiser and its set
 * are used by one thread at a time.
 *
 * An option that is 0 takes the default given beside it. Where that is not 0 and you mean a real 0,
 * say TL_ZERO (base.h).
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
 * that share of a value to its gradient first (L2, as PyTorch's SGD and Adam do; not AdamW's).
 */
typedef struct tl_sgd_options {
	double learning_rate; /* 0 means 0.01; TL_ZERO, or tl_optimizer_set_learning_rate(o, 0): no
				 step */
	double momentum;      /* in [0, 1); 0 is none */
	double weight_decay;  /* 0 is none */
	bool nesterov;        /* needs momentum */
} tl_sgd_options;

/* Adam (Kingma & Ba 2015, algorithm 1); weight_decay as above. */
typedef struct tl_adam_options {
	double learning_rate; /* 0 means 1e-3; TL_ZERO, or tl_optimizer_set_learning_rate(o, 0): no
				 step */
	double beta1, beta2; /* 0 means 0.9 and 0.999; below 1. beta1 TL_ZERO: no mean of gradients,
				which is RMSProp */
	double epsilon;      /* 0 means 1e-8; it cannot be a real 0, for 0/0 would follow wherever a
				gradient was 0 so far */
	double weight_decay; /* 0 is none */
} tl_adam_options;

/*
 * NULL when memory is short or set is NULL; options may be NULL. An option that cannot be (a
 * negative rate, a share not below 1) is kept as an error: every step then fails with
 * TL_ERROR_ARGUMENT, and tl_optimizer_error says which.
 */
TL_API tl_optimizer *tl_sgd_create(tl_params *set, const tl_sgd_options *options);
TL_API tl_optimizer *tl_adam_create(tl_params *set, const tl_adam_options *options);

/* NULL is fine. Does not touch the set. */
TL_API void tl_optimizer_destroy(tl_optimizer *o);

/*
 * Change the set's values by its gradients, which stay as they are: zero them before the next
 * tl_backward. On an error nothing has changed, and tl_optimizer_error has the words:
 * TL_ERROR_VALUE if a gradient is NaN or infinite (looking for one is a read of the gradients, some
 * percent of the time of a step); TL_ERROR_ARGUMENT if the set has nothing that is learned or was
 * destroyed; TL_ERROR_MEMORY at the first step, or after parameters were added, if there is no room
 * for what the optimiser remembers.
 */
TL_API tl_status tl_optimizer_step(tl_optimizer *o);

/* What is wrong with the options or was with the last step, in words, or NULL. Valid until the next
 * step. */
TL_API const char *tl_optimizer_error(const tl_optimizer *o);

/* The rate of the steps from now on; 0 is a rate. NaN or one below 0 is the error above. */
TL_API void tl_optimizer_set_learning_rate(tl_optimizer *o, double rate);
TL_API double tl_optimizer_learning_rate(const tl_optimizer *o);

/* Steps taken so far. */
TL_API int64_t tl_optimizer_step_count(const tl_optimizer *o);

/*
 * Scale all gradients of the set by one factor so that their norm, taken over all of them together,
 * is at most this; {30, 40} at 10 becomes {6, 8} (Pascanu, Mikolov & Bengio 2013). Returns the norm
 * before. If that is NaN or infinite the gradients are left as they are, and tl_optimizer_step
 * refuses them; and if `most` is not above 0 this only measures.
 */
TL_API double tl_params_clip_gradient_norm(tl_params *set, double most);

/* Bring each gradient into [-most, most]; NaN and infinity stay, for tl_optimizer_step to refuse.
 * Nothing happens unless most >= 0. */
TL_API void tl_params_clip_gradient_value(tl_params *set, double most);

#ifdef __cplusplus
}
#endif
#endif
