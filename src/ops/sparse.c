/* Products take as many multiplications as there are numbers. */
#include "ops/sparse.h"

#include "graph/graph.h"
#include "ops/ops.h"

#include "base/random.h"

#include <math.h>
#include <stdio.h>

typedef struct sparse_attr {
	int64_t transposed;
} sparse_attr;

static tl_status sparse_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	tl_shape x = tl_call_operand_shape(c, 0), M = tl_call_operand_shape(c, 1);
	char a[96], b[96];
	(void)dtype;
	if (!tl_wants_real(c, 0) || !tl_wants_real(c, 1))
		return TL_ERROR_TYPE;
	if (x.rank != 2 || M.rank != 3 || M.dim[0] != 2 || x.dim[1] != M.dim[1])
		return tl_call_fail(c, TL_ERROR_SHAPE, NULL, "%s by a sparse %s",
				    tl_shape_text(&x, a), tl_shape_text(&M, b));
	*shape = x;
	return TL_OK;
}

#define MULTIPLY(REAL)                                                                             \
	static tl_status multiply_##REAL(const tl_kernel_args *r, int64_t n, int64_t each)         \
	{                                                                                          \
		const REAL *value = r->in[1].data, *column = value + n * each;                     \
		bool transposed = ((const sparse_attr *)r->attr)->transposed;                      \
		for (int64_t b = 0; b < r->in[0].shape.dim[0]; b++) {                              \
			const REAL *x = (const REAL *)r->in[0].data + b * n;                       \
			REAL *y = (REAL *)r->out.data + b * n;                                     \
			for (int64_t i = 0; i < n; i++)                                            \
				y[i] = 0;                                                          \
			for (int64_t i = 0; i < n; i++) {                                          \
				REAL sum = 0;                                                      \
				for (int64_t k = i * each; k < (i + 1) * each; k++) {              \
					int64_t at = (int64_t)column[k];                           \
					if (at < 0 || at >= n)                                     \
						return TL_ERROR_VALUE;                             \
					if (transposed)                                            \
						y[at] += value[k] * x[i];                          \
					else                                                       \
						sum += value[k] * x[at];                           \
				}                                                                  \
				y[i] += sum;                                                       \
			}                                                                          \
		}                                                                                  \
		return TL_OK;                                                                      \
	}
MULTIPLY(float)
MULTIPLY(double)

static tl_status sparse_kernel(const tl_kernel_args *r)
{
	int64_t n = r->in[1].shape.dim[1], each = r->in[1].shape.dim[2];
	return r->real == TL_F64 ? multiply_double(r, n, each) : multiply_float(r, n, each);
}

static tl_tensor sparse_vjp(const tl_call *c, int operand, tl_tensor dy);
static tl_tensor sparse_example(tl_example *s);

static void sparse_words(const tl_call *c, char *text, size_t room)
{
	snprintf(text, room, "%s",
		 ((const sparse_attr *)c->attr)->transposed ? "M transposed" : "");
}

static const tl_op op_sparse = {
	.name = "sparse_linear",
	.doc = "rows by a sparse matrix that is not trained",
	.operands = "x, M",
	.equation = "y = M x  # each row of x",
	.derivative = "dx = Mᵀ dy",
	.operand_count = 2,
	.attr_size = sizeof(sparse_attr),
	.attributes = sparse_words,
	.shape = sparse_shape,
	.kernel = sparse_kernel,
	.vjp = sparse_vjp,
	.example = sparse_example,
};

/* By x alone: the matrix is fixed. */
static tl_tensor sparse_vjp(const tl_call *c, int operand, tl_tensor dy)
{
	sparse_attr other = {!((const sparse_attr *)c->attr)->transposed};
	return operand ? TL_NONE
		       : tl_apply(&op_sparse, &other, 2,
				  (const tl_tensor[]){dy, tl_call_operand(c, 1)});
}

tl_tensor tl_sparse_linear(tl_tensor x, tl_tensor M)
{
	return tl_apply(&op_sparse, &(sparse_attr){0}, 2, (const tl_tensor[]){x, M});
}

static tl_tensor sparse_example(tl_example *s)
{
	double M[2 * 4 * 2]; /* values, then columns */
	int64_t n = tl_example_integer(s, 1, 4), each = tl_example_integer(s, 1, 2);
	for (int64_t i = 0; i < n * each; i++) {
		M[i] = tl_example_number(s, -2, 2);
		M[n * each + i] = (double)tl_example_integer(s, 0, n - 1);
	}
	tl_tensor x = tl_example_leaf(s, tl_dims(tl_example_integer(s, 1, 3), n), -2, 2);
	return tl_sparse_linear(x, tl_constant_double(s->tape, tl_dims(2, n, each), M));
}

const tl_op *const tl_ops_sparse[] = {&op_sparse, NULL};

/* Making one */

static double norm(const double *x, int64_t n)
{
	double sum = 0;
	for (int64_t i = 0; i < n; i++)
		sum += x[i] * x[i];
	return sqrt(sum);
}

static void multiply(const double *M, int64_t n, int64_t each, const double *x, double *y)
{
	const double *column = M + n * each;
	for (int64_t i = 0; i < n; i++) {
		y[i] = 0;
		for (int64_t k = i * each; k < (i + 1) * each; k++)
			y[i] += M[k] * x[(int64_t)column[k]];
	}
}

/*
 * |M^k v| grows as radius^k, with a ripple where the largest eigenvalues are a complex pair: the
 * slope of its logarithm, fitted over many steps, is log radius.
 */
static double spectral_radius(const double *M, int64_t n, int64_t each, double *x)
{
	enum { FIRST = 200, STEPS = 2000 };
	double *y = x + n, log_size = 0, moment = 0, middle = (STEPS - 1) / 2.0, spread = 0;
	for (int64_t i = 0; i < n; i++)
		x[i] = tl_random_unit(1, (uint64_t)i) - 0.5;
	for (int k = -FIRST; k < STEPS; k++) {
		multiply(M, n, each, x, y);
		double size = norm(y, n);
		if (size == 0)
			return 0;
		for (int64_t i = 0; i < n; i++)
			x[i] = y[i] / size;
		log_size += log(size);
		if (k < 0)
			continue;
		moment += (k - middle) * log_size;
		spread += (k - middle) * (k - middle);
	}
	return exp(moment / spread);
}

static tl_status fill_sparse(const tl_init *init, tl_shape shape, uint64_t key, double *M)
{
	int64_t n = shape.dim[1], each = shape.dim[2];
	double *room = tl_alloc((size_t)(2 * n) * sizeof *room);
	if (!room)
		return TL_ERROR_MEMORY;
	for (int64_t i = 0; i < n; i++)
		for (int64_t k = 0; k < each; k++) { /* each in its part of the row: none twice */
			int64_t at = i * each + k, from = k * n / each, to = (k + 1) * n / each;
			double u = tl_random_unit(key, (uint64_t)(2 * at));
			M[at] = 2 * tl_random_unit(key, (uint64_t)(2 * at + 1)) - 1;
			M[n * each + at] = (double)(from + (int64_t)(u * (double)(to - from)));
		}
	double radius = spectral_radius(M, n, each, room);
	for (int64_t k = 0; radius > 0 && k < n * each; k++)
		M[k] *= init->a / radius;
	tl_free(room);
	return TL_OK;
}

tl_init tl_init_sparse(double radius)
{
	return (tl_init){fill_sparse, radius, 0};
}
