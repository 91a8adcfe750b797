/*
 * NAdam: Dozat 2016. The momentum mu of a step grows from about beta1/2 to beta1, and the
 * correction of m is by the product of all so far, which is carried.
 */
#include "optim/kind.h"

#include <math.h>

enum {
	RATE,
	BETA1,
	BETA2,
	EPSILON,
	DECAY,
	MOMENTUM_DECAY,
	/* and made of them: */ REST1,
	REST2,
	SCALE,
	RATE_M
};

TL_OPTIMIZER_UPDATE_2(nadam, m, v, {
	real slope = g + c[DECAY] * x;
	m = c[BETA1] * m + c[REST1] * slope;
	v = c[BETA2] * v + c[REST2] * slope * slope;
	x -= (c[RATE] * slope + c[RATE_M] * m) / (TL_SQRT(v) * c[SCALE] + c[EPSILON]);
})

static double mu(const double *option, int64_t step)
{
	return option[BETA1] * (1 - 0.5 * pow(0.96, (double)step * option[MOMENTUM_DECAY]));
}

/* Carried: the product of mu. */
static void advance(const double *option, int64_t step, double *carried)
{
	carried[0] = (step == 1 ? 1 : carried[0]) * mu(option, step);
}

static void coefficients(const double *option, int64_t step, const double *carried, double *c)
{
	double now = mu(option, step), next = mu(option, step + 1);
	for (int k = RATE; k <= MOMENTUM_DECAY; k++)
		c[k] = option[k];
	c[REST1] = 1 - option[BETA1];
	c[REST2] = 1 - option[BETA2];
	c[SCALE] = 1 / sqrt(1 - pow(option[BETA2], (double)step));
	c[RATE] = option[RATE] * (1 - now) / (1 - carried[0]);
	c[RATE_M] = option[RATE] * next / (1 - carried[0] * next);
}

TL_OPTIMIZER_BUILTIN(nadam) = {
	.name = "nadam",
	.doc = "Adam with Nesterov's momentum: Dozat 2016",
	.option = {[RATE] = {"learning_rate", 2e-3, TL_RANGE_NOT_NEGATIVE},
		   [BETA1] = {"beta1", 0.9, TL_RANGE_FRACTION},
		   [BETA2] = {"beta2", 0.999, TL_RANGE_FRACTION},
		   [EPSILON] = {"epsilon", 1e-8, TL_RANGE_POSITIVE},
		   [DECAY] = {"weight_decay", 0, TL_RANGE_NOT_NEGATIVE},
		   [MOMENTUM_DECAY] = {"momentum_decay", 4e-3, TL_RANGE_NOT_NEGATIVE}},
	.update = &nadam,
	.advance = advance,
	.coefficients = coefficients,
};
