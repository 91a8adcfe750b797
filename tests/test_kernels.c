/*
 * Products, reductions and softmax of every table of kernels this machine can run, against plain
 * scalar code. A product is promised to be one chain of multiply-adds: it is compared to the bit.
 */
#include "kernel_numbers.h"

/* GEMM */

static void run_gemm(const tl_kernels *k, const tl_gemm *g, int parts)
{
	size_t bytes = k->gemm_workspace(g, parts);
	void *workspace = malloc(bytes);
	for (int part = parts - 1; part >= 0; part--)
		k->gemm(g, workspace, part, parts);
	free(workspace);
}

/* C = A B^T, all three without padding */
static tl_gemm transposed_product(int64_t m, int64_t n, int64_t k, void *a, void *b, void *c)
{
	return (tl_gemm){.m = m,
			 .n = n,
			 .k = k,
			 .a = a,
			 .a_row = k,
			 .a_col = 1,
			 .b = b,
			 .b_row = 1,
			 .b_col = k,
			 .c = c,
			 .c_row = n};
}

/* Whether the table's multiply-add rounds once: 1 + e times 1 - e, minus 1, is -e^2 or 0. */
static bool fuses(const tl_kernels *k, tl_dtype type)
{
	double e = type == TL_F32 ? 0x1p-20 : 0x1p-50;
	char a[8], b[8], c[8];
	put(type, a, 0, 1 + e);
	put(type, b, 0, 1 - e);
	put(type, c, 0, -1);
	tl_gemm g = transposed_product(1, 1, 1, a, b, c);
	g.accumulate = true;
	run_gemm(k, &g, 1);
	return get(type, c, 0) != 0;
}

static double multiply_add(tl_dtype type, bool fused, double a, double b, double c)
{
	if (type == TL_F64)
		return fused ? fma(a, b, c) : a * b + c;
	return fused ? (double)fmaf((float)a, (float)b, (float)c)
		     : (double)((float)a * (float)b + (float)c);
}

static void check_gemm(const tl_kernels *k, tl_dtype type, int64_t m, int64_t n, int64_t depth,
		       bool fused)
{
	bool a_trans = draw(2), b_trans = draw(2), packs = draw(2);
	int start = (int)draw(3), parts = 1 + (int)draw(4);
	int64_t a_pad = draw(3), b_pad = draw(3), c_row = n + (int64_t)draw(3);
	int64_t a_ld = (a_trans ? m : depth) + a_pad, b_ld = (b_trans ? depth : n) + b_pad;
	void *a = numbers(type, a_ld * (a_trans ? depth : m) - (m && depth ? a_pad : 0));
	void *b = numbers(type, b_ld * (b_trans ? n : depth) - (n && depth ? b_pad : 0));
	void *c = numbers(type, m * c_row), *before = copy_of(type, c, m * c_row);
	void *bias = numbers(type, n), *packed = malloc(k->pack_size(depth, n));
	tl_gemm g = {.m = m,
		     .n = n,
		     .k = depth,
		     .a = a,
		     .b = b,
		     .c = c,
		     .c_row = c_row,
		     .a_row = a_trans ? 1 : a_ld,
		     .a_col = a_trans ? a_ld : 1,
		     .b_row = b_trans ? 1 : b_ld,
		     .b_col = b_trans ? b_ld : 1,
		     .bias = start == 1 ? bias : NULL,
		     .accumulate = start == 2};

	if (packs) {
		for (int part = 0; part < parts; part++)
			k->pack(depth, n, b, g.b_row, g.b_col, packed, part, parts);
		g.packed = packed;
		g.b = NULL;
	}
	run_gemm(k, &g, parts);
	/* few rows by columns of B that lie as rows may be summed in another order */
	bool dots =
		(m <= TL_GEMM_FEW || n <= TL_GEMM_FEW) && g.b_row == 1 && g.a_col == 1 && !packs;
	dots |= strcmp(k->isa, "blas") == 0; /* which sums as it likes */
	for (int64_t i = 0; i < m; i++)
		for (int64_t j = 0; j < c_row; j++) {
			double size = 1, x = start == 0 ? 0
					     : start == 1 && j < n
						     ? get(type, bias, j)
						     : get(type, before, i * c_row + j);
			for (int64_t p = 0; p < depth && j < n; p++) {
				double ap = get(type, a, i * g.a_row + p * g.a_col);
				double bp = get(type, b, p * g.b_row + j * g.b_col);
				x = multiply_add(type, fused, ap, bp, x);
				size += fabs(ap * bp);
			}
			if (j >= n)
				x = get(type, before, i * c_row + j);
			assert_quick(
				same(x, get(type, c, i * c_row + j)) ||
					(dots && fabs(x - get(type, c, i * c_row + j)) <=
							 size * (type == TL_F64 ? 1e-14 : 5e-6)),
				"%s: %dx%dx%d at %d,%d: trans %d %d, packed %d, start %d, parts "
				"%d: %.9g is %.9g",
				k->isa, (int)m, (int)n, (int)depth, (int)i, (int)j, a_trans,
				b_trans, packs, start, parts, x, get(type, c, i * c_row + j));
		}
	free(a), free(b), free(c), free(before), free(bias), free(packed);
}

