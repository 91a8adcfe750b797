/* What several runs have in common: medians and quantiles at each point. */
#include "base/memory.h"

#include <tapeloop/chart.h>

#include <math.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Of n sorted numbers the one at this share of the way. */
static double quantile(const double *x, int n, double share)
{
	double at = share * (n - 1);
	int k = (int)at;
	return k + 1 < n && at > k ? x[k] + (at - k) * (x[k + 1] - x[k]) : x[k];
}

tl_status tl_chart_band(const double *values, int runs, int count, double share, double *low,
			double *middle, double *high)
{
	if (!values || runs < 1 || count < 0 || !(share >= 0 && share <= 1) || !low || !middle ||
	    !high)
		return TL_ERROR_ARGUMENT;
	double *there = tl_alloc((size_t)runs * sizeof *there);
	if (!there)
		return TL_ERROR_MEMORY;
	for (int i = 0; i < count; i++) {
		int n = 0;
		for (int r = 0; r < runs; r++)
			if (!isnan(values[(size_t)r * (size_t)count + (size_t)i]))
				there[n++] = values[(size_t)r * (size_t)count + (size_t)i];
		qsort(there, (size_t)n, sizeof *there, by_size);
		low[i] = middle[i] = high[i] = NAN;
		if (!n || 2 * (int64_t)n < runs)
			continue;
		low[i] = quantile(there, n, 0.5 - share / 2);
		middle[i] = quantile(there, n, 0.5);
		high[i] = quantile(there, n, 0.5 + share / 2);
	}
	tl_free(there);
	return TL_OK;
}
