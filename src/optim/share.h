/* A walk over a set's numbers, shared between threads where there are many. */
#ifndef TL_OPTIM_SHARE_H
#define TL_OPTIM_SHARE_H

#include "base/team.h"

#include <tapeloop/params.h>

/* work(data, part, parts) for all parts; returns how many there were. arrays: how many of the
 * set's size each part goes through. */
int tl_share(const tl_params *set, int arrays, void (*work)(void *data, int part, int parts),
	     void *data);

/* Parts end at multiples of this many numbers: at the ends of cache lines, and of what norms sum up
 * at once. */
enum { TL_SHARE_UNIT = 256 };

typedef struct tl_range {
	int64_t first, count;
} tl_range;

/* The part of a stretch that is this part's; count may be 0. */
tl_range tl_share_of(int64_t first, int64_t count, int part, int parts);

#endif
