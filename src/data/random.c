/* Random numbers for users: a counter over the streams of base/random.h. */
#include "base/random.h"

#include <tapeloop/random.h>

#include <math.h>

tl_random tl_random_stream(uint64_t seed, uint64_t number)
{
	return (tl_random){.seed = tl_random_bits(seed, number)};
}

uint64_t tl_random_next(tl_random *r)
{
	return r ? tl_random_bits(r->seed, r->counter++) : 0;
}

double tl_random_uniform(tl_random *r)
{
	return r ? tl_random_unit(r->seed, r->counter++) : 0;
}

/* Box and Muller: one number from two uniform ones. */
double tl_random_normal(tl_random *r)
{
	double u = 1 - tl_random_uniform(r), v = tl_random_uniform(r);
	return r ? sqrt(-2 * log(u)) * cos(6.283185307179586 * v) : 0;
}

/* 2^64 is no multiple of n: the few lowest numbers, that many would be too often, are drawn again.
 */
int64_t tl_random_below(tl_random *r, int64_t n)
{
	if (!r || n < 1)
		return 0;
	uint64_t bound = (uint64_t)n, least = (0 - bound) % bound, x;
	do
		x = tl_random_next(r);
	while (x < least);
	return (int64_t)(x % bound);
}

int64_t tl_random_choice(tl_random *r, const double *weights, int64_t n)
{
	double all = 0;
	int64_t last = -1;
	for (int64_t i = 0; weights && i < n; i++) {
		if (!(weights[i] >= 0))
			return -1;
		all += weights[i];
		last = weights[i] > 0 ? i : last;
	}
	if (!r || !isfinite(all) || last < 0)
		return -1;
	double left = all * tl_random_uniform(r);
	for (int64_t i = 0; i < last; i++) {
		left -= weights[i];
		if (left < 0)
			return i;
	}
	return last;
}

void tl_random_permutation(tl_random *r, int64_t n, int64_t *order)
{
	for (int64_t i = 0; r && order && i < n; i++) {
		int64_t k = tl_random_below(r, i + 1);
		order[i] = order[k];
		order[k] = i;
	}
}
