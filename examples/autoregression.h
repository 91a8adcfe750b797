/* AR(12), what forecasts are measured against: the next value as a weighted sum of the last 12. */
#ifndef TL_EXAMPLES_AUTOREGRESSION_H
#define TL_EXAMPLES_AUTOREGRESSION_H

#include <stdbool.h>
#include <stdint.h>

enum { AR_ORDER = 12 };

typedef struct autoregression {
	double weights[AR_ORDER]; /* of the last values, the oldest first */
	double bias;
} autoregression;

/* By least squares on `count` values. */
bool autoregression_fit(autoregression *a, const double *value, int64_t count);

/* The value at `next`, from those before it. */
double autoregression_next(const autoregression *a, const double *next);

#endif
