/* Samples at another rate. */
#ifndef TL_DATA_RESAMPLE_H
#define TL_DATA_RESAMPLE_H

#include <tapeloop/base.h>

/* How many samples there will be. */
int64_t tl_resample_count(int64_t count, int from, int to);

/* False: out of memory. */
bool tl_resample(const float *samples, int64_t count, int from, int to, float *out);

#endif
