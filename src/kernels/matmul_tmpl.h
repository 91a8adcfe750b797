/*
 * C = A B around the inner kernel: which parts of A and B are copied, in which order blocks come.
 *
 * But for dot products (dots_tmpl.h), every element of C is one chain of multiply-adds over
 * p = 0 .. k-1 that starts from 0, the bias or C itself; a block boundary in k stores the chain and
 * picks it up again. Blocking, packing, tile shapes, parts and the other rows therefore never
 * change a bit of the result.
 */
#ifndef TL_KERNELS_MATMUL_TMPL_H
#define TL_KERNELS_MATMUL_TMPL_H

#include "kernels/kernels.h"
#include "kernels/dots_tmpl.h"
#include "kernels/pack_tmpl.h"

enum {
	BLOCK_K = 4096 / (int)sizeof(REAL), /* rows of a panel of B */
	BLOCK_M = 120, /* rows of A that pass over one block of B; half as many of long ones, so
			  that they stay in half of a small L2 */
	BLOCK_B = 4096 * 1024 / (int)sizeof(REAL), /* what is packed of B at a time: some of L3 */
	DIRECT_M = 2 * MR /* up to so many rows, B is cheaper to read in place than to pack */
};

/* The product as it is computed: the caller's, or its transpose when C is tall and narrow. */
typedef struct product {
	int64_t m, n, k;
	const REAL *a, *b, *packed;
	int64_t a_row, a_col, b_row, b_col;
	REAL *c;
	int64_t c_row, c_col;
	const REAL *start; /* the bias or C, or NULL */
	int64_t start_row, start_col;

	bool pack_a, pack_b, split_n;
	bool plain; /* C and its start are rows of neighbours: tiles need no detour */
	bool keep;  /* B's packed block is used by several blocks of A */
	int64_t block_m, block_n, block_k;
	int64_t group; /* columns of B packed together */
	REAL *a_packed, *b_packed;
} product;

INLINE int64_t balanced(int64_t n, int64_t most, int64_t grain)
{
	if (n <= most) /* small products would mind the divisions */
		return round_up(n, grain);
	int64_t blocks = (n + most - 1) / most;
	return round_up((n + blocks - 1) / blocks, grain);
}

static product product_of(const tl_gemm *g, int parts)
{
	product p = {.m = g->m,
		     .n = g->n,
		     .k = g->k,
		     .a = g->a,
		     .b = g->b,
		     .packed = g->packed,
		     .a_row = g->a_row,
		     .a_col = g->a_col,
		     .b_row = g->b_row,
		     .b_col = g->b_col,
		     .c = g->c,
		     .c_row = g->c_row,
		     .c_col = 1,
		     .start = g->accumulate ? g->c : g->bias,
		     .start_row = g->accumulate ? g->c_row : 0,
		     .start_col = 1};
	if (!g->packed && 2 * p.n <= NR && p.m >= NR) { /* C^T = B^T A^T fills the vectors */
		p.m = g->n, p.n = g->m;
		p.a = g->b, p.a_row = g->b_col, p.a_col = g->b_row;
		p.b = g->a, p.b_row = g->a_col, p.b_col = g->a_row;
		p.c_row = 1, p.c_col = g->c_row;
		p.start_col = p.start_row, p.start_row = 1;
	}
	p.plain = p.c_col == 1 && (!p.start || p.start_col == 1);
	p.pack_a = p.a_col != 1 && p.k > 1;
	p.pack_b = !p.packed && (p.b_col != 1 || p.m > DIRECT_M);
	p.group = p.b_col == 1 || p.m <= MR ? GROUP * NR : NR;

	int64_t panels = (p.n + NR - 1) / NR, tiles = (p.m + MR - 1) / MR;
	p.split_n = p.n >= p.m ? panels >= parts : tiles < parts;
	int64_t m = p.split_n ? p.m : (tiles + parts - 1) / parts * MR;
	int64_t n = p.split_n ? (panels + parts - 1) / parts * NR : p.n;
	p.block_k = balanced(p.k, BLOCK_K, 1);
	p.block_m = balanced(m, 2 * p.block_k > BLOCK_K ? BLOCK_M / 2 : BLOCK_M, MR);
	p.keep = m > p.block_m;
	p.block_n = !p.pack_b || n * p.block_k <= BLOCK_B
			    ? round_up(n, NR)
			    : balanced(n, BLOCK_B / p.block_k / NR * NR, NR);
	return p;
}

