/*
 * A tensor is a handle: the tape it is recorded on and the number of its node there. It is 16
 * bytes, passed by value, owns nothing and is never freed; it becomes stale when its tape is
 * rewound.
 *
 * Shapes have rank 0 (one number) to 4, and are row-major: the last axis is contiguous. Axes are
 * counted from 0, or from the end by negative numbers: -1 is the last.
 *
 * On failure: of no tensor, the shape of one number, TL_F32, size 0.
 * Owner: the tape owns the node; a handle owns nothing.
 */
#ifndef TAPELOOP_TENSOR_H
#define TAPELOOP_TENSOR_H

#include <tapeloop/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_tape tl_tape;

/* A handle of a node. */
typedef struct tl_tensor {
	tl_tape *tape;
	uint32_t id;         /* of the node; 0: no tensor */
	uint32_t generation; /* of the tape: a stale handle is told from a new one */
} tl_tensor;

/*
 * No tensor: for an argument that may be left out. A failed call returns none too, with its tape in
 * it, so that an argument that failed is never taken for one that was left out. tl_tensor_is_none
 * is true of both.
 */
#ifdef __cplusplus
#define TL_NONE (tl_tensor{})
#else
#define TL_NONE ((tl_tensor){0})
#endif

/* Is it TL_NONE, or what a failed call returned? */
static inline bool tl_tensor_is_none(tl_tensor t)
{
	return t.id == 0;
}

/* The most axes of a tensor. */
enum { TL_MAX_RANK = 4 };

typedef struct tl_shape { /* has no padding, so that it can be part of an op's attributes */
	int64_t rank;
	int64_t dim[TL_MAX_RANK]; /* those from rank on are 0 */
} tl_shape;

/* tl_dims(32, 128) is the shape of a 32 x 128 matrix; tl_dims(5) of a vector; TL_SCALAR of one
 * number. */
#define tl_dims(...)                                                                               \
	TL_PICK_DIMS_(__VA_ARGS__, TL_NO_DIM_, TL_NO_DIM_, TL_NO_DIM_, TL_NO_DIM_, TL_NO_DIM_)
#define TL_SCALAR tl_make_shape_(TL_NO_DIM_, TL_NO_DIM_, TL_NO_DIM_, TL_NO_DIM_, TL_NO_DIM_)

/* Not for users: what the two are made of. */
#define TL_NO_DIM_                        INT64_MIN
#define TL_PICK_DIMS_(a, b, c, d, e, ...) tl_make_shape_(a, b, c, d, e)

static inline tl_shape tl_make_shape_(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e)
{
	int64_t dims[TL_MAX_RANK + 1];
	tl_shape s;
	dims[0] = a, dims[1] = b, dims[2] = c, dims[3] = d, dims[4] = e;
	for (s.rank = 0; s.rank <= TL_MAX_RANK && dims[s.rank] != TL_NO_DIM_; s.rank++)
		;
	for (int i = 0; i < TL_MAX_RANK; i++)
		s.dim[i] = i < s.rank ? dims[i] : 0;
	return s; /* five dimensions make rank 5, which every call refuses with a message */
}

/* Numbers in memory: contiguous, row-major; size is how many. What a kernel sees, what a batch
 * holds. */
typedef struct tl_array {
	void *data;
	tl_dtype dtype;
	tl_shape shape;
	int64_t size;
} tl_array;

/* What a tensor is. The shape is known as soon as it is recorded. */
TL_API tl_shape tl_tensor_shape(tl_tensor t);
TL_API tl_dtype tl_tensor_dtype(tl_tensor t);
TL_API int64_t tl_tensor_size(tl_tensor t); /* the number of its elements */
TL_API int64_t
tl_tensor_dim(tl_tensor t, int axis); /* one dimension; axis may be negative; 0 if there is none */

/* The number of elements: the product of the dimensions. 0 if the shape is invalid. */
TL_API int64_t tl_shape_size(tl_shape shape);

#ifdef __cplusplus
}
#endif
#endif
