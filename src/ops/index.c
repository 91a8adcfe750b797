/*
 * Ops that go by integers: argmax, rows of a table (gather) and into a table (scatter_add), one
 * element of each row (select, and place, its adjoint), one_hot. Gather and scatter_add are each
 * other's derivative, and so are select and place.
 */
#include "ops/ops.h"

#include <math.h>
#include <string.h>

static bool within(int32_t index, int64_t size)
{
	return index >= 0 && index < size;
}

static int64_t part_of(int64_t n, int part, int parts)
{
	return n * part / parts;
}

/* Argmax */

static tl_status argmax_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	int axis = (int)((const tl_axis_attr *)c->attr)->axis;
	tl_shape s = tl_call_operand_shape(c, 0);
	char text[96];
	if (!tl_wants_real(c, 0))
		return TL_ERROR_TYPE;
	if (!s.dim[axis])
		return tl_call_fail(c, TL_ERROR_SHAPE, NULL,
				    "axis %d of %s is empty: nothing is largest", axis,
				    tl_shape_text(&s, text));
	if (s.dim[axis] - 1 > INT32_MAX)
		return tl_call_fail(c, TL_ERROR_SHAPE, "numbers of elements are 32-bit integers",
				    "axis %d of %s is longer than 2^31", axis,
				    tl_shape_text(&s, text));
	*shape = tl_shape_without(&s, axis);
	*dtype = TL_I32;
	return TL_OK;
}

/* NaN counts as the largest, as in the reductions. */
#define ARGMAX(REAL)                                                                               \
	static int32_t argmax_##REAL(int64_t n, int64_t stride, const REAL *x)                     \
	{                                                                                          \
		int64_t best = 0;                                                                  \
		for (int64_t j = 1; j < n; j++)                                                    \
			if (!isnan(x[best * stride]) &&                                            \
			    (x[j * stride] > x[best * stride] || isnan(x[j * stride])))            \
				best = j;                                                          \
		return (int32_t)best;                                                              \
	}
ARGMAX(float)
ARGMAX(double)

static tl_status argmax_kernel(const tl_kernel_args *r)
{
	tl_rows v = tl_rows_of(&r->in[0].shape, (int)((const tl_axis_attr *)r->attr)->axis);
	int64_t last = part_of(r->out.size, r->part + 1, r->parts);
	for (int64_t k = part_of(r->out.size, r->part, r->parts); k < last; k++) {
		int64_t start = k / v.inner * v.n * v.inner + k % v.inner;
		((int32_t *)r->out.data)[k] =
			r->real == TL_F32
				? argmax_float(v.n, v.inner, (const float *)r->in[0].data + start)
				: argmax_double(v.n, v.inner,
						(const double *)r->in[0].data + start);
	}
	return TL_OK;
}

static const tl_op op_argmax = {
	.name = "argmax",
	.doc = "where along an axis the largest is; the first of equals",
	.equation = "y = argmax(x)",
	.operand_count = 1,
	.attr_size = sizeof(tl_axis_attr),
	.attributes = tl_axis_words,
	.shape = argmax_shape,
	.kernel = argmax_kernel,
	.parallel = true,
	.zero_gradient = true,
};

tl_tensor tl_argmax(tl_tensor x, int axis)
{
	if (!tl_axis_fits(x, "argmax", &axis))
		return (tl_tensor){x.tape, 0, 0};
	return tl_apply(&op_argmax, &(tl_axis_attr){axis}, 1, &x);
}

/* Gather */

static tl_status gather_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape table = tl_call_operand_shape(c, 0), index = tl_call_operand_shape(c, 1);
	char a[96], b[96];
	if (!tl_wants_integers(c, 1))
		return TL_ERROR_TYPE;
	if (!table.rank)
		return tl_call_fail(c, TL_ERROR_SHAPE, NULL,
				    "the table is one number and has no rows");
	if (index.rank + table.rank - 1 > TL_MAX_RANK)
		return tl_call_fail(c, TL_ERROR_SHAPE, "tl_reshape makes an index of fewer axes",
				    "rows of %s by an index %s would have rank %d",
				    tl_shape_text(&table, a), tl_shape_text(&index, b),
				    (int)(index.rank + table.rank - 1));
	for (int i = 1; i < table.rank; i++)
		index.dim[index.rank++] = table.dim[i];
	*shape = index;
	*dtype = tl_call_operand_dtype(c, 0);
	return TL_OK;
}

