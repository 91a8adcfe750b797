/*
 * The inner kernel of C = A B: everything that is used twice is in a register.
 *
 * A tile of C, up to MR rows by NV vectors, stays in registers; for each p it takes column p of A
 * (one broadcast a row) times row p of B. B comes in panels of NR columns, NV vectors' width.
 */
#ifndef TL_KERNELS_GEMM_TMPL_H
#define TL_KERNELS_GEMM_TMPL_H

#include "kernels/simd_tmpl.h"

/* MR * NV accumulators, NV vectors of B and one of A fill the 16 or 32 vector registers. */
#if defined(__AVX512F__)
#define MR 12
#define NV 2
#elif defined(__AVX2__)
#define MR 6
#define NV 2
#elif defined(__aarch64__)
#define MR 6
#define NV 4
#else
#define MR 4
#define NV 2
#endif

enum {
	NR = NV * VL,
	GROUP = 4,        /* the most panels one tile is wide, when it has few rows */
	ROWS_TOGETHER = 6 /* rows of A in place that are addressed from the first of them */
};

/* How many panels wide a tile of so many rows is: few rows alone would wait for their own sums, if
 * these are fewer than eight. */
#define PANELS(rows) ((rows)*4 <= MR && NV < 4 ? 4 : (rows)*2 <= MR ? 2 : 1)

typedef struct gemm_tile {
	int64_t k;
	const REAL *a;
	int64_t a_row; /* of A in place, whose columns are neighbours */
	const REAL *b;
	int64_t b_row, b_panel; /* from a row of a panel to the next, from a panel to the next */
	const REAL *start;      /* what the tile of C starts from: NULL is 0 */
	int64_t start_row;
	REAL *c;
	int64_t c_row;
	const char *next;  /* read next: every step along k asks the cache for the line here, */
	int64_t next_step; /* this many bytes further on each time */
} gemm_tile;

/* Keeps compilers from making one address of another: the distances of twelve rows from the first
 * are more numbers than there are registers for them. */
INLINE const REAL *opaque(const REAL *p)
{
	__asm__("" : "+r"(p));
	return p;
}

/* One p: acc[i][j] += a column of A times a row of B. Row i of A is at
 * a[i / together][i % together * a_row]; of the operand with fewer vectors all are at hand. */
INLINE void gemm_step(vec (*acc)[GROUP * NV], const REAL *const *a, int64_t a_row, int together,
		      const REAL *b, int64_t b_panel, const int rows, const int width)
{
	vec av[MR], bv[GROUP * NV];

	if (rows < width) {
		UNROLL(16)
		for (int i = 0; i < rows; i++)
			av[i] = v_splat(a[i / together][i % together * a_row]);
		UNROLL(16)
		for (int j = 0; j < width; j++) {
			vec bj = v_load(b + j / NV * b_panel + j % NV * VL);
			UNROLL(16)
			for (int i = 0; i < rows; i++)
				acc[i][j] = v_fma(av[i], bj, acc[i][j]);
		}
		return;
	}
	UNROLL(16)
	for (int j = 0; j < width; j++)
		bv[j] = v_load(b + j / NV * b_panel + j % NV * VL);
	UNROLL(16)
	for (int i = 0; i < rows; i++) {
		vec ai = v_splat(a[i / together][i % together * a_row]);
		UNROLL(16)
		for (int j = 0; j < width; j++)
			acc[i][j] = v_fma(ai, bv[j], acc[i][j]);
	}
}

/* rows and panels are constants, and so is packed: then A's tile is k columns of `rows` numbers. */
INLINE void gemm_kernel(const gemm_tile *t, const int rows, const int panels, const bool packed)
{
	vec acc[MR][GROUP * NV];
	const int width = panels * NV, together = packed ? rows : ROWS_TOGETHER;

	UNROLL(16)
	for (int i = 0; i < rows; i++) {
		UNROLL(16)
		for (int j = 0; j < width; j++)
			acc[i][j] =
				t->start ? v_load(t->start + i * t->start_row + j * VL) : (vec){0};
	}
	const REAL *a[MR], *b = t->b;
	const int64_t a_row = packed ? 1 : t->a_row, a_col = packed ? rows : 1;
	const int64_t b_row = t->b_row, b_panel = t->b_panel, next_step = t->next_step;
	const char *next = t->next;
	UNROLL(16)
	for (int i = 0; i < rows; i += together)
		a[i / together] = opaque(t->a + i * a_row);
	UNROLL_BY(2)
	for (int64_t p = 0; p < t->k; p++) {
		gemm_step(acc, a, a_row, together, b, b_panel, rows, width);
		if (rows * 4 > MR * 3) { /* not the only tile of its panel, most likely */
			__builtin_prefetch(next, 0, 2);
			next += next_step;
		}
		UNROLL(16)
		for (int i = 0; i < rows; i += together)
			a[i / together] += a_col;
		b += b_row;
	}
	UNROLL(16)
	for (int i = 0; i < rows; i++) {
		UNROLL(16)
		for (int j = 0; j < width; j++)
			v_store(t->c + i * t->c_row + j * VL, acc[i][j]);
	}
}

typedef void gemm_tile_fn(const gemm_tile *t, bool wide);

#define TILE_OF(rows, name, packed)                                                                \
	static void gemm_##name##_##rows(const gemm_tile *t, bool wide)                            \
	{                                                                                          \
		if (wide)                                                                          \
			gemm_kernel(t, rows, PANELS(rows), packed);                                \
		else                                                                               \
			gemm_kernel(t, rows, 1, packed);                                           \
	}
#define TILE(rows) TILE_OF(rows, place, false) TILE_OF(rows, packed, true)

#define TILES_4(f)  f(1) f(2) f(3) f(4)
#define TILES_6(f)  TILES_4(f) f(5) f(6)
#define TILES_12(f) TILES_6(f) f(7) f(8) f(9) f(10) f(11) f(12)
#if MR == 12
#define TILES TILES_12
#elif MR == 6
#define TILES TILES_6
#else
#define TILES TILES_4
#endif

TILES(TILE)

/* [is A packed][rows] */
#define PLACE(rows)  [rows] = gemm_place_##rows,
#define PACKED(rows) [rows] = gemm_packed_##rows,
static gemm_tile_fn *const gemm_tiles[2][MR + 1] = {{TILES(PLACE)}, {TILES(PACKED)}};

#endif
