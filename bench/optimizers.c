/*
 * A step of each kind of optimiser beside a memcpy of as many bytes: half of what the step reads
 * and writes together, on as many threads. Both in turn, of each the median.
 *
 *     bench_optimizers [kind ...]    all kinds of the library by default
 */
#include "base/team.h"

#include <tapeloop/tapeloop.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 15 };

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

typedef struct copy {
	char *to;
	const char *from;
	size_t bytes;
} copy;

static void copy_part(void *data, int part, int parts)
{
	const copy *c = data;
	size_t each = c->bytes / (size_t)parts / 64 * 64, at = each * (size_t)part;
	memcpy(c->to + at, c->from + at, part + 1 < parts ? each : c->bytes - at);
}

static void row(const char *text, int64_t n, int threads)
{
	tl_set_thread_count(threads);
	tl_params *set = tl_params_create(TL_F32);
	tl_params_add(set, "p", tl_dims(n), tl_init_uniform(-1, 1));
	tl_optimizer *o = tl_optimizer_create(set, text);
	float *g = tl_params_gradients(set, NULL);
	for (int64_t i = 0; i < n; i++)
		g[i] = (float)(i % 2003) / 1001 - 1;
	if (!o || tl_optimizer_step(o)) {
		printf("%s: %s\n", text, tl_optimizer_error(o));
		exit(1);
	}
	/* values and slots are read and written, gradients read twice */
	size_t arrays = 2 * (1 + (size_t)tl_optimizer_slot_count(o)) + 2;
	copy c = {.bytes = arrays * (size_t)n * sizeof(float) / 2};
	c.to = malloc(c.bytes);
	c.from = malloc(c.bytes);
	if (!c.to || !c.from)
		exit(1);
	memset(c.to, 1, c.bytes);
	memset((char *)c.from, 1, c.bytes);
	double step[ROUNDS], copied[ROUNDS];
	int times = (int)(20000000 / n) + 1;
	for (int r = 0; r < ROUNDS; r++) {
		double start = seconds();
		for (int k = 0; k < times; k++)
			tl_optimizer_step(o);
		double middle = seconds();
		for (int k = 0; k < times; k++)
			tl_team_run(n > 100000 ? threads : 1, copy_part, &c);
		step[r] = (middle - start) / times;
		copied[r] = (seconds() - middle) / times;
	}
	qsort(step, ROUNDS, sizeof *step, by_size);
	qsort(copied, ROUNDS, sizeof *copied, by_size);
	printf("%-28s %10lld %2d  %10.1f us %10.1f us  %5.2f\n", text, (long long)n, threads,
	       1e6 * step[ROUNDS / 2], 1e6 * copied[ROUNDS / 2],
	       step[ROUNDS / 2] / copied[ROUNDS / 2]);
	free(c.to);
	free((char *)c.from);
	tl_optimizer_destroy(o);
	tl_params_destroy(set);
}

int main(int count, char **names)
{
	static const int64_t sizes[] = {16 << 10, 1 << 20, 25000000};
	printf("%-28s %10s %2s  %13s %13s  %s\n", "optimiser", "values", "on", "step", "memcpy",
	       "ratio");
	for (int k = 1; k < count || (count == 1 && k <= tl_optimizer_kind_count()); k++)
		for (int s = 0; s < 3; s++)
			for (int threads = 1; threads <= 2; threads++)
				row(count > 1 ? names[k] : tl_optimizer_kind_at(k - 1)->name,
				    sizes[s], threads);
	return 0;
}
