/*
 * Batches, and where they come from. A source of batches is a function of numbers: it fills the
 * batch number `index` of epoch `epoch`, always with the same data. So nothing hidden moves on with
 * each batch: a training that is resumed asks for the next number, another thread can prepare the
 * batch after this one, and several machines agree on what each of them reads.
 *
 *     static tl_status fill(tl_batch *batch, int64_t epoch, int64_t index, void *user)
 *     {
 *             float *x = tl_batch_input_room(batch, TL_F32, tl_dims(50, 32, 2));
 *             float *y = tl_batch_target_room(batch, TL_F32, tl_dims(32, 1));
 *             if (!x || !y)
 *                     return TL_ERROR_MEMORY;
 *             ...
 *             return TL_OK;
 *     }
 *     tl_batches *train = tl_batches_create(&(tl_batches_options){.fill = fill, .count = 100});
 *
 * sequences.h has sources that are made of data in memory. Sequences are [steps, rows, ...] in a
 * batch, whatever they were before.
 *
 * On failure: NULL or a status; tl_batches_fill also fills in a tl_error.
 * Owner: the caller owns batches and sources and destroys them. What a batch holds is its own and
 *     stays until it is filled again.
 */
#ifndef TAPELOOP_BATCH_H
#define TAPELOOP_BATCH_H

#include <tapeloop/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One batch, as the trainer, the drivers, the losses and your own loop take it. What is NULL or of
 * size 0 is not there. All of it is read with the calls below, or directly.
 */
typedef struct tl_batch {
	tl_array input;          /* [steps, rows, ...], or [rows, ...] of what has no steps */
	tl_array target;         /* [steps, rows, ...], one a step, or [rows, ...], one a row */
	tl_array lengths;        /* TL_I32 [rows]: steps of each row, as the drivers take them */
	tl_array target_lengths; /* TL_I32 [rows] */
	tl_array weights;        /* TL_F32, of the leading axes of target: 0 in the padding */
	int64_t *example;        /* [rows]: the number of each row's example, if there are such */
	int64_t rows;
	int64_t epoch, index; /* which batch it is */
	bool begins;          /* what is carried from batch to batch begins anew here */
	bool input_has_steps, target_has_steps, steps_are_set; /* tl_batch_set_steps */
	size_t room[6]; /* bytes that belong to each of the arrays above */
	tl_error error; /* tl_batch_fail */
} tl_batch;

TL_API tl_batch *tl_batch_create(void);        /* an empty one; NULL: out of memory */
TL_API void tl_batch_destroy(tl_batch *batch); /* NULL is fine */

/*
 * For a source: room for an array of this type and shape, to be filled.
 * On failure: NULL: out of memory or an invalid shape.
 */
TL_API void *tl_batch_input_room(tl_batch *batch, tl_dtype dtype, tl_shape shape);
TL_API void *tl_batch_target_room(tl_batch *batch, tl_dtype dtype, tl_shape shape);
TL_API int32_t *tl_batch_lengths_room(tl_batch *batch, int64_t rows);
TL_API int32_t *tl_batch_target_lengths_room(tl_batch *batch, int64_t rows);
TL_API float *tl_batch_weights_room(tl_batch *batch, tl_shape shape);
TL_API int64_t *tl_batch_example_room(tl_batch *batch, int64_t rows);
/*
 * Which of input and target (and the weights with it) begin with an axis of steps; the next axis,
 * or else the first, is that of the rows. Unless this is called, an input does that has rank 3 or
 * more or is of integers with rank 2, and then a target that begins with the same two sizes.
 */
TL_API void tl_batch_set_steps(tl_batch *batch, bool input_has_steps, bool target_has_steps);

/* For a source that cannot fill the batch: why, in words. Returns the status. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
TL_API tl_status
tl_batch_fail(tl_batch *batch, tl_status status, const char *format, ...);

/* Keep rows first, first + 1 ... of the batch, `count` of them: the share of one of several
 * machines. */
TL_API tl_status tl_batch_keep_rows(tl_batch *batch, int64_t first, int64_t count);

/*
 * Its arrays as tensors on a tape; TL_NONE, which drivers and losses take, where there is no such
 * array. The data is not copied: the batch must stay as it is while the tape computes.
 */
TL_API tl_tensor tl_batch_input(const tl_batch *batch, tl_tape *tape);
TL_API tl_tensor tl_batch_target(const tl_batch *batch, tl_tape *tape);
TL_API tl_tensor tl_batch_lengths(const tl_batch *batch, tl_tape *tape);
TL_API tl_tensor tl_batch_target_lengths(const tl_batch *batch, tl_tape *tape);
TL_API tl_tensor tl_batch_weights(const tl_batch *batch, tl_tape *tape);

typedef struct tl_batches tl_batches;

typedef struct tl_batches_options {
	/*
	 * Fill the batch, whose arrays are empty at first; only what the arguments and `user` say
	 * may matter. It may be called from another thread than the one that made the source, but
	 * by one at a time.
	 */
	tl_status (*fill)(tl_batch *batch, int64_t epoch, int64_t index, void *user);
	int64_t count;                                  /* batches an epoch, 1 or more */
	int64_t (*count_of)(int64_t epoch, void *user); /* or this, if epochs differ */
	void *user;
	void (*destroy)(
		void *user); /* called by tl_batches_destroy; NULL: user stays the caller's */
} tl_batches_options;

/* A source of your own, of these functions. */
TL_API tl_batches *tl_batches_create(const tl_batches_options *options);
TL_API void tl_batches_destroy(tl_batches *source);                       /* NULL is fine */
TL_API int64_t tl_batches_count(const tl_batches *source, int64_t epoch); /* batches of the epoch */

/* Fill a batch: number `index` of the epoch, both from 0 on. */
TL_API tl_status tl_batches_fill(tl_batches *source, int64_t epoch, int64_t index, tl_batch *batch,
				 tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
