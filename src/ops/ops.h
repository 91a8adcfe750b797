/*
 * What op families share, and the descriptors that the compiler's passes know by name. A family is
 * a file that ends in a list of its descriptors; registry.c lists the families.
 */
#ifndef TL_OPS_H
#define TL_OPS_H

#include <tapeloop/custom_op.h>
#include <tapeloop/ops.h>

#include "graph/graph.h"
#include "kernels/kernels.h"

/* Families: lists that end with NULL. */
extern const tl_op *const tl_ops_unary[];
extern const tl_op *const tl_ops_binary[];
extern const tl_op *const tl_ops_reduce[];
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

/* An axis counted from 0, or -1 after reporting that the op has none such. `what` may be NULL. */
int tl_axis_of(const tl_call *c, int axis, int rank);
/* The same before an op is recorded, for functions that work out attributes from a shape. */
bool tl_axis_fits(tl_tensor x, const char *op, int *axis);

/* Bit i is set if the list has axis i: all of them if it is empty. -1 after reporting. */
int tl_axes_mask(tl_tensor x, const char *op, tl_axis_list axes);
/* The tape of the first of these that has one; NULL if none has, or there are none. */
tl_tape *tl_tape_of(const tl_tensor *x, int count);

/* The operand must be real (or integers); reports if not. */
bool tl_wants_real(const tl_call *c, int operand);
bool tl_wants_integers(const tl_call *c, int operand);

/* An example of the op with one leaf of numbers in [low, high], and these attributes if it has any.
 */
tl_tensor tl_example_of_one(tl_example *s, const void *attr, double low, double high);

/* The shape a and b broadcast to; false if they do not. */
bool tl_broadcast(const tl_shape *a, const tl_shape *b, tl_shape *out);

/* A shape without one of its axes. */
tl_shape tl_shape_without(const tl_shape *s, int axis);

/* A tensor seen along one axis: outer x n x inner elements. */
typedef struct tl_rows {
	int64_t outer, n, inner;
} tl_rows;
tl_rows tl_rows_of(const tl_shape *s, int axis);

/* Where the i-th element of a tensor is: "[2,0]". */
const char *tl_position_text(const tl_shape *s, int64_t i, char text[96]);

/* What a kernel says of an index (a target, a row number) that is not in [0, size): `what` names
 * what there are `size` of. Returns TL_ERROR_VALUE. */
tl_status tl_out_of_range(const tl_kernel_args *r, const tl_array *index, int64_t at, int64_t size,
			  const char *what);

/*
 * For functions that record several nodes: the operand is a tensor of this tape, of real numbers;
 * reports in the name of the function if not.
 */
bool tl_real_for(tl_tape *tape, tl_tensor x, const char *name, int operand);

/* Integers: of `a` where the mask is not 0, else of `b`; all of one shape. */
tl_tensor tl_chosen(tl_tensor mask, tl_tensor a, tl_tensor b);
/* A class of each row of logits, [rows, classes], drawn from softmax(logits / temperature). */
tl_tensor tl_drawn(tl_tensor logits, double temperature);

/* The losses of single elements, reduced. */
tl_tensor tl_reduced(tl_tensor losses, tl_loss_reduction reduction);

/* The descriptor of such a function: it is found by name and its example is checked like any op's.
 */
#define TL_COMPOUND(NAME, SAMPLE, DOC)                                                             \
	{                                                                                          \
		.name = NAME, .doc = DOC, .operand_count = -1, .compound = true, .example = SAMPLE \
	}

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

/* What an elementwise op is in a strip; the step reads attr. Its slots are left to set. */
tl_strip_step tl_step_of(const tl_op *op, const void *attr);

/* From a tensor's own strides to those of `rank` axes it broadcasts over: 0 where it is stretched.
 */
void tl_broadcast_strides(const tl_shape *from, const int64_t *own, int64_t rank, int64_t *stride);
/* A view's memory is all of its operand's. */
bool tl_view_whole(const void *attr, const tl_shape *operand, const tl_shape *result,
		   tl_view *view);
/* Do the elements follow one another in memory? */
bool tl_is_contiguous(const tl_shape *shape, const int64_t *stride);
/* Row-major strides. */
void tl_strides(const tl_shape *s, int64_t stride[TL_MAX_RANK]);

#endif
