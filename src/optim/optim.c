/* Optimisers of any kind: options, groups, what is remembered. Steps are step.c's. */
#include "optim/optim.h"

#include "base/memory.h"
#include "graph/graph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

tl_optimizer *tl_optimizer_begin(tl_params *set, const tl_optimizer_kind *kind)
{
	tl_optimizer *o = set && kind ? tl_alloc_zero(sizeof *o) : NULL;
	if (!o)
		return NULL;
	o->kind = kind;
	o->update = kind->update;
	o->set = set;
	o->serial = tl_set_serial(set);
	for (int k = 0; k < TL_OPTIMIZER_OPTIONS && kind->option[k].name; k++)
		tl_optimizer_take(o, k, kind->option[k].initial);
	return o;
}

void tl_optimizer_take(tl_optimizer *o, int k, double x)
{
	const tl_optimizer_option *option = &o->kind->option[k];
	o->option[k] = x;
	if (!*o->problem && !tl_is_in_range(option->range, x, tl_params_dtype(o->set)))
		snprintf(o->problem, sizeof o->problem, "%.60s: %.60s is %g; it must be %s",
			 o->kind->name, option->name, x, tl_range_text(option->range));
}

tl_optimizer *tl_optimizer_settle(tl_optimizer *o)
{
	if (!o || *o->problem)
		return o;
	const char *wrong = o->kind->check ? o->kind->check(o->option) : NULL;
	if (wrong)
		snprintf(o->problem, sizeof o->problem, "%.60s: %.180s", o->kind->name, wrong);
	else if (o->kind->choose)
		o->update = o->kind->choose(o->option);
	return o;
}

void tl_optimizer_destroy(tl_optimizer *o)
{
	if (!o)
		return;
	for (int k = 0; k < TL_OPTIMIZER_SLOTS; k++)
		tl_free(o->slot[k]);
	tl_groups_finish(&o->groups);
	tl_free(o);
}

const char *tl_optimizer_error(const tl_optimizer *o)
{
	if (!o)
		return "there is no optimiser: memory was short, or there was no set";
	return *o->problem ? o->problem : *o->refused ? o->refused : NULL;
}

/* Options */

void tl_optimizer_set_learning_rate(tl_optimizer *o, double rate)
{
	if (o)
		tl_optimizer_take(o, 0, rate);
}

double tl_optimizer_learning_rate(const tl_optimizer *o)
{
	return o ? o->option[0] : 0;
}

const tl_optimizer_kind *tl_optimizer_get_kind(const tl_optimizer *o)
{
	return o ? o->kind : NULL;
}

const char *tl_optimizer_kind_name(const tl_optimizer *o)
{
	return o ? o->kind->name : "";
}

int tl_optimizer_option_count(const tl_optimizer *o)
{
	int count = 0;
	while (o && count < TL_OPTIMIZER_OPTIONS && o->kind->option[count].name)
		count++;
	return count;
}

const char *tl_optimizer_option_name(const tl_optimizer *o, int k)
{
	return k >= 0 && k < tl_optimizer_option_count(o) ? o->kind->option[k].name : "";
}

double tl_optimizer_option_value(const tl_optimizer *o, int k)
{
	return k >= 0 && k < tl_optimizer_option_count(o) ? o->option[k] : 0;
}

void tl_optimizer_set_clip_norm(tl_optimizer *o, double most)
{
	if (!o)
		return;
	o->most = most > 0 ? most : 0;
	if (!*o->problem && isnan(most))
		snprintf(o->problem, sizeof o->problem, "%.60s: the norm to clip at is NaN",
			 o->kind->name);
}

double tl_optimizer_gradient_norm(const tl_optimizer *o)
{
	return o ? o->norm : 0;
}

/* Groups */

static tl_status refuse(tl_optimizer *o, tl_status status, const char *pattern, const char *why)
{
	snprintf(o->refused, sizeof o->refused, "group %.100s: %s", pattern, why);
	return status;
}

