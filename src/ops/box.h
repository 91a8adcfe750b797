/* Copying boxes of memory. */
#ifndef TL_OPS_BOX_H
#define TL_OPS_BOX_H

#include "ops/ops.h"

/*
 * out[i0][i1][i2][i3] = in[...] with any strides. What moves numbers does it here, by their size
 * alone: an integer or a float is 4 bytes.
 */
typedef struct tl_box {
	int64_t dim[TL_MAX_RANK], to[TL_MAX_RANK], from[TL_MAX_RANK];
} tl_box;

/* Copy, or add what is read to what is there. */
void tl_box_move(const tl_box *b, tl_dtype dtype, void *to, const void *from, bool add);

/* How a slice of a tensor of this shape lies in it, from element `start`; the slice itself is
 * contiguous elsewhere. */
tl_box tl_slice_box(const tl_slice_attr *a, const tl_shape *whole, int64_t *start, bool reading);

static inline void *tl_element(const tl_array *a, int64_t index)
{
	return (char *)a->data + index * (int64_t)tl_dtype_size(a->dtype);
}

#endif
