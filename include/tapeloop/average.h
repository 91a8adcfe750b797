/*
 * Averages of weights, which often generalise better than the last weights: an exponential moving
 * average (Polyak & Juditsky 1992) or one in which all updates count alike (SWA: Izmailov et al.
 * 2018).
 *
 *     tl_average *a = tl_average_create(model, &(tl_average_options){.decay = 0.999});
 *     ...
 *     tl_optimizer_step(o);
 *     tl_average_update(a);
 *     ...
 *     tl_average_swap(a);    the set has the averages now
 *     evaluate(model);
 *     tl_average_swap(a);    and its own values again
 *
 * Buffers of the set are left alone unless options say otherwise. Parameters may still be added to
 * the set; their average starts with the next update.
 *
 * On failure: a status; tl_average_error says why.
 * Owner: the caller owns the average and destroys it; the set must outlive it.
 */
#ifndef TAPELOOP_AVERAGE_H
#define TAPELOOP_AVERAGE_H

#include <tapeloop/params.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_average tl_average;

/* What the average forgets, and when it begins. */
typedef struct tl_average_options {
	double decay;  /* a becomes decay a + (1 - decay) x; below 1. 0: all updates count alike */
	bool unbiased; /* as if a had started as 0 and been corrected for that, as Adam's mean; or
			  else it starts as the first x */
	bool warmup;   /* the decay of update n is (1 + n) / (10 + n) while that is less */
	bool buffers;  /* average buffers too */
} tl_average_options;

/*
 * options may be NULL: all updates count alike.
 * On failure: NULL: out of memory, or set is NULL. Options that are invalid (a decay not below 1,
 *     unbiased or warmup without one, or both) are kept as an error that each call returns.
 */
TL_API tl_average *tl_average_create(tl_params *set, const tl_average_options *options);

/* NULL is fine. Does not touch the set: if it has the averages now, it keeps them. */
TL_API void tl_average_destroy(tl_average *a);

/*
 * Take the set's values into the average.
 * On failure: nothing has changed. TL_ERROR_VALUE: a value is NaN or infinite; TL_ERROR_ARGUMENT:
 * the set has the averages now, or was destroyed; TL_ERROR_MEMORY, at the first update or after
 *     parameters were added.
 */
TL_API tl_status tl_average_update(tl_average *a);

/*
 * Exchange the averages with the set's values; once more, and each is where it was. Tapes see it as
 * any other change of values between rewinds.
 * On failure: nothing has changed. TL_ERROR_ARGUMENT: there was no update yet, or the set was
 *     destroyed; TL_ERROR_MEMORY.
 */
TL_API tl_status tl_average_swap(tl_average *a);
TL_API bool tl_average_is_swapped(const tl_average *a);

/* What was wrong with the last call or is invalid in the options, or NULL. */
TL_API const char *tl_average_error(const tl_average *a);

/*
 * For checkpoints: the averages, in the layout and type of tl_params_values, and how many updates
 * they are of. Before the first update they are there too, as 0.
 * On failure: NULL and a count of 0: out of memory, or the set has the averages now.
 * Owner: the average; the pointer is valid until parameters are added to the set.
 */
TL_API void *tl_average_values(tl_average *a, int64_t *count);
TL_API int64_t tl_average_update_count(const tl_average *a);             /* updates so far */
TL_API void tl_average_set_update_count(tl_average *a, int64_t updates); /* below 0 counts as 0 */

#ifdef __cplusplus
}
#endif
#endif
