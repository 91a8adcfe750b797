/*
 * A parameter set holds the trainable parameters of a model and its buffers: named arrays, all
 * values in one contiguous block and all gradients in another of the same layout, so that an
 * optimiser, a file or an all-reduce sees one array. A set is not tied to a tape; tl_use brings a
 * parameter onto one.
 *
 *     tl_params *model = tl_params_create(TL_F32);
 *     tl_param *W = tl_params_add(model, "W", tl_dims(10, 5), tl_init_glorot_uniform());
 *     ...
 *     tl_tensor y = tl_linear(x, tl_use(tape, W), TL_NONE);
 *
 * Several threads may read a set; one may change it while nobody reads. tl_backward accumulates
 * into gradients, as PyTorch does: zero them in each iteration.
 *
 * On failure: NULL, TL_NONE or a status. A set keeps its first error (tl_params_error) and then
 *     refuses to be extended; a tape that is given a missing parameter says so. Of NULL, getters
 *     return NULL, 0 or "".
 * Owner: the set owns its parameters, their names and both blocks.
 */
#ifndef TAPELOOP_PARAMS_H
#define TAPELOOP_PARAMS_H

#include <tapeloop/init.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_params tl_params;
typedef struct tl_param tl_param;

/*
 * An empty set whose elements are stored as TL_F32 or TL_F64.
 * On failure: NULL: out of memory, or another dtype.
 * Owner: the caller, who destroys it.
 */
TL_API tl_params *tl_params_create(tl_dtype dtype);

/* Frees the set and its parameters. Tapes that used it are rewound or destroyed before they compute
 * again; if not, they say so. */
TL_API void tl_params_destroy(tl_params *set);

/* Random initial values follow from this seed and a parameter's name, not from the order. 0 by
 * default. */
TL_API void tl_params_set_seed(tl_params *set, uint64_t seed);

/*
 * A new trainable parameter. Adding may move the blocks.
 * On failure: NULL: the name is empty or taken, the shape invalid, or out of memory.
 */
TL_API tl_param *tl_params_add(tl_params *set, const char *name, tl_shape shape, tl_init init);

/* The same for a buffer, which is kept with the model and not trained: running statistics, carried
 * states. */
TL_API tl_param *tl_params_add_buffer(tl_params *set, const char *name, tl_shape shape,
				      tl_init init);

/*
 * Offer a parameter to whoever adds one of its name next: tl_params_add and whatever calls it then
 * return this one with the values it has, instead of an error that the name is taken. So what was
 * read from a file gets the object it belongs to. The shape, and whether it is a buffer, must be
 * the same. On failure: TL_ERROR_ARGUMENT: p is NULL.
 */
TL_API tl_status tl_param_offer(tl_param *p);

/* Let the set grow to this many numbers and no further, as when a file that may be hostile says
 * what to add; 0: no limit. What would pass it is not added, and TL_ERROR_MEMORY. */
TL_API void tl_params_set_limit(tl_params *set, int64_t numbers);

/* The first error, or NULL; and of what kind it is. */
TL_API const char *tl_params_error(const tl_params *set);
TL_API tl_status tl_params_status(const tl_params *set);

TL_API tl_param *tl_params_find(const tl_params *set,
				const char *name); /* NULL when there is none */
TL_API int tl_params_count(const tl_params *set);  /* parameters and buffers */
/* The numbers that train: the elements of all parameters that are neither buffers nor frozen. */
TL_API int64_t tl_params_element_count(const tl_params *set);
TL_API tl_param *tl_params_at(const tl_params *set, int index); /* in the order added */

/*
 * The whole blocks and how many elements they have; float or double as the set was created. Between
 * parameters there may be a few elements of padding, which are zero and stay zero.
 * Owner: the set; a pointer is valid until a parameter is added.
 */
TL_API void *tl_params_values(tl_params *set, int64_t *count);
TL_API void *tl_params_gradients(tl_params *set, int64_t *count);
TL_API tl_dtype tl_params_dtype(const tl_params *set); /* TL_F32 or TL_F64 */
TL_API void tl_params_zero_gradients(tl_params *set);  /* all of them */

TL_API const char *tl_param_name(const tl_param *p);  /* as it was added */
TL_API tl_shape tl_param_shape(const tl_param *p);    /* that of its value */
TL_API int64_t tl_param_size(const tl_param *p);      /* the number of its elements */
TL_API bool tl_param_is_buffer(const tl_param *p);    /* kept with the model, not trained */
TL_API bool tl_param_is_trainable(const tl_param *p); /* neither a buffer nor frozen */

/*
 * Freeze a parameter (on is false), or let it be trained again. A tape sees it as it was when
 * tl_use brought it there: of one that was frozen then, tl_backward records no adjoints and adds
 * nothing to its gradient. Optimisers, clipping and norms leave out what is frozen at the time,
 * momentum and weight decay included; what an optimiser remembers of it stays as it is. tl_grads
 * still differentiates by it when asked. On failure: TL_ERROR_ARGUMENT: p is NULL or a buffer;
 * nothing has changed.
 */
TL_API tl_status tl_param_set_trainable(tl_param *p, bool on);

/*
 * Its part of the blocks. The first two are for code that looks at tl_params_dtype itself.
 * On failure: NULL: there is no parameter, or the set stores the other type.
 * Owner: the set; a pointer is valid until a parameter is added.
 */
TL_API void *tl_param_value(tl_param *p);
TL_API void *tl_param_gradient(tl_param *p);
TL_API float *tl_param_value_float(tl_param *p);
TL_API float *tl_param_gradient_float(tl_param *p);
TL_API double *tl_param_value_double(tl_param *p);
TL_API double *tl_param_gradient_double(tl_param *p);

/* The parameter as a tensor of this tape; the same tensor each time until the tape is rewound. */
TL_API tl_tensor tl_use(tl_tape *tape, tl_param *p);

/*
 * When tl_backward or tl_tape_commit next computes on this tape, let the buffer take this value
 * afterwards. All values are computed with the buffers as they were, also those asked for later.
 */
TL_API TL_SITED tl_status tl_assign(tl_param *buffer, tl_tensor value);
TL_API TL_SITED tl_status tl_tape_commit(tl_tape *tape);

#ifdef __cplusplus
}
#endif
#endif