START_TEST(gemm_is_one_chain_over_k)
{
	static const int sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 13, 16, 17, 31, 33, 48, 65, 100};
	static const int long_sizes[][3] = {{1, 300, 700}, {300, 1, 513}, {130, 40, 300},
					    {257, 33, 64}, {3, 2100, 9},  {32, 70, 520},
					    {250, 5, 30},  {40, 2100, 2}, {0, 7, 3}};
	FOR_EACH_TABLE
	{
		bool fused = fuses(k, type);
		for (int i = 0; i < 400; i++)
			check_gemm(k, type, sizes[draw(16)], sizes[draw(16)], sizes[draw(16)],
				   fused);
		for (int i = 0; i < 36; i++)
			check_gemm(k, type, long_sizes[i % 9][0], long_sizes[i % 9][1],
				   long_sizes[i % 9][2], fused);
		for (int i = 0; i < 8 && strcmp(k->isa, "blas") == 0; i++)
			check_gemm(k, type, 520, 40, 1030, fused); /* what it is for */
	}
}
END_TEST

/* A part with a few rows of a product with more of them used panels that were not packed. */
START_TEST(gemm_parts_of_few_rows)
{
	FOR_EACH_TABLE
	{
		bool fused = fuses(k, type);
		for (int m = 5; m < 30; m++)
			for (int i = 0; i < 12; i++)
				check_gemm(k, type, m, 16 + (int64_t)draw(20), 1 + (int64_t)draw(5),
					   fused);
	}
}
END_TEST

/* Nor do dot products depend on how many share the work. */
START_TEST(dots_do_not_depend_on_parts)
{
	FOR_EACH_TABLE
	{
		enum { N = 75, K = 301 };
		void *a = numbers(type, 4 * K), *b = numbers(type, N * K);
		void *one = numbers(type, 4 * N), *many = numbers(type, 4 * N);
		for (int rows = 1; rows <= 4; rows++) {
			tl_gemm g = transposed_product(rows, N, K, a, b, one);
			run_gemm(k, &g, 1);
			g.c = many;
			run_gemm(k, &g, 3);
			ck_assert_mem_eq(one, many, (size_t)rows * N * tl_dtype_size(type));
		}
		free(a), free(b), free(one), free(many);
	}
}
END_TEST

