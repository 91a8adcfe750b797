/* The order of examples and windows in an epoch. */
#include "data/order.h"
#include "base/memory.h"

#include <tapeloop/random.h>

bool tl_order_start(tl_order *o, int64_t count, uint64_t seed, bool in_order)
{
	*o = (tl_order){.seed = seed, .in_order = in_order, .count = count, .epoch = -1};
	o->at = count <= INT64_MAX / 16 ? tl_alloc((size_t)count * sizeof *o->at) : NULL;
	return o->at;
}

void tl_order_finish(tl_order *o)
{
	tl_free(o->at);
}

bool tl_order_of(tl_order *o, int64_t epoch)
{
	if (o->epoch >= 0 && (o->in_order || o->epoch == epoch))
		return false;
	tl_random r = tl_random_stream(o->seed, (uint64_t)epoch);
	for (int64_t i = 0; o->in_order && i < o->count; i++)
		o->at[i] = i;
	if (!o->in_order)
		tl_random_permutation(&r, o->count, o->at);
	o->epoch = epoch;
	return true;
}

int64_t tl_order_batches(int64_t count, int64_t rows, bool drop_last)
{
	return count / rows + (!drop_last && count % rows);
}
