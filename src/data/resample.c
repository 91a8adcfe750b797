/*
 * Samples at another rate (Smith & Gossett 1984): sample i lies at place i from / to of the given
 * ones, and is the sum of those around it, weighted by a sinc under a Hann window. Places repeat
 * their fraction after to / gcd samples, so there are few different rows of weights.
 */
#include "data/resample.h"
#include "base/memory.h"

#include <math.h>

enum { CROSSINGS = 16 };

static const double PI = 3.14159265358979323846;

static int64_t common(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

int64_t tl_resample_count(int64_t count, int from, int to)
{
	double n = ceil((double)count * (double)to / (double)from);
	return n < 9e15 ? (int64_t)n : INT64_MAX;
}

/* Of the given samples from `-reach` to `reach` of a place with this fraction; they add up to 1. */
static void fill_weights(float *w, int64_t reach, double fraction, double cutoff)
{
	double sum = 0;
	for (int round = 0; round < 2; round++)
		for (int64_t k = -reach; k <= reach; k++) {
			double t = ((double)k - fraction) * cutoff; /* in zero crossings */
			double sinc = t == 0 ? 1 : sin(PI * t) / (PI * t);
			double hann = fabs(t) < CROSSINGS ? 0.5 + 0.5 * cos(PI * t / CROSSINGS) : 0;
			if (round)
				w[k + reach] = (float)(sinc * hann / sum);
			else
				sum += sinc * hann;
		}
}

bool tl_resample(const float *samples, int64_t count, int from, int to, float *out)
{
	int64_t shared = common(from, to), phases = to / shared, step = from / shared;
	double cutoff = to < from ? (double)to / from : 1;
	int64_t reach = (int64_t)ceil(CROSSINGS / cutoff) + 1, width = 2 * reach + 1;
	float *weights = phases > 0 && phases < INT64_MAX / 8 / width
				 ? tl_alloc((size_t)(phases * width) * sizeof *weights)
				 : NULL;
	if (!weights)
		return false;
	for (int64_t p = 0; p < phases; p++)
		fill_weights(weights + p * width, reach,
			     (double)(p * step % phases) / (double)phases, cutoff);
	int64_t all = tl_resample_count(count, from, to);
	for (int64_t i = 0; i < all; i++) {
		int64_t place = i / phases * step + i % phases * step / phases;
		const float *w = weights + i % phases * width;
		int64_t first = place < reach ? -place : -reach;
		int64_t last = count - 1 - place < reach ? count - 1 - place : reach;
		double sum = 0;
		for (int64_t k = first; k <= last; k++)
			sum += (double)w[k + reach] * (double)samples[place + k];
		out[i] = (float)sum;
	}
	tl_free(weights);
	return true;
}
