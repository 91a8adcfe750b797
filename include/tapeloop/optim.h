/*
 * Optimisers: from gradients to a step. One is made for a parameter set and sees the set's blocks
 * as one array; buffers of the set are left alone.
 *
 *     tl_optimizer *o = tl_adam_create(model, &(tl_adam_options){.learning_rate = 1e-3});
 *     ...
 *     tl_params_zero_gradients(model);    (tl_backward accumulates)
 *     tl_backward(loss);
 *     tl_params_clip_gradient_norm(model, 1);
 *     if (tl_optimizer_step(o))
 *             puts(tl_optimizer_error(o));
 *
 * A gradient that is NaN or infinite never reaches the values: the step is refused, changes nothing
 * and says which it is. The next one, with other gradients, may go on.
 *
 * An optimiser and its set are used by one thread at a time. Parameters may still be added to the
 * set. An option that is 0 takes the default given beside it. Where that is not 0 and you mean a
 * real 0, say TL_ZERO (base.h).
 *
 * On failure: a status; tl_optimizer_error says why.
 * Owner: the caller owns the optimiser and destroys it; the set must outlive it.
 */
#ifndef TAPELOOP_OPTIM_H
#define TAPELOOP_OPTIM_H

#include <tapeloop/params.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_optimizer tl_optimizer;

/*
 * Gradient descent. With momentum, v becomes momentum v + g and the step is learning_rate v (Polyak
 * 1964); with nesterov it is learning_rate (g + momentum v) of the new v (Sutskever et al. 2013).
 * weight_decay adds that fraction of a value to its gradient first (L2 regularisation, as PyTorch's
 * SGD and Adam do; not AdamW's decoupled one).
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
	double beta1, beta2;  /* 0 means 0.9 and 0.999; below 1. beta1 TL_ZERO: no mean of
				 gradients, which is RMSProp */
	double epsilon;      /* 0 means 1e-8; it cannot be a real 0, for 0/0 would follow wherever a
				gradient was 0 so far */
	double weight_decay; /* 0 is none */
} tl_adam_options;

/*
 * options may be NULL.
 * On failure: NULL: out of memory, or set is NULL. An option that is invalid (a negative rate, a
 *     momentum not below 1) is kept as an error: every step then fails with TL_ERROR_ARGUMENT.
 */
TL_API tl_optimizer *tl_sgd_create(tl_params *set, const tl_sgd_options *options);
TL_API tl_optimizer *tl_adam_create(tl_params *set, const tl_adam_options *options);

/* NULL is fine. Does not touch the set. */
TL_API void tl_optimizer_destroy(tl_optimizer *o);

/*
 * Change the set's values by its gradients, which stay as they are: zero them before the next
 * tl_backward.
 * On failure: nothing has changed. TL_ERROR_VALUE: a gradient is NaN or infinite (looking for one
 *     is a read of the gradients, some percent of the time of a step); TL_ERROR_ARGUMENT: the set
 *     has no trainable parameter or was destroyed; TL_ERROR_MEMORY, at the first step or after
 *     parameters were added: no room for the optimiser's state.
 */
TL_API tl_status tl_optimizer_step(tl_optimizer *o);

/*
 * What is invalid in the options or was wrong with the last step, or NULL.
 * Owner: the optimiser, until the next step.
 */
TL_API const char *tl_optimizer_error(const tl_optimizer *o);

/* The learning rate from now on; 0 is a rate. NaN or one below 0 is the error above. */
TL_API void tl_optimizer_set_learning_rate(tl_optimizer *o, double learning_rate);
TL_API double tl_optimizer_learning_rate(const tl_optimizer *o);

/* Steps taken so far. */
TL_API int64_t tl_optimizer_step_count(const tl_optimizer *o);

/*
 * What an optimiser remembers: for each slot one number per value of the set, in the layout and
 * type of tl_params_values. With the step count it is all of the state: an optimiser made with the
 * same options and given both goes on as this one would, to the last bit.
 *
 *     for (int k = 0; k < tl_optimizer_slot_count(o); k++) {
 *             int64_t count;
 *             void *numbers = tl_optimizer_slot(o, k, &count);
 *             ... write them under tl_optimizer_slot_name(o, k), or read them
 *     }
 *
 * A slot is there before the first step too, as it starts.
 * On failure: NULL and a count of 0: there is no such slot, or out of memory.
 * Owner: the optimiser; a pointer is valid until parameters are added to the set.
 */
TL_API int tl_optimizer_slot_count(const tl_optimizer *o);
TL_API const char *tl_optimizer_slot_name(const tl_optimizer *o, int k);
TL_API void *tl_optimizer_slot(tl_optimizer *o, int k, int64_t *count);

/* As if so many steps were taken; below 0 counts as 0. */
TL_API void tl_optimizer_set_step_count(tl_optimizer *o, int64_t steps);

/* The name of its kind: "sgd", "adam". */
TL_API const char *tl_optimizer_kind_name(const tl_optimizer *o);

/*
 * Scale all gradients of the set by one factor so that their norm, taken over all of them together,
 * is at most max; {30, 40} at 10 becomes {6, 8} (Pascanu, Mikolov & Bengio 2013). Returns the norm
 * before. If that is NaN or infinite the gradients are left as they are, and tl_optimizer_step
 * refuses them; and if max is not above 0 this only measures.
 */
TL_API double tl_params_clip_gradient_norm(tl_params *set, double max);

/* Clip each element of the gradients to [-max, max]; NaN and infinity stay, for tl_optimizer_step
 * to refuse. Nothing happens unless max >= 0. */
TL_API void tl_params_clip_gradient_value(tl_params *set, double max);

#ifdef __cplusplus
}
#endif
#endif
