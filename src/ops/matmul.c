/* Products of matrices. A transpose is a flag of the product; its derivatives are products too. */
#include "ops/ops.h"

/* Rows and columns of an operand as multiplied, after its transpose. */
typedef struct side {
	int64_t batch, rows, columns;
} side;

static side side_of(tl_shape s, int32_t transpose)
{
	int64_t rows = s.dim[s.rank - 2], columns = s.dim[s.rank - 1];
	int64_t batch = s.rank == 3 ? s.dim[0] : 1;
	return transpose ? (side){batch, columns, rows} : (side){batch, rows, columns};
}

static tl_status matmul_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	const tl_matmul_attr *attr = c->attr;
	tl_shape a = tl_call_operand_shape(c, 0), b = tl_call_operand_shape(c, 1);
	char at[96], bt[96];
	(void)dtype;
	if (!tl_wants_real(c, 0) || !tl_wants_real(c, 1))
		return TL_ERROR_TYPE;
	if (a.rank != b.rank || a.rank < 2 || a.rank > 3)
		return tl_call_fail(c, TL_ERROR_SHAPE, NULL, "%s x %s: ranks do not fit",
				    tl_shape_text(&a, at), tl_shape_text(&b, bt));
	side l = side_of(a, attr->transpose_a), r = side_of(b, attr->transpose_b);
	const char *ta = attr->transpose_a ? "^T" : "", *tb = attr->transpose_b ? "^T" : "";
	if (l.columns != r.rows)
		return tl_call_fail(
			c, TL_ERROR_SHAPE,
			attr->transpose_b || l.columns != r.columns
				? NULL
				: "tl_linear(x, W, TL_NONE) is x W^T for a W that is [out, in]",
			"%s%s x %s%s: inner sizes %lld and %lld differ", tl_shape_text(&a, at), ta,
			tl_shape_text(&b, bt), tb, (long long)l.columns, (long long)r.rows);
	if (l.batch != r.batch)
		return tl_call_fail(c, TL_ERROR_SHAPE, NULL,
				    "%s%s x %s%s: batch sizes %lld and %lld differ",
				    tl_shape_text(&a, at), ta, tl_shape_text(&b, bt), tb,
				    (long long)l.batch, (long long)r.batch);
	*shape = a.rank == 2 ? tl_dims(l.rows, r.columns) : tl_dims(l.batch, l.rows, r.columns);
	return TL_OK;
}

/* The product of one pair of matrices of the batch. */
static tl_gemm gemm_of(const tl_kernel_args *r, int64_t item)
{
	const tl_matmul_attr *attr = r->attr;
	tl_shape as = r->in[0].shape, bs = r->in[1].shape;
	side l = side_of(as, attr->transpose_a), right = side_of(bs, attr->transpose_b);
	int64_t a_columns = as.dim[as.rank - 1], b_columns = bs.dim[bs.rank - 1];
	size_t number = tl_dtype_size(r->real);
	return (tl_gemm){
		.m = l.rows,
		.n = right.columns,
		.k = l.columns,
		.a = (const char *)r->in[0].data + (size_t)(item * l.rows * l.columns) * number,
		.a_row = attr->transpose_a ? 1 : a_columns,
		.a_col = attr->transpose_a ? a_columns : 1,
		.b = (const char *)r->in[1].data +
		     (size_t)(item * right.rows * right.columns) * number,
		.b_row = attr->transpose_b ? 1 : b_columns,
		.b_col = attr->transpose_b ? b_columns : 1,
		.c = (char *)r->out.data + (size_t)(item * l.rows * right.columns) * number,
		.c_row = right.columns,
	};
}

static size_t matmul_workspace(const tl_kernel_args *r)
{
	tl_gemm g = gemm_of(r, 0);
	return tl_kernels_for(r->real)->gemm_workspace(&g, r->parts);
}

static tl_status matmul_kernel(const tl_kernel_args *r)
{
	int64_t batch = r->in[0].shape.rank == 3 ? r->in[0].shape.dim[0] : 1;
	for (int64_t i = 0; i < batch && r->out.size; i++) {
		tl_gemm g = gemm_of(r, i);
		tl_kernels_for(r->real)->gemm(&g, r->workspace, r->part, r->parts);
	}
	return TL_OK;
}

static tl_tensor product(tl_tensor a, bool transpose_a, tl_tensor b, bool transpose_b)
{
	tl_matmul_attr attr = {transpose_a, transpose_b};
	return tl_apply(&tl_op_matmul, &attr, 2, (tl_tensor[]){a, b});
}

/*
 * C = A B gives dA = dC B^T and dB = A^T dC; where A or B is stored transposed the result has to be
 * stored so too: dA^T = B dC^T, dB^T = dC^T A.
 */
static tl_tensor matmul_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	const tl_matmul_attr *attr = c->attr;
	bool ta = attr->transpose_a, tb = attr->transpose_b;
	tl_tensor a = tl_call_operand(c, 0), b = tl_call_operand(c, 1);
	if (operand == 0)
		return ta ? product(b, tb, dy, true) : product(dy, false, b, !tb);
	return tb ? product(dy, true, a, ta) : product(a, !ta, dy, false);
}

