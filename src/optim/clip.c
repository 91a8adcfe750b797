/* Keeping gradients in bounds, scaling them, adding noise. */
#include "optim/norm.h"

#include <tapeloop/optim.h>

#include "base/random.h"
#include "graph/graph.h"

#include <float.h>
#include <math.h>

#define HUGE_NORM 1e150

#define CLIP(REAL)                                                                                 \
	/* multiplied before it is divided: 30 of norm 50, at 10, is then 6 and not nearly 6 */    \
	static void shrink_##REAL(int64_t n, REAL *g, double most, double norm)                    \
	{                                                                                          \
		for (int64_t i = 0; i < n; i++)                                                    \
			g[i] = (REAL)((double)g[i] * most / norm);                                 \
	}                                                                                          \
	/* what is not finite stays so, for the step to refuse */                                  \
	static void bound_##REAL(int64_t n, REAL *g, REAL most, REAL largest)                      \
	{                                                                                          \
		for (int64_t i = 0; i < n; i++) {                                                  \
			REAL low = g[i] < -most ? -most : g[i], x = low > most ? most : low;       \
			g[i] = g[i] >= -largest && g[i] <= largest ? x : g[i];                     \
		}                                                                                  \
	}
CLIP(float)
CLIP(double)

/* Gradients of a stretch whose norm is above `most`; a product with a huge one could overflow. */
static void shrink(const tl_stretch *s, void *g, double most, double norm)
{
	bool huge = norm > HUGE_NORM;
	double by = huge ? most / norm : most, over = huge ? 1 : norm;
	if (tl_params_dtype(s->set) == TL_F32)
		shrink_float(s->count, (float *)g + s->first, by, over);
	else
		shrink_double(s->count, (double *)g + s->first, by, over);
}

double tl_params_clip_gradient_norm(tl_params *set, double most)
{
	void *g = tl_params_gradients(set, NULL);
	double norm = tl_norm((tl_stretch){.set = set}, g);
	if (!(most > 0) || !isfinite(norm) || norm <= most)
		return norm;
	for (tl_stretch s = {.set = set}; tl_stretch_next(&s);)
		shrink(&s, g, most, norm);
	return norm;
}

double tl_params_clip_gradient_norm_each(tl_params *set, double most)
{
	void *g = tl_params_gradients(set, NULL);
	double largest = 0;
	for (int k = 0; k < tl_params_count(set); k++) {
		tl_stretch one = {.set = set, .next = k, .end = k + 1}, s = one;
		double norm = tl_norm(one, g);
		if (most > 0 && isfinite(norm) && norm > most && tl_stretch_next(&s))
			shrink(&s, g, most, norm);
		largest = norm > largest || isnan(norm) ? norm : largest;
	}
	return largest;
}

void tl_params_clip_gradient_value(tl_params *set, double most)
{
	void *g = tl_params_gradients(set, NULL);
	if (!(most >= 0))
		return;
	for (tl_stretch s = {.set = set}; tl_stretch_next(&s);) {
		if (tl_params_dtype(set) == TL_F32)
			bound_float(s.count, (float *)g + s.first, (float)most, FLT_MAX);
		else
			bound_double(s.count, (double *)g + s.first, most, DBL_MAX);
	}
}

void tl_params_scale_gradients(tl_params *set, double factor)
{
	void *g = tl_params_gradients(set, NULL);
	for (tl_stretch s = {.set = set}; tl_stretch_next(&s);) {
		for (int64_t i = s.first; i < s.first + s.count; i++) {
			if (tl_params_dtype(set) == TL_F32)
				((float *)g)[i] = (float)((double)((float *)g)[i] * factor);
			else
				((double *)g)[i] *= factor;
		}
	}
}

void tl_params_add_gradient_noise(tl_params *set, double eta, uint64_t seed, int64_t step)
{
	/* the variance is eta / (1 + t)^0.55 */
	double deviation = step >= 0 ? sqrt(eta / pow(1 + (double)step, 0.55)) : 0;
	if (!(deviation > 0) || !isfinite(deviation))
		return;
	for (int k = 0; k < tl_params_count(set); k++) {
		tl_param *p = tl_params_at(set, k);
		/* of its name, so that no other parameter's noise changes when one is added */
		uint64_t key = tl_mix(tl_random_key(seed, tl_param_name(p)) + (uint64_t)step);
		void *g = tl_param_gradient(p);
		for (int64_t i = 0; tl_param_is_trainable(p) && i < tl_param_size(p); i++) {
			double noise = deviation * tl_random_normal_at(key, (uint64_t)i);
			if (tl_params_dtype(set) == TL_F32)
				((float *)g)[i] += (float)noise;
			else
				((double *)g)[i] += noise;
		}
	}
}
