/*
 * Counter-based random numbers: the i-th number of a stream is a function of (key, i) alone, so a
 * mask can be computed again instead of stored, and any thread can compute any part of it.
 */
#ifndef TL_BASE_RANDOM_H
#define TL_BASE_RANDOM_H

#include <tapeloop/base.h>

/* The finaliser of SplitMix64 (Steele, Lea & Flood 2014): a bijection that mixes all 64 bits. */
static inline uint64_t tl_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* The i-th number of stream `key`: SplitMix64 started at a mixed key. */
static inline uint64_t tl_random_bits(uint64_t key, uint64_t i)
{
	return tl_mix(tl_mix(key) + (i + 1) * 0x9e3779b97f4a7c15u);
}

/* Uniform in [0, 1): 53 bits. */
static inline double tl_random_unit(uint64_t key, uint64_t i)
{
	return (double)(tl_random_bits(key, i) >> 11) * 0x1p-53;
}

/* Standard normal, by Box and Muller: one number from two uniform ones. */
TL_API double tl_random_normal_at(uint64_t key, uint64_t i);

/* A key for a name (FNV-1a), for streams that do not depend on the order things are made in. */
TL_API uint64_t tl_random_key(uint64_t seed, const char *name);

#endif
