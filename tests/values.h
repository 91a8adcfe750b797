/*
 * For tests that compare an op with plain loops: inputs by a formula (the same as in
 * tools/make_fixtures.py), exact in float so that both types see the same numbers; coordinates;
 * comparing.
 */
#ifndef TL_TESTS_VALUES_H
#define TL_TESTS_VALUES_H

#include "suite.h"

/* The i-th number of a stream: one of 4096 in [low, high), in a scattered order. */
static inline double number_of(int stream, int64_t i, double low, double high)
{
	uint64_t h = ((uint64_t)i * 2654435761u + (uint64_t)stream * 40503u + 12345u) % 65521u;
	h = h * h % 65521u * 7u % 4096u;
	return low + (high - low) * (double)h / 4096;
}

/* Inputs are read when a value is computed, so their data stays until the test forgets it. */
static double values_pool[1 << 16];
static int64_t values_used;

static inline int64_t size_of(tl_shape s)
{
	int64_t n = 1;
	for (int i = 0; i < s.rank; i++)
		n *= s.dim[i];
	return n;
}

static inline double *numbers(int64_t n, int stream, double low, double high)
{
	double *x = values_pool + values_used;
	values_used += n;
	ck_assert_int_le(values_used, (int64_t)(sizeof values_pool / sizeof *values_pool));
	for (int64_t i = 0; i < n; i++)
		x[i] = number_of(stream, i, low, high);
	return x;
}

/* A tape for one case; what the last one used is given back. */
static inline tl_tape *fresh_tape(tl_dtype dtype)
{
	values_used = 0;
	return tl_tape_create(dtype);
}

/* Coordinates: for (at c = {0}; more(&c, shape); next(&c, shape)) */
typedef struct at {
	int64_t n, i[4];
} at;

static inline bool more(const at *c, tl_shape s)
{
	return c->n < size_of(s);
}

static inline void next(at *c, tl_shape s)
{
	c->n++;
	for (int d = (int)s.rank - 1; d >= 0 && ++c->i[d] == s.dim[d]; d--)
		c->i[d] = 0;
}

static inline int64_t offset_of(tl_shape s, const int64_t *i)
{
	int64_t n = 0;
	for (int d = 0; d < s.rank; d++)
		n = n * s.dim[d] + i[d];
	return n;
}

/* Where element c of a result of this shape comes from, in an operand that was broadcast to it. */
static inline int64_t broadcast_offset(tl_shape from, tl_shape to, const at *c)
{
	int64_t i[4] = {0};
	for (int d = 0; d < from.rank; d++)
		i[d] = from.dim[d] == 1 ? 0 : c->i[to.rank - from.rank + d];
	return offset_of(from, i);
}

static inline double value_of(const void *values, tl_dtype dtype, int64_t i)
{
	return dtype == TL_F32   ? (double)((const float *)values)[i]
	       : dtype == TL_F64 ? ((const double *)values)[i]
				 : (double)((const int32_t *)values)[i];
}

/* NaN if either is. */
static inline double larger(double a, double b)
{
	return a > b || isnan(a) ? a : b;
}

static inline double smaller(double a, double b)
{
	return a < b || isnan(a) ? a : b;
}

/* All elements agree: in double to 1e-13 times `loose`, in float to 1e-6 times that. */
static inline void expect(const char *what, tl_tensor y, tl_shape shape, const double *want,
			  double loose)
{
	tl_dtype dtype = tl_tensor_dtype(y);
	tl_shape s = tl_tensor_shape(y);
	const void *value = dtype == TL_F32   ? (const void *)tl_value(y)
			    : dtype == TL_F64 ? (const void *)tl_value_double(y)
					      : (const void *)tl_value_int(y);
	ck_assert_msg(!tl_tape_error(y.tape), "%s: %s", what, tl_tape_error(y.tape));
	ck_assert_msg(s.rank == shape.rank && !memcmp(s.dim, shape.dim, sizeof s.dim),
		      "%s: shape is %d [%d,%d,%d,%d]", what, (int)s.rank, (int)s.dim[0],
		      (int)s.dim[1], (int)s.dim[2], (int)s.dim[3]);
	ck_assert(value || !size_of(shape));
	for (int64_t i = 0; i < size_of(shape); i++) {
		double got = value_of(value, dtype, i), w = want[i];
		double most = (dtype == TL_F32 ? 1e-6 : 1e-13) * loose * fmax(1, fabs(w));
		bool same = isfinite(w) ? fabs(got - w) <= most : isnan(w) ? isnan(got) : got == w;
		ck_assert_msg(same, "%s, %s: element %d is %.17g, not %.17g", what,
			      dtype == TL_F32 ? "float" : "double", (int)i, got, w);
	}
}

/* A call that fails when recorded or computed: the error has all these words. */
static inline void expect_error(tl_tensor y, tl_status status, const char *words)
{
	if (y.id && !tl_tape_error(y.tape))
		tl_evaluate(&y, 1);
	const char *error = y.tape ? tl_tape_error(y.tape) : NULL;
	ck_assert_msg(error && strstr(error, words), "\"%s\" is not in: %s", words,
		      error ? error : "(no error)");
	ck_assert_int_eq(tl_tape_status(y.tape), status);
	tl_tape_rewind(y.tape);
}

#define BOTH_TYPES(dtype) for (tl_dtype dtype = TL_F32; dtype <= TL_F64; dtype++)

#endif
