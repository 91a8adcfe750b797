/*
 * Making cells. Nothing a user asked for is ignored: which options a kind takes is not declared but
 * observed. Whatever gives an option its effect (tl_weight_recurrent for weight_dropout,
 * tl_init_forget_bias for forget_bias, tl_cell_activate for activation ...) notes on the cell that
 * it was met, and an option that is set and was not met is refused by name. So the weights function
 * first runs over nothing, before the set is touched; and if an option is set that works in the
 * step, one step is recorded on a tape of its own.
 */
#include "cell/cell.h"
#include "cell/make.h"
#include "cell/weights.h"
#include "cell/step.h"
#include "cell/kind.h"
#include "graph/params.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* Options */

static bool is_rate(double x)
{
	return x >= 0 && x < 1;
}

static const char *refusal(const tl_cell_kind *kind, const char *name, const tl_cell_options *o)
{
	if (!name || !*name || strchr(name, '/'))
		return "a name has no slash and is not empty";
	if (!tl_size_fits(o->in) || !tl_size_fits(o->hidden))
		return "options: in and hidden are at least 1 and less than 2^31";
	if (!is_rate(o->weight_dropout) || !is_rate(o->update_dropout))
		return "options: a dropout rate is at least 0 and less than 1";
	if (o->chrono != 0 && !(o->chrono > 2 && isfinite(o->chrono)))
		return "options: chrono is the longest time, more than 2 steps";
	if (!isfinite(o->forget_bias))
		return "options: forget_bias is finite";
	if (o->chrono != 0 && o->forget_bias != 0)
		return "options: chrono and forget_bias both say how forget gates start";
	if (o->extra && !kind->extra_size)
		return "options: this kind has no options of its own, and extra is given";
	return kind->text       ? kind->text->validate(kind->text, o)
	       : kind->validate ? kind->validate(o)
				: NULL;
}

enum { IN_STEP = TL_OPTION_ACTIVATION | TL_OPTION_UPDATE_DROPOUT };

static const char *const option_names[] = {
	"activation", "input_init", "recurrent_init", "bias_init",      "forget_bias",
	"chrono",     "two_biases", "layer_norm",     "weight_dropout", "update_dropout",
};

enum { OPTIONS = sizeof option_names / sizeof *option_names };

/* Which of them are set, in the order of the names. */
static unsigned wanted(const tl_cell_options *o)
{
	const bool set[OPTIONS] = {
		o->activation != NULL,
		o->input_init.fill != NULL,
		o->recurrent_init.fill != NULL,
		o->bias_init.fill != NULL,
		o->forget_bias != 0,
		o->chrono != 0,
		o->two_biases,
		o->layer_norm,
		o->weight_dropout != 0,
		o->update_dropout != 0,
	};
	unsigned all = 0;
	for (int k = 0; k < OPTIONS; k++)
		all |= set[k] ? 1u << k : 0;
	return all;
}

static bool takes_all(const tl_cell *c, unsigned of)
{
	unsigned ignored = wanted(&c->options) & of & (~c->takes | c->refuses);
	for (int k = 0; k < OPTIONS; k++)
		if (ignored & 1u << k) {
			tl_params_report(c->set, TL_ERROR_ARGUMENT,
					 "cell %.100s (%s): this kind has no use for the option %s",
					 c->name, c->kind->name, option_names[k]);
			return false;
		}
	return true;
}

/* What the kind's functions say of these options must be something that steps can work with. */
static const char *form_problem(const tl_cell *c)
{
	int states = tl_cell_state_count(c);
	if (states < 1 || states > TL_MAX_STATES)
		return "the kind has no state, or more than 16";
	if (tl_cell_input_shape(c).rank >= TL_MAX_RANK)
		return "x without the batch is of rank 3 at most";
	for (int k = 0; k < states; k++)
		if (!c->kind->state[k] || tl_cell_state_shape(c, k).rank >= TL_MAX_RANK)
			return "each state has a name and, without the batch, rank 3 at most";
	return NULL;
}