START_TEST(gemm_rows_do_not_depend_on_the_batch)
{
	FOR_EACH_TABLE
	{
		enum { ROWS = 37, N = 75, K = 300 };
		void *a = numbers(type, ROWS * K), *b = numbers(type, N * K);
		void *all = numbers(type, ROWS * N), *one = numbers(type, N);
		tl_gemm g = transposed_product(ROWS, N, K, a, b, all);
		size_t size = tl_dtype_size(type);
		void *packed = malloc(k->pack_size(K, N));
		k->pack(K, N, b, 1, K, packed, 0, 1);
		g.packed = packed;
		run_gemm(k, &g, 2);
		for (int i = 0; i < ROWS; i++) {
			tl_gemm row = g;
			row.m = 1;
			row.a = (char *)a + (size_t)i * K * size;
			row.c = one;
			run_gemm(k, &row, 1);
			ck_assert_mem_eq(one, (char *)all + (size_t)i * N * size, N * size);
		}
		free(a), free(b), free(all), free(one), free(packed);
	}
}
END_TEST

/* Reductions */

static double reduced(tl_dtype type, tl_reduction how, const void *in, int64_t n, int64_t first,
		      int64_t stride)
{
	double r = how == TL_REDUCE_SUM ? 0 : how == TL_REDUCE_MAX ? -INFINITY : INFINITY;
	for (int64_t j = 0; j < n; j++) {
		double x = get(type, in, first + j * stride);
		if (how == TL_REDUCE_SUM)
			r += x;
		else if (x != x || (how == TL_REDUCE_MAX ? x > r : x < r))
			r = x;
	}
	return r;
}

static void check_reduce(const tl_kernels *k, tl_dtype type, int64_t outer, int64_t n,
			 int64_t inner)
{
	tl_reduction how = (tl_reduction)draw(3);
	bool accumulate = draw(2);
	int64_t results = outer * inner;
	size_t bytes = (size_t)results * tl_dtype_size(type);
	void *in = numbers(type, outer * n * inner), *before = numbers(type, results);
	void *whole = copy_of(type, before, results);

	if (outer * n * inner > 0 && draw(3) == 0)
		put(type, in, (int64_t)draw((uint64_t)(outer * n * inner)), NAN);
	k->reduce(how, outer, n, inner, in, whole, accumulate, 0, 1);
	for (int64_t r = 0; r < results; r++) {
		double x = reduced(type, how, in, n, r / inner * n * inner + r % inner, inner);
		double was = get(type, before, r), got = get(type, whole, r);
		double terms = (double)n + 1;
		if (accumulate && how == TL_REDUCE_SUM)
			x += was;
		else if (accumulate && !(x != x))
			x = how == TL_REDUCE_MAX ? fmax(x, was) : fmin(x, was);
		double close = (type == TL_F32 ? 0x1p-24 : 0x1p-53) * (40 + terms);
		assert_quick(same(x, got) || (how == TL_REDUCE_SUM && fabs(x - got) <= close * 8),
			     "%s: %d of %dx%dx%d at %d: %.17g is %.17g", k->isa, (int)how,
			     (int)outer, (int)n, (int)inner, (int)r, x, got);
	}
	for (int parts = 2; parts <= 4; parts++) {
		void *split = copy_of(type, before, results);
		for (int part = 0; part < parts; part++)
			k->reduce(how, outer, n, inner, in, split, accumulate, part, parts);
		ck_assert_mem_eq(split, whole, bytes);
		free(split);
	}
	free(in), free(before), free(whole);
}

START_TEST(reductions)
{
	static const int shapes[][3] = {{1, 1000, 1},  {5, 3000, 1}, {1, 500, 100}, {3, 70, 5},
					{1, 200, 600}, {7, 3, 300},  {4, 0, 6},     {0, 3, 3},
					{64, 10, 1},   {9, 0, 1},    {2, 65, 257}};
	FOR_EACH_TABLE
	for (int i = 0; i < 200; i++) {
		const int *shape = shapes[i % 11];
		if (i < 66)
			check_reduce(k, type, shape[0], shape[1], shape[2]);
		else
			check_reduce(k, type, (int64_t)draw(9), (int64_t)draw(80),
				     (int64_t)draw(40));
	}
}
END_TEST

/* Softmax */

