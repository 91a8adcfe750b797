/*
 * Optimisers: from gradients to a step. One is made for a parameter set and sees the set's blocks
 * as one array; buffers of the set and frozen parameters are left alone.
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
 * real 0, say TL_ZERO (base.h). Equations and defaults are those of PyTorch, unless it says
 * otherwise; docs/optimizers.md has them in a table.
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
typedef struct tl_optimizer_kind tl_optimizer_kind; /* custom_optim.h */

/* Kinds */

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
	double dampening;     /* in [0, 1): from the second step on v takes this fraction less of
				 g; needs momentum */
} tl_sgd_options;

/* Adagrad (Duchi et al. 2011): rates by the sum of all squared gradients. */
typedef struct tl_adagrad_options {
	double learning_rate;       /* 0 means 0.01 */
	double learning_rate_decay; /* the rate of step t is learning_rate / (1 + (t - 1) this) */
	double epsilon;             /* 0 means 1e-10 */
	double weight_decay;        /* as above */
	double initial_accumulator; /* what the sum starts from */
} tl_adagrad_options;

/* Adadelta (Zeiler 2012). */
typedef struct tl_adadelta_options {
	double learning_rate; /* 0 means 1 */
	double rho;           /* of both means; 0 means 0.9; below 1 */
	double epsilon;       /* 0 means 1e-6 */
	double weight_decay;  /* as above */
} tl_adadelta_options;

/* RMSprop (Tieleman & Hinton 2012); centered by the variance instead (Graves 2013). */
typedef struct tl_rmsprop_options {
	double learning_rate; /* 0 means 0.01 */
	double alpha;         /* of the mean of squares; 0 means 0.99; below 1 */
	double epsilon;       /* 0 means 1e-8 */
	double weight_decay;  /* as above */
	double momentum;      /* in [0, 1); 0 is none */
	bool centered;
} tl_rmsprop_options;

/* Adam (Kingma & Ba 2015, algorithm 1) and AdamW (Loshchilov & Hutter 2019). */
typedef struct tl_adam_options {
	double learning_rate; /* 0 means 1e-3; TL_ZERO, or tl_optimizer_set_learning_rate(o, 0): no
				 step */
	double beta1, beta2;  /* 0 means 0.9 and 0.999; below 1. beta1 TL_ZERO: no mean of
				 gradients, which is RMSProp */
	double epsilon;      /* 0 means 1e-8; it cannot be a real 0, for 0/0 would follow wherever a
				gradient was 0 so far */
	double weight_decay; /* of Adam as above, 0 is none; AdamW shrinks values by learning_rate
				times this instead, 0 means 0.01 there */
	bool amsgrad;        /* the largest second moment so far (Reddi et al. 2018) */
	bool uncorrected;    /* without the corrections for the zeros that the moments start from */
} tl_adam_options;

/* NAdam: Adam with Nesterov's momentum (Dozat 2016), as PyTorch documents it. */
typedef struct tl_nadam_options {
	double learning_rate;  /* 0 means 2e-3 */
	double beta1, beta2;   /* 0 means 0.9 and 0.999; below 1 */
	double epsilon;        /* 0 means 1e-8 */
	double weight_decay;   /* as SGD's */
	double momentum_decay; /* 0 means 4e-3 */
} tl_nadam_options;

/* Lion (Chen et al. 2023): every value moves by the rate. */
typedef struct tl_lion_options {
	double learning_rate; /* 0 means 1e-4 */
	double beta1, beta2;  /* 0 means 0.9 and 0.99; below 1 */
	double weight_decay;  /* as AdamW's; 0 is none */
} tl_lion_options;

/*
 * options may be NULL.
 * On failure: NULL: out of memory, or set is NULL. An option that is invalid (a negative rate, a
 *     momentum not below 1) is kept as an error: every step then fails with TL_ERROR_ARGUMENT.
 */
TL_API tl_optimizer *tl_sgd_create(tl_params *set, const tl_sgd_options *options);
TL_API tl_optimizer *tl_adagrad_create(tl_params *set, const tl_adagrad_options *options);
TL_API tl_optimizer *tl_adadelta_create(tl_params *set, const tl_adadelta_options *options);
TL_API tl_optimizer *tl_rmsprop_create(tl_params *set, const tl_rmsprop_options *options);
TL_API tl_optimizer *tl_adam_create(tl_params *set, const tl_adam_options *options);
TL_API tl_optimizer *tl_adamw_create(tl_params *set, const tl_adam_options *options);
TL_API tl_optimizer *tl_nadam_create(tl_params *set, const tl_nadam_options *options);
TL_API tl_optimizer *tl_lion_create(tl_params *set, const tl_lion_options *options);

/*
 * Any kind by a line of text, as a command line or a file says it: its name, then options by
 * theirs, where 0 is a real 0.
 *
 *     tl_optimizer_create(model, "adamw learning_rate=3e-4 weight_decay=0.05")
 *
 * On failure: as above; a name that is not known is such an error too.
 */
TL_API tl_optimizer *tl_optimizer_create(tl_params *set, const char *text);

/* The same from numbers, of a kind that need not be registered. settings may be NULL if count is 0.
 */
