/*
 * A step: first all gradients are looked at, and if one is NaN or infinite nothing happens; then
 * one pass over values, gradients and slots, in as many parts as there are threads.
 */
#include "optim/norm.h"
#include "optim/optim.h"
#include "optim/share.h"

#include "base/memory.h"
#include "graph/graph.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 3, 4))) static tl_status refuse(tl_optimizer *o, tl_status status,
							      const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(o->refused, sizeof o->refused, format, arguments);
	va_end(arguments);
	return status;
}

static tl_stretch walk_of(const tl_optimizer *o)
{
	return (tl_stretch){.set = o->set, .group = o->groups.count ? o->groups.of : NULL};
}

/* The set is there and has something to learn. */
static tl_status step_is_possible(tl_optimizer *o)
{
	*o->refused = 0;
	if (*o->problem)
		return TL_ERROR_ARGUMENT;
	if (!tl_set_is_alive(o->set, o->serial))
		return refuse(o, TL_ERROR_ARGUMENT, "step: the parameter set was destroyed");
	if (!tl_groups_settle(&o->groups, o->set))
		return refuse(o, TL_ERROR_MEMORY, "step: out of memory");
	tl_stretch walk = walk_of(o);
	if (!tl_stretch_next(&walk))
		return refuse(o, TL_ERROR_ARGUMENT,
			      "step: the set has no parameter that is learned");
	return TL_OK;
}

/* No gradient is NaN or infinite. With clipping their norm says so, and what they are multiplied by
 * is known then. */
static tl_status look_at_gradients(tl_optimizer *o, double *scale)
{
	const char *gradient = tl_params_gradients(o->set, NULL);
	*scale = 1;
	if (o->most > 0) {
		o->norm = tl_norm(walk_of(o), gradient);
		*scale = o->norm > o->most ? o->most / o->norm : 1;
		if (isfinite(o->norm))
			return TL_OK;
	}
	int64_t at = tl_first_not_finite(walk_of(o), gradient);
	if (at < 0)
		return TL_OK;
	const tl_param *p = NULL;
	for (int i = 0; i < tl_params_count(o->set); i++)
		if (tl_param_offset(tl_params_at(o->set, i)) <= at)
			p = tl_params_at(o->set, i);
	return refuse(o, TL_ERROR_VALUE,
		      "step: the gradient of %.100s is %g at element %lld; no value was changed "
		      "(tl_tape_set_check_finite finds where it comes from)",
		      tl_param_name(p),
		      tl_params_dtype(o->set) == TL_F32 ? (double)((const float *)gradient)[at]
							: ((const double *)gradient)[at],
		      (long long)(at - tl_param_offset(p)));
}

/* The pass */

typedef struct pass {
	tl_stretch walk;
	void (*update)(const tl_optimizer_block *block);
	const double *coefficient; /* of each group, one after the other */
	char *value;
	const char *gradient;
	char *const *slot;
	double scale;
	size_t number;
	int slots;
} pass;

static void update_part(void *data, int part, int parts)
{
	const pass *p = data;
	for (tl_stretch s = p->walk; tl_stretch_next(&s);) {
		tl_range r = tl_share_of(s.first, s.count, part, parts);
		size_t at = (size_t)r.first * p->number;
		tl_optimizer_block block = {
			.count = r.count,
			.value = p->value + at,
			.gradient = p->gradient + at,
			.coefficient = p->coefficient + s.of * TL_OPTIMIZER_COEFFICIENTS,
			.gradient_scale = p->scale,
		};
		for (int k = 0; k < p->slots; k++)
			block.slot[k] = p->slot[k] + at;
		if (r.count)
			p->update(&block);
	}
}

/* The coefficients of this step for one group. */
static void coefficients_of(const tl_optimizer *o, int group, double *coefficient)
{
	double option[TL_OPTIMIZER_OPTIONS];
	memset(coefficient, 0, sizeof(double[TL_OPTIMIZER_COEFFICIENTS]));
	int decay = tl_kind_option(o->kind, "weight_decay");
	memcpy(option, o->option, sizeof option);
	if (group) {
		const tl_group_options *g = &o->groups.group[group - 1].options;
		option[0] *= g->learning_rate_scale > 0 ? g->learning_rate_scale : 1;
		if (g->weight_decay > 0 && decay >= 0)
			option[decay] = g->weight_decay;
	}
	if (o->kind->coefficients)
		o->kind->coefficients(option, o->steps, o->carried, coefficient);
	else
		memcpy(coefficient, option, sizeof option);
}

tl_status tl_optimizer_step(tl_optimizer *o)
{
	double scale;
	tl_status status = o ? step_is_possible(o) : TL_ERROR_ARGUMENT;
	if (!status)
		status = look_at_gradients(o, &scale);
	if (status)
		return status;
	int slots = tl_optimizer_slot_count(o);
	if (slots && !tl_optimizer_slot(o, 0, NULL))
		return refuse(o, TL_ERROR_MEMORY, "step: out of memory");
	o->steps++;
	if (o->kind->advance)
		o->kind->advance(o->option, o->steps, o->carried);
	for (int k = 0; k <= o->groups.count; k++)
		coefficients_of(o, k, o->groups.coefficient + k * TL_OPTIMIZER_COEFFICIENTS);
	tl_dtype dtype = tl_params_dtype(o->set);
	pass p = {.walk = walk_of(o),
		  .update = dtype == TL_F32 ? o->update->f32 : o->update->f64,
		  .coefficient = o->groups.coefficient,
		  .value = tl_params_values(o->set, NULL),
		  .gradient = tl_params_gradients(o->set, NULL),
		  .slot = o->slot,
		  .scale = scale,
		  .number = tl_dtype_size(dtype),
		  .slots = slots};
	tl_share(o->set, 2 + slots, update_part, &p);
	return TL_OK;
}
