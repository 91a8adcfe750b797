/* How parameters start. Matrices are [out, in]; for more axes the first is out, the rest in. */
#include <tapeloop/init.h>

#include "base/memory.h"
#include "base/random.h"

#include <math.h>

static int64_t size_of(tl_shape s)
{
	int64_t n = 1;
	for (int i = 0; i < s.rank; i++)
		n *= s.dim[i];
	return n;
}

/* Rows and columns of the shape seen as a matrix; a vector has one column. */
static void fans(tl_shape s, int64_t *out, int64_t *in)
{
	*out = s.rank ? s.dim[0] : 1;
	*in = *out ? size_of(s) / *out : 0;
}

static tl_status fill_constant(const tl_init *init, tl_shape shape, uint64_t key, double *values)
{
	(void)key;
	for (int64_t i = 0, n = size_of(shape); i < n; i++)
		values[i] = init->a;
	return TL_OK;
}

static tl_status fill_uniform(const tl_init *init, tl_shape shape, uint64_t key, double *values)
{
	for (int64_t i = 0, n = size_of(shape); i < n; i++)
		values[i] = init->a + (init->b - init->a) * tl_random_unit(key, (uint64_t)i);
	return TL_OK;
}

static tl_status fill_recurrent(const tl_init *init, tl_shape shape, uint64_t key, double *values)
{
	int64_t out, in;
	(void)init;
	fans(shape, &out, &in);
	double limit = out ? 1 / sqrt((double)out) : 0;
	return fill_uniform(&(tl_init){NULL, -limit, limit}, shape, key, values);
}

static tl_status fill_normal(const tl_init *init, tl_shape shape, uint64_t key, double *values)
{
	for (int64_t i = 0, n = size_of(shape); i < n; i++)
		values[i] = init->a + init->b * tl_random_normal_at(key, (uint64_t)i);
	return TL_OK;
}

static tl_status fill_glorot(const tl_init *init, tl_shape shape, uint64_t key, double *values)
{
	int64_t out, in;
	(void)init;
	fans(shape, &out, &in);
	double limit = out + in ? sqrt(6.0 / (double)(out + in)) : 0;
	return fill_uniform(&(tl_init){NULL, -limit, limit}, shape, key, values);
}

static tl_status fill_he(const tl_init *init, tl_shape shape, uint64_t key, double *values)
{
	int64_t out, in;
	(void)init;
	fans(shape, &out, &in);
	return fill_normal(&(tl_init){NULL, 0, in ? sqrt(2.0 / (double)in) : 0}, shape, key,
			   values);
}

/*
 * Gram-Schmidt on random normal vectors, twice over for accuracy. The shorter side is made
 * orthonormal: `count` vectors of `length` numbers, which are rows or columns of the matrix.
 */
static tl_status fill_orthogonal(const tl_init *init, tl_shape shape, uint64_t key, double *values)
{
	int64_t rows, columns;
	fans(shape, &rows, &columns);
	bool by_rows = rows <= columns;
	int64_t count = by_rows ? rows : columns, length = by_rows ? columns : rows;
	double *v = tl_alloc((size_t)(rows * columns) * sizeof *v);
	if (!v)
		return TL_ERROR_MEMORY;
	fill_normal(&(tl_init){NULL, 0, 1}, shape, key, v);
	for (int64_t i = 0; i < count; i++) {
		double *x = v + i * length, norm = 0;
		for (int64_t j = 0; j < 2 * i; j++) {
			const double *y = v + j % i * length;
			double dot = 0;
			for (int64_t k = 0; k < length; k++)
				dot += x[k] * y[k];
			for (int64_t k = 0; k < length; k++)
				x[k] -= dot * y[k];
		}
		for (int64_t k = 0; k < length; k++)
			norm += x[k] * x[k];
		for (int64_t k = 0; k < length; k++)
			x[k] /= sqrt(norm);
	}
	for (int64_t r = 0; r < rows; r++)
		for (int64_t c = 0; c < columns; c++)
			values[r * columns + c] =
				init->a * v[by_rows ? r * columns + c : c * rows + r];
	tl_free(v);
	return TL_OK;
}

static tl_status fill_identity(const tl_init *init, tl_shape shape, uint64_t key, double *values)
{
	int64_t rows, columns;
	(void)key;
	fans(shape, &rows, &columns);
	for (int64_t i = 0; i < rows * columns; i++)
		values[i] = i / columns == i % columns ? init->a : 0;
	return TL_OK;
}

tl_init tl_init_zeros(void)
{
	return (tl_init){fill_constant, 0, 0};
}

tl_init tl_init_constant(double value)
{
	return (tl_init){fill_constant, value, 0};
}

tl_init tl_init_uniform(double low, double high)
{
	return (tl_init){fill_uniform, low, high};
}

tl_init tl_init_pytorch_rnn(void)
{
	return (tl_init){fill_recurrent, 0, 0};
}

tl_init tl_init_normal(double mean, double deviation)
{
	return (tl_init){fill_normal, mean, deviation};
}

tl_init tl_init_glorot_uniform(void)
{
	return (tl_init){fill_glorot, 0, 0};
}

tl_init tl_init_he_normal(void)
{
	return (tl_init){fill_he, 0, 0};
}

tl_init tl_init_orthogonal(double gain)
{
	return (tl_init){fill_orthogonal, gain, 0};
}

tl_init tl_init_identity(double scale)
{
	return (tl_init){fill_identity, scale, 0};
}
