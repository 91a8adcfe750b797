/* Forecasts of a pen: their likelihood, and points drawn from them. */
#include "penforecast.h"

#include <math.h>
#include <stdint.h>

/* Deviations stay between exp(-5) and exp(3), correlations within 0.99: a Gaussian that became a
 * point or a line would make its likelihood infinite. */
forecast forecast_of(tl_tensor y, int gaussians)
{
	tl_tensor part[6];
	const int64_t n = gaussians;
	for (int k = 0; k < 6; k++)
		part[k] = tl_slice(y, -1, k * n, (k + 1) * n, 1);
	return (forecast){.log_share = tl_log_softmax(part[0], -1),
			  .mean_x = part[1],
			  .mean_y = part[2],
			  .log_x = tl_clamp(part[3], -5, 3),
			  .log_y = tl_clamp(part[4], -5, 3),
			  .correlation = tl_scale(tl_tanh(part[5]), 0.99),
			  .log_pen = tl_log_softmax(tl_slice(y, -1, 6 * n, 6 * n + PENS, 1), -1)};
}

/* How many deviations a coordinate is from the means. */
static tl_tensor deviations(tl_tensor point, int axis, tl_tensor mean, tl_tensor log_deviation)
{
	tl_tensor at = tl_slice(point, -1, axis, axis + 1, 1);
	return tl_mul(tl_sub(at, mean), tl_exp(tl_neg(log_deviation)));
}

static tl_tensor log_density(forecast f, tl_tensor point)
{
	const double log_2pi = log(2 * acos(-1));
	tl_tensor x = deviations(point, 0, f.mean_x, f.log_x);
	tl_tensor y = deviations(point, 1, f.mean_y, f.log_y);
	tl_tensor rest = tl_one_minus(tl_square(f.correlation));
	tl_tensor squares = tl_add(tl_square(x), tl_square(y));
	tl_tensor far = tl_sub(squares, tl_scale(tl_mul(f.correlation, tl_mul(x, y)), 2));
	tl_tensor narrow = tl_add(tl_add(f.log_x, f.log_y), tl_scale(tl_log(rest), 0.5));
	tl_tensor each = tl_sub(tl_sub(f.log_share, narrow), tl_scale(tl_div(far, rest), 0.5));
	return tl_add_scalar(tl_logsumexp(each, tl_axes(-1)), -log_2pi);
}

tl_tensor forecast_log_likelihood(forecast f, tl_tensor point)
{
	tl_tensor pen = tl_mul(f.log_pen, tl_slice(point, -1, 2, POINT, 1));
	return tl_add(log_density(f, point), tl_sum(pen, tl_axes(-1)));
}

/* One of `count` by the logarithms of their chances. */
static int64_t which(const float *log_chance, int64_t count, double bias, tl_random *random)
{
	double all = 0;
	int64_t k = 0;
	for (int64_t i = 0; i < count; i++)
		all += exp((1 + bias) * (double)log_chance[i]);
	double left = all * tl_random_uniform(random);
	while (k + 1 < count && (left -= exp((1 + bias) * (double)log_chance[k])) >= 0)
		k++;
	return k;
}

tl_status forecast_draw(forecast f, double bias, tl_random *random, float *points)
{
	const tl_tensor all[] = {f.log_share, f.mean_x,      f.mean_y, f.log_x,
				 f.log_y,     f.correlation, f.log_pen};
	const float *v[7];
	int64_t gaussians = tl_tensor_dim(f.log_share, -1);
	tl_status status = tl_evaluate(all, 7);
	for (int i = 0; i < 7 && !status; i++)
		v[i] = tl_value(all[i]);
	for (int64_t row = 0; !status && row < tl_tensor_size(f.log_pen) / PENS; row++) {
		int64_t k = row * gaussians;
		k += which(v[0] + k, gaussians, bias, random);
		double x = tl_random_normal(random), c = (double)v[5][k];
		double y = c * x + sqrt(1 - c * c) * tl_random_normal(random);
		float *point = points + row * POINT;
		point[0] = v[1][k] + (float)(exp((double)v[3][k] - bias) * x);
		point[1] = v[2][k] + (float)(exp((double)v[4][k] - bias) * y);
		k = which(v[6] + row * PENS, PENS, bias, random);
		for (int i = 0; i < PENS; i++)
			point[2 + i] = i == k;
	}
	return status;
}
