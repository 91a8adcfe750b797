/*
 * Times every table of kernels this machine can run, one beside the other, and the system's CBLAS
 * on the same products where there is one. All run in turn on one thread, round by round, so that
 * whatever else the machine does meets each of them alike; of each the median is printed.
 *
 *     bench_kernels [-d] [name ...]    -d: in double; names: lines that contain one of these
 */
#include "kernels/kernels.h"
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef TL_BENCH_BLAS
#include <cblas.h>
/* of OpenBLAS alone */
extern void openblas_set_num_threads(int) __attribute__((weak));
#endif

enum { TABLES = 8, ROUNDS = 31, LEAST_NS = 1000 * 1000 };

static tl_dtype type = TL_F32;

/* The time this thread ran, whatever ran between: other jobs cost only the caches they take. */
static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Memory for so many numbers, filled with small ones; on a cache line. */
static void *numbers(int64_t n)
{
	size_t bytes = ((size_t)n * tl_dtype_size(type) + 63) / 64 * 64 + 64;
	void *p = aligned_alloc(64, bytes);
	if (!p)
		exit(1);
	memset(p, 0, bytes);
	for (int64_t i = 0; i < n; i++) {
		double x = (double)(i * 7919 % 2003) / 1001 - 1;
		if (type == TL_F32)
			((float *)p)[i] = (float)x;
		else
			((double *)p)[i] = x;
	}
	return p;
}

/* One thing to time: the same work by one table. A table of NULL is the system's CBLAS. */
typedef struct job {
	const tl_kernels *table;
	void (*run)(const struct job *j);
	const void *what;
	void *a, *b, *c, *packed, *workspace;
	double time[ROUNDS];
	int repeats;
} job;

static double once(const job *j)
{
	double start = seconds();
	for (int i = 0; i < j->repeats; i++)
		j->run(j);
	return (seconds() - start) / j->repeats;
}

/* Medians of all jobs, in seconds of a call. */
static void time_all(job *j, int count, double *median)
{
	for (int i = 0; i < count; i++) {
		j[i].repeats = 1;
		while (once(&j[i]) * j[i].repeats * 1e9 < LEAST_NS)
			j[i].repeats *= 2;
	}
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < count; i++)
			j[i].time[round] = once(&j[i]);
	for (int i = 0; i < count; i++) {
		qsort(j[i].time, ROUNDS, sizeof(double), by_size);
		median[i] = j[i].time[ROUNDS / 2];
	}
}

static int tables(const tl_kernels **table)
{
	return tl_kernels_all(type, table, TABLES);
}

static void head(const char *unit, bool blas)
{
	const tl_kernels *table[TABLES];
	printf("\n%-34s", unit);
	for (int i = 0, count = tables(table); i < count; i++)
		printf(" %9s", table[i]->isa);
	printf("%s\n", blas ? "      blas" : "");
}

/* Products */

typedef struct shape {
	const char *why;
	int m, n, k;
	bool a_turned, b_turned, packed;
} shape;

static const shape shapes[] = {
	{"step: h W", 32, 1024, 256, false, false, true},
	{"step: dgates W^T", 32, 256, 1024, false, true, true},
	{"step, unpacked", 32, 1024, 256, false, false, false},
	{"all steps: x W", 3200, 1024, 128, false, false, false},
	{"all steps: x W^T", 3200, 1024, 128, false, true, false},
	{"all steps: dgates W^T", 3200, 128, 1024, false, true, false},
	{"dW of h", 256, 1024, 3200, true, false, false},
	{"dW^T of h", 1024, 256, 3200, true, false, false},
	{"dW^T of x", 1024, 128, 3200, true, false, false},
	{"step H512", 32, 2048, 512, false, false, true},
	{"step H512 back", 32, 512, 2048, false, true, true},
	{"step H512 B64", 64, 2048, 512, false, false, true},
	{"dW H512", 512, 2048, 3200, true, false, false},
	{"step H1024", 32, 4096, 1024, false, false, true},
	{"step H64 B4", 4, 256, 64, false, false, true},
	{"step H64 B4, unpacked", 4, 256, 64, false, false, false},
	{"step H32 B1", 1, 128, 32, false, false, true},
	{"step H32 B1, unpacked", 1, 128, 32, false, false, false},
	{"token H256", 1, 1024, 256, false, false, true},
	{"token H256 W^T, unpacked", 1, 1024, 256, false, true, false},
	{"H100 B20", 20, 400, 100, false, false, true},
	{"square", 256, 256, 256, false, false, false},
	{"square", 1024, 1024, 1024, false, false, false},
	{"square", 2048, 2048, 2048, false, false, false},
};

