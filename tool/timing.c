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

bool time_in_turn(timed *list, int count, double budget)
{
	enum { MOST = 2000, LEAST = 5, WARM = 3 };
	double *time = malloc((size_t)count * MOST * sizeof *time);
	int n = 0;
	if (!time) {
		say_error("out of memory");
		return false;
	}
	for (int i = 0; i < WARM; i++)
		for (int k = 0; k < count; k++)
			list[k].run(list[k].user);
	for (double end = now() + budget;
	     n < MOST && (n < LEAST || now() < end) && !(n && interrupted()); n++)
		for (int k = 0; k < count; k++) {
			double start = now();
			list[k].run(list[k].user);
			time[k * MOST + n] = now() - start;
		}
	for (int k = 0; k < count; k++) {
		qsort(time + (size_t)k * MOST, (size_t)n, sizeof *time, by_size);
		list[k].fastest = time[k * MOST];
		list[k].seconds = time[k * MOST + n / 2];
		list[k].calls = n;
	}
	free(time);
	return true;
}