static void check_row(const tl_kernels *k, tl_dtype type, const void *in, int64_t first,
		      int64_t cols, const void *soft, const void *log_soft, double lse)
{
	double most = -INFINITY, total = 0, close = type == TL_F32 ? 2e-6 : 1e-14;
	for (int64_t j = 0; j < cols; j++) {
		double x = get(type, in, first + j);
		most = x > most || x != x ? x : most;
	}
	for (int64_t j = 0; j < cols; j++)
		total += most == INFINITY ? get(type, in, first + j) == most
					  : exp(get(type, in, first + j) - most);
	double expect = isinf(most) ? most : most + log(total);
	assert_quick(same(lse, expect) || fabs(lse - expect) <= close * fmax(1, fabs(expect)),
		     "%s: logsumexp of %d: %.17g is %.17g", k->isa, (int)cols, expect, lse);
	for (int64_t j = 0; j < cols; j++) {
		double x = get(type, in, first + j);
		double d = most == INFINITY && x == most ? 0 : x - most; /* the limit */
		double s = exp(d) / total, l = d - log(total), got = get(type, soft, first + j);
		assert_quick(same(s, got) || fabs(s - got) <= close * s * fmax(1, fabs(x - most)),
			     "softmax %.9g is %.9g", s, got);
		got = get(type, log_soft, first + j);
		assert_quick(same(l, got) || fabs(l - got) <= close * fmax(1, fabs(l) + fabs(x)),
			     "log softmax %.9g is %.9g", l, got);
	}
}

START_TEST(softmax_and_its_logs)
{
	static const int shapes[][2] = {{3, 1},    {5, 0},   {4, 10}, {7, 33},
					{2, 1000}, {1, 256}, {0, 3}};
	FOR_EACH_TABLE
	for (int i = 0; i < 70; i++) {
		int64_t rows = shapes[i % 7][0], cols = shapes[i % 7][1];
		int parts = 1 + i % 4;
		void *in = numbers(type, rows * cols), *lse = numbers(type, rows);
		void *most = numbers(type, rows), *rest = numbers(type, rows);
		for (int64_t j = 0; j < rows * cols; j++)
			put(type, in, j, 20 * get(type, in, j));
		for (int64_t j = 0; i % 3 == 0 && rows && j < cols; j++)
			put(type, in, j, -INFINITY);
		if (i % 5 == 1 && rows * cols > 0)
			put(type, in, (int64_t)draw((uint64_t)(rows * cols)),
			    i % 2 ? NAN : INFINITY);
		void *soft = copy_of(type, in, rows * cols);
		void *log_soft = copy_of(type, in, rows * cols);
		for (int part = 0; part < parts; part++) {
			k->softmax(rows, cols, soft, soft, part, parts);
			k->log_softmax(rows, cols, log_soft, log_soft, part, parts);
			k->logsumexp(rows, cols, in, NULL, lse, part, parts);
			k->logsumexp(rows, cols, in, most, rest, part, parts);
		}
		for (int64_t r = 0; r < rows; r++)
			check_row(k, type, in, r * cols, cols, soft, log_soft, get(type, lse, r));
		for (int64_t r = 0; r < rows; r++) {
			double shift = get(type, most, r), left = get(type, rest, r);
			double whole = get(type, lse, r);
			/* of nothing but -Inf there is no rest */
			assert_quick(shift == -INFINITY
					     ? isnan(left) == (cols > 0)
					     : same(shift + left, whole) ||
						       fabs(shift + left - whole) <=
							       1e-6 * fmax(1, fabs(whole)),
				     "%s: %.9g + %.9g is not %.9g", k->isa, shift, left, whole);
		}
		free(in), free(lse), free(soft), free(log_soft), free(most), free(rest);
	}
}
END_TEST

SUITE("kernels", gemm_is_one_chain_over_k, gemm_parts_of_few_rows, dots_do_not_depend_on_parts,
      gemm_rows_do_not_depend_on_the_batch, reductions, softmax_and_its_logs)
