/* Lion: Chen et al. 2023, algorithm 2. Each value moves by the rate, whatever the gradient's size.
 */
#include "optim/kind.h"

enum { RATE, BETA1, BETA2, DECAY, /* and made of them: */ REST1, REST2 };

TL_OPTIMIZER_UPDATE_1(lion, m, {
	real along = c[BETA1] * m + c[REST1] * g;
	real sign = along > 0 ? 1 : along < 0 ? -1 : 0;
	x -= c[RATE] * (sign + c[DECAY] * x);
	m = c[BETA2] * m + c[REST2] * g;
})

static void coefficients(const double *option, int64_t step, const double *carried, double *c)
{
	(void)step;
	(void)carried;
	for (int k = RATE; k <= DECAY; k++)
		c[k] = option[k];
	c[REST1] = 1 - option[BETA1];
	c[REST2] = 1 - option[BETA2];
}

TL_OPTIMIZER_BUILTIN(lion) = {
	.name = "lion",
	.doc = "the sign of a mean of gradients: Chen et al. 2023",
	.option = {[RATE] = {"learning_rate", 1e-4, TL_RANGE_NOT_NEGATIVE},
		   [BETA1] = {"beta1", 0.9, TL_RANGE_FRACTION},
		   [BETA2] = {"beta2", 0.99, TL_RANGE_FRACTION},
		   [DECAY] = {"weight_decay", 0, TL_RANGE_NOT_NEGATIVE}},
	.update = &lion,
	.coefficients = coefficients,
};
