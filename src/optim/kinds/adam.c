/*
 * Adam: Kingma & Ba 2015; amsgrad: Reddi, Kale & Kumar 2018; AdamW: Loshchilov & Hutter 2019. The
 * corrections for the zeros that m and v start from are taken into the rate and into v's scale, so
 * that the loop has one root and one division: x -= rate mhat / (sqrt vhat + epsilon). The decay of
 * AdamW is no part of the gradient: x shrinks by rate times decay.
 */
#include "optim/kind.h"

#include <math.h>

enum {
	RATE,
	BETA1,
	BETA2,
	EPSILON,
	DECAY,
	AMSGRAD,
	UNCORRECTED,
	/* and made of them: */
	REST1,
	REST2,
	SCALE,
	SHRINK
};

TL_OPTIMIZER_UPDATE_2(adam, m, v, {
	real slope = g + c[DECAY] * x;
	m = c[BETA1] * m + c[REST1] * slope;
	v = c[BETA2] * v + c[REST2] * slope * slope;
	x -= c[RATE] * m / (TL_SQRT(v) * c[SCALE] + c[EPSILON]);
})

TL_OPTIMIZER_UPDATE_3(amsgrad, m, v, largest_v, {
	real slope = g + c[DECAY] * x;
	m = c[BETA1] * m + c[REST1] * slope;
	v = c[BETA2] * v + c[REST2] * slope * slope;
	largest_v = v > largest_v ? v : largest_v;
	x -= c[RATE] * m / (TL_SQRT(largest_v) * c[SCALE] + c[EPSILON]);
})

TL_OPTIMIZER_UPDATE_2(adamw, m, v, {
	m = c[BETA1] * m + c[REST1] * g;
	v = c[BETA2] * v + c[REST2] * g * g;
	x = c[SHRINK] * x - c[RATE] * m / (TL_SQRT(v) * c[SCALE] + c[EPSILON]);
})

TL_OPTIMIZER_UPDATE_3(adamw_amsgrad, m, v, largest_v, {
	m = c[BETA1] * m + c[REST1] * g;
	v = c[BETA2] * v + c[REST2] * g * g;
	largest_v = v > largest_v ? v : largest_v;
	x = c[SHRINK] * x - c[RATE] * m / (TL_SQRT(largest_v) * c[SCALE] + c[EPSILON]);
})

static const tl_optimizer_update *choose(const double *option)
{
	return option[AMSGRAD] > 0 ? &amsgrad : &adam;
}

static const tl_optimizer_update *choose_decoupled(const double *option)
{
	return option[AMSGRAD] > 0 ? &adamw_amsgrad : &adamw;
}

static void coefficients(const double *option, int64_t step, const double *carried, double *c)
{
	bool corrected = !(option[UNCORRECTED] > 0);
	(void)carried;
	for (int k = RATE; k <= UNCORRECTED; k++)
		c[k] = option[k];
	c[REST1] = 1 - option[BETA1];
	c[REST2] = 1 - option[BETA2];
	c[SHRINK] = 1 - option[RATE] * option[DECAY];
	c[SCALE] = corrected ? 1 / sqrt(1 - pow(option[BETA2], (double)step)) : 1;
	if (corrected)
		c[RATE] = option[RATE] / (1 - pow(option[BETA1], (double)step));
}

#define OPTIONS(decay)                                                                             \
	{                                                                                          \
		[RATE] = {"learning_rate", 1e-3, TL_RANGE_NOT_NEGATIVE},                           \
		[BETA1] = {"beta1", 0.9, TL_RANGE_FRACTION},                                       \
		[BETA2] = {"beta2", 0.999, TL_RANGE_FRACTION},                                     \
		[EPSILON] = {"epsilon", 1e-8, TL_RANGE_POSITIVE},                                  \
		[DECAY] = {"weight_decay", decay, TL_RANGE_NOT_NEGATIVE},                          \
		[AMSGRAD] = {"amsgrad", 0, TL_RANGE_FLAG},                                         \
		[UNCORRECTED] = {"uncorrected", 0, TL_RANGE_FLAG},                                 \
	}

TL_OPTIMIZER_BUILTIN(adam) = {
	.name = "adam",
	.doc = "rates by both moments of recent gradients: Kingma & Ba 2015; amsgrad: Reddi et al. "
	       "2018",
	.option = OPTIONS(0),
	.update = &adam,
	.choose = choose,
	.coefficients = coefficients,
};

TL_OPTIMIZER_BUILTIN(adamw) = {
	.name = "adamw",
	.doc = "Adam with weight decay apart from the gradient: Loshchilov & Hutter 2019",
	.option = OPTIONS(0.01),
	.update = &adamw,
	.choose = choose_decoupled,
	.coefficients = coefficients,
};
