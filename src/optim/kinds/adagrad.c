/* Adagrad: Duchi, Hazan & Singer 2011. */
#include "optim/kind.h"

enum { RATE, RATE_DECAY, EPSILON, DECAY, START };

TL_OPTIMIZER_UPDATE_1(adagrad, h, {
	real slope = g + c[DECAY] * x;
	h += slope * slope;
	x -= c[RATE] * slope / (TL_SQRT(h) + c[EPSILON]);
})

static void coefficients(const double *option, int64_t step, const double *carried, double *c)
{
	(void)carried;
	c[RATE] = option[RATE] / (1 + (double)(step - 1) * option[RATE_DECAY]);
	c[EPSILON] = option[EPSILON];
	c[DECAY] = option[DECAY];
}

static double initial(const double *option, int slot)
{
	(void)slot;
	return option[START];
}

TL_OPTIMIZER_BUILTIN(adagrad) = {
	.name = "adagrad",
	.doc = "rates by all squared gradients so far: Duchi et al. 2011",
	.option = {[RATE] = {"learning_rate", 0.01, TL_RANGE_NOT_NEGATIVE},
		   [RATE_DECAY] = {"learning_rate_decay", 0, TL_RANGE_NOT_NEGATIVE},
		   [EPSILON] = {"epsilon", 1e-10, TL_RANGE_POSITIVE},
		   [DECAY] = {"weight_decay", 0, TL_RANGE_NOT_NEGATIVE},
		   [START] = {"initial_accumulator", 0, TL_RANGE_NOT_NEGATIVE}},
	.update = &adagrad,
	.coefficients = coefficients,
	.initial = initial,
};
