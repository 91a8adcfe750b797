/* Gradient descent, with momentum if asked for. */
#include "optim/finite.h"
#include "optim/optim.h"

enum { MOMENTUM, DECAY, NESTEROV };

#define UPDATE(REAL)                                                                               \
	static void plain_##REAL(const double *option, double rate, int64_t step,                  \
				 const tl_stretch *s)                                              \
	{                                                                                          \
		const REAL r = (REAL)rate, decay = (REAL)option[DECAY];                            \
		const REAL *restrict g = s->gradient;                                              \
		REAL *restrict x = s->value;                                                       \
		(void)step;                                                                        \
		for (int64_t i = 0; i < s->n; i++)                                                 \
			x[i] -= r * (g[i] + decay * x[i]);                                         \
	}                                                                                          \
	static void heavy_##REAL(const double *option, double rate, int64_t step,                  \
				 const tl_stretch *s)                                              \
	{                                                                                          \
		const REAL r = (REAL)rate, decay = (REAL)option[DECAY];                            \
		const REAL mu = (REAL)option[MOMENTUM];                                            \
		/* the step is along a v + b g */                                                  \
		const REAL a = option[NESTEROV] > 0 ? mu : 1, b = option[NESTEROV] > 0 ? 1 : 0;    \
		const REAL *restrict g = s->gradient;                                              \
		REAL *restrict x = s->value, *restrict v = s->slot[0];                             \
		(void)step;                                                                        \
		for (int64_t i = 0; i < s->n; i++) {                                               \
			REAL slope = g[i] + decay * x[i];                                          \
			v[i] = mu * v[i] + slope;                                                  \
			x[i] -= r * (a * v[i] + b * slope);                                        \
		}                                                                                  \
	}
UPDATE(float)
UPDATE(double)

static const tl_optim_kind plain = {
	.name = "sgd",
	.update_f32 = plain_float,
	.update_f64 = plain_double,
};

static const tl_optim_kind heavy = {
	.name = "sgd",
	.slots = 1,
	.slot = {"v"},
	.update_f32 = heavy_float,
	.update_f64 = heavy_double,
};

tl_optimizer *tl_sgd_create(tl_params *set, const tl_sgd_options *options)
{
	tl_sgd_options o = options ? *options : (tl_sgd_options){0};
	double option[] = {
		[MOMENTUM] = o.momentum, [DECAY] = o.weight_decay, [NESTEROV] = o.nesterov};
	const char *problem = NULL;
	if (!(o.momentum >= 0 && o.momentum < 1))
		problem = "sgd: the momentum is not in [0, 1)";
	else if (!(o.weight_decay >= 0 && (o.weight_decay < 1 || tl_fits_set(set, o.weight_decay))))
		problem = "sgd: the weight decay is negative or not finite";
	else if (o.nesterov && o.momentum == 0)
		problem = "sgd: nesterov needs momentum";
	return tl_optim_create(o.momentum > 0 ? &heavy : &plain, set,
			       o.learning_rate == 0 ? 0.01 : o.learning_rate, option, 3, problem);
}
