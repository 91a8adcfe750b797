/*
 * Sums, maxima and minima. Sums are taken in blocks whose sums are then summed, which keeps the
 * rounding error of long sums near that of short ones. The order depends on the shape alone.
 */
#ifndef TL_KERNELS_REDUCE_TMPL_H
#define TL_KERNELS_REDUCE_TMPL_H

#include "kernels/kernels.h"
#include "kernels/simd_tmpl.h"

enum {
	SUM_BLOCK = 1024,  /* neighbours summed in registers before they are added to the total */
	COLUMN_BLOCK = 64, /* rows summed before they are added to the totals of the columns */
	COLUMNS = 256      /* columns summed at a time, in two rows of scratch on the stack */
};

INLINE REAL identity_of(tl_reduction how)
{
	return how == TL_REDUCE_SUM ? 0 : (REAL)(how == TL_REDUCE_MAX ? -INFINITY : INFINITY);
}

/* `how` is a constant. NaN wins: it is not a best that x beats, and x != x takes its place. */
INLINE REAL combine(tl_reduction how, REAL best, REAL x)
{
	if (how == TL_REDUCE_SUM)
		return best + x;
	bool better = how == TL_REDUCE_MAX ? x > best : x < best;
	return (better | (x != x)) ? x : best;
}

INLINE vec v_combine(tl_reduction how, vec best, vec x)
{
	if (how == TL_REDUCE_SUM)
		return best + x;
	veci better = how == TL_REDUCE_MAX ? x > best : x < best;
	return v_select(better | (x != x), x, best);
}

/* n neighbours: four vectors side by side, then their lanes in order, then what is left. */
INLINE REAL reduce_block(tl_reduction how, int64_t n, const REAL *x)
{
	REAL total = identity_of(how);
	int64_t i = 0;

	if (n >= VL) {
		vec a[4];
		for (int j = 0; j < 4; j++)
			a[j] = v_splat(total);
		for (; i + 4 * VL <= n; i += 4 * VL)
			for (int j = 0; j < 4; j++)
				a[j] = v_combine(how, a[j], v_load(x + i + j * VL));
		for (; i + VL <= n; i += VL)
			a[0] = v_combine(how, a[0], v_load(x + i));
		a[0] = v_combine(how, v_combine(how, a[0], a[1]), v_combine(how, a[2], a[3]));
		for (int j = 0; j < VL; j++)
			total = combine(how, total, a[0][j]);
	}
	for (; i < n; i++)
		total = combine(how, total, x[i]);
	return total;
}

static double sum_row(int64_t n, const REAL *x)
{
	double total = 0;
	for (int64_t i = 0; i < n; i += SUM_BLOCK)
		total += (double)reduce_block(TL_REDUCE_SUM, min_i64(n - i, SUM_BLOCK), x + i);
	return total;
}

static REAL max_row(int64_t n, const REAL *x)
{
	return reduce_block(TL_REDUCE_MAX, n, x);
}

static REAL min_row(int64_t n, const REAL *x)
{
	return reduce_block(TL_REDUCE_MIN, n, x);
}

/* total[i] = total[i] combined with x[j * stride + i], j < n: eight rows at a time, as a tree. */
INLINE void reduce_rows(tl_reduction how, int64_t n, int64_t width, const REAL *restrict x,
			int64_t stride, REAL *restrict total)
{
	int64_t j = 0;
	for (; j + 8 <= n; j += 8) {
		const REAL *r = x + j * stride;
		for (int64_t i = 0; i < width; i++) {
			REAL a = combine(how, r[i], r[i + stride]);
			REAL b = combine(how, r[i + 2 * stride], r[i + 3 * stride]);
			REAL c = combine(how, r[i + 4 * stride], r[i + 5 * stride]);
			REAL d = combine(how, r[i + 6 * stride], r[i + 7 * stride]);
			REAL all = combine(how, combine(how, a, b), combine(how, c, d));
			total[i] = combine(how, total[i], all);
		}
	}
	for (; j < n; j++)
		for (int64_t i = 0; i < width; i++)
			total[i] = combine(how, total[i], x[j * stride + i]);
}

/* Up to COLUMNS columns of n rows. */
INLINE void reduce_columns(tl_reduction how, int64_t n, int64_t width, const REAL *in,
			   int64_t stride, REAL *out, bool accumulate)
{
	REAL total[COLUMNS], block[COLUMNS];

	for (int64_t i = 0; i < width; i++)
		total[i] = identity_of(how);
	for (int64_t j = 0; j < n; j += COLUMN_BLOCK) {
		for (int64_t i = 0; i < width; i++)
			block[i] = identity_of(how);
		reduce_rows(how, min_i64(n - j, COLUMN_BLOCK), width, in + j * stride, stride,
			    block);
		for (int64_t i = 0; i < width; i++)
			total[i] = combine(how, total[i], block[i]);
	}
	for (int64_t i = 0; i < width; i++)
		out[i] = accumulate ? combine(how, out[i], total[i]) : total[i];
}

INLINE void reduce_any(tl_reduction how, int64_t outer, int64_t n, int64_t inner, const REAL *in,
		       REAL *out, bool accumulate, int part, int parts)
{
	int64_t first, last;

	if (inner == 1) {
		share(outer, 1, part, parts, &first, &last);
		for (int64_t o = first; o < last; o++) {
			const REAL *row = in + o * n;
			REAL total = how == TL_REDUCE_SUM   ? (REAL)sum_row(n, row)
				     : how == TL_REDUCE_MAX ? max_row(n, row)
							    : min_row(n, row);
			out[o] = accumulate ? combine(how, out[o], total) : total;
		}
		return;
	}
	/* pieces of at most COLUMNS columns; narrow ones when there are few for many parts */
	int64_t wide = outer * inner < (int64_t)COLUMNS * parts ? 64 : COLUMNS;
	int64_t pieces = (inner + wide - 1) / wide;
	share(outer * pieces, 1, part, parts, &first, &last);
	for (int64_t u = first; u < last; u++) {
		int64_t o = u / pieces, i = u % pieces * wide;
		reduce_columns(how, n, min_i64(wide, inner - i), in + o * n * inner + i, inner,
			       out + o * inner + i, accumulate);
	}
}

static void reduce(tl_reduction how, int64_t outer, int64_t n, int64_t inner, const void *in,
		   void *out, bool accumulate, int part, int parts)
{
	if (how == TL_REDUCE_SUM)
		reduce_any(TL_REDUCE_SUM, outer, n, inner, in, out, accumulate, part, parts);
	else if (how == TL_REDUCE_MAX)
		reduce_any(TL_REDUCE_MAX, outer, n, inner, in, out, accumulate, part, parts);
	else
		reduce_any(TL_REDUCE_MIN, outer, n, inner, in, out, accumulate, part, parts);
}

#endif
