/* Adam: Kingma & Ba 2015. */
#include "optim/finite.h"
#include "optim/optim.h"

#include <math.h>

enum { BETA1, BETA2, EPSILON, DECAY };

/*
 * The corrections for the zeros that m and v start from are taken into the rate and into v's scale,
 * so that the loop has one root and one division. value -= rate mhat / (sqrt vhat + epsilon).
 */
#define UPDATE(REAL, SQRT)                                                                         \
	static void update_##REAL(const double *option, double rate, int64_t step,                 \
				  const tl_stretch *s)                                             \
	{                                                                                          \
		const REAL b1 = (REAL)option[BETA1], b2 = (REAL)option[BETA2];                     \
		const REAL c1 = (REAL)(1 - option[BETA1]), c2 = (REAL)(1 - option[BETA2]);         \
		const REAL r = (REAL)(rate / (1 - pow(option[BETA1], (double)step)));              \
		const REAL scale = (REAL)(1 / sqrt(1 - pow(option[BETA2], (double)step)));         \
		const REAL epsilon = (REAL)option[EPSILON], decay = (REAL)option[DECAY];           \
		const REAL *restrict g = s->gradient;                                              \
		REAL *restrict x = s->value, *restrict m = s->slot[0], *restrict v = s->slot[1];   \
		for (int64_t i = 0; i < s->n; i++) {                                               \
			REAL slope = g[i] + decay * x[i];                                          \
			m[i] = b1 * m[i] + c1 * slope;                                             \
			v[i] = b2 * v[i] + c2 * slope * slope;                                     \
			x[i] -= r * m[i] / (SQRT(v[i]) * scale + epsilon);                         \
		}                                                                                  \
	}
UPDATE(float, sqrtf)
UPDATE(double, sqrt)

static const tl_optim_kind kind = {
	.name = "adam",
	.slots = 2,
	.slot = {"m", "v"},
	.update_f32 = update_float,
	.update_f64 = update_double,
};

tl_optimizer *tl_adam_create(tl_params *set, const tl_adam_options *options)
{
	tl_adam_options o = options ? *options : (tl_adam_options){0};
	double option[] = {
		[BETA1] = o.beta1 == 0 ? 0.9 : o.beta1,
		[BETA2] = o.beta2 == 0 ? 0.999 : o.beta2,
		[EPSILON] = o.epsilon == 0 ? 1e-8 : o.epsilon,
		[DECAY] = o.weight_decay,
	};
	const char *problem = NULL;
	if (!(option[BETA1] > 0 && option[BETA1] < 1 && option[BETA2] > 0 && option[BETA2] < 1))
		problem = "adam: a beta is not in (0, 1)";
	else if (!(option[EPSILON] > 0 && tl_fits_set(set, option[EPSILON])))
		problem = "adam: epsilon is not above 0 in the set's type";
	else if (!(o.weight_decay >= 0 && (o.weight_decay < 1 || tl_fits_set(set, o.weight_decay))))
		problem = "adam: the weight decay is negative or not finite";
	return tl_optim_create(&kind, set, o.learning_rate == 0 ? 1e-3 : o.learning_rate, option, 4,
			       problem);
}