/* Numbers of scratch memory for the blocks of A and B. */
INLINE int64_t a_room(const product *p)
{
	return p->pack_a ? round_up((p->block_m) * p->block_k, CACHE_LINE) : 0;
}

INLINE int64_t b_room(const product *p)
{
	int64_t columns = p->packed ? 0 : p->keep ? p->block_n : p->pack_b ? p->group : NR;
	return round_up(columns * p->block_k, CACHE_LINE);
}

static size_t gemm_workspace(const tl_gemm *g, int parts)
{
	if (are_dots(g))
		return 0;
	product p = product_of(g, parts);
	size_t numbers = (size_t)(a_room(&p) + b_room(&p));
	return numbers ? numbers * sizeof(REAL) + CACHE_LINE : 0;
}

/* A tile that is narrower than a panel, or whose C is not made of rows: by way of a whole one. */
static void tile_through(const product *p, gemm_tile t, int rows, int64_t columns,
			 int64_t start_col, gemm_tile_fn *run)
{
	REAL whole[MR * NR] = {0};
	REAL *c = t.c;
	int64_t c_row = t.c_row;

	if (t.start) {
		for (int64_t i = 0; i < rows; i++)
			for (int64_t j = 0; j < columns; j++)
				whole[i * NR + j] = t.start[i * t.start_row + j * start_col];
	}
	t.start = t.c = whole;
	t.start_row = t.c_row = NR;
	run(&t, false);
	for (int64_t i = 0; i < rows; i++)
		for (int64_t j = 0; j < columns; j++)
			c[i * c_row + j * p->c_col] = whole[i * NR + j];
}

/* Where a tile of the block of C at (row, column), k0 deep, reads and writes. */
typedef struct gemm_block {
	int64_t row, rows, column, columns, k0, k;
} gemm_block;

/* How many rows the tiles of a block have: `taller` of them one more than `height`. */
INLINE void tile_heights(int64_t rows, int64_t *height, int64_t *taller)
{
	int64_t tiles = (rows + MR - 1) / MR;
	*height = tiles == 1 ? rows : rows / tiles;
	*taller = rows - tiles * *height;
}

/* A few columns of all tiles before the next ones: rows are neighbours in A, columns far apart. */
static void pack_block(const product *p, const gemm_block *z)
{
	int64_t height, taller;
	tile_heights(z->rows, &height, &taller);
	for (int64_t k = 0, some; k < z->k; k += some) {
		const REAL *a = p->a + z->row * p->a_row + (z->k0 + k) * p->a_col;
		int64_t left = taller;
		some = min_i64(PACK_COLUMNS, z->k - k);
		for (int64_t i = 0, rows; i < z->rows; i += rows) {
			rows = height + (left-- > 0);
			pack_tile(rows, some, a + i * p->a_row, p->a_row, p->a_col,
				  p->a_packed + i * z->k + k * rows);
		}
	}
}

/*
 * Meanwhile the panel after this one comes nearer, a share of it with every tile: the first tile of
 * a panel would wait for what is left in L3. The last panel of a block asks for itself. Returns
 * from one share to the next: of a panel in place, whose lines are far apart, every tile asks for
 * all.
 */
INLINE int64_t look_ahead(const gemm_block *z, int64_t column, gemm_tile *t)
{
	bool last = column + NR >= z->column + z->columns, in_place = t->b_panel == NR;
	int64_t line = t->b_row * (int64_t)sizeof(REAL);

	t->next = (const char *)(last ? t->b : t->b + t->b_panel);
	t->next_step = in_place || z->rows <= MR ? line : line / ((z->rows + MR - 1) / MR);
	return in_place ? 0 : t->next_step * t->k;
}

