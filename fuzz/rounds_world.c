/* Two worlds: what is in them, made and unmade in both, and whether they are still alike. */
#include "fuzz/rounds.h"

#include "fuzz/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of what is computed in the one type or the other: relative, or absolute where numbers are small.
 * Nets are shallow and their numbers moderate: a float is good for 1e-6 of them. */
static double tolerance(tl_dtype dtype)
{
	return dtype == TL_F64 ? 1e-9 : 2e-4;
}

double *world_numbers(const void *values, tl_dtype dtype, int64_t count)
{
	double *x = malloc(((size_t)count + 1) * sizeof *x);
	for (int64_t i = 0; x && i < count; i++)
		x[i] = dtype == TL_F64   ? ((const double *)values)[i]
		       : dtype == TL_F32 ? (double)((const float *)values)[i]
					 : (double)((const int32_t *)values)[i];
	return x;
}

bool world_close(const double *a, const double *b, int64_t count, tl_dtype dtype, int64_t *worst)
{
	double scale = 1;
	for (int64_t i = 0; i < count; i++)
		if (isfinite(b[i]))
			scale = fmax(scale, fabs(b[i]));
	for (int64_t i = 0; i < count; i++)
		if (!(fabs(a[i] - b[i]) <= tolerance(dtype) * scale) &&
		    !(isnan(a[i]) && isnan(b[i]))) {
			*worst = i;
			return false;
		}
	return true;
}

static const void *value_of(tl_tensor x)
{
	tl_dtype dtype = tl_tensor_dtype(x);
	return dtype == TL_F64   ? (const void *)tl_value_double(x)
	       : dtype == TL_F32 ? (const void *)tl_value(x)
				 : (const void *)tl_value_int(x);
}

void world_compare(const char *what, tl_tensor tried, tl_tensor trusted)
{
	tl_dtype dtype = tl_tensor_dtype(tried);
	int64_t count = tl_tensor_size(tried), at;
	const void *v[WORLDS] = {value_of(tried), value_of(trusted)};
	if (!v[TRIED] || !v[TRUSTED])
		fuzz_fail("no value", "%s: only one world has it: %s", what,
			  tl_tape_error(v[TRIED] ? trusted.tape : tried.tape));
	double *a = world_numbers(v[TRIED], dtype, count),
	       *b = world_numbers(v[TRUSTED], dtype, count);
	if (!world_close(a, b, count, dtype, &at))
		fuzz_fail("value", "%s: number %ld is %.17g, the reference has %.17g", what,
			  (long)at, a[at], b[at]);
	free(a);
	free(b);
}

/* The largest number met. */
static double compare_block(world *w, int set, bool gradients, tl_dtype computed)
{
	double most = 0;
	twin_set *s = &w->set[set];
	size_t size = tl_dtype_size(s->dtype);
	tl_dtype worse = s->dtype == TL_F32 ? TL_F32 : computed;
	for (int k = 0; k < tl_params_count(s->s[TRIED]); k++) {
		tl_param *p[WORLDS];
		void *v[WORLDS];
		int64_t count = 1, at;
		for (int i = 0; i < WORLDS; i++) {
			p[i] = tl_params_at(s->s[i], k);
			v[i] = gradients ? tl_param_gradient(p[i]) : tl_param_value(p[i]);
		}
		tl_shape shape = tl_param_shape(p[TRIED]);
		for (int i = 0; i < shape.rank; i++)
			count *= shape.dim[i];
		double *a = world_numbers(v[TRIED], s->dtype, count),
		       *b = world_numbers(v[TRUSTED], s->dtype, count);
		if (!world_close(a, b, count, worse, &at))
			fuzz_fail(
				gradients ? "gradient" : "parameter",
				"set %d, param %d (%s), number %ld: %.17g, the reference has %.17g",
				set, k, tl_param_name(p[TRIED]), (long)at, a[at], b[at]);
		for (int64_t i = 0; i < count; i++)
			most = fmax(most, fabs(a[i]));
		free(a);
		free(b);
		memcpy(v[TRUSTED], v[TRIED], (size_t)count * size);
	}
	return most;
}

/* Padding counts too: it is zero and stays zero. */
static void compare_padding(const world *w, int set)
{
	const twin_set *s = &w->set[set];
	int64_t count[WORLDS], at;
	for (int g = 0; g < 2; g++) {
		double *x[WORLDS];
		for (int i = 0; i < WORLDS; i++) {
			const void *v = g ? tl_params_gradients(s->s[i], &count[i])
					  : tl_params_values(s->s[i], &count[i]);
			x[i] = world_numbers(v, s->dtype, count[i]);
		}
		if (count[TRIED] != count[TRUSTED] ||
		    !world_close(x[TRIED], x[TRUSTED], count[TRIED], s->dtype, &at))
			fuzz_fail("padding", "set %d: %s", set, g ? "gradients" : "values");
		free(x[TRIED]);
		free(x[TRUSTED]);
	}
}

