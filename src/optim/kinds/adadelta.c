/* Adadelta: Zeiler 2012. */
#include "optim/kind.h"

enum { RATE, RHO, EPSILON, DECAY, REST };

TL_OPTIMIZER_UPDATE_2(adadelta, v, u, {
	real slope = g + c[DECAY] * x;
	v = c[RHO] * v + c[REST] * slope * slope;
	real delta = TL_SQRT(u + c[EPSILON]) / TL_SQRT(v + c[EPSILON]) * slope;
	u = c[RHO] * u + c[REST] * delta * delta;
	x -= c[RATE] * delta;
})

static void coefficients(const double *option, int64_t step, const double *carried, double *c)
{
	(void)step;
	(void)carried;
	c[RATE] = option[RATE];
	c[RHO] = option[RHO];
	c[EPSILON] = option[EPSILON];
	c[DECAY] = option[DECAY];
	c[REST] = 1 - option[RHO];
}

TL_OPTIMIZER_BUILTIN(adadelta) = {
	.name = "adadelta",
	.doc = "steps in the units of x, by recent steps and gradients: Zeiler 2012",
	.option = {[RATE] = {"learning_rate", 1, TL_RANGE_NOT_NEGATIVE},
		   [RHO] = {"rho", 0.9, TL_RANGE_FRACTION},
		   [EPSILON] = {"epsilon", 1e-6, TL_RANGE_POSITIVE},
		   [DECAY] = {"weight_decay", 0, TL_RANGE_NOT_NEGATIVE}},
	.update = &adadelta,
	.coefficients = coefficients,
};
