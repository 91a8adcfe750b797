/* What many numbers are as a whole. */
#ifndef TL_VIEW_MEASURE_H
#define TL_VIEW_MEASURE_H

#include <tapeloop/base.h>

typedef struct tl_measure {
	double least, mean, largest; /* of those that are finite; NaN if none is */
	double norm;                 /* of all; NaN if one is not finite, so that it tells */
	int64_t strange;             /* how many are not finite */
} tl_measure;

tl_measure tl_measure_of(const void *numbers, tl_dtype type, int64_t size);

#endif
