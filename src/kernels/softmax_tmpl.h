/*
 * softmax, log_softmax and logsumexp along rows, shifted by the row's largest number so that
 * nothing overflows. Where that is +Inf the shift says nothing (Inf - Inf), and the limit is taken:
 * the infinite numbers share all of the probability evenly.
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

/* How many numbers are +Inf. */
static int64_t infinities(int64_t n, const REAL *x)
{
	int64_t count = 0;
	for (int64_t i = 0; i < n; i++)
		count += x[i] == (REAL)INFINITY;
	return count;
}

/* y = at where x is +Inf, else otherwise; y may be x. */
static void at_infinities(int64_t n, const REAL *x, REAL at, REAL otherwise, REAL *y)
{
	for (int64_t i = 0; i < n; i++)
		y[i] = x[i] == (REAL)INFINITY ? at : otherwise;
}

INLINE REAL log_of(REAL x)
{
	return v_log(v_splat(x))[0];
}

static void softmax(int64_t rows, int64_t cols, const void *in, void *out, int part, int parts)
{
	int64_t first, last;
	share(rows, 1, part, parts, &first, &last);
	for (int64_t r = first; r < last; r++) {
		const REAL *x = (const REAL *)in + r * cols;
		REAL *y = (REAL *)out + r * cols;
		REAL shift = max_row(cols, x);
		if (shift == (REAL)INFINITY) {
			at_infinities(cols, x, 1 / (REAL)infinities(cols, x), 0, y);
			continue;
		}
		REAL total = sum_exp(cols, x, shift, y);
		for (int64_t i = 0; i < cols; i++)
			y[i] /= total;
	}
}

static void log_softmax(int64_t rows, int64_t cols, const void *in, void *out, int part, int parts)
{
	int64_t first, last;
	share(rows, 1, part, parts, &first, &last);
	for (int64_t r = first; r < last; r++) {
		const REAL *x = (const REAL *)in + r * cols;
		REAL *y = (REAL *)out + r * cols;
		REAL shift = max_row(cols, x);
		if (shift == (REAL)INFINITY) {
			REAL each = -log_of((REAL)infinities(cols, x));
			at_infinities(cols, x, each, (REAL)-INFINITY, y);
			continue;
		}
		REAL log_total = log_of(sum_exp(cols, x, shift, NULL));
		for (int64_t i = 0; i < cols; i++)
			y[i] = x[i] - shift - log_total;
	}
}

static void logsumexp(int64_t rows, int64_t cols, const void *in, void *most, void *out, int part,
		      int parts)
{
	int64_t first, last;
	share(rows, 1, part, parts, &first, &last);
	for (int64_t r = first; r < last; r++) {
		const REAL *x = (const REAL *)in + r * cols;
		REAL shift = max_row(cols, x), log_total;
		if (shift == (REAL)INFINITY)
			log_total = log_of((REAL)infinities(cols, x));
		else if (shift == (REAL)-INFINITY && !most)
			log_total = 0; /* the sum is plainly 0 */
		else
			log_total = log_of(sum_exp(cols, x, shift, NULL));
		if (most)
			((REAL *)most)[r] = shift;
		((REAL *)out)[r] = most ? log_total : shift + log_total;
	}
}

#endif
