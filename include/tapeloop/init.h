/*
 * Initialisation: how a parameter starts. An initialiser is a rule with two numbers; random ones
 * follow from the set's seed and the parameter's name (tl_params_set_seed).
 *
 *     tl_params_add(model, "W", tl_dims(out, in), tl_init_glorot_uniform());
 *
 * Weights are [out, in], as in PyTorch and not as in Keras: initialisers take the first axis as
 * outputs.
 *
 * On failure: nothing here fails; an invalid initialiser is an error of tl_params_add.
 * Owner: an initialiser is a plain value.
 */
#ifndef TAPELOOP_INIT_H
#define TAPELOOP_INIT_H

#include <tapeloop/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* fill sees the shape and a key for random numbers, and writes all values, which are rounded to the
 * set's type afterwards. It may fail only with TL_ERROR_MEMORY. */
typedef struct tl_init {
	tl_status (*fill)(const struct tl_init *init, tl_shape shape, uint64_t key, double *values);
	double a, b;
} tl_init;

TL_API tl_init tl_init_zeros(void);                           /* all 0 */
TL_API tl_init tl_init_constant(double value);                /* all this value */
TL_API tl_init tl_init_uniform(double low, double high);      /* evenly in [low, high) */
TL_API tl_init tl_init_normal(double mean, double deviation); /* of a normal distribution */
/* Uniform in +-1 / sqrt(rows), which are hidden units: PyTorch's default for all weights of its
 * recurrent layers. */
TL_API tl_init tl_init_pytorch_rnn(void);
/* Uniform in +-sqrt(6 / (in + out)): Glorot & Bengio 2010, eq. 16. */
TL_API tl_init tl_init_glorot_uniform(void);
/* Normal, of deviation sqrt(2 / in): He et al. 2015, eq. 10. */
TL_API tl_init tl_init_he_normal(void);
/* Q of a random matrix, times gain: Saxe et al. 2014. */
TL_API tl_init tl_init_orthogonal(double gain);
/* scale on the diagonal: Le, Jaitly & Hinton 2015 for IRNN. */
TL_API tl_init tl_init_identity(double scale);

#ifdef __cplusplus
}
#endif
#endif