typedef struct tl_optimizer_setting {
	const char *name;
	double value;
} tl_optimizer_setting;

/* The same of a kind of yours, with options by name. */
TL_API tl_optimizer *tl_optimizer_create_from_kind(tl_params *set, const tl_optimizer_kind *kind,
						   const tl_optimizer_setting *settings, int count);

/* The kinds there are: those of the library, then those registered (custom_optim.h). NULL when
 * there is none. */
TL_API int tl_optimizer_kind_count(void);
TL_API const tl_optimizer_kind *tl_optimizer_kind_at(int index);
TL_API const tl_optimizer_kind *tl_optimizer_kind_find(const char *name);

/* NULL is fine. Does not touch the set. */
TL_API void tl_optimizer_destroy(tl_optimizer *o);

/* Steps */

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
 * What is invalid in the options or was wrong with the last step or group, or NULL.
 * Owner: the optimiser, until the next step.
 */
TL_API const char *tl_optimizer_error(const tl_optimizer *o);

/* The learning rate from now on; 0 is a rate. NaN or one below 0 is the error above. */
TL_API void tl_optimizer_set_learning_rate(tl_optimizer *o, double learning_rate);
TL_API double tl_optimizer_learning_rate(const tl_optimizer *o);

/*
 * From now on clip by norm in the step itself: as tl_params_clip_gradient_norm, but that gradients
 * are read once for that and for whether they are finite, and are not written. 0 or below: no more;
 * NaN is the error above.
 * The other tells the norm of the last step before it was clipped; 0 when none was measured.
 */
TL_API void tl_optimizer_set_clip_norm(tl_optimizer *o, double max);
TL_API double tl_optimizer_gradient_norm(
	const tl_optimizer *o); /* of the last step, before clipping; 0: not measured */

/*
 * Parameters whose names fit a pattern, in which * stands for any letters and ? for one. If several
 * patterns fit, the last that was given holds. Parameters added later count too.
 *
 *     tl_optimizer_group(o, "*.b*", &(tl_group_options){.weight_decay = TL_ZERO});
 *
 * On failure: nothing has changed. TL_ERROR_NAME: no parameter has such a name; TL_ERROR_ARGUMENT:
 *     an option is invalid, or the kind has no weight decay; TL_ERROR_MEMORY.
 */
typedef struct tl_group_options {
	double learning_rate_scale; /* times the optimiser's rate; 0 means 1 */
	double weight_decay;        /* 0 means the optimiser's; TL_ZERO: none */
	bool frozen; /* no step; tl_param_set_trainable saves the gradient's time besides */
} tl_group_options;

/* Other rates for the parameters whose names match the pattern ("*.b"). */
TL_API tl_status tl_optimizer_group(tl_optimizer *o, const char *pattern,
				    const tl_group_options *options);

/* State */

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

/* Its kind, and the name of that: "sgd", "adam". */
TL_API const tl_optimizer_kind *tl_optimizer_get_kind(const tl_optimizer *o);
TL_API const char *tl_optimizer_kind_name(const tl_optimizer *o);

/* Its options by number; option 0 is learning_rate. "" and 0 when there is none. */
TL_API int tl_optimizer_option_count(const tl_optimizer *o);
TL_API const char *tl_optimizer_option_name(const tl_optimizer *o, int k);
TL_API double tl_optimizer_option_value(const tl_optimizer *o, int k);

/* The line of text that tl_optimizer_create makes such a one of, without groups and clipping.
 * Returns its length, as snprintf does; text may be NULL if size is 0. */
TL_API int tl_optimizer_describe(const tl_optimizer *o, char *text, size_t size);

/* Gradients before a step */

/*
 * Scale all gradients of the set by one factor so that their norm, taken over all of them together,
 * is at most max; {30, 40} at 10 becomes {6, 8} (Pascanu, Mikolov & Bengio 2013). Returns the norm
 * before. If that is NaN or infinite the gradients are left as they are, and tl_optimizer_step
 * refuses them; and if max is not above 0 this only measures.
 */
TL_API double tl_params_clip_gradient_norm(tl_params *set, double max);

/* The same for each parameter's gradient by itself. Returns the largest norm before. */
TL_API double tl_params_clip_gradient_norm_each(tl_params *set, double max);

/* Clip each element of the gradients to [-max, max]; NaN and infinity stay, for tl_optimizer_step
 * to refuse. Nothing happens unless max >= 0. */
TL_API void tl_params_clip_gradient_value(tl_params *set, double max);

/* Multiply all gradients, by 1/n after n calls of tl_backward for the mean of their losses. */
TL_API void tl_params_scale_gradients(tl_params *set, double factor);

/*
 * Add normal noise of variance eta / (1 + step)^0.55 to all gradients (Neelakantan et al. 2015, who
 * take eta of 0.01, 0.3 or 1). It follows from seed, step and the parameters' names alone. Nothing
 * happens unless eta > 0 and step >= 0.
 */
TL_API void tl_params_add_gradient_noise(tl_params *set, double eta, uint64_t seed, int64_t step);

#ifdef __cplusplus
}
#endif
#endif
