/* What files of ops share: shapes, axes, what operands must be, errors. */
#ifndef TL_OPS_COMMON_H
#define TL_OPS_COMMON_H

#include <tapeloop/custom_op.h>
#include <tapeloop/ops.h>

#include "graph/graph.h"
#include "kernels/kernels.h"

/* An axis counted from 0, or -1 after reporting that the op has none such. `what` may be NULL. */
int tl_axis_of(const tl_call *c, int axis, int rank);
/* The same before an op is recorded, for functions that work out attributes from a shape. */
bool tl_axis_fits(tl_tensor x, const char *op, int *axis);

/* The tape of the first of these that has one; NULL if none has, or there are none. */
tl_tape *tl_tape_of(const tl_tensor *x, int count);

/* The operand must be real (or integers); reports if not. */
bool tl_wants_real(const tl_call *c, int operand);
bool tl_wants_integers(const tl_call *c, int operand);

/* The shape a and b broadcast to; false if they do not. */
bool tl_broadcast(const tl_shape *a, const tl_shape *b, tl_shape *out);

/* The attributes of an op in words: of a struct that begins with an int64_t, the axis. */
void tl_axis_words(const tl_call *c, char *text, size_t room);

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

/* Is an argument that may be left out TL_NONE? One that failed has its tape. */
static inline bool tl_is_left_out(tl_tensor t)
{
	return !t.tape && !t.id;
}

/* So many of one integer, as a constant; no memory is reported in the name of the function. */
tl_tensor tl_same_integers(tl_tape *tape, int64_t count, int32_t integer, const char *name);

/* Nothing to record: x has the shape. (A stale handle has none, and is for tl_apply to refuse.) */
bool tl_is_already(tl_tensor x, const char *op, const tl_shape *shape);

/* The descriptor of such a function: it is found by name and its example is checked like any op's.
 */
#define TL_COMPOUND(NAME, SAMPLE, DOC, OPERANDS, EQUATION)                                         \
	{                                                                                          \
		.name = NAME, .doc = DOC, .operands = OPERANDS, .equation = EQUATION,              \
		.operand_count = -1, .compound = true, .example = SAMPLE                           \
	}

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
