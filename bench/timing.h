/* Medians of repeated runs. */
#ifndef TL_BENCH_TIMING_H
#define TL_BENCH_TIMING_H

#include <stdlib.h>
#include <time.h>

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

static double median(double *time, int n)
{
	qsort(time, (size_t)n, sizeof *time, by_size);
	return time[n / 2];
}

/* Seconds of one call, median; three calls warm it up. */
__attribute__((unused)) static double median_time(void (*run)(void *), void *user, double budget)
{
	enum { MOST = 4096 };
	static double time[MOST];
	int n = 0;
	for (int i = 0; i < 3; i++)
		run(user);
	for (double end = seconds() + budget; n < MOST && (n < 5 || seconds() < end); n++) {
		double start = seconds();
		run(user);
		time[n] = seconds() - start;
	}
	return median(time, n);
}

#endif
