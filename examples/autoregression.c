/* Linear forecasts from the last 12 values. */
#include "autoregression.h"

#include <stdlib.h>
#include <string.h>

#include <tapeloop/esn.h>

bool autoregression_fit(autoregression *a, const double *value, int64_t count)
{
	int64_t rows = count - AR_ORDER;
	double *x = rows > 0 ? malloc((size_t)(rows * AR_ORDER) * sizeof *x) : NULL;
	for (int64_t r = 0; x && r < rows; r++)
		memcpy(x + r * AR_ORDER, value + r, AR_ORDER * sizeof *x);
	bool fine =
		x && !tl_ridge_fit(x, value + AR_ORDER, rows, AR_ORDER, 1, 0, a->weights, &a->bias);
	free(x);
	return fine;
}

double autoregression_next(const autoregression *a, const double *next)
{
	double sum = a->bias;
	for (int k = 0; k < AR_ORDER; k++)
		sum += a->weights[k] * next[k - AR_ORDER];
	return sum;
}
