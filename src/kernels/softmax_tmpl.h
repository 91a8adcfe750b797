/*
 * softmax, log_softmax and logsumexp along rows, shifted by the row's largest number so that
 * nothing overflows.
 */
#ifndef TL_KERNELS_SOFTMAX_TMPL_H
#define TL_KERNELS_SOFTMAX_TMPL_H

#include "kernels/math_tmpl.h"
#include "kernels/reduce_tmpl.h"

enum { PIECE = 256 }; /* a multiple of VL */

/* to[i] = exp(x[i] - shift) for n numbers; the vectors written are whole ones. */
INLINE void exp_shifted(int64_t n, const REAL *x, REAL shift, REAL *to)
{
	int64_t i = 0;
	for (; i + VL <= n; i += VL)
		v_store(to + i, v_exp(v_load(x + i) - shift));
	if (i < n) {
		vec last = {0};
		memcpy(&last, x + i, (size_t)(n - i) * sizeof(REAL));
		v_store(to + i, v_exp(last - shift));
	}
}

/* Sum of exp(x - shift); the exponentials are kept in `to` if there is one (it may be x). */
static REAL sum_exp(int64_t n, const REAL *x, REAL shift, REAL *to)
{
	REAL piece[PIECE];
	double total = 0;

	for (int64_t i = 0; i < n; i += PIECE) {
		int64_t some = min_i64(n - i, PIECE);
		exp_shifted(some, x + i, shift, piece);
		total += sum_row(some, piece);
		if (to)
			memcpy(to + i, piece, (size_t)some * sizeof(REAL));
	}
	return (REAL)total;
}

static void softmax(int64_t rows, int64_t cols, const void *in, void *out, int part, int parts)
{
	int64_t first, last;
	share(rows, 1, part, parts, &first, &last);
	for (int64_t r = first; r < last; r++) {
		const REAL *x = (const REAL *)in + r * cols;
		REAL *y = (REAL *)out + r * cols;
		REAL total = sum_exp(cols, x, max_row(cols, x), y);
		for (int64_t i = 0; i < cols; i++)
			y[i] /= total;
	}
}

INLINE REAL log_of(REAL x)
{
	return v_log(v_splat(x))[0];
}

static void log_softmax(int64_t rows, int64_t cols, const void *in, void *out, int part, int parts)
{
	int64_t first, last;
	share(rows, 1, part, parts, &first, &last);
	for (int64_t r = first; r < last; r++) {
		const REAL *x = (const REAL *)in + r * cols;
		REAL *y = (REAL *)out + r * cols;
		REAL shift = max_row(cols, x), log_total = log_of(sum_exp(cols, x, shift, NULL));
		for (int64_t i = 0; i < cols; i++)
			y[i] = x[i] - shift - log_total;
	}
}

static void logsumexp(int64_t rows, int64_t cols, const void *in, void *out, int part, int parts)
{
	int64_t first, last;
	share(rows, 1, part, parts, &first, &last);
	for (int64_t r = first; r < last; r++) {
		const REAL *x = (const REAL *)in + r * cols;
		REAL shift = max_row(cols, x);
		if (shift == (REAL)INFINITY || shift == (REAL)-INFINITY)
			shift = 0; /* Inf - Inf would be NaN where the sum is plainly 0 or Inf */
		((REAL *)out)[r] = shift + log_of(sum_exp(cols, x, shift, NULL));
	}
}

#endif
