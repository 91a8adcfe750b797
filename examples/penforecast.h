/*
 * What a net says of the next point of a pen: how likely it is to lie where, as a mixture of
 * Gaussians in the plane, each with its share, mean, deviations and correlation (Graves 2013,
 * "Generating sequences with recurrent neural networks", eq. 18 to 26), and how likely the pen is
 * to go on, to be lifted, or to be done (Ha & Eck 2017).
 *
 *     forecast f = forecast_of(tl_linear(h, V, d), 10);    d has FORECAST_SIZE(10) numbers
 *     tl_tensor likelihood = forecast_log_likelihood(f, point);
 */
#ifndef TL_EXAMPLES_PENFORECAST_H
#define TL_EXAMPLES_PENFORECAST_H

#include "strokes.h"

#define FORECAST_SIZE(gaussians) (6 * (gaussians) + PENS)

/* Each tensor is [..., Gaussians], or [..., PENS]. */
typedef struct forecast {
	tl_tensor log_share, mean_x, mean_y, log_x, log_y, correlation, log_pen;
} forecast;

/* From FORECAST_SIZE numbers, anything that a linear layer gives. */
forecast forecast_of(tl_tensor y, int gaussians);

/* The logarithm of the likelihood of points [..., POINT]: right, up, and the pen, one-hot. */
tl_tensor forecast_log_likelihood(forecast f, tl_tensor point);

/*
 * Draw a point of each row, [rows, POINT]. A bias above 0 makes what is likely likelier and the
 * Gaussians narrower (eq. 61 and 62). On failure: a status; the tape has the message.
 */
tl_status forecast_draw(forecast f, double bias, tl_random *random, float *points);

#endif