static tl_tensor matmul_sample(tl_example *s)
{
	int64_t m = tl_example_integer(s, 1, 4), n = tl_example_integer(s, 1, 4),
		k = tl_example_integer(s, 1, 4);
	int64_t batch = tl_example_integer(s, 1, 3);
	bool ta = tl_example_integer(s, 0, 1), tb = tl_example_integer(s, 0, 1);
	if (tl_example_integer(s, 0, 1)) {
		tl_tensor a =
			tl_example_leaf(s, ta ? tl_dims(batch, k, m) : tl_dims(batch, m, k), -2, 2);
		return product(
			a, ta,
			tl_example_leaf(s, tb ? tl_dims(batch, n, k) : tl_dims(batch, k, n), -2, 2),
			tb);
	}
	tl_tensor a = tl_example_leaf(s, ta ? tl_dims(k, m) : tl_dims(m, k), -2, 2);
	return product(a, ta, tl_example_leaf(s, tb ? tl_dims(n, k) : tl_dims(k, n), -2, 2), tb);
}

const tl_op tl_op_matmul = {
	.name = "matmul",
	.doc = "the product of two matrices, or of two batches of them",
	.operands = "A, B",
	.equation = "Y = A B  # each as it is, or transposed",
	.derivative = "dA = dY Bᵀ; dB = Aᵀ dY",
	.operand_count = 2,
	.attr_size = sizeof(tl_matmul_attr),
	.shape = matmul_shape,
	.kernel = matmul_kernel,
	.workspace = matmul_workspace,
	.parallel = true,
	.vjp = matmul_vjp,
	.example = matmul_sample,
};

/* For users: any ranks */

/* x without its transpose if it is one, so that the product can take it in. */
static tl_tensor without_transpose(tl_tensor x, bool *transposed)
{
	const tl_node *n = tl_node_at(x.tape, x.id);
	*transposed = false;
	if (n->op != &tl_op_permute)
		return x;
	const tl_permute_attr *attr = n->attr;
	int rank = n->shape.rank;
	for (int i = 0; i < rank - 2; i++)
		if (attr->axis[i] != i)
			return x;
	if (rank < 2 || attr->axis[rank - 2] != rank - 1)
		return x;
	*transposed = true;
	return tl_handle(x.tape, x.tape->operand[n->first]);
}

/* Leading axes as one batch axis. */
static tl_tensor batched(tl_tensor x, const tl_shape *batch)
{
	tl_shape s = tl_tensor_shape(x), full = *batch;
	full.dim[full.rank++] = s.dim[s.rank - 2];
	full.dim[full.rank++] = s.dim[s.rank - 1];
	if (!tl_shape_same(&s, &full))
		x = tl_broadcast_to(x, full);
	return tl_reshape(x, tl_dims(tl_elements(batch), s.dim[s.rank - 2], s.dim[s.rank - 1]));
}

static tl_shape leading(tl_shape s)
{
	s.rank -= 2;
	s.dim[s.rank] = s.dim[s.rank + 1] = 0;
	return s;
}

static tl_tensor batch_product(tl_tensor a, tl_tensor b)
{
	tl_shape as = leading(tl_tensor_shape(a)), bs = leading(tl_tensor_shape(b)), batch;
	char at[96], bt[96];
	if (!tl_broadcast(&as, &bs, &batch)) {
		tl_shape x = tl_tensor_shape(a), y = tl_tensor_shape(b);
		tl_report(a.tape, TL_ERROR_SHAPE, NULL,
			  "matmul: %s x %s: the leading axes do not broadcast",
			  tl_shape_text(&x, at), tl_shape_text(&y, bt));
		return (tl_tensor){a.tape, 0, 0};
	}
	tl_shape out = batch;
	out.dim[out.rank++] = tl_tensor_dim(a, -2);
	out.dim[out.rank++] = tl_tensor_dim(b, -1);
	bool ta, tb;
	a = without_transpose(a, &ta);
	b = without_transpose(b, &tb);
	return tl_reshape(product(batched(a, &batch), ta, batched(b, &batch), tb), out);
}

static tl_shape with_columns(tl_shape s, int64_t columns)
{
	s.dim[s.rank - 1] = columns;
	return s;
}

/* Every row of a by one matrix: the leading axes of a are more rows. */
static tl_tensor rows_product(tl_tensor a, tl_tensor b)
{
	tl_shape s = tl_tensor_shape(a);
	int64_t rows = 1;
	for (int i = 0; i < s.rank - 1; i++)
		rows *= s.dim[i];
	bool tb;
	b = without_transpose(b, &tb);
	int64_t columns = tl_tensor_dim(b, tb ? -2 : -1);
	tl_tensor y = product(tl_reshape(a, tl_dims(rows, s.dim[s.rank - 1])), false, b, tb);
	return tl_reshape(y, with_columns(s, columns));
}