bool tl_cell_name_taken(const tl_params *set, const char *name)
{
	size_t length = strlen(name);
	for (int i = 0; i < tl_params_count(set); i++) {
		const char *p = tl_param_name(tl_params_at(set, i));
		if (!tl_param_is_offered(tl_params_at(set, i)) && !strncmp(p, name, length) &&
		    p[length] == '.' && !strchr(p + length + 1, '.'))
			return true;
	}
	return false;
}

/* Weights */

/* Behind what the weights function may write; what it writes there is seen and does no harm. */
enum { GUARD = 1 << 16, GUARD_BYTE = 0xa5 };

static bool guard_is_whole(const unsigned char *guard)
{
	for (int i = 0; i < GUARD; i++)
		if (guard[i] != GUARD_BYTE)
			return false;
	return true;
}

static bool make_weights(tl_cell *c)
{
	size_t size = sizeof(struct tl_binding) + c->kind->weights_size;
	struct tl_binding *scratch = tl_alloc_zero(size + GUARD);
	if (!scratch) {
		tl_params_report(c->set, TL_ERROR_MEMORY, "cell %.100s: out of memory", c->name);
		return false;
	}
	unsigned char *guard = (unsigned char *)scratch + size;
	memset(guard, GUARD_BYTE, GUARD);
	c->phase = TL_CELL_SURVEYED;
	tl_cell_name_weights(c, NULL, scratch);
	c->phase = TL_CELL_MADE;
	if (!guard_is_whole(guard))
		tl_params_report(c->set, TL_ERROR_ARGUMENT,
				 "cell %.100s (%s): its weights function fills in more than the "
				 "kind's weights_size, %zu bytes",
				 c->name, c->kind->name, c->kind->weights_size);
	else if (takes_all(c, ~(unsigned)IN_STEP))
		tl_cell_name_weights(c, NULL, scratch);
	tl_free(scratch);
	return !tl_params_error(c->set);
}

/* Trials: on a tape of their own, on which nothing is computed but a start */

static bool trial_failed(tl_cell *c, tl_tape *t)
{
	if (!t || tl_tape_status(t) == TL_ERROR_MEMORY)
		tl_params_report(c->set, TL_ERROR_MEMORY, "cell %.100s: out of memory", c->name);
	tl_tape_destroy(t);
	return tl_params_error(c->set) != NULL;
}

/* One step, for the options it meets. What else may be wrong with it is said when it is taken. */
static bool watch_step(tl_cell *c)
{
	tl_tape *t = tl_tape_create(tl_params_dtype(c->set));
	if (t) {
		tl_tape_set_training(t, false);
		tl_tape_set_step(t, 0);
		tl_tensor x = tl_zeros(t, tl_with_batch(1, tl_cell_input_shape(c)));
		tl_state s = tl_cell_initial_state(c, t, 1);
		c->phase = TL_CELL_WATCHED;
		tl_cell_step(c, x, s);
		c->phase = TL_CELL_MADE;
	}
	return !trial_failed(c, t);
}

/* A learned start starts as the kind's own. */
static bool fill_starts(tl_cell *c)
{
	int states = tl_cell_state_count(c);
	bool wide = tl_params_dtype(c->set) == TL_F64;
	tl_tape *t = tl_tape_create(TL_F64);
	for (int k = 0; t && k < states; k++) {
		tl_shape want = tl_with_batch(1, tl_cell_state_shape(c, k));
		tl_tensor x = c->kind->initial_state(c, t, k, want);
		tl_shape is = tl_tensor_shape(x);
		const double *start = tl_value_double(x);
		tl_param *p = c->param[c->params - (size_t)(states - k)];
		if (!start || !tl_shape_same(&is, &want)) {
			if (tl_tape_status(t) != TL_ERROR_MEMORY)
				tl_params_report(c->set, TL_ERROR_SHAPE,
						 "cell %.100s (%s): the kind's start has no value "
						 "of the shape of state %s",
						 c->name, c->kind->name, c->kind->state[k]);
			break;
		}
		for (int64_t i = 0; i < tl_elements(&want) && !tl_param_was_offered(p); i++)
			if (wide)
				((double *)tl_param_value(p))[i] = start[i];
			else
				((float *)tl_param_value(p))[i] = (float)start[i];
	}
	return !trial_failed(c, t);
}

