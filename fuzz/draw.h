/* Numbers drawn for an input, which follow from the input's own number. */
#ifndef TL_FUZZ_DRAW_H
#define TL_FUZZ_DRAW_H

#include <stddef.h>
#include <stdint.h>

static uint64_t draw_from; /* the input's number, set before the first is drawn */

static size_t below(size_t n)
{
	draw_from += 0x9e3779b97f4a7c15u;
	uint64_t x = draw_from;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return n ? (x ^ x >> 31) % n : 0;
}

#endif