static tl_tensor matrices(tl_tensor a, tl_tensor b)
{
	int ra = tl_tensor_shape(a).rank, rb = tl_tensor_shape(b).rank;
	if (ra == 2 && rb == 2) {
		bool ta, tb;
		a = without_transpose(a, &ta);
		b = without_transpose(b, &tb);
		return product(a, ta, b, tb);
	}
	return rb == 2 ? rows_product(a, b) : batch_product(a, b);
}

/* x with its axis `axis`, which is 1, gone. */
static tl_tensor squeeze(tl_tensor x, int axis)
{
	tl_shape s = tl_tensor_shape(x);
	if (!x.id)
		return x;
	for (int i = s.rank + axis; i + 1 < s.rank; i++)
		s.dim[i] = s.dim[i + 1];
	s.dim[--s.rank] = 0;
	return tl_reshape(x, s);
}

tl_tensor tl_matmul(tl_tensor a, tl_tensor b)
{
	tl_tape *t = a.tape ? a.tape : b.tape;
	tl_tensor none = {t, 0, 0};
	if (!t || t->problem.status || !tl_belongs(t, a, "matmul", 0) ||
	    !tl_belongs(t, b, "matmul", 1))
		return none;
	int ra = tl_tensor_shape(a).rank, rb = tl_tensor_shape(b).rank;
	if (!ra || !rb) {
		tl_report(t, TL_ERROR_SHAPE, "tl_mul multiplies by one number",
			  "matmul: operand %d is one number", ra ? 1 : 0);
		return none;
	}
	if (ra == 1)
		a = tl_reshape(a, tl_dims(1, tl_tensor_dim(a, 0)));
	if (rb == 1)
		b = tl_reshape(b, tl_dims(tl_tensor_dim(b, 0), 1));
	tl_tensor y = matrices(a, b);
	if (rb == 1)
		y = squeeze(y, -1);
	if (ra == 1)
		y = squeeze(y, rb == 1 ? -1 : -2);
	return y;
}

/* Two matrices, as they mostly are, need no transpose on the tape to be taken in. */
static tl_tensor by_transposed(tl_tensor x, tl_tensor W)
{
	tl_tape *t = x.tape;
	if (t && !t->problem.status && W.tape == t && tl_tensor_shape(x).rank == 2 &&
	    tl_tensor_shape(W).rank == 2) {
		bool transposed;
		x = without_transpose(x, &transposed);
		return product(x, transposed, W, true);
	}
	if (W.tape && !W.tape->problem.status && tl_belongs(W.tape, W, "linear", 1) &&
	    tl_tensor_shape(W).rank != 2) {
		char text[96];
		tl_shape s = tl_tensor_shape(W);
		tl_report(W.tape, TL_ERROR_SHAPE, NULL, "linear: W is %s, not a matrix [out, in]",
			  tl_shape_text(&s, text));
	}
	return tl_matmul(x, tl_transpose(W));
}

tl_tensor tl_linear(tl_tensor x, tl_tensor W, tl_tensor b)
{
	tl_tensor y = by_transposed(x, W);
	return tl_is_left_out(b) ? y : tl_add(y, b);
}

/* Every row of x with every matrix of W, then with the same row of y. */
tl_tensor tl_bilinear(tl_tensor x, tl_tensor W, tl_tensor y)
{
	tl_tape *t = x.tape;
	tl_tensor none = {t, 0, 0};
	if (!tl_real_for(t, x, "bilinear", 0) || !tl_real_for(t, W, "bilinear", 1) ||
	    !tl_real_for(t, y, "bilinear", 2))
		return none;
	tl_shape xs = tl_tensor_shape(x), ws = tl_tensor_shape(W), ys = tl_tensor_shape(y);
	char a[96], b[96], c[96];
	if (xs.rank != 2 || ws.rank != 3 || ys.rank != 2 || xs.dim[0] != ys.dim[0] ||
	    xs.dim[1] != ws.dim[1] || ys.dim[1] != ws.dim[2]) {
		tl_report(t, TL_ERROR_SHAPE, "x [batch, n], W [out, n, m], y [batch, m]",
			  "bilinear: x %s, W %s and y %s do not fit", tl_shape_text(&xs, a),
			  tl_shape_text(&ws, b), tl_shape_text(&ys, c));
		return none;
	}
	return tl_transpose(tl_sum(tl_mul(tl_matmul(x, W), y), tl_axes(-1)));
}

static tl_tensor bilinear_sample(tl_example *s)
{
	int64_t batch = tl_example_integer(s, 1, 3), n = tl_example_integer(s, 1, 3),
		m = tl_example_integer(s, 1, 3);
	tl_tensor x = tl_example_leaf(s, tl_dims(batch, n), -2, 2);
	tl_tensor W = tl_example_leaf(s, tl_dims(tl_example_integer(s, 1, 3), n, m), -2, 2);
	return tl_bilinear(x, W, tl_example_leaf(s, tl_dims(batch, m), -2, 2));
}

static const tl_op op_bilinear =
	TL_COMPOUND("bilinear", bilinear_sample, "x^T W_k y of each row, for every matrix W_k",
		    "a, W, b", "y[k] = aᵀ W[k] b");

const tl_op *const tl_ops_matmul[] = {&tl_op_matmul, &op_bilinear, NULL};
