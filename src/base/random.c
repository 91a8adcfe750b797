#include "base/random.h"

#include <math.h>

double tl_random_normal_at(uint64_t key, uint64_t i)
{
	double u = 1.0 - tl_random_unit(key, 2 * i), v = tl_random_unit(key, 2 * i + 1);
	return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

uint64_t tl_random_key(uint64_t seed, const char *name)
{
	uint64_t h = 0xcbf29ce484222325u ^ tl_mix(seed);
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3u;
	return h;
}
