/*
 * Reductions, and broadcasts, which are the adjoints of sums. Reductions are over neighbouring
 * axes. A tensor is seen as [outer, n, inner]; the kernels do that. Axes that are not neighbours
 * are reduced one group after the other.
 */
#include "ops/ops.h"
#include "ops/reduce.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static tl_status reduce_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	const tl_reduce_attr *attr = c->attr;
	tl_shape in = tl_call_operand_shape(c, 0), out = {0};
	(void)dtype;
	if (!tl_wants_real(c, 0))
		return TL_ERROR_TYPE;
	for (int i = 0; i < in.rank; i++) {
		bool goes = i >= attr->first && i < attr->first + attr->count;
		if (!goes || attr->keep)
			out.dim[out.rank++] = goes ? 1 : in.dim[i];
	}
	*shape = out;
	return TL_OK;
}

static tl_status reduce_with(const tl_kernel_args *r, tl_reduction how)
{
	const tl_reduce_attr *attr = r->attr;
	const tl_shape *s = &r->in[0].shape;
	int64_t outer = 1, n = 1, inner = 1;
	for (int i = 0; i < s->rank; i++)
		*(i < attr->first                 ? &outer
		  : i < attr->first + attr->count ? &n
						  : &inner) *= s->dim[i];
	tl_kernels_for(r->real)->reduce(how, outer, n, inner, r->in[0].data, r->out.data, false,
					r->part, r->parts);
	return TL_OK;
}

static tl_status sum_kernel(const tl_kernel_args *r)
{
	return reduce_with(r, TL_REDUCE_SUM);
}

static tl_status max_kernel(const tl_kernel_args *r)
{
	return reduce_with(r, TL_REDUCE_MAX);
}

static tl_status min_kernel(const tl_kernel_args *r)
{
	return reduce_with(r, TL_REDUCE_MIN);
}

/* A result of the reduction with its axes back as dimensions of 1, so that it broadcasts. */
static tl_tensor keeping(const tl_call *c, tl_tensor y)
{
	const tl_reduce_attr *attr = c->attr;
	if (attr->keep)
		return y;
	tl_shape s = tl_call_operand_shape(c, 0);
	for (int i = attr->first; i < attr->first + attr->count; i++)
		s.dim[i] = 1;
	return tl_reshape(y, s);
}

static tl_tensor sum_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	return tl_broadcast_to(keeping(c, dy), tl_call_operand_shape(c, operand));
}

/* The derivative goes to the elements that are the largest, in equal shares. */
static tl_tensor extreme_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	const tl_reduce_attr *attr = c->attr;
	tl_tensor x = tl_call_operand(c, operand);
	tl_tensor wins = tl_equal(x, keeping(c, c->result));
	tl_reduce_attr keep = {attr->first, attr->count, 1};
	tl_tensor winners = tl_apply(&tl_op_sum, &keep, 1, &wins);
	return tl_mul(wins, tl_div(keeping(c, dy), winners));
}

/* A group of neighbouring axes of a random tensor. */
static tl_tensor reduce_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 0, 4);
	tl_reduce_attr attr = {0};
	if (shape.rank) {
		attr.first = (int32_t)tl_example_integer(s, 0, shape.rank - 1);
		attr.count = (int32_t)tl_example_integer(s, 1, shape.rank - attr.first);
	}
	attr.keep = (int32_t)tl_example_integer(s, 0, 1);
	tl_tensor x = tl_example_leaf(s, shape, -2, 2);
	return tl_apply(s->op, &attr, 1, &x);
}

/* Over all axes goes without saying. */
static void reduce_words(const tl_call *c, char *text, size_t room)
{
	const tl_reduce_attr *a = c->attr;
	const char *kept = a->keep ? ", kept as 1" : "";
	if (!tl_tensor_shape(c->result).rank)
		return;
	if (a->count == 1)
		snprintf(text, room, "axis %d%s", (int)a->first, kept);
	else
		snprintf(text, room, "axes %d to %d%s", (int)a->first,
			 (int)(a->first + a->count - 1), kept);
}

#define REDUCTION(NAME, KERNEL, VJP, DOC, EQUATION, RULE)                                          \
	{                                                                                          \
		.name = NAME, .doc = DOC, .equation = EQUATION, .derivative = RULE,                \
		.operand_count = 1, .attr_size = sizeof(tl_reduce_attr),                           \
		.attributes = reduce_words, .shape = reduce_shape, .kernel = KERNEL,               \
		.parallel = true, .vjp = VJP, .example = reduce_sample,                            \
	}

const tl_op tl_op_sum =
	REDUCTION("sum", sum_kernel, sum_vjp, "sum over axes", "y = sum(x[i] for i)", "dx[i] = dy");
/* n: how many are the largest */
#define EXTREME_RULE "n = sum(1 if x[i] = y else 0 for i); dx[i] = dy / n if x[i] = y else 0"
static const tl_op op_max = REDUCTION("max", max_kernel, extreme_vjp, "largest over axes",
				      "y = max(x[i] for i)", EXTREME_RULE);
static const tl_op op_min = REDUCTION("min", min_kernel, extreme_vjp, "smallest over axes",
				      "y = min(x[i] for i)", EXTREME_RULE);

/* Axes for users: any order, negative, not neighbours */

int tl_axes_mask(tl_tensor x, const char *name, tl_axis_list axes)
{
	int rank = tl_node_at(x.tape, x.id)->shape.rank, mask = 0;
	if (!axes.count)
		return (1 << rank) - 1;
	for (int i = 0; i < axes.count; i++) {
		int axis = axes.axis[i];
		if (!tl_axis_fits(x, name, &axis))
			return -1;
		if (mask & 1 << axis) {
			tl_report(x.tape, TL_ERROR_ARGUMENT, NULL, "%s: axis %d is given twice",
				  name, axes.axis[i]);
			return -1;
		}
		mask |= 1 << axis;
	}
	return mask;
}

