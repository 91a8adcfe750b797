/* The order of what is numbered in each epoch: a function of seed and epoch, kept for the epoch
 * that was asked for last. */
#ifndef TL_DATA_ORDER_H
#define TL_DATA_ORDER_H

#include <tapeloop/base.h>

typedef struct tl_order {
	uint64_t seed;
	bool in_order; /* always 0, 1, 2 ... */
	int64_t count, epoch;
	int64_t *at;
} tl_order;

bool tl_order_start(tl_order *o, int64_t count, uint64_t seed, bool in_order);
void tl_order_finish(tl_order *o);
/* True if the order was made anew. */
bool tl_order_of(tl_order *o, int64_t epoch);

/* How many batches there are. */
int64_t tl_order_batches(int64_t count, int64_t rows, bool drop_last);

#endif
