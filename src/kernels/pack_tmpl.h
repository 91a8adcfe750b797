/*
 * Copies of A and B in the order in which the inner kernel reads them.
 *
 * A panel of B is k rows of NR neighbouring numbers, the missing columns of the last one 0. A tile
 * of A is k columns of as many neighbouring numbers as the tile has rows.
 */
#ifndef TL_KERNELS_PACK_TMPL_H
#define TL_KERNELS_PACK_TMPL_H

#include "kernels/gemm_tmpl.h"

/* Shuffles inside each 128-bit lane of a pair of vectors: low halves, high halves, interleaved. */
#if VBYTES == 64 && !defined(TL_KERNEL_F64)
#define LANE_LOW  0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29
#define LANE_HIGH 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31
#elif VBYTES == 64
#define LANE_LOW  0, 8, 2, 10, 4, 12, 6, 14
#define LANE_HIGH 1, 9, 3, 11, 5, 13, 7, 15
#elif VBYTES == 32 && !defined(TL_KERNEL_F64)
#define LANE_LOW  0, 8, 1, 9, 4, 12, 5, 13
#define LANE_HIGH 2, 10, 3, 11, 6, 14, 7, 15
#elif VBYTES == 32
#define LANE_LOW  0, 4, 2, 6
#define LANE_HIGH 1, 5, 3, 7
#elif !defined(TL_KERNEL_F64)
#define LANE_LOW  0, 4, 1, 5
#define LANE_HIGH 2, 6, 3, 7
#else
#define LANE_LOW  0, 2
#define LANE_HIGH 1, 3
#endif
#define zip_low(a, b)  __builtin_shufflevector(a, b, LANE_LOW)
#define zip_high(a, b) __builtin_shufflevector(a, b, LANE_HIGH)

#ifdef TL_KERNEL_F64
#define IN_ORDER     0, 1, 2, 3
#define ALL_IN_ORDER IN_ORDER, 4, 5, 6, 7
#else
#define IN_ORDER     0, 1, 2, 3, 4, 5, 6, 7
#define ALL_IN_ORDER IN_ORDER, 8, 9, 10, 11, 12, 13, 14, 15
#endif

typedef REAL two_lanes __attribute__((vector_size(32)));

/* Lane l of the result is the lane at p + l * step. Joined in registers: by way of memory, a load
 * of the vector would wait for the stores of its lanes. */
INLINE vec load_lanes(const REAL *p, int64_t step)
{
	const lane_mem *first = (const lane_mem *)p;
#if VBYTES == 16
	(void)step;
	return *first;
#else
	lane second = *(const lane_mem *)(p + step);
	two_lanes low = __builtin_shufflevector((lane)*first, second, IN_ORDER);
#if VBYTES == 32
	return low;
#else
	lane third = *(const lane_mem *)(p + 2 * step), fourth = *(const lane_mem *)(p + 3 * step);
	two_lanes high = __builtin_shufflevector(third, fourth, IN_ORDER);
	return __builtin_shufflevector(low, high, ALL_IN_ORDER);
#endif
#endif
}

/* The VL rows (`row` apart) of LANE numbers at b become LANE rows of VL numbers, NR apart. */
INLINE void transpose_lanes(const REAL *b, int64_t row, REAL *to)
{
	vec r[LANE];
	UNROLL(4)
	for (int i = 0; i < LANE; i++)
		r[i] = load_lanes(b + i * row, LANE * row);
#ifdef TL_KERNEL_F64
	v_store(to, zip_low(r[0], r[1]));
	v_store(to + NR, zip_high(r[0], r[1]));
#else
	vec even_low = zip_low(r[0], r[2]), even_high = zip_high(r[0], r[2]);
	vec odd_low = zip_low(r[1], r[3]), odd_high = zip_high(r[1], r[3]);
	v_store(to, zip_low(even_low, odd_low));
	v_store(to + NR, zip_high(even_low, odd_low));
	v_store(to + 2 * NR, zip_low(even_high, odd_high));
	v_store(to + 3 * NR, zip_high(even_high, odd_high));
#endif
}

