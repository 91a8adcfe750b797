/*
 * Lengths are data: they are looked at when a value is computed, and a length that no row of so
 * many steps can have is then an error. A mask of zeros and ones would hide it.
 */
#include "ops/lengths.h"

#include "graph/graph.h"
#include "ops/ops.h"

#include <stdio.h>
#include <string.h>

static tl_status check_lengths(const tl_kernel_args *r, const tl_array *lengths, int64_t steps)
{
	for (int64_t b = 0; b < lengths->size; b++) {
		int32_t length = ((const int32_t *)lengths->data)[b];
		if (length >= 0 && length <= steps)
			continue;
		if (r->message)
			snprintf(r->message, TL_PROBLEM,
				 "row %lld: its number of steps, %d, is out of range: there are "
				 "%lld",
				 (long long)b, (int)length, (long long)steps);
		return TL_ERROR_VALUE;
	}
	return TL_OK;
}

/* The mask */

typedef struct mask_attr {
	int64_t steps;
} mask_attr;

static tl_status mask_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape lengths = tl_call_operand_shape(c, 0);
	(void)dtype;
	if (!tl_wants_integers(c, 0))
		return TL_ERROR_TYPE;
	if (lengths.rank != 1)
		return tl_call_fail(c, TL_ERROR_SHAPE, NULL, "lengths are integers, [batch]");
	*shape = tl_dims(((const mask_attr *)c->attr)->steps, lengths.dim[0], 1);
	return TL_OK;
}

static tl_status mask_kernel(const tl_kernel_args *r)
{
	int64_t batch = r->in[0].size, steps = ((const mask_attr *)r->attr)->steps;
	const int32_t *length = r->in[0].data;
	tl_status status = check_lengths(r, &r->in[0], steps);
	for (int64_t i = 0; !status && i < steps * batch; i++) {
		bool takes_part = i / batch < length[i % batch];
		if (r->real == TL_F64)
			((double *)r->out.data)[i] = takes_part;
		else
			((float *)r->out.data)[i] = takes_part;
	}
	return status;
}

static tl_tensor mask_example(tl_example *s)
{
	int64_t batch = tl_example_integer(s, 1, 4), steps = tl_example_integer(s, 1, 4);
	tl_tensor lengths = tl_example_index(s, tl_dims(batch), (int32_t)steps + 1);
	tl_tensor x = tl_example_leaf(s, tl_dims(steps, batch, 1), -2, 2);
	return tl_mul(x, tl_length_mask(lengths, steps));
}

static const tl_op op_length_mask = {
	.name = "length_mask",
	.doc = "1 at the steps a row has, else 0",
	.operands = "lengths",
	.equation = "y[t, b] = 1 if t < lengths[b] else 0",
	.operand_count = 1,
	.attr_size = sizeof(mask_attr),
	.shape = mask_shape,
	.kernel = mask_kernel,
	.zero_gradient = true,
	.example = mask_example,
};

tl_tensor tl_length_mask(tl_tensor lengths, int64_t steps)
{
	tl_tape *t = lengths.tape;
	tl_tensor none = {t, 0, 0};
	if (!t || t->problem.status || !tl_belongs(t, lengths, "length_mask", 0))
		return none;
	if (tl_tensor_dtype(lengths) != TL_I32 || tl_tensor_shape(lengths).rank != 1) {
		tl_report(t, TL_ERROR_TYPE, "tl_input_int(tape, tl_dims(batch), data)",
			  "length_mask: lengths are integers, [batch]");
		return none;
	}
	return tl_apply(&op_length_mask, &(mask_attr){steps}, 1, &lengths);
}

bool tl_lengths_fit(tl_tape *t, tl_tensor lengths, int64_t rows, const char *name)
{
	if (t->problem.status || !tl_belongs(t, lengths, name, 1))
		return false;
	if (tl_tensor_size(lengths) == rows)
		return true;
	tl_report(t, TL_ERROR_SHAPE, "lengths are integers, [batch]",
		  "%s: %lld lengths for a batch of %lld", name, (long long)tl_tensor_size(lengths),
		  (long long)rows);
	return false;
}

tl_tensor tl_masked(tl_tensor x, tl_tensor mask)
{
	tl_shape m = tl_tensor_shape(mask), s = tl_tensor_shape(x);
	if (!mask.id)
		return x;
	for (; m.rank < s.rank; m.rank++)
		m.dim[m.rank] = 1;
	return tl_where(tl_reshape(mask, m), x, tl_scalar(x.tape, 0));
}

/* The other way round */

static tl_status turn_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape x = tl_call_operand_shape(c, 0), lengths = tl_call_operand_shape(c, 1);
	(void)dtype;
	if (!tl_wants_real(c, 0) || !tl_wants_integers(c, 1))
		return TL_ERROR_TYPE;
	if (x.rank < 2 || lengths.rank != 1 || lengths.dim[0] != x.dim[1])
		return tl_call_fail(c, TL_ERROR_SHAPE, NULL,
				    "x is [steps, batch, ...], lengths are [batch]");
	*shape = x;
	return TL_OK;
}

static tl_status turn_kernel(const tl_kernel_args *r)
{
	int64_t steps = r->out.shape.dim[0], batch = r->out.shape.dim[1];
	const int32_t *length = r->in[1].data;
	tl_status status = check_lengths(r, &r->in[1], steps);
	if (status || !r->out.size)
		return status;
	size_t row = (size_t)(r->out.size / (steps * batch)) * tl_dtype_size(r->real);
	for (int64_t i = 0; i < steps * batch; i++) {
		int64_t b = i % batch, from = length[b] - 1 - i / batch;
		char *to = (char *)r->out.data + (size_t)i * row;
		if (from >= 0)
			memcpy(to, (char *)r->in[0].data + (size_t)(from * batch + b) * row, row);
		else
			memset(to, 0, row);
	}
	return TL_OK;
}

/* Turned twice a row is as it was. */
static tl_tensor turn_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	return operand ? TL_NONE : tl_turned(dy, tl_call_operand(c, 1));
}

static tl_tensor turn_example(tl_example *s)
{
	int64_t batch = tl_example_integer(s, 1, 3), steps = tl_example_integer(s, 1, 4);
	tl_tensor x = tl_example_leaf(s, tl_dims(steps, batch, 2), -2, 2);
	return tl_turned(x, tl_example_index(s, tl_dims(batch), (int32_t)steps + 1));
}

static const tl_op op_turn = {
	.name = "turn",
	.doc = "the steps each row has in the opposite order, zeros after them",
	.operands = "x, lengths",
	.equation = "y[t, b] = x[lengths[b] − 1 − t, b] if t < lengths[b] else 0",
	.derivative = "dx[t, b] = dy[lengths[b] − 1 − t, b] if t < lengths[b] else 0",
	.operand_count = 2,
	.shape = turn_shape,
	.kernel = turn_kernel,
	.vjp = turn_vjp,
	.example = turn_example,
};

tl_tensor tl_turned(tl_tensor x, tl_tensor lengths)
{
	return tl_apply(&op_turn, NULL, 2, (const tl_tensor[]){x, lengths});
}

const tl_op *const tl_ops_lengths[] = {&op_length_mask, &op_turn, NULL};