/* One or a few panels of B against all tiles of a block of A. */
static void run_panels(const product *p, const gemm_block *z, gemm_tile t, int64_t column,
		       bool wide)
{
	int64_t height, taller, columns = min_i64(NR, p->n - column);
	bool first = z->k0 == 0, whole = p->plain && columns == NR;
	const REAL *start = first ? p->start : p->c;
	int64_t start_row = first ? p->start_row : p->c_row;
	int64_t start_col = first ? p->start_col : p->c_col;

	tile_heights(z->rows, &height, &taller);
	t.k = z->k;
	t.a_row = p->a_row;
	const int64_t ahead = look_ahead(z, column, &t);
	t.start_row = start_row;
	t.c_row = p->c_row;
	for (int64_t i = 0, rows; i < z->rows; i += rows) {
		rows = height + (taller-- > 0);
		int64_t row = z->row + i;
		gemm_tile_fn *run = gemm_tiles[p->pack_a][rows];
		t.a = p->pack_a ? p->a_packed + i * z->k : p->a + row * p->a_row + z->k0 * p->a_col;
		t.start = start ? start + row * start_row + column * start_col : NULL;
		t.c = p->c + row * p->c_row + column * p->c_col;
		if (whole)
			run(&t, wide);
		else
			tile_through(p, t, (int)rows, columns, start_col, run);
		t.next += ahead;
	}
}

/* The panels of B from `column` on, in place or packed, and packed now if nothing else did. */
static void find_panels(const product *p, const gemm_block *z, int64_t column, bool fresh,
			gemm_tile *t)
{
	int64_t left = z->column + z->columns - column, at = column - z->column;
	const REAL *b = p->packed ? NULL : p->b + z->k0 * p->b_row + column * p->b_col;

	t->b_row = NR;
	t->b_panel = NR * z->k;
	if (p->packed) {
		t->b = p->packed + column * p->k + z->k0 * NR;
		t->b_panel = NR * p->k;
	} else if (p->pack_b) {
		REAL *to = p->b_packed + (p->keep ? at : at % p->group) * z->k;
		t->b = to;
		if (fresh && at % p->group == 0)
			pack_panels(z->k, min_i64(p->group, left), b, p->b_row, p->b_col, to,
				    t->b_panel);
	} else if (left < NR) {
		t->b = p->b_packed;
		pack_panels(z->k, left, b, p->b_row, p->b_col, p->b_packed, t->b_panel);
	} else {
		t->b = b;
		t->b_row = p->b_row;
		t->b_panel = NR;
	}
}

/* A block of C, as many panels at a time as a tile is wide. */
static void run_block(const product *p, const gemm_block *z, bool fresh)
{
	/* a part may have fewer rows than what was decided for all: panels packed singly are used
	 * so */
	bool single = fresh && p->pack_b && p->group == NR;
	int64_t wide = z->rows <= MR && p->plain && !single ? PANELS(z->rows) : 1;

	for (int64_t j = 0, panels; j < z->columns; j += panels * NR) {
		gemm_tile t;
		panels = j + wide * NR <= z->columns ? wide : 1;
		find_panels(p, z, z->column + j, fresh, &t);
		run_panels(p, z, t, z->column + j, panels > 1);
	}
}

static void gemm(const tl_gemm *g, void *workspace, int part, int parts)
{
	if (are_dots(g)) {
		int64_t first, end;
		dot_rows d = dots_of(g);
		share(d.n, DOT_SUMS, part, parts, &first, &end);
		dots(&d, first, end);
		return;
	}
	product p = product_of(g, parts);
	if (!p.k) { /* then there is nothing to read or to pack, and pointers may be NULL */
		p.a = p.b = workspace = p.c;
		p.a_row = p.b_col = 0;
	}
	int64_t row = 0, row_end = p.m, column = 0, column_end = p.n;

	if (p.split_n)
		share(p.n, NR, part, parts, &column, &column_end);
	else
		share(p.m, MR, part, parts, &row, &row_end);
	if (row >= row_end || column >= column_end)
		return;
	p.a_packed = (REAL *)align_up(workspace);
	p.b_packed = a_room(&p) ? p.a_packed + a_room(&p) : p.a_packed;

	for (int64_t j = column; j < column_end; j += p.block_n) {
		gemm_block z = {.column = j, .columns = min_i64(p.block_n, column_end - j)};
		do { /* once even when k is 0 */
			z.k = min_i64(p.block_k, p.k - z.k0);
			for (z.row = row; z.row < row_end; z.row += z.rows) {
				z.rows = min_i64(p.block_m, row_end - z.row);
				if (p.pack_a)
					pack_block(&p, &z);
				run_block(&p, &z, z.row == row);
			}
			z.k0 += z.k;
		} while (z.k0 < p.k);
	}
}

#endif