void world_compare_sets(world *w, tl_dtype computed)
{
	double most = 0; /* gradients do not grow from round to round without end */
	for (int i = 0; i < SETS; i++) {
		if (!w->set[i].s[TRIED])
			continue;
		compare_block(w, i, false, computed);
		most = fmax(most, compare_block(w, i, true, computed));
		compare_padding(w, i);
	}
	if (most > 20)
		world_zero(w);
}

/* Faults and errors */

void world_arm(world *w)
{
	if (w->fault)
		fuzz_memory_fail(w->fault, w->fault_stays);
	w->fault = 0;
}

bool world_disarm(world *w)
{
	bool failed = fuzz_memory_failed();
	(void)w;
	fuzz_memory_fail(0, false);
	return !failed;
}

void world_zero(world *w)
{
	for (int i = 0; i < SETS; i++)
		for (int world = 0; world < WORLDS; world++)
			tl_params_zero_gradients(w->set[i].s[world]);
	world_changed(w, ~0u, false, -1);
}

bool world_survived(world *w, twin_tape *t)
{
	if (world_disarm(w) || !tl_tape_status(t->t[TRIED]))
		return true;
	if (tl_tape_status(t->t[TRIED]) != TL_ERROR_MEMORY)
		fuzz_fail("status", "out of memory, but: %s", tl_tape_error(t->t[TRIED]));
	fuzz_say("    out of memory\n");
	t->poisoned = true;
	world_zero(w);
	return false;
}

bool world_agree(world *w, twin_tape *t, const char *what)
{
	tl_status a = tl_tape_status(t->t[TRIED]), b = tl_tape_status(t->t[TRUSTED]);
	if (a != b)
		fuzz_fail("status", "%s: %s, the reference: %s", what,
			  a ? tl_tape_error(t->t[TRIED]) : "ok",
			  b ? tl_tape_error(t->t[TRUSTED]) : "ok");
	if (!a)
		return true;
	fuzz_say("    error: %s\n", tl_tape_error(t->t[TRIED]));
	t->poisoned = true;
	world_zero(w);
	return false;
}

void world_changed(world *w, unsigned sets, bool values, int except)
{
	for (int i = 0; i < TAPES; i++)
		if (w->tape[i].t[TRIED] && (w->tape[i].sets & sets) &&
		    ((values && i != except) || w->tape[i].reads_blocks))
			w->tape[i].changed = true;
}

void world_fresh(twin_tape *t)
{
	for (int i = 0; t->changed && i < WORLDS; i++)
		tl_tape_invalidate(t->t[i]);
	if (t->changed)
		fuzz_say("    (forget)\n");
	t->changed = false;
}

/* Tapes */

static void seed_trusted(twin_tape *t)
{
	tl_tape_set_seed(t->t[TRUSTED], t->seed);
	for (int i = 0; i < t->rewinds; i++)
		tl_tape_rewind(t->t[TRUSTED]);
	tl_tape_set_executor(t->t[TRUSTED], TL_EXECUTOR_REFERENCE);
	tl_tape_set_check_finite(t->t[TRUSTED], t->tracing);
	tl_tape_set_training(t->t[TRUSTED], !t->evaluating);
}

static void forget_round(world *w, twin_tape *t)
{
	t->round = ++w->made;
	t->began_evaluating = t->evaluating;
	t->pooled = t->logged = 0;
	t->poisoned = t->changed = t->lost = t->has_nan = t->reads_blocks = t->reads_gone = false;
	t->sets = 0;
}

void world_tape_create(world *w, int tape, tl_dtype dtype)
{
	twin_tape *t = &w->tape[tape];
	world_arm(w);
	t->t[TRIED] = tl_tape_create(dtype);
	bool all = world_disarm(w);
	if (!t->t[TRIED] && all)
		fuzz_fail("status", "no tape");
	if (!t->t[TRIED])
		return;
	tl_tape *tried = t->t[TRIED];
	*t = (twin_tape){.t = {tried, tl_tape_create(dtype)},
			 .dtype = dtype,
			 .executor = TL_EXECUTOR_COMPILED};
	tl_tape_set_executor(tried, TL_EXECUTOR_COMPILED);
	tl_tape_set_seed(tried, 0);
	seed_trusted(t);
	forget_round(w, t);
}

/* What was freed last is handed out first: the first world's, to the first world. */
void world_tape_destroy(world *w, int tape)
{
	twin_tape *t = &w->tape[tape];
	tl_tape_destroy(t->t[TRUSTED]);
	tl_tape_destroy(t->t[TRIED]);
	t->t[TRIED] = t->t[TRUSTED] = NULL;
	forget_round(w, t);
}

void world_rewind(world *w, int tape)
{
	twin_tape *t = &w->tape[tape];
	tl_tape_rewind(t->t[TRIED]);
	t->rewinds++;
	if (tl_tape_error(t->t[TRIED])) { /* it says that an assignment was never carried out */
		tl_tape_rewind(t->t[TRIED]);
		t->rewinds++;
	}
	tl_tape_destroy(t->t[TRUSTED]);
	t->t[TRUSTED] = tl_tape_create(t->dtype);
	forget_round(w, t);
	seed_trusted(t);
	w->rounds++;
}