/* Columns whose k numbers are neighbours: a cache line of each at a time, VL columns together. */
static void pack_transposed(int64_t k, const REAL *b, int64_t b_col, REAL *to)
{
	const int64_t line = CACHE_LINE / sizeof(REAL);

	for (int64_t p = 0; p < k; p += line) {
		int64_t last = min_i64(k, p + line), whole = p + (last - p) / LANE * LANE;
		for (int v = 0; v < NV; v++) {
			const REAL *from = b + v * VL * b_col;
			int64_t q = p;
			for (; q < whole; q += LANE)
				transpose_lanes(from + q, b_col, to + q * NR + v * VL);
			for (; q < last; q++)
				for (int j = 0; j < VL; j++)
					to[q * NR + v * VL + j] = from[q + j * b_col];
		}
	}
}

static void pack_copied(int64_t k, int64_t panels, const REAL *b, int64_t b_row, REAL *to,
			int64_t step)
{
	for (int64_t p = 0; p < k; p++)
		for (int64_t q = 0; q < panels; q++) {
			UNROLL(4)
			for (int v = 0; v < NV; v++)
				v_store(to + q * step + p * NR + v * VL,
					v_load(b + p * b_row + q * NR + v * VL));
		}
}

/* Rows 0..k and `columns` columns of b as panels that lie `step` numbers apart. */
static void pack_panels(int64_t k, int64_t columns, const REAL *b, int64_t b_row, int64_t b_col,
			REAL *to, int64_t step)
{
	int64_t whole = columns / NR, left = columns - whole * NR;

	if (b_col == 1)
		pack_copied(k, whole, b, b_row, to, step);
	for (int64_t q = 0; q < whole && b_col != 1; q++) {
		const REAL *from = b + q * NR * b_col;
		REAL *panel = to + q * step;
		if (b_row == 1) {
			pack_transposed(k, from, b_col, panel);
			continue;
		}
		for (int64_t p = 0; p < k; p++)
			for (int j = 0; j < NR; j++)
				panel[p * NR + j] = from[p * b_row + j * b_col];
	}
	if (!left)
		return;
	const REAL *from = b + whole * NR * b_col;
	REAL *panel = to + whole * step;
	for (int64_t p = 0; p < k; p++)
		for (int64_t j = 0; j < NR; j++)
			panel[p * NR + j] = j < left ? from[p * b_row + j * b_col] : 0;
}

/* Columns of A that are packed together: their lines wait in the cache for the tiles beside. */
enum { PACK_COLUMNS = 8 };

/* The next k columns of a tile whose rows are neighbours in A; `rows` is a constant. */
INLINE void pack_neighbours(const int rows, int64_t k, const REAL *a, int64_t a_col, REAL *to)
{
	UNROLL_BY(8)
	for (int64_t p = 0; p < k; p++)
		memcpy(to + p * rows, a + p * a_col, (size_t)rows * sizeof(REAL));
}

/* The next k columns of a tile. */
static void pack_tile(int64_t rows, int64_t k, const REAL *a, int64_t a_row, int64_t a_col,
		      REAL *to)
{
	if (a_row == 1 && rows == MR) {
		pack_neighbours(MR, k, a, a_col, to);
	} else if (a_row == 1 && rows == MR - 1) {
		pack_neighbours(MR - 1, k, a, a_col, to);
	} else {
		for (int64_t p = 0; p < k; p++)
			for (int64_t i = 0; i < rows; i++)
				to[p * rows + i] = a[i * a_row + p * a_col];
	}
}

static size_t pack_size(int64_t k, int64_t n)
{
	return (size_t)(round_up(n, NR) * k) * sizeof(REAL);
}

static void pack(int64_t k, int64_t n, const void *b, int64_t b_row, int64_t b_col, void *packed,
		 int part, int parts)
{
	int64_t first, last;
	share(n, NR, part, parts, &first, &last);
	/* few enough rows at a time that what is read stays in the cache for every panel */
	pack_panels(k, last - first, (const REAL *)b + first * b_col, b_row, b_col,
		    (REAL *)packed + first * k, NR * k);
}

#endif
