/*
 * Sources of batches that are made of data in memory: many examples of different lengths, one long
 * stream, the windows of a series.
 *
 * Examples, each a sequence with a target:
 *
 *     tl_batches *train = tl_batches_of_sequences(&(tl_sequences_options){
 *             .count = 1000,
 *             .input = {.data = x, .shape = tl_dims(2), .steps = 50}, // [1000, 50, 2]
 *             .target = {.data = y, .shape = tl_dims(1)},             // [1000, 1]
 *     }, &error);
 *
 * Here the example comes first, as data is usually kept; in a batch, the steps do: [50, 32, 2].
 * Examples of different lengths are padded to that of the longest in their batch, which is rounded
 * up, so that there are few shapes: each that was not met before is compiled anew.
 *
 * All of it follows from the options and the numbers of epoch and batch: with one seed, the same
 * batches on each machine, in each run.
 *
 * On failure: NULL, and the tl_error says what was wrong with which option.
 * Owner: the caller owns the source, and the data too, which must stay as it is until the source is
 *     destroyed. Lengths and choices are copied.
 */
#ifndef TAPELOOP_SEQUENCES_H
#define TAPELOOP_SEQUENCES_H

#include <tapeloop/batch.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As tl_sequences.steps of a target: one target for each step of the input. */
#define TL_STEPS_OF_INPUT (-1)

/* What the examples have on one side, as input or as target. What is left 0 is not there. */
typedef struct tl_sequences {
	const void *data; /* of all examples: [count, steps, shape]; [count, shape] without steps */
	const void *const *each; /* or an array for each example: [steps of it, shape] */
	tl_dtype dtype;
	tl_shape shape;         /* of one step; TL_SCALAR, one number, if left out */
	int64_t steps;          /* of each example; 0: examples have no steps here */
	const int64_t *lengths; /* of each example, if they differ; with data, at most `steps` */
	int32_t padding;        /* an integer to pad with; real numbers are padded with 0 */
	bool rows_first;        /* [rows, steps, ...] in the batch, as tl_ctc_loss takes targets */
} tl_sequences;

/* Examples, and how batches are made of them. */
typedef struct tl_sequences_options {
	int64_t count;         /* examples there are */
	tl_sequences input;    /* the batch has lengths if those of the examples differ */
	tl_sequences target;   /* with lengths of its own, the batch has target_lengths */
	const float *weights;  /* of each example; 1 if left out */
	const int64_t *choice; /* use these examples only, in this order: `choices` numbers */
	int64_t choices;
	int64_t rows;   /* examples a batch: 32 */
	bool drop_last; /* leave out examples that fill no batch; others in each epoch */
	bool in_order;  /* do not shuffle, and do not sort by length */
	uint64_t seed;  /* of the order, another in each epoch */
	int64_t round;  /* lengths are rounded up to a multiple of this: 16; the longest is not */
	int64_t sort_over; /* batches: among so many, examples are sorted by length: 32 */
} tl_sequences_options;

/*
 * Where targets have steps and examples different lengths, or where there are weights of examples,
 * the batch has weights: those of the examples, 0 in the padding.
 */
TL_API tl_batches *tl_batches_of_sequences(const tl_sequences_options *options, tl_error *error);

/* Numbers that lie in memory, as the calls below take them. */
static inline tl_array tl_array_of(const void *data, tl_dtype dtype, tl_shape shape)
{
	tl_array a;
	a.data = (void *)(uintptr_t)data;
	a.dtype = dtype;
	a.shape = shape;
	a.size = data ? tl_shape_size(shape) : 0;
	return a;
}

/* How one long sequence is cut into batches. */
typedef struct tl_stream_options {
	int64_t rows;    /* stretches that are read side by side: 32 */
	int64_t steps;   /* of each batch: 64 */
	int64_t ahead;   /* the target is what comes so many steps later: 1 */
	tl_array target; /* or this: as many steps as the stream */
	tl_dtype dtype;  /* of the batches, if the stream has real numbers: TL_F32 */
} tl_stream_options;

/*
 * One long sequence, [steps] of tokens or [steps, ...], cut into `rows` stretches, each of which
 * goes on from batch to batch where it was: for truncated backpropagation through time with a state
 * that is carried on. The first batch of an epoch has `begins` set: there the state starts anew.
 * What is left over at the end is not read. options may be NULL.
 */
TL_API tl_batches *tl_batches_of_stream(tl_array stream, const tl_stream_options *options,
					tl_error *error);

/* A part of what is numbered from 0 on. */
typedef struct tl_range {
	int64_t first, count;
} tl_range;

/* How windows are cut from a series. */
typedef struct tl_windows_options {
	int64_t steps;      /* of an input: 32 */
	int64_t horizon;    /* the target is the next so many values: 1 */
	const int *targets; /* the columns of them, `target_count` numbers; all if left out */
	int target_count;   /* */
	bool every_step;    /* a target for each step of the input, not for the last alone */
	tl_range range;     /* windows lie in these rows of the series alone; all of it */
	int64_t stride;     /* from one window to the next: 1 */
	int64_t rows;       /* windows a batch: 32 */
	bool drop_last;     /* leave out windows that fill no batch */
	bool in_order;      /* do not shuffle */
	uint64_t seed;      /* of the order, another in each epoch */
	tl_dtype dtype;     /* of the batches: TL_F32 */
} tl_windows_options;

/*
 * The windows of a series of real numbers, [times] or [times, columns]: inputs [steps, rows,
 * columns] and targets [rows, horizon * target columns], the values of one time after the other;
 * with every_step, [steps, rows, horizon * target columns]. A batch's example is the first time of
 * each window. options may be NULL.
 */
TL_API tl_batches *tl_batches_of_windows(tl_array series, const tl_windows_options *options,
					 tl_error *error);

/*
 * 0 ... count - 1 in parts that follow one another, of about these shares, which add up to 1: for a
 * series, the last part for the test. To split at random, use each range of a permutation
 * (random.h) as the choice of a source.
 * On failure: TL_ERROR_ARGUMENT: shares are not positive or do not add up to 1, or a part would be
 * empty.
 */
TL_API tl_status tl_ranges_split(int64_t count, int parts, const double *shares, tl_range *ranges);

#ifdef __cplusplus
}
#endif
#endif
