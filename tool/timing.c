/* How long things take. */
#define _POSIX_C_SOURCE 200809L
#include "timing.h"
#include "said.h"

#include <stdlib.h>
#include <time.h>

double now(void)
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

enum { MOST = 2000, LEAST = 5, WARM = 3 };

static double median(double *list, int n)
{
	qsort(list, (size_t)n, sizeof *list, by_size);
	return list[n / 2];
}

/* Rounds that were measured; time is [count][MOST]. */
static int measure(const timed *list, int count, double budget, double *time)
{
	int n = 0;
	for (int i = 0; i < WARM; i++)
		for (int k = 0; k < count; k++)
			list[k].run(list[k].user);
	for (double end = now() + budget;
	     n < MOST && (n < LEAST || now() < end) && !(n && interrupted()); n++)
		for (int i = 0; i < count; i++) {
			int k = n % 2 ? count - 1 - i : i;
			double start = now();
			list[k].run(list[k].user);
			time[k * MOST + n] = now() - start;
		}
	return n;
}

bool time_in_turn(timed *list, int count, double budget)
{
	double *time = malloc((size_t)(count + 1) * MOST * sizeof *time);
	if (!time) {
		say_error("out of memory");
		return false;
	}
	double *ratio = time + (size_t)count * MOST;
	int n = measure(list, count, budget, time);
	for (int k = 0; k < count; k++) {
		const double *beside =
			list[k].beside ? time + (list[k].beside - list) * MOST : NULL;
		for (int i = 0; beside && i < n; i++)
			ratio[i] = time[k * MOST + i] / beside[i];
		list[k].ratio = beside ? median(ratio, n) : 0;
	}
	for (int k = 0; k < count; k++) {
		list[k].seconds = median(time + (size_t)k * MOST, n);
		list[k].fastest = time[k * MOST];
		list[k].calls = n;
	}
	free(time);
	return true;
}
