/* Gradient descent, with momentum if asked for: Polyak 1964, Sutskever et al. 2013. */
#include "optim/kind.h"

enum { RATE, MOMENTUM, DAMPENING, DECAY, NESTEROV, /* and made of them: */ ALONG_V, ALONG_G, NEW };

TL_OPTIMIZER_UPDATE_0(plain, { x -= c[RATE] * (g + c[DECAY] * x); })

TL_OPTIMIZER_UPDATE_1(heavy, v, {
	real slope = g + c[DECAY] * x;
	v = c[MOMENTUM] * v + c[NEW] * slope;
	x -= c[RATE] * (c[ALONG_V] * v + c[ALONG_G] * slope);
})

static const tl_optimizer_update *choose(const double *option)
{
	return option[MOMENTUM] > 0 ? &heavy : &plain;
}

static void coefficients(const double *option, int64_t step, const double *carried, double *c)
{
	bool nesterov = option[NESTEROV] > 0;
	(void)carried;
	c[RATE] = option[RATE];
	c[MOMENTUM] = option[MOMENTUM];
	c[DECAY] = option[DECAY];
	c[NEW] = step == 1 ? 1 : 1 - option[DAMPENING]; /* the first v is a gradient, undamped */
	c[ALONG_V] = nesterov ? option[MOMENTUM] : 1;
	c[ALONG_G] = nesterov;
}

static const char *check(const double *option)
{
	if (option[NESTEROV] > 0 && option[MOMENTUM] == 0)
		return "nesterov needs momentum";
	if (option[DAMPENING] > 0 && option[MOMENTUM] == 0)
		return "dampening needs momentum";
	return NULL;
}

TL_OPTIMIZER_BUILTIN(sgd) = {
	.name = "sgd",
	.doc = "gradient descent; momentum: Polyak 1964, nesterov: Sutskever et al. 2013",
	.option = {[RATE] = {"learning_rate", 0.01, TL_RANGE_NOT_NEGATIVE},
		   [MOMENTUM] = {"momentum", 0, TL_RANGE_FRACTION},
		   [DAMPENING] = {"dampening", 0, TL_RANGE_FRACTION},
		   [DECAY] = {"weight_decay", 0, TL_RANGE_NOT_NEGATIVE},
		   [NESTEROV] = {"nesterov", 0, TL_RANGE_FLAG}},
	.update = &plain,
	.choose = choose,
	.check = check,
	.coefficients = coefficients,
};
