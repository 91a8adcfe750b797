/*
 * C = A B with few rows of A and B given by its columns, as x W^T of one token is: each element is
 * a dot product of two rows in memory, B is read once, where it lies, and nothing is packed. The
 * lanes of a vector are summed at the end, so the last bits differ from those of a tiled product;
 * they do not depend on parts.
 */
#ifndef TL_KERNELS_DOTS_TMPL_H
#define TL_KERNELS_DOTS_TMPL_H

#include "kernels/kernels.h"
#include "kernels/simd_tmpl.h"

enum { DOT_SUMS = 8 }; /* sums at a time, which hide the latency of each */

/* rows of a against rows of b, all k long and contiguous; result (r, j) is c[r * c_row + j *
 * c_col]. */
typedef struct dot_rows {
	int64_t rows, n, k, a_row, b_row, c_row, c_col, bias_row, bias_col;
	const REAL *a, *b, *bias;
	REAL *c;
	bool accumulate;
} dot_rows;

INLINE bool are_dots(const tl_gemm *g)
{
	return !g->packed && g->a_col == 1 && g->b_row == 1 && g->k >= 2 * VL && g->m >= 1 &&
	       g->n >= 1 && (g->m <= TL_GEMM_FEW || g->n <= TL_GEMM_FEW);
}

/* The operand with few rows is the one that stays at hand. */
INLINE dot_rows dots_of(const tl_gemm *g)
{
	dot_rows d = {.rows = g->m,
		      .n = g->n,
		      .k = g->k,
		      .a_row = g->a_row,
		      .b_row = g->b_col,
		      .c_row = g->c_row,
		      .c_col = 1,
		      .bias_col = 1,
		      .a = g->a,
		      .b = g->b,
		      .bias = g->bias,
		      .c = g->c,
		      .accumulate = g->accumulate};
	if (g->m > TL_GEMM_FEW) {
		d.rows = g->n, d.n = g->m;
		d.a = g->b, d.a_row = g->b_col;
		d.b = g->a, d.b_row = g->a_row;
		d.c_row = 1, d.c_col = g->c_row;
		d.bias_row = 1, d.bias_col = 0;
	}
	return d;
}

INLINE REAL lanes_sum(vec v)
{
	REAL sum = 0;
	for (int i = 0; i < VL; i++)
		sum += v[i];
	return sum;
}

/* rows and columns are constants. */
INLINE void dot_block(const dot_rows *g, int64_t j, const int rows, const int columns)
{
	const REAL *a = g->a, *b = g->b + j * g->b_row;
	vec sum[DOT_SUMS];
	int64_t p = 0;
	for (int s = 0; s < rows * columns; s++)
		sum[s] = (vec){0};
	for (; p + VL <= g->k; p += VL) {
		vec bv[DOT_SUMS];
		UNROLL(8)
		for (int c = 0; c < columns; c++)
			bv[c] = v_load(b + c * g->b_row + p);
		UNROLL(4)
		for (int r = 0; r < rows; r++) {
			vec av = v_load(a + r * g->a_row + p);
			UNROLL(8)
			for (int c = 0; c < columns; c++)
				sum[r * columns + c] = v_fma(av, bv[c], sum[r * columns + c]);
		}
	}
	for (int r = 0; r < rows; r++)
		for (int c = 0; c < columns; c++) {
			REAL *to = g->c + r * g->c_row + (j + c) * g->c_col;
			REAL x = lanes_sum(sum[r * columns + c]);
			for (int64_t q = p; q < g->k; q++)
				x += a[r * g->a_row + q] * b[c * g->b_row + q];
			*to = x + (g->accumulate ? *to
				   : g->bias     ? g->bias[r * g->bias_row + (j + c) * g->bias_col]
						 : 0);
		}
}

#define DOT_BLOCKS(ROWS, COLUMNS)                                                                  \
	for (; j + COLUMNS <= end; j += COLUMNS)                                                   \
		dot_block(g, j, ROWS, COLUMNS);                                                    \
	for (; j < end; j++)                                                                       \
		dot_block(g, j, ROWS, 1);

static void dots(const dot_rows *g, int64_t j, int64_t end)
{
	if (g->rows == 1) {
		DOT_BLOCKS(1, 8)
	} else if (g->rows == 2) {
		DOT_BLOCKS(2, 4)
	} else if (g->rows == 3) {
		DOT_BLOCKS(3, 2)
	} else {
		DOT_BLOCKS(4, 2)
	}
}

#endif