static void run_gemm(const job *j)
{
	const shape *s = j->what;
	tl_gemm g = {.m = s->m,
		     .n = s->n,
		     .k = s->k,
		     .a = j->a,
		     .a_row = s->a_turned ? 1 : s->k,
		     .a_col = s->a_turned ? s->m : 1,
		     .b = j->b,
		     .b_row = s->b_turned ? 1 : s->n,
		     .b_col = s->b_turned ? s->k : 1,
		     .packed = j->packed,
		     .c = j->c,
		     .c_row = s->n};
	j->table->gemm(&g, j->workspace, 0, 1);
}

#ifdef TL_BENCH_BLAS
static void run_blas(const job *j)
{
	const shape *s = j->what;
	enum CBLAS_TRANSPOSE a = s->a_turned ? CblasTrans : CblasNoTrans;
	enum CBLAS_TRANSPOSE b = s->b_turned ? CblasTrans : CblasNoTrans;
	int a_row = s->a_turned ? s->m : s->k, b_row = s->b_turned ? s->k : s->n;
	if (type == TL_F32)
		cblas_sgemm(CblasRowMajor, a, b, s->m, s->n, s->k, 1, j->a, a_row, j->b, b_row, 0,
			    j->c, s->n);
	else
		cblas_dgemm(CblasRowMajor, a, b, s->m, s->n, s->k, 1, j->a, a_row, j->b, b_row, 0,
			    j->c, s->n);
}
#endif

static void time_product(const shape *s)
{
	const tl_kernels *table[TABLES];
	job j[TABLES + 1] = {0};
	double median[TABLES + 1];
	char name[80];
	int count = tables(table), jobs = count;
	void *a = numbers((int64_t)s->m * s->k), *b = numbers((int64_t)s->k * s->n);
	void *c = numbers((int64_t)s->m * s->n);
	bool owns[TABLES + 1] = {0};

	snprintf(name, sizeof name, "%dx%dx%d%s%s %s", s->m, s->n, s->k, s->a_turned ? " a^T" : "",
		 s->b_turned ? " b^T" : "", s->why);
	for (int i = 0; i < count; i++) {
		const tl_kernels *k = table[i];
		j[i] = (job){.table = k, .run = run_gemm, .what = s, .a = a, .b = b, .c = c};
		if (s->packed) {
			j[i].packed = aligned_alloc(64, (k->pack_size(s->k, s->n) + 63) / 64 * 64);
			k->pack(s->k, s->n, b, s->b_turned ? 1 : s->n, s->b_turned ? s->k : 1,
				j[i].packed, 0, 1);
		}
		tl_gemm g = {.m = s->m,
			     .n = s->n,
			     .k = s->k,
			     .a_row = s->a_turned ? 1 : s->k,
			     .a_col = s->a_turned ? s->m : 1,
			     .b_row = s->b_turned ? 1 : s->n,
			     .b_col = s->b_turned ? s->k : 1,
			     .packed = j[i].packed};
		j[i].workspace = malloc(k->gemm_workspace(&g, 1) + 1);
		owns[i] = true;
	}
#ifdef TL_BENCH_BLAS
	j[jobs++] = (job){.run = run_blas, .what = s, .a = a, .b = b, .c = c};
#endif
	if (is_wanted(name)) {
		time_all(j, jobs, median);
		printf("%-34s", name);
		for (int i = 0; i < jobs; i++)
			printf(" %9.1f", 2e-9 * s->m * s->n * s->k / median[i]);
		printf("\n");
		fflush(stdout);
	}
	for (int i = 0; i < jobs; i++)
		if (owns[i])
			free(j[i].packed), free(j[i].workspace);
	free(a), free(b), free(c);
}

/* Elementwise steps, reductions and the rest: arrays that fit in L1 or just do not, as in nets */

