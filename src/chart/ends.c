/*
 * The names at the ends of curves. Names that would overlap become one block, which stands where
 * the mean of what they want is; a block that meets another joins it.
 */
#include "chart/ends.h"

enum { MOST = 64 };

typedef struct block {
	double want; /* mean of the first one's place as each member wants it */
	int first, count;
} block;

static double place_of(const block *b, double least, double low, double high)
{
	double last = high - least * (b->count - 1);
	double at = b->want > last ? last : b->want;
	return at < low ? low : at;
}

void tl_ends_spread(double *at, int count, double least, double low, double high)
{
	block b[MOST];
	int blocks = 0;
	for (int k = 0; k < count && k < MOST; k++) {
		b[blocks++] = (block){at[k], k, 1};
		while (blocks > 1) {
			block *before = &b[blocks - 2], *last = &b[blocks - 1];
			double free_from =
				place_of(before, least, low, high) + least * before->count;
			if (place_of(last, least, low, high) >= free_from)
				break;
			int n = before->count + last->count;
			before->want = (before->want * before->count +
					(last->want - least * before->count) * last->count) /
				       n;
			before->count = n;
			blocks--;
		}
	}
	for (int k = 0; k < blocks; k++)
		for (int i = 0; i < b[k].count; i++)
			at[b[k].first + i] = place_of(&b[k], least, low, high) + least * i;
}