tl_status tl_optimizer_group(tl_optimizer *o, const char *pattern, const tl_group_options *options)
{
	bool fits = false;
	if (!o || !pattern || !options)
		return TL_ERROR_ARGUMENT;
	*o->refused = 0;
	if (!tl_set_is_alive(o->set, o->serial))
		return refuse(o, TL_ERROR_ARGUMENT, pattern, "the parameter set was destroyed");
	tl_dtype dtype = tl_params_dtype(o->set);
	if (!tl_is_in_range(TL_RANGE_NOT_NEGATIVE, options->learning_rate_scale, dtype))
		return refuse(o, TL_ERROR_ARGUMENT, pattern,
			      "the scale of the rate is negative or not finite");
	if (!tl_is_in_range(TL_RANGE_NOT_NEGATIVE, options->weight_decay, dtype))
		return refuse(o, TL_ERROR_ARGUMENT, pattern,
			      "the weight decay is negative or not finite");
	if (options->weight_decay > 0 && tl_kind_option(o->kind, "weight_decay") < 0)
		return refuse(o, TL_ERROR_ARGUMENT, pattern,
			      "this kind of optimiser has no weight decay");
	if (options->frozen && (options->learning_rate_scale > 0 || options->weight_decay > 0))
		return refuse(o, TL_ERROR_ARGUMENT, pattern,
			      "what is frozen has neither rate nor weight decay");
	for (int k = 0; !fits && k < tl_params_count(o->set); k++) {
		const tl_param *p = tl_params_at(o->set, k);
		fits = !tl_param_is_buffer(p) && tl_pattern_fits(pattern, tl_param_name(p));
	}
	if (!fits)
		return refuse(o, TL_ERROR_NAME, pattern, "no parameter of the set has such a name");
	if (o->groups.count + 1 >= TL_MOST_GROUPS)
		return refuse(o, TL_ERROR_ARGUMENT, pattern, "there are too many groups");
	return tl_groups_add(&o->groups, pattern, options)
		       ? TL_OK
		       : refuse(o, TL_ERROR_MEMORY, pattern, "out of memory");
}

/* What is remembered */

int64_t tl_optimizer_step_count(const tl_optimizer *o)
{
	return o ? o->steps : 0;
}

void tl_optimizer_set_step_count(tl_optimizer *o, int64_t steps)
{
	if (!o)
		return;
	o->steps = steps > 0 ? steps : 0;
	memset(o->carried, 0, sizeof o->carried);
	double before[TL_OPTIMIZER_COEFFICIENTS];
	for (int64_t k = 1; o->kind->advance && k <= o->steps; k++) {
		memcpy(before, o->carried, sizeof before);
		o->kind->advance(o->option, k, o->carried);
		if (!memcmp(before, o->carried, sizeof before))
			break;
	}
}

int tl_optimizer_slot_count(const tl_optimizer *o)
{
	int count = 0;
	while (o && count < TL_OPTIMIZER_SLOTS && o->update->slot[count])
		count++;
	return count;
}

const char *tl_optimizer_slot_name(const tl_optimizer *o, int k)
{
	return k >= 0 && k < tl_optimizer_slot_count(o) ? o->update->slot[k] : "";
}

/* All slots get room for the numbers the set has now; those that are new start as the kind says. */
static bool slots_reserve(tl_optimizer *o, int64_t numbers)
{
	tl_dtype dtype = tl_params_dtype(o->set);
	size_t number = tl_dtype_size(dtype);
	char *grown[TL_OPTIMIZER_SLOTS] = {NULL};
	bool room = true;
	int slots = tl_optimizer_slot_count(o);
	if (numbers <= o->numbers)
		return true;
	for (int k = 0; k < slots; k++) {
		grown[k] = tl_alloc_zero((size_t)numbers * number);
		room = room && grown[k];
	}
	for (int k = 0; k < slots; k++) {
		double initial = o->kind->initial ? o->kind->initial(o->option, k) : 0;
		if (room && o->numbers)
			memcpy(grown[k], o->slot[k], (size_t)o->numbers * number);
		for (int64_t i = o->numbers; room && initial != 0 && i < numbers; i++)
			if (dtype == TL_F32)
				((float *)grown[k])[i] = (float)initial;
			else
				((double *)grown[k])[i] = initial;
		tl_free(room ? o->slot[k] : grown[k]);
		if (room)
			o->slot[k] = grown[k];
	}
	if (room)
		o->numbers = numbers;
	return room;
}

void *tl_optimizer_slot(tl_optimizer *o, int k, int64_t *count)
{
	int64_t numbers = 0;
	bool there = k >= 0 && k < tl_optimizer_slot_count(o) && tl_set_is_alive(o->set, o->serial);
	if (there)
		tl_params_values(o->set, &numbers);
	there = there && slots_reserve(o, numbers);
	if (count)
		*count = there ? numbers : 0;
	return there ? o->slot[k] : NULL;
}