enum { ROWS = 32, COLS = 256, CLASSES = 100, DEEP = 3200 };

static const tl_strip_memory dense[] = {{TL_F32, {0, 0, COLS, 1}}, {TL_F32, {0, 0, COLS, 1}},
					{TL_F32, {0, 0, COLS, 1}}, {TL_F32, {0, 0, COLS, 1}},
					{TL_F32, {0, 0, COLS, 1}}, {TL_F32, {0, 0, COLS, 1}},
					{TL_F32, {0, 0, COLS, 1}}};

#define UNARY(OP)                                                                                  \
	{                                                                                          \
		{                                                                                  \
			.op = TL_STRIP_##OP, .to = 1, .from = { 0 }                                \
		}                                                                                  \
	}
#define BINARY(OP)                                                                                 \
	{                                                                                          \
		{                                                                                  \
			.op = TL_STRIP_##OP, .to = 2, .from = { 0, 1 }                             \
		}                                                                                  \
	}

static const tl_strip_step exp_steps[] = UNARY(exp), log_steps[] = UNARY(log),
			   tanh_steps[] = UNARY(tanh), sigmoid_steps[] = UNARY(sigmoid),
			   softplus_steps[] = UNARY(softplus), sqrt_steps[] = UNARY(sqrt),
			   sin_steps[] = UNARY(sin), add_steps[] = BINARY(add),
			   div_steps[] = BINARY(div);

/* c' = sigmoid(f) c + sigmoid(i) tanh(g), h = sigmoid(o) tanh(c'): 0..4 are i f g o c, 5 c', 6 h */
static const tl_strip_step lstm_steps[] = {
	{.op = TL_STRIP_sigmoid, .to = 7, .from = {0}},
	{.op = TL_STRIP_sigmoid, .to = 8, .from = {1}},
	{.op = TL_STRIP_tanh, .to = 9, .from = {2}},
	{.op = TL_STRIP_sigmoid, .to = 10, .from = {3}},
	{.op = TL_STRIP_mul, .to = 8, .from = {8, 4}},
	{.op = TL_STRIP_mul, .to = 7, .from = {7, 9}},
	{.op = TL_STRIP_add, .to = 5, .from = {8, 7}},
	{.op = TL_STRIP_tanh, .to = 9, .from = {5}},
	{.op = TL_STRIP_mul, .to = 6, .from = {10, 9}},
};

typedef struct element_case {
	const char *name;
	void (*run)(const job *j);
	const tl_strip_step *step;
	int steps, memories, registers;
	int64_t elements;
} element_case;

static tl_strip_memory memory_of_type[7];

static tl_strip strip_of(const element_case *e)
{
	return (tl_strip){.dim = {1, 1, ROWS, COLS},
			  .memories = e->memories,
			  .registers = e->registers,
			  .steps = e->steps,
			  .memory = memory_of_type,
			  .step = e->step};
}

static void run_strip(const job *j)
{
	const element_case *e = j->what;
	tl_strip s = strip_of(e);
	void *base[7];
	for (int i = 0; i < 7; i++)
		base[i] = (char *)j->a + (size_t)(i * (ROWS * COLS + 64)) * tl_dtype_size(type);
	j->table->strip(&s, base, NULL, j->workspace, 0, 1);
}

static void run_softmax(const job *j)
{
	j->table->softmax(ROWS * COLS / CLASSES, CLASSES, j->a, j->c, 0, 1);
}

static void run_log_softmax(const job *j)
{
	j->table->log_softmax(ROWS * COLS / CLASSES, CLASSES, j->a, j->c, 0, 1);
}

static void run_logsumexp(const job *j)
{
	j->table->logsumexp(ROWS * COLS / CLASSES, CLASSES, j->a, NULL, j->c, 0, 1);
}

static void run_sum_rows(const job *j)
{
	j->table->reduce(TL_REDUCE_SUM, ROWS, COLS, 1, j->a, j->c, false, 0, 1);
}

static void run_sum_all(const job *j)
{
	j->table->reduce(TL_REDUCE_SUM, 1, ROWS * COLS, 1, j->a, j->c, false, 0, 1);
}

static void run_sum_columns(const job *j)
{
	j->table->reduce(TL_REDUCE_SUM, 1, ROWS, COLS, j->a, j->c, false, 0, 1);
}

