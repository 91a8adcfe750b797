/*
 * The best table of this machine with the system's CBLAS in the place of the products that it was
 * measured to win (bench_kernels). Against OpenBLAS 0.3.21 with AVX2 those are few: tall and deep
 * ones of a transposed A, which are the gradients of the weights of a narrow input (1024 x 128,
 * 3200 deep: 81 against 77 GFLOP/s). Against the plain table it is all that are not tiny (three
 * times as fast). What is packed is never its.
 *
 * A product is cut into pieces of its longer side in a way that does not depend on parts, so that
 * BLAS is asked for the same pieces whoever asks.
 */
#include "kernels/blas.h"
#include "kernels/tables.h"

#include <cblas.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

enum { PIECE = 512, TALL = 512, DEEP = 1024, LEAST_PLAIN = 16 };

static const tl_kernels *best[2];
static tl_kernels table[2];
static pthread_once_t filled = PTHREAD_ONCE_INIT;

/* A leading dimension as BLAS wants it: an int, and no less than the row that it steps over. */
static bool fits(int64_t rows, int64_t cols, int64_t row, int64_t col)
{
	int64_t step = col == 1 ? row : col;
	return step >= (col == 1 ? cols : rows) && step <= INT_MAX && rows <= INT_MAX &&
	       cols <= INT_MAX;
}

static bool wins(const tl_gemm *g, const tl_kernels *other)
{
	if (g->packed || !fits(g->m, g->k, g->a_row, g->a_col) ||
	    !fits(g->k, g->n, g->b_row, g->b_col) || !fits(g->m, g->n, g->c_row, 1))
		return false;
	if (strcmp(other->isa, "baseline") == 0)
		return g->m >= LEAST_PLAIN && g->n >= LEAST_PLAIN && g->k >= LEAST_PLAIN;
	return g->a_col != 1 && g->m >= TALL && g->m >= 4 * g->n && g->n >= LEAST_PLAIN &&
	       g->k >= DEEP;
}

static size_t workspace(const tl_gemm *g, int parts, int type)
{
	return wins(g, best[type]) ? 0 : best[type]->gemm_workspace(g, parts);
}

/* The rows of C from `row` on, m of them, and its n columns from `column` on. */
static void piece(const tl_gemm *g, int64_t row, int64_t m, int64_t column, int64_t n, int type)
{
	size_t size = type ? sizeof(double) : sizeof(float);
	const char *a = (const char *)g->a + (size_t)(row * g->a_row) * size;
	const char *b = (const char *)g->b + (size_t)(column * g->b_col) * size;
	char *c = (char *)g->c + (size_t)(row * g->c_row + column) * size;
	/* one of a matrix's strides is 1; the other is its leading dimension */
	enum CBLAS_TRANSPOSE a_turned = g->a_col == 1 ? CblasNoTrans : CblasTrans;
	enum CBLAS_TRANSPOSE b_turned = g->b_col == 1 ? CblasNoTrans : CblasTrans;
	int a_row = (int)(g->a_col == 1 ? g->a_row : g->a_col);
	int b_row = (int)(g->b_col == 1 ? g->b_row : g->b_col);
	int k = (int)g->k, c_row = (int)g->c_row;
	bool adds = g->accumulate || g->bias;

	for (int64_t i = 0; g->bias && !g->accumulate && i < m; i++)
		memcpy(c + (size_t)(i * g->c_row) * size,
		       (const char *)g->bias + (size_t)column * size, (size_t)n * size);
	if (type)
		cblas_dgemm(CblasRowMajor, a_turned, b_turned, (int)m, (int)n, k, 1,
			    (const double *)a, a_row, (const double *)b, b_row, adds, (double *)c,
			    c_row);
	else
		cblas_sgemm(CblasRowMajor, a_turned, b_turned, (int)m, (int)n, k, 1,
			    (const float *)a, a_row, (const float *)b, b_row, adds, (float *)c,
			    c_row);
}

static void gemm(const tl_gemm *g, void *room, int part, int parts, int type)
{
	if (!wins(g, best[type])) {
		best[type]->gemm(g, room, part, parts);
		return;
	}
	int64_t all = g->m > g->n ? g->m : g->n, pieces = (all + PIECE - 1) / PIECE;
	int64_t end = pieces * (part + 1) / parts;
	for (int64_t p = pieces * part / parts; p < end; p++) {
		int64_t first = p * PIECE, some = all - first < PIECE ? all - first : PIECE;
		if (g->m > g->n)
			piece(g, first, some, 0, g->n, type);
		else
			piece(g, 0, g->m, first, some, type);
	}
}

static size_t workspace_f32(const tl_gemm *g, int parts)
{
	return workspace(g, parts, 0);
}

static size_t workspace_f64(const tl_gemm *g, int parts)
{
	return workspace(g, parts, 1);
}

static void gemm_f32(const tl_gemm *g, void *room, int part, int parts)
{
	gemm(g, room, part, parts, 0);
}

static void gemm_f64(const tl_gemm *g, void *room, int part, int parts)
{
	gemm(g, room, part, parts, 1);
}

static void fill(void)
{
	for (int type = 0; type < 2; type++) {
		const tl_kernels *found[16];
		int count = tl_kernels_own(type ? TL_F64 : TL_F32, found, 16);
		best[type] = found[count - 1];
		table[type] = *best[type];
		table[type].isa = "blas";
	}
	table[0].gemm_workspace = workspace_f32;
	table[1].gemm_workspace = workspace_f64;
	table[0].gemm = gemm_f32;
	table[1].gemm = gemm_f64;
}

const tl_kernels *tl_kernels_blas(tl_dtype dtype)
{
	pthread_once(&filled, fill);
	return &table[dtype == TL_F64];
}