static int64_t width_of(const tl_shape *table)
{
	int64_t width = 1;
	for (int i = 1; i < table->rank; i++)
		width *= table->dim[i];
	return width;
}

static tl_status gather_kernel(const tl_kernel_args *r)
{
	const tl_array *table = &r->in[0], *index = &r->in[1];
	const int32_t *at = index->data;
	int64_t count = table->shape.dim[0], last = part_of(index->size, r->part + 1, r->parts);
	size_t bytes = (size_t)width_of(&table->shape) * tl_dtype_size(table->dtype);
	for (int64_t i = part_of(index->size, r->part, r->parts); i < last; i++) {
		if (!within(at[i], count))
			return tl_out_of_range(r, index, i, count, "rows");
		if (bytes)
			memcpy((char *)r->out.data + (size_t)i * bytes,
			       (const char *)table->data + (size_t)at[i] * bytes, bytes);
	}
	return TL_OK;
}

static tl_tensor gather_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	if (operand == 1)
		return TL_NONE;
	return tl_segment_sum(dy, tl_call_operand(c, 1), tl_call_operand_shape(c, 0).dim[0]);
}

/* Sometimes two from one table, whose derivatives are then merged. */
static tl_tensor gather_sample(tl_example *s)
{
	tl_shape shape = tl_example_shape(s, 1, 3);
	tl_tensor table = tl_example_leaf(s, shape, -2, 2), part[2];
	bool twice = tl_example_integer(s, 0, 1);
	tl_shape at = twice ? tl_dims(3) : tl_example_shape(s, 0, (int)(5 - shape.rank));
	for (int i = 0; i <= twice; i++)
		part[i] = tl_embedding(table, tl_example_index(s, at, (int32_t)shape.dim[0]));
	return twice ? tl_concat(part, 2, 0) : part[0];
}

const tl_op tl_op_embedding = {
	.name = "embedding",
	.doc = "rows of a table by their numbers",
	.operands = "table, index",
	.equation = "y[i] = table[index[i]]",
	.derivative = "dtable[j] = sum(dy[i] if index[i] = j else 0 for i)",
	.operand_count = 2,
	.shape = gather_shape,
	.kernel = gather_kernel,
	.parallel = true,
	.vjp = gather_vjp,
	.example = gather_sample,
};

tl_tensor tl_embedding(tl_tensor table, tl_tensor index)
{
	return tl_apply(&tl_op_embedding, NULL, 2, (tl_tensor[]){table, index});
}

/* Scatter: operands are any number of pairs of rows and their index */

typedef struct scatter_attr {
	int64_t count;
} scatter_attr;

/* The shape of the rows of operand k, whose numbers are operand k + 1. */
static bool rows_fit(const tl_call *c, int k, tl_shape *row)
{
	tl_shape rows = tl_call_operand_shape(c, k), index = tl_call_operand_shape(c, k + 1);
	char a[96], b[96];
	bool fits = rows.rank >= index.rank && rows.rank - index.rank < TL_MAX_RANK;
	for (int i = 0; fits && i < index.rank; i++)
		fits = rows.dim[i] == index.dim[i];
	if (!fits) {
		tl_call_fail(c, TL_ERROR_SHAPE,
			     "rows have the shape of the index, then that of a row",
			     "rows %s do not go with an index %s", tl_shape_text(&rows, a),
			     tl_shape_text(&index, b));
		return false;
	}
	*row = (tl_shape){.rank = rows.rank - index.rank};
	for (int i = 0; i < row->rank; i++)
		row->dim[i] = rows.dim[index.rank + i];
	return true;
}

static tl_status scatter_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	int64_t count = ((const scatter_attr *)c->attr)->count;
	tl_shape first = {0}, row;
	(void)dtype;
	if (count < 0)
		return tl_call_fail(c, TL_ERROR_ARGUMENT, NULL, "into %lld rows", (long long)count);
	if (c->operands % 2)
		return tl_call_fail(c, TL_ERROR_ARGUMENT, NULL, "rows without an index");
	for (int k = 0; k < c->operands; k += 2) {
		if (!tl_wants_real(c, k) || !tl_wants_integers(c, k + 1))
			return TL_ERROR_TYPE;
		if (!rows_fit(c, k, &row))
			return TL_ERROR_SHAPE;
		if (k && !tl_shape_same(&row, &first))
			return tl_call_fail(c, TL_ERROR_SHAPE, NULL, "rows of different shapes");
		first = row;
	}
	shape->rank = first.rank + 1;
	shape->dim[0] = count;
	for (int i = 0; i < first.rank; i++)
		shape->dim[i + 1] = first.dim[i];
	return TL_OK;
}