static void run_sum_deep(const job *j)
{
	j->table->reduce(TL_REDUCE_SUM, 1, DEEP, COLS, j->b, j->c, false, 0, 1);
}

static void run_max_rows(const job *j)
{
	j->table->reduce(TL_REDUCE_MAX, ROWS, COLS, 1, j->a, j->c, false, 0, 1);
}

static void run_pack(const job *j)
{
	j->table->pack(DEEP, COLS, j->b, COLS, 1, j->packed, 0, 1);
}

static void run_pack_turned(const job *j)
{
	j->table->pack(DEEP, COLS, j->b, 1, DEEP, j->packed, 0, 1);
}

#define STRIP(name, memories, registers)                                                           \
	{                                                                                          \
		"strip: " #name, run_strip, name##_steps,                                          \
			sizeof name##_steps / sizeof *name##_steps, memories, registers,           \
			ROWS *COLS                                                                 \
	}
#define OTHER(name, run, elements)                                                                 \
	{                                                                                          \
		name, run, NULL, 0, 0, 0, elements                                                 \
	}

static const element_case elements[] = {
	STRIP(exp, 2, 0),
	STRIP(tanh, 2, 0),
	STRIP(sigmoid, 2, 0),
	STRIP(log, 2, 0),
	STRIP(softplus, 2, 0),
	STRIP(sqrt, 2, 0),
	STRIP(sin, 2, 0),
	STRIP(add, 3, 0),
	STRIP(div, 3, 0),
	STRIP(lstm, 7, 4),
	OTHER("softmax of 100", run_softmax, ROWS *COLS),
	OTHER("log_softmax of 100", run_log_softmax, ROWS *COLS),
	OTHER("logsumexp of 100", run_logsumexp, ROWS *COLS),
	OTHER("sum of rows of 256", run_sum_rows, ROWS *COLS),
	OTHER("sum of all 8192", run_sum_all, ROWS *COLS),
	OTHER("sum of columns of 32", run_sum_columns, ROWS *COLS),
	OTHER("sum of columns of 3200", run_sum_deep, DEEP *COLS),
	OTHER("max of rows of 256", run_max_rows, ROWS *COLS),
	OTHER("pack 3200x256", run_pack, DEEP *COLS),
	OTHER("pack 3200x256 turned", run_pack_turned, DEEP *COLS),
};

static void time_elements(const element_case *e)
{
	const tl_kernels *table[TABLES];
	job j[TABLES] = {0};
	double median[TABLES];
	int count = tables(table);
	if (!is_wanted(e->name))
		return;
	void *a = numbers(7 * (ROWS * COLS + 64)), *b = numbers(DEEP * COLS);
	void *c = numbers(ROWS * COLS);
	tl_strip s = strip_of(e);
	for (int i = 0; i < count; i++) {
		j[i] = (job){.table = table[i], .run = e->run, .what = e, .a = a, .b = b, .c = c};
		j[i].workspace = malloc(table[i]->strip_workspace(&s) + 1);
		j[i].packed = aligned_alloc(64, (table[i]->pack_size(DEEP, COLS) + 63) / 64 * 64);
	}
	time_all(j, count, median);
	printf("%-34s", e->name);
	for (int i = 0; i < count; i++)
		printf(" %9.3f", median[i] * 1e9 / (double)e->elements);
	printf("\n");
	fflush(stdout);
	for (int i = 0; i < count; i++)
		free(j[i].workspace), free(j[i].packed);
	free(a), free(b), free(c);
}

int main(int argc, char **argv)
{
	bool blas = false, in_double = argc > 1 && strcmp(argv[1], "-d") == 0;
	if (in_double)
		type = TL_F64;
	want_rows(argc - 1 - in_double, argv + 1 + in_double);
#ifdef TL_BENCH_BLAS
	blas = true;
	if (openblas_set_num_threads)
		openblas_set_num_threads(1);
#endif
	memcpy(memory_of_type, dense, sizeof dense);
	for (int i = 0; i < 7; i++)
		memory_of_type[i].dtype = type;
	head("GFLOP/s", blas);
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		time_product(&shapes[i]);
	head("ns an element", false);
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		time_elements(&elements[i]);
	return 0;
}