static tl_tensor reduce(const tl_op *op, const char *name, tl_tensor x, tl_axis_list axes)
{
	tl_tensor none = {x.tape, 0, 0};
	if (!x.tape || x.tape->problem.status || !tl_belongs(x.tape, x, name, 0))
		return none;
	int mask = tl_axes_mask(x, name, axes);
	if (mask < 0)
		return none;
	if (!mask) /* one number: nothing to go */
		return tl_apply(op, &(tl_reduce_attr){.keep = axes.keepdims}, 1, &x);
	for (int last = TL_MAX_RANK - 1; last >= 0;
	     last--) { /* from the right, so that numbers stay right */
		if (!(mask & 1 << last))
			continue;
		int first = last;
		while (first > 0 && mask & 1 << (first - 1))
			first--;
		tl_reduce_attr attr = {first, last - first + 1, axes.keepdims};
		x = tl_apply(op, &attr, 1, &x);
		last = first;
	}
	return x;
}

tl_tensor tl_sum(tl_tensor x, tl_axis_list axes)
{
	return reduce(&tl_op_sum, "sum", x, axes);
}

tl_tensor tl_mean(tl_tensor x, tl_axis_list axes)
{
	tl_tensor sum = reduce(&tl_op_sum, "mean", x, axes);
	if (!sum.id)
		return sum;
	int64_t after = tl_tensor_size(sum), before = tl_tensor_size(x);
	return tl_scale(sum, after && before ? (double)after / (double)before : NAN);
}

tl_tensor tl_max(tl_tensor x, tl_axis_list axes)
{
	return reduce(&op_max, "max", x, axes);
}

tl_tensor tl_min(tl_tensor x, tl_axis_list axes)
{
	return reduce(&op_min, "min", x, axes);
}

/* Broadcast: a copy that the strips do with strides of 0 */

static tl_status broadcast_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape from = tl_call_operand_shape(c, 0), to = ((const tl_shape_attr *)c->attr)->shape,
		 both;
	char a[96], b[96];
	(void)dtype;
	if (!tl_wants_real(c, 0))
		return TL_ERROR_TYPE;
	if (!tl_shape_sound(&to) || !tl_broadcast(&from, &to, &both) || !tl_shape_same(&to, &both))
		return tl_call_fail(c, TL_ERROR_SHAPE,
				    "only dimensions of 1, and missing ones in front, stretch",
				    "%s does not broadcast to %s", tl_shape_text(&from, a),
				    tl_shape_text(&to, b));
	*shape = to;
	return TL_OK;
}

static tl_tensor broadcast_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	return tl_sum_to(dy, tl_call_operand_shape(c, operand));
}

static tl_tensor broadcast_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 1, 4);
	return tl_broadcast_to(tl_example_leaf(s, tl_example_broadcast(s, shape), -2, 2), shape);
}

static bool broadcast_view(const void *attr, const tl_shape *from, const tl_shape *to,
			   tl_view *view)
{
	int64_t stride[TL_MAX_RANK];
	(void)attr;
	tl_broadcast_strides(from, view->stride, to->rank, stride);
	memcpy(view->stride, stride, (size_t)to->rank * sizeof *stride);
	return true;
}

const tl_op tl_op_broadcast = {
	.name = "broadcast_to",
	.doc = "dimensions of 1 stretched",
	.equation = "y[i] = x",
	.derivative = "dx = sum(dy[i] for i)",
	.operand_count = 1,
	.attr_size = sizeof(tl_shape_attr),
	.shape = broadcast_shape,
	.view = broadcast_view,
	.step = &tl_step_kinds[TL_STRIP_copy],
	.vjp = broadcast_vjp,
	.example = broadcast_sample,
};

tl_tensor tl_broadcast_to(tl_tensor x, tl_shape shape)
{
	tl_shape_attr attr = {shape};
	if (tl_is_already(x, "broadcast_to", &shape))
		return x;
	return tl_apply(&tl_op_broadcast, &attr, 1, &x);
}

/* Undo a broadcast. */
tl_tensor tl_sum_to(tl_tensor x, tl_shape shape)
{
	tl_tensor none = {x.tape, 0, 0};
	if (!x.tape || x.tape->problem.status || !tl_belongs(x.tape, x, "sum_to", 0))
		return none;
	tl_shape from = tl_tensor_shape(x), both;
	char a[96], b[96];
	if (tl_shape_same(&from, &shape))
		return x;
	if (!tl_shape_sound(&shape) || !tl_broadcast(&from, &shape, &both) ||
	    !tl_shape_same(&from, &both)) {
		tl_report(x.tape, TL_ERROR_SHAPE, NULL, "sum_to: %s is not a broadcast of %s",
			  tl_shape_text(&from, a), tl_shape_text(&shape, b));
		return none;
	}
	int missing = from.rank - shape.rank;
	tl_axis_list axes = {0};
	for (int i = 0; i < from.rank; i++)
		if (i < missing || shape.dim[i - missing] != from.dim[i])
			axes.axis[axes.count++] = i;
	if (axes.count)
		x = tl_sum(x, tl_keepdims(axes));
	return tl_reshape(x, shape);
}

const tl_op *const tl_ops_reduce[] = {&tl_op_sum, &tl_op_broadcast, &op_max, &op_min, NULL};
