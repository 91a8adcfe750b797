/*
 * Ops as the layers above know them: the descriptors and attributes that the compiler knows by
 * name, and the families. A family is a file that ends in a list of its descriptors; registry.c
 * lists the families. What files of ops share is in common.h.
 */
#ifndef TL_OPS_H
#define TL_OPS_H

#include <tapeloop/custom_op.h>
#include <tapeloop/ops.h>

#include "ops/common.h"

/* Families: lists that end with NULL. */
extern const tl_op *const tl_ops_unary[];
extern const tl_op *const tl_ops_binary[];
extern const tl_op *const tl_ops_reduce[];
extern const tl_op *const tl_ops_cumsum[];
extern const tl_op *const tl_ops_matmul[];
extern const tl_op *const tl_ops_form[];
extern const tl_op *const tl_ops_slice[];
extern const tl_op *const tl_ops_join[];
extern const tl_op *const tl_ops_index[];
extern const tl_op *const tl_ops_select[];
extern const tl_op *const tl_ops_along[];
extern const tl_op *const tl_ops_softmax[];
extern const tl_op *const tl_ops_entropy[];
extern const tl_op *const tl_ops_loss[];
extern const tl_op *const tl_ops_norm[];
extern const tl_op *const tl_ops_drop[];
extern const tl_op *const tl_ops_conv[];
extern const tl_op *const tl_ops_pool[];
extern const tl_op *const tl_ops_lengths[];
extern const tl_op *const tl_ops_ctc[];
extern const tl_op *const tl_ops_draw[];
extern const tl_op *const tl_ops_sparse[];

/*
 * Ops that the compiler knows by name, for it makes them itself: products, sums, slices and
 * concats, and what identities are about. Of any other op it knows what the op's declaration says.
 */
extern const tl_op tl_op_add, tl_op_div, tl_op_add_n, tl_op_mul, tl_op_sub, tl_op_neg, tl_op_detach,
	tl_op_matmul, tl_op_reshape, tl_op_permute, tl_op_slice, tl_op_assemble, tl_op_concat,
	tl_op_broadcast, tl_op_sum;
/* Each is the other's adjoint. */
extern const tl_op tl_op_segment_sum, tl_op_embedding;

/*
 * Attributes are compared and hashed byte by byte: no struct of them may have padding.
 */
typedef struct tl_axis_attr {
	int64_t axis;
} tl_axis_attr;

typedef struct tl_matmul_attr { /* operands [m,k] [k,n], or with a batch in front; flags: stored
				   transposed */
	int32_t transpose_a, transpose_b;
} tl_matmul_attr;

/* Elements start, start + step, ... of an axis: read by slice, written by assemble and concat. */
typedef struct tl_slice_attr {
	int64_t axis, start, count, step; /* step may be negative */
	int64_t drop;                     /* count is 1 and the axis goes away */
} tl_slice_attr;

typedef struct tl_assemble_attr { /* followed by a tl_slice_attr for each operand */
	tl_shape shape;
	int64_t whole; /* the pieces cover it and do not overlap (concat) */
} tl_assemble_attr;

static inline const tl_slice_attr *tl_pieces(const void *assemble_attr)
{
	return (const tl_slice_attr *)((const tl_assemble_attr *)assemble_attr + 1);
}

typedef struct tl_shape_attr { /* of reshape and broadcast_to */
	tl_shape shape;
} tl_shape_attr;

typedef struct tl_permute_attr {
	int32_t axis[TL_MAX_RANK];
} tl_permute_attr;

typedef struct tl_reduce_attr {
	int32_t first, count; /* axes first ... first + count - 1 go */
	int32_t keep;         /* they stay as dimensions of 1 */
} tl_reduce_attr;

#endif