#define ADD_ROW(REAL)                                                                              \
	static void add_row_##REAL(int64_t n, const REAL *row, REAL *to)                           \
	{                                                                                          \
		for (int64_t i = 0; i < n; i++)                                                    \
			to[i] += row[i];                                                           \
	}
ADD_ROW(float)
ADD_ROW(double)

/* Each part of the work owns some rows of the result, so the order of additions is always the same.
 */
static tl_status scatter_kernel(const tl_kernel_args *r)
{
	int64_t count = r->out.shape.dim[0], width = width_of(&r->out.shape);
	int64_t first = part_of(count, r->part, r->parts);
	int64_t last = part_of(count, r->part + 1, r->parts);
	size_t bytes = (size_t)width * tl_dtype_size(r->real);
	if (!r->accumulate && bytes && last > first)
		memset((char *)r->out.data + (size_t)first * bytes, 0,
		       (size_t)(last - first) * bytes);
	for (int k = 0; k < r->operands; k += 2) {
		const tl_array *rows = &r->in[k], *index = &r->in[k + 1];
		const int32_t *at = index->data;
		for (int64_t i = 0; i < index->size; i++) {
			if (!within(at[i], count))
				return tl_out_of_range(r, index, i, count, "rows");
			if (at[i] < first || at[i] >= last)
				continue;
			if (r->real == TL_F32)
				add_row_float(width, (const float *)rows->data + i * width,
					      (float *)r->out.data + at[i] * width);
			else
				add_row_double(width, (const double *)rows->data + i * width,
					       (double *)r->out.data + at[i] * width);
		}
	}
	return TL_OK;
}

static tl_tensor scatter_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	if (operand % 2)
		return TL_NONE;
	return tl_embedding(dy, tl_call_operand(c, operand + 1));
}

/* All pairs of several scatters into one table, so that it is filled once. */
static tl_tensor scatter_merge(const tl_tensor *parts, int count)
{
	tl_tape *t = parts[0].tape;
	tl_tensor merged = {t, 0, 0};
	size_t all = 0, at = 0;
	for (int i = 0; i < count; i++)
		all += tl_node_at(t, parts[i].id)->operands;
	tl_tensor *pair = tl_alloc(all * sizeof *pair);
	if (!pair) {
		tl_report_memory(t, "scatter_add");
		return merged;
	}
	for (int i = 0; i < count; i++) {
		const tl_node *n = tl_node_at(t, parts[i].id);
		for (uint32_t k = 0; k < n->operands; k++)
			pair[at++] = tl_handle(t, t->operand[n->first + k]);
	}
	merged = tl_apply(&tl_op_segment_sum, tl_node_at(t, parts[0].id)->attr, (int)all, pair);
	tl_free(pair);
	return merged;
}

static tl_tensor scatter_sample(tl_example *s)
{
	tl_shape row = tl_example_shape(s, 0, 2), index = tl_example_shape(s, 0, 2), rows = index;
	int64_t count = tl_example_integer(s, 1, 4);
	for (int i = 0; i < row.rank; i++)
		rows.dim[rows.rank++] = row.dim[i];
	tl_tensor x = tl_example_leaf(s, rows, -2, 2);
	return tl_segment_sum(x, tl_example_index(s, index, (int32_t)count), count);
}

const tl_op tl_op_segment_sum = {
	.name = "segment_sum",
	.doc = "zeros with rows added in by their numbers: the adjoint of gather",
	.operands = "rows, index",
	.equation = "y[j] = sum(rows[i] if index[i] = j else 0 for i)",
	.derivative = "drows[i] = dy[index[i]]",
	.operand_count = -1,
	.attr_size = sizeof(scatter_attr),
	.shape = scatter_shape,
	.kernel = scatter_kernel,
	.accumulates = true,
	.parallel = true,
	.vjp = scatter_vjp,
	.merge = scatter_merge,
	.example = scatter_sample,
};

tl_tensor tl_segment_sum(tl_tensor rows, tl_tensor index, int64_t count)
{
	return tl_apply(&tl_op_segment_sum, &(scatter_attr){count}, 2, (tl_tensor[]){rows, index});
}

const tl_op *const tl_ops_index[] = {&op_argmax, &tl_op_embedding, &tl_op_segment_sum, NULL};
