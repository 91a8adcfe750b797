/* All averages are of one form: a moves by a weight towards x, and the weight is a function of how
 * many updates there were. */
#include "optim/norm.h"
#include "optim/share.h"

#include <tapeloop/average.h>

#include "base/memory.h"
#include "graph/graph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct tl_average {
	tl_params *set;
	uint64_t serial; /* of the set */
	tl_average_options options;
	int64_t updates;
	char *block;
	int64_t numbers; /* in the block */
	bool swapped;
	const char *problem; /* with the options */
	char refused[200];   /* why the last call was; empty when it was not */
};

tl_average *tl_average_create(tl_params *set, const tl_average_options *options)
{
	tl_average *a = set ? tl_alloc_zero(sizeof *a) : NULL;
	if (!a)
		return NULL;
	a->set = set;
	a->serial = tl_set_serial(set);
	a->options = options ? *options : (tl_average_options){0};
	if (!(a->options.decay >= 0 && a->options.decay < 1))
		a->problem = "average: the decay is not in [0, 1)";
	else if (a->options.decay == 0 && (a->options.unbiased || a->options.warmup))
		a->problem = "average: unbiased and warmup are of a decay";
	else if (a->options.unbiased && a->options.warmup)
		a->problem = "average: with warmup there is no bias to correct";
	return a;
}

void tl_average_destroy(tl_average *a)
{
	if (a)
		tl_free(a->block);
	tl_free(a);
}

const char *tl_average_error(const tl_average *a)
{
	if (!a)
		return "there is no average: memory was short, or there was no set";
	return a->problem ? a->problem : *a->refused ? a->refused : NULL;
}

bool tl_average_is_swapped(const tl_average *a)
{
	return a && a->swapped;
}

int64_t tl_average_update_count(const tl_average *a)
{
	return a ? a->updates : 0;
}

void tl_average_set_update_count(tl_average *a, int64_t updates)
{
	if (a)
		a->updates = updates > 0 ? updates : 0;
}

static tl_status refuse(tl_average *a, tl_status status, const char *why)
{
	snprintf(a->refused, sizeof a->refused, "average: %s", why);
	return status;
}

/* Room for the numbers the set has now. What is new in a block that was averaged before starts as
 * the values are, so that it is not changed by being exchanged. */
static bool reserve(tl_average *a)
{
	int64_t numbers;
	size_t number = tl_dtype_size(tl_params_dtype(a->set));
	const char *value = tl_params_values(a->set, &numbers);
	if (numbers <= a->numbers)
		return true;
	char *grown = tl_alloc_zero((size_t)numbers * number);
	if (!grown)
		return false;
	size_t had = (size_t)a->numbers * number;
	if (had)
		memcpy(grown, a->block, had);
	if (a->updates)
		memcpy(grown + had, value + had, (size_t)numbers * number - had);
	tl_free(a->block);
	a->block = grown;
	a->numbers = numbers;
	return true;
}

static tl_status begin(tl_average *a)
{
	if (!a)
		return TL_ERROR_ARGUMENT;
	*a->refused = 0;
	if (a->problem)
		return TL_ERROR_ARGUMENT;
	if (!tl_set_is_alive(a->set, a->serial))
		return refuse(a, TL_ERROR_ARGUMENT, "the parameter set was destroyed");
	return reserve(a) ? TL_OK : refuse(a, TL_ERROR_MEMORY, "out of memory");
}

/* How far the average goes towards x at update n, from 1 on. */
static double weight_of(const tl_average_options *o, int64_t n)
{
	double count = (double)n, decay = o->decay;
	if (n == 1)
		return 1;
	if (decay == 0)
		return 1 / count;
	if (o->unbiased)
		return (1 - decay) / (1 - pow(decay, count));
	return 1 - (o->warmup ? fmin(decay, (1 + count) / (10 + count)) : decay);
}

/* Passes over both blocks, in parts */

typedef struct pass {
	tl_stretch walk;
	tl_dtype dtype;
	void *a, *x;
	double weight;
} pass;

#define PASS(REAL)                                                                                 \
	static void move_##REAL(tl_range r, REAL *restrict a, const REAL *restrict x, REAL w)      \
	{                                                                                          \
		for (int64_t i = r.first; i < r.first + r.count; i++)                              \
			a[i] = w == 1 ? x[i] : a[i] + w * (x[i] - a[i]);                           \
	}                                                                                          \
	static void swap_##REAL(tl_range r, REAL *restrict a, REAL *restrict x)                    \
	{                                                                                          \
		for (int64_t i = r.first; i < r.first + r.count; i++) {                            \
			REAL own = x[i];                                                           \
			x[i] = a[i];                                                               \
			a[i] = own;                                                                \
		}                                                                                  \
	}
PASS(float)
PASS(double)

static void move_part(void *data, int part, int parts)
{
	const pass *p = data;
	for (tl_stretch s = p->walk; tl_stretch_next(&s);) {
		tl_range r = tl_share_of(s.first, s.count, part, parts);
		if (p->dtype == TL_F32)
			move_float(r, p->a, p->x, (float)p->weight);
		else
			move_double(r, p->a, p->x, p->weight);
	}
}

static void swap_part(void *data, int part, int parts)
{
	const pass *p = data;
	for (tl_stretch s = p->walk; tl_stretch_next(&s);) {
		tl_range r = tl_share_of(s.first, s.count, part, parts);
		if (p->dtype == TL_F32)
			swap_float(r, p->a, p->x);
		else
			swap_double(r, p->a, p->x);
	}
}

static pass pass_of(const tl_average *a)
{
	return (pass){.walk = {.set = a->set,
			       .what = a->options.buffers ? TL_WALK_ALL : TL_WALK_PARAMETERS},
		      .dtype = tl_params_dtype(a->set),
		      .a = a->block,
		      .x = tl_params_values(a->set, NULL)};
}

tl_status tl_average_update(tl_average *a)
{
	tl_status status = begin(a);
	if (status)
		return status;
	if (a->swapped)
		return refuse(a, TL_ERROR_ARGUMENT, "the set has the averages now");
	pass p = pass_of(a);
	if (tl_first_not_finite(p.walk, p.x) >= 0)
		return refuse(a, TL_ERROR_VALUE, "a value is NaN or infinite");
	p.weight = weight_of(&a->options, ++a->updates);
	tl_share(a->set, 2, move_part, &p);
	return TL_OK;
}

tl_status tl_average_swap(tl_average *a)
{
	tl_status status = begin(a);
	if (status)
		return status;
	if (!a->updates)
		return refuse(a, TL_ERROR_ARGUMENT, "there was no update yet");
	pass p = pass_of(a);
	tl_share(a->set, 2, swap_part, &p);
	a->swapped = !a->swapped;
	return TL_OK;
}

void *tl_average_values(tl_average *a, int64_t *count)
{
	bool there = !begin(a) && !a->swapped;
	if (count)
		*count = there ? a->numbers : 0;
	return there ? a->block : NULL;
}
