/*
 * The next batch, prepared by another thread while this one trains.
 *
 *     tl_prefetch *ahead = tl_prefetch_create(train, &error);
 *     for (int64_t i = 0; i < tl_batches_count(train, epoch); i++) {
 *             tl_batch *batch = tl_prefetch_next(ahead, epoch, i, &error);
 *             ...
 *     }
 *
 * What is asked for is what tl_batches_fill would have filled, to the last bit; if it is not the
 * batch that was expected, it is filled then and there. Leave the source alone in the meantime: it
 * fills one batch at a time.
 *
 * On failure: NULL, and the tl_error says why. What went wrong while a batch was prepared is told
 *     when that batch is asked for.
 * Owner: the caller owns it and destroys it, at any time, before the source. A batch belongs to it
 *     and is valid until the next call. The allocator of tl_set_allocator is called from both
 *     threads.
 */
#ifndef TAPELOOP_PREFETCH_H
#define TAPELOOP_PREFETCH_H

#include <tapeloop/batch.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_prefetch tl_prefetch;

/* Where no thread can be had, batches are filled when they are asked for. */
TL_API tl_prefetch *tl_prefetch_create(tl_batches *source, tl_error *error);
TL_API void tl_prefetch_destroy(tl_prefetch *p); /* NULL is fine */

/* This batch; the one after it, in this epoch or the next, is begun. */
TL_API tl_batch *tl_prefetch_next(tl_prefetch *p, int64_t epoch, int64_t index, tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
