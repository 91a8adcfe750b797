/* RMSprop: Tieleman & Hinton 2012; centred and with momentum: Graves 2013. */
#include "optim/kind.h"

enum { RATE, ALPHA, EPSILON, DECAY, MOMENTUM, CENTERED, REST };

/* v is the mean of squares; m, the mean, makes a variance of it; b is the momentum. */
TL_OPTIMIZER_UPDATE_1(plain, v, {
	real slope = g + c[DECAY] * x;
	v = c[ALPHA] * v + c[REST] * slope * slope;
	x -= c[RATE] * slope / (TL_SQRT(v) + c[EPSILON]);
})

TL_OPTIMIZER_UPDATE_2(heavy, v, b, {
	real slope = g + c[DECAY] * x;
	v = c[ALPHA] * v + c[REST] * slope * slope;
	b = c[MOMENTUM] * b + slope / (TL_SQRT(v) + c[EPSILON]);
	x -= c[RATE] * b;
})

/* Rounding may take the variance of equal gradients below 0. */
TL_OPTIMIZER_UPDATE_2(centered, v, m, {
	real slope = g + c[DECAY] * x;
	v = c[ALPHA] * v + c[REST] * slope * slope;
	m = c[ALPHA] * m + c[REST] * slope;
	real variance = v - m * m;
	variance = variance > 0 ? variance : 0;
	x -= c[RATE] * slope / (TL_SQRT(variance) + c[EPSILON]);
})

TL_OPTIMIZER_UPDATE_3(heavy_centered, v, m, b, {
	real slope = g + c[DECAY] * x;
	v = c[ALPHA] * v + c[REST] * slope * slope;
	m = c[ALPHA] * m + c[REST] * slope;
	real variance = v - m * m;
	variance = variance > 0 ? variance : 0;
	b = c[MOMENTUM] * b + slope / (TL_SQRT(variance) + c[EPSILON]);
	x -= c[RATE] * b;
})

static const tl_optimizer_update *choose(const double *option)
{
	if (option[CENTERED] > 0)
		return option[MOMENTUM] > 0 ? &heavy_centered : &centered;
	return option[MOMENTUM] > 0 ? &heavy : &plain;
}

static void coefficients(const double *option, int64_t step, const double *carried, double *c)
{
	(void)step;
	(void)carried;
	for (int k = RATE; k <= CENTERED; k++)
		c[k] = option[k];
	c[REST] = 1 - option[ALPHA];
}

TL_OPTIMIZER_BUILTIN(rmsprop) = {
	.name = "rmsprop",
	.doc = "rates by recent squared gradients: Tieleman & Hinton 2012; centred: Graves 2013",
	.option = {[RATE] = {"learning_rate", 0.01, TL_RANGE_NOT_NEGATIVE},
		   [ALPHA] = {"alpha", 0.99, TL_RANGE_FRACTION},
		   [EPSILON] = {"epsilon", 1e-8, TL_RANGE_POSITIVE},
		   [DECAY] = {"weight_decay", 0, TL_RANGE_NOT_NEGATIVE},
		   [MOMENTUM] = {"momentum", 0, TL_RANGE_FRACTION},
		   [CENTERED] = {"centered", 0, TL_RANGE_FLAG}},
	.update = &plain,
	.choose = choose,
	.coefficients = coefficients,
};
