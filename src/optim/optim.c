/* What all optimisers share: stretches of learned numbers, memory for each number, the rate. */
#include "optim/finite.h"
#include "optim/optim.h"
#include "optim/stretch.h"

#include "graph/graph.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct tl_optimizer {
	const tl_optim_kind *kind;
	tl_params *set;
	double rate, option[TL_OPTIM_OPTIONS];
	int64_t steps;
	char *slot[TL_OPTIM_SLOTS];
	int64_t numbers;     /* in each slot */
	uint64_t serial;     /* of the set: it may have been destroyed, and another lie there */
	const char *problem; /* with the options: no step is possible */
	char refused[256];   /* why the last step was; empty when it was not */
};

tl_optimizer *tl_optim_create(const tl_optim_kind *kind, tl_params *set, double rate,
			      const double *option, int options, const char *problem)
{
	tl_optimizer *o = set ? tl_alloc_zero(sizeof *o) : NULL;
	if (!o)
		return NULL;
	o->kind = kind;
	o->set = set;
	o->serial = tl_set_serial(set);
	memcpy(o->option, option, (size_t)options * sizeof *option);
	o->problem = problem;
	tl_optimizer_set_learning_rate(o, rate);
	return o;
}

void tl_optimizer_destroy(tl_optimizer *o)
{
	if (!o)
		return;
	for (int k = 0; k < TL_OPTIM_SLOTS; k++)
		tl_free(o->slot[k]);
	tl_free(o);
}

const char *tl_optimizer_error(const tl_optimizer *o)
{
	if (!o)
		return "there is no optimiser: memory was short, or there was no set";
	return o->problem ? o->problem : *o->refused ? o->refused : NULL;
}

void tl_optimizer_set_learning_rate(tl_optimizer *o, double rate)
{
	if (!o)
		return;
	o->rate = rate;
	/* in the set's type it may well be 0 */
	if (!o->problem && !(rate >= 0 && (rate < 1 || tl_fits_set(o->set, rate))))
		o->problem = "the rate is negative or not finite";
}

double tl_optimizer_learning_rate(const tl_optimizer *o)
{
	return o ? o->rate : 0;
}

int64_t tl_optimizer_step_count(const tl_optimizer *o)
{
	return o ? o->steps : 0;
}

void tl_optimizer_set_step_count(tl_optimizer *o, int64_t steps)
{
	if (o)
		o->steps = steps > 0 ? steps : 0;
}

const char *tl_optimizer_kind_name(const tl_optimizer *o)
{
	return o ? o->kind->name : "";
}

int tl_optimizer_slot_count(const tl_optimizer *o)
{
	return o ? o->kind->slots : 0;
}

const char *tl_optimizer_slot_name(const tl_optimizer *o, int k)
{
	return o && k >= 0 && k < o->kind->slots ? o->kind->slot[k] : "";
}

/* All slots get room for the numbers the set has now; those that are new start as zeros. */
static bool slots_reserve(tl_optimizer *o, int64_t numbers)
{
	size_t number = tl_dtype_size(tl_params_dtype(o->set));
	char *grown[TL_OPTIM_SLOTS] = {NULL};
	bool room = true;
	if (numbers <= o->numbers)
		return true;
	for (int k = 0; k < o->kind->slots; k++) {
		grown[k] = tl_alloc_zero((size_t)numbers * number);
		room = room && grown[k];
	}
	for (int k = 0; k < o->kind->slots; k++) {
		if (room && o->numbers)
			memcpy(grown[k], o->slot[k], (size_t)o->numbers * number);
		tl_free(room ? o->slot[k] : grown[k]);
		if (room)
			o->slot[k] = grown[k];
	}
	if (room)
		o->numbers = numbers;
	return room;
}

__attribute__((format(printf, 3, 4))) static tl_status refuse(tl_optimizer *o, tl_status status,
							      const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(o->refused, sizeof o->refused, format, arguments);
	va_end(arguments);
	return status;
}

/* The set is there and has something to learn, and no gradient is NaN or infinite. */
static tl_status step_is_possible(tl_optimizer *o)
{
	int64_t first, count, at;
	int next = 0;
	*o->refused = 0;
	if (o->problem)
		return TL_ERROR_ARGUMENT;
	if (!tl_set_is_alive(o->set, o->serial))
		return refuse(o, TL_ERROR_ARGUMENT, "step: the parameter set was destroyed");
	if (!tl_learned_stretch(o->set, &next, &first, &count))
		return refuse(o, TL_ERROR_ARGUMENT,
			      "step: the set has no parameter that is learned");
	const char *gradient = tl_params_gradients(o->set, NULL);
	if ((at = tl_first_not_finite(o->set, gradient)) < 0)
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

void *tl_optimizer_slot(tl_optimizer *o, int k, int64_t *count)
{
	int64_t numbers = 0;
	bool there = o && k >= 0 && k < o->kind->slots && tl_set_is_alive(o->set, o->serial);
	if (there)
		tl_params_values(o->set, &numbers);
	there = there && slots_reserve(o, numbers);
	if (count)
		*count = there ? numbers : 0;
	return there ? o->slot[k] : NULL;
}

tl_status tl_optimizer_step(tl_optimizer *o)
{
	int64_t numbers, first, count;
	tl_status status = o ? step_is_possible(o) : TL_ERROR_ARGUMENT;
	if (status)
		return status;
	char *value = tl_params_values(o->set, &numbers);
	const char *gradient = tl_params_gradients(o->set, NULL);
	size_t number = tl_dtype_size(tl_params_dtype(o->set));
	if (!slots_reserve(o, numbers))
		return refuse(o, TL_ERROR_MEMORY, "step: out of memory");
	o->steps++;
	for (int next = 0; tl_learned_stretch(o->set, &next, &first, &count);) {
		size_t at = (size_t)first * number;
		tl_stretch s = {.n = count, .value = value + at, .gradient = gradient + at};
		for (int k = 0; k < o->kind->slots; k++)
			s.slot[k] = o->slot[k] + at;
		(tl_params_dtype(o->set) == TL_F32 ? o->kind->update_f32 : o->kind->update_f64)(
			o->option, o->rate, o->steps, &s);
	}
	return TL_OK;
}
