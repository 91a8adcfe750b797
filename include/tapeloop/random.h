/*
 * Random numbers of your own: data, splits, noise. A generator is a value of two numbers: what it
 * gives next follows from them alone. So it is copied, saved and restored by assignment, and two
 * with different seeds have nothing to do with each other.
 *
 *     tl_random r = {.seed = 7};
 *     double x = tl_random_normal(&r);
 *
 * The i-th number of a seed is SplitMix64's (Steele, Lea & Flood 2014), started at the mixed seed;
 * it will stay the same in later versions.
 *
 * On failure: 0; tl_random_choice says -1.
 * Owner: nothing is owned.
 */
#ifndef TAPELOOP_RANDOM_H
#define TAPELOOP_RANDOM_H

#include <tapeloop/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A stream of random numbers; {seed} is its beginning. */
typedef struct tl_random {
	uint64_t seed;
	uint64_t counter; /* numbers drawn so far */
} tl_random;

/* One generator of many that belong together: of each epoch, of each example. */
TL_API tl_random tl_random_stream(uint64_t seed, uint64_t number);

TL_API uint64_t tl_random_next(tl_random *r);            /* 64 random bits */
TL_API double tl_random_uniform(tl_random *r);           /* in [0, 1) */
TL_API double tl_random_normal(tl_random *r);            /* mean 0, standard deviation 1 */
TL_API int64_t tl_random_below(tl_random *r, int64_t n); /* 0 ... n - 1, each equally likely */
/* An index, each as likely as its weight says. -1: a weight is negative or not finite, or all are
 * 0. */
TL_API int64_t tl_random_choice(tl_random *r, const double *weights, int64_t n);
/* 0 ... n - 1 in a random order, each order equally likely (Fisher and Yates). */
TL_API void tl_random_permutation(tl_random *r, int64_t n, int64_t *order);

#ifdef __cplusplus
}
#endif
#endif