/* Cells */

static void take_options(tl_cell *c, tl_cell_options options)
{
	const tl_cell_kind *kind = c->kind;
	const void *from = options.extra ? options.extra : kind->extra_default;
	c->options = options;
	if (!kind->extra_size)
		return;
	if (from)
		memcpy(c->extra, from, kind->extra_size);
	if (kind->defaults)
		kind->defaults(c->extra);
	c->options.extra = c->extra;
}

static bool complete(tl_cell *c, const char *name)
{
	const char *called = name ? name : "", *problem = refusal(c->kind, name, &c->options);
	problem = problem ? problem : form_problem(c);
	if (problem)
		tl_params_report(c->set, TL_ERROR_ARGUMENT, "cell %.100s (%s): %s", called,
				 c->kind->name, problem);
	else if (tl_cell_name_taken(c->set, name))
		tl_params_report(c->set, TL_ERROR_NAME,
				 "cell %.100s (%s): the set already has weights of this name",
				 called, c->kind->name);
	else if (!(c->name = tl_alloc(strlen(name) + 1)))
		tl_params_report(c->set, TL_ERROR_MEMORY, "cell %.100s: out of memory", called);
	else
		strcpy(c->name, name);
	return c->name && make_weights(c) &&
	       (!c->options.trainable_initial_state || !c->kind->initial_state || fill_starts(c)) &&
	       (!(wanted(&c->options) & IN_STEP) || (watch_step(c) && takes_all(c, IN_STEP)));
}

tl_cell *tl_cell_make(tl_params *set, const tl_cell_kind *kind, bool copy, const char *name,
		      tl_cell_options options)
{
	static atomic_uint_least64_t made;
	const char *called = name ? name : "", *problem = tl_cell_kind_problem(kind);
	if (!set || tl_params_error(set))
		return NULL;
	tl_cell *c = problem ? NULL : tl_alloc_zero(sizeof *c + kind->extra_size);
	if (c) {
		c->set = set;
		c->own_kind = copy ? tl_cell_kind_copy(kind) : NULL;
		c->kind = copy ? c->own_kind : kind;
	}
	if (!c || !c->kind) {
		tl_params_report(set, TL_ERROR_ARGUMENT, "cell %.100s: %s", called,
				 problem ? problem : "out of memory");
		tl_cell_destroy(c);
		return NULL;
	}
	c->serial = atomic_fetch_add(&made, 1) + 1;
	take_options(c, options);
	if (complete(c, name))
		return c;
	tl_cell_destroy(c);
	return NULL;
}

void tl_cell_destroy(tl_cell *c)
{
	if (!c)
		return;
	tl_cell_kind_release(c->own_kind);
	tl_free(c->name);
	tl_free(c->param);
	tl_free(c);
}

unsigned tl_cell_kind_takes(const tl_cell_kind *kind, const tl_cell_options *options)
{
	tl_cell_options o = {.in = 3, .hidden = 4};
	options = options ? options : kind ? kind->example : NULL;
	if (options)
		o = (tl_cell_options){
			.in = options->in, .hidden = options->hidden, .extra = options->extra};
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *c = set ? tl_cell_make(set, kind, false, "cell", o) : NULL;
	unsigned takes = c && watch_step(c) ? c->takes & ~c->refuses : 0;
	tl_cell_destroy(c);
	tl_params_destroy(set);
	return takes;
}
