/*
 * A parameter set holds what is learned: named arrays, all values in one contiguous block and all
 * gradients in another of the same layout, so that an optimiser, a file or an all-reduce sees one
 * array. A set is not tied to a tape; tl_use brings a parameter onto one.
 *
 *     tl_params *model = tl_params_create(TL_F32);
 *     tl_param *W = tl_params_add(model, "W", tl_dims(10, 5), tl_init_glorot_uniform());
 *     ...
 *     tl_tensor y = tl_matmul(x, tl_transpose(tl_use(tape, W)));
 *
 * A set that could not be extended keeps its first error; tl_params_add then returns NULL, and a
 * tape that is given NULL repeats that a parameter is missing. Several threads may read a set; one
 * may change it while nobody reads.
 *
 * Weights are [out, in], as in PyTorch and not as in Keras: initialisers take the first axis as
 * outputs. tl_backward adds to gradients, as PyTorch does: zero them in each turn of the loop.
 */
#ifndef TAPELOOP_PARAMS_H
#define TAPELOOP_PARAMS_H

#include <tapeloop/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_params tl_params;
typedef struct tl_param tl_param;

/*
 * How a parameter starts: a rule with two numbers. The fill function sees the shape and a key for
 * base random numbers; it may fail only for want of memory. Rows are outputs: a weight is [out,
 * in].
 */
typedef struct tl_init {
	tl_status (*fill)(const struct tl_init *init, tl_shape shape, uint64_t key, double *values);
	double a, b;
} tl_init;

TL_API tl_init tl_init_zeros(void);
TL_API tl_init tl_init_constant(double value);
TL_API tl_init tl_init_uniform(double low, double high);
TL_API tl_init tl_init_normal(double mean, double deviation);
/* Uniform, +-1 / sqrt(rows), which are hidden units: all weights of a cell start so in PyTorch. */
TL_API tl_init tl_init_pytorch_rnn(void);
TL_API tl_init
tl_init_glorot_uniform(void); /* uniform, +-sqrt(6 / (in + out)): Glorot & Bengio 2010, eq. 16 */
TL_API tl_init tl_init_he_normal(void); /* normal, deviation sqrt(2 / in): He et al. 2015, eq. 10 */
TL_API tl_init
tl_init_orthogonal(double gain); /* Q of a random matrix, times gain: Saxe et al. 2014 */
TL_API tl_init
tl_init_identity(double scale); /* scale on the diagonal: Le, Jaitly & Hinton 2015 for IRNN */

/* An empty set whose numbers are stored as TL_F32 or TL_F64. NULL when memory is short. */
TL_API tl_params *tl_params_create(tl_dtype dtype);
TL_API void tl_params_destroy(tl_params *set);

/* Random initial values follow from this seed and a parameter's name, not from the order. 0 at
 * first. */
TL_API void tl_params_set_seed(tl_params *set, uint64_t seed);

/*
 * A new parameter, or NULL with the reason in tl_params_error: the name is empty or taken, the
 * shape cannot be, memory is short. The set owns it. Adding may move the blocks.
 */
TL_API tl_param *tl_params_add(tl_params *set, const char *name, tl_shape shape, tl_init init);

/* The same for numbers that are kept with the model but not learned: running statistics, carried
 * states. */
TL_API tl_param *tl_params_add_buffer(tl_params *set, const char *name, tl_shape shape,
				      tl_init init);

TL_API const char *tl_params_error(const tl_params *set); /* NULL when all is well */

TL_API tl_param *tl_params_find(const tl_params *set,
				const char *name); /* NULL when there is none */
TL_API int tl_params_count(const tl_params *set);
TL_API tl_param *tl_params_at(const tl_params *set, int index); /* in the order added */

/*
 * The whole blocks and how many numbers they have; float or double as the set was created. Between
 * parameters there may be a few numbers of padding, which are zero and stay zero.
 */
TL_API void *tl_params_values(tl_params *set, int64_t *count);
TL_API void *tl_params_gradients(tl_params *set, int64_t *count);
TL_API tl_dtype tl_params_dtype(const tl_params *set);
TL_API void tl_params_zero_gradients(tl_params *set);

TL_API const char *tl_param_name(const tl_param *p);
TL_API tl_shape tl_param_shape(const tl_param *p);
TL_API bool tl_param_is_trainable(const tl_param *p);
/*
 * Its part of the blocks. The first two are for code that looks at tl_params_dtype itself; the
 * others are NULL if the set stores the other type.
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
