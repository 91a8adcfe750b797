/*
 * Gradients beside central differences, in double, of every weight, the initial states and the
 * input; and whether each weight gets a gradient at all. Weights are drawn around where they
 * start, so that what starts as zero hides nothing and what must be positive stays so.
 */
#include "finding.h"
#include "said.h"

#include <math.h>
#include <string.h>

#include <tapeloop/random.h>

enum { SAMPLE = 400 };

typedef struct model {
	const cell_choice *choice;
	tl_params *set;
	tl_cell *cell;
	tl_tape *tape;
	tl_param *x, *state[TL_MAX_STATES];
	int states, batch, steps;
} model;

static tl_param *add(model *m, const char *name, int64_t steps, tl_shape one)
{
	tl_shape shape = {.rank = 0};
	if (steps)
		shape.dim[shape.rank++] = steps;
	shape.dim[shape.rank++] = m->batch;
	for (int i = 0; i < one.rank && shape.rank < TL_MAX_RANK; i++)
		shape.dim[shape.rank++] = one.dim[i];
	return tl_params_add(m->set, name, shape, tl_init_zeros());
}

/* Every number is moved by up to a half, away from where it starts. */
static void move(tl_params *set)
{
	tl_random r = tl_random_stream(3, 0);
	for (int k = 0; k < tl_params_count(set); k++) {
		tl_param *p = tl_params_at(set, k);
		double *value = tl_param_value_double(p);
		for (int64_t i = 0; value && i < tl_param_size(p) && !tl_param_is_buffer(p); i++)
			value[i] += tl_random_uniform(&r) - 0.5;
	}
}

/* The initial states become parameters, which start as the kind says. */
static void add_states(model *m)
{
	tl_state s = tl_cell_initial_state(m->cell, m->tape, m->batch);
	for (int k = 0; k < s.count; k++) {
		char name[24];
		snprintf(name, sizeof name, "state %d", k);
		m->state[k] = add(m, name, 0, tl_cell_state_shape(m->cell, k));
		const double *start = tl_value_double(*tl_state_at(&s, k));
		if (m->state[k] && start)
			memcpy(tl_param_value_double(m->state[k]), start,
			       (size_t)tl_param_size(m->state[k]) * sizeof *start);
	}
	m->states = s.count;
	tl_tape_rewind(m->tape);
}

static bool model_create(model *m, const cell_choice *c, const check_options *o, int batch,
			 int steps)
{
	*m = (model){.choice = c, .batch = batch, .steps = steps};
	m->set = tl_params_create(TL_F64);
	m->tape = tl_tape_create(TL_F64);
	m->cell = m->set ? cell_make(c, m->set, 0, 0) : NULL;
	if (!m->cell || !m->tape)
		return false;
	m->x = add(m, "x", steps, tl_cell_input_shape(m->cell));
	add_states(m);
	const char *error =
		tl_tape_error(m->tape) ? tl_tape_error(m->tape) : tl_params_error(m->set);
	if (error)
		say_error("%s: %s", c->word, error);
	else
		move(m->set);
	double *x = error ? NULL : tl_param_value_double(m->x);
	for (int64_t i = 0; x && is_positive(o) && i < tl_param_size(m->x); i++)
		x[i] = fabs(x[i]) + 0.1;
	return !error;
}

static void model_destroy(model *m)
{
	tl_tape_destroy(m->tape);
	tl_cell_destroy(m->cell);
	tl_params_destroy(m->set);
}

/* All states of all steps count, each element with a weight of its own. */
static tl_tensor loss_of(tl_tape *tape, void *user)
{
	const model *m = user;
	tl_tensor x = tl_use(tape, m->x), loss = tl_scalar(tape, 0), start[TL_MAX_STATES];
	for (int k = 0; k < m->states; k++)
		start[k] = tl_use(tape, m->state[k]);
	tl_state s = tl_state_from_array(start, m->states);
	for (int t = 0; t < m->steps; t++) {
		tl_tape_set_step(tape, t);
		s = tl_cell_step(m->cell, tl_at(x, t), s);
		for (int k = 0; k < s.count && !tl_tape_error(tape); k++) {
			tl_tensor h = *tl_state_at(&s, k);
			tl_tensor weights = trial_weigh(h, (uint64_t)(t * TL_MAX_STATES + k));
			loss = tl_add(loss, tl_sum(tl_mul(h, weights), TL_ALL));
		}
	}
	return loss;
}

static const char *shown_name(const char *name)
{
	return strncmp(name, "cell.", 5) ? name : name + 5;
}

static void compare(model *m, const check_options *o, bool second, findings *f)
{
	tl_gradcheck_report r;
	tl_gradcheck_options options = {
		.tolerance = o->tolerance, .second_order = second, .sample = SAMPLE, .seed = 1};
	tl_status status = tl_gradcheck(loss_of, m, m->set, &options, &r);
	const char *check = second ? "second order" : "gradient";
	char line[300];
	finding *one;
	if (!status) {
		one = found(f, check, VERDICT_OK,
			    "within %.1e of central differences: %lld numbers of the weights, the "
			    "states and x%s",
			    r.max_relative_error, (long long)r.checked,
			    r.kinks ? "; where the derivative jumps, it is that of one side" : "");
	} else if (status == TL_ERROR_GRADIENT && r.checked) {
		one = found(f, check, VERDICT_FAIL,
			    "%s[%lld]: the gradient is %.6g, differences say %.6g. The step jumps "
			    "there, or holds the gradient back (stop, floor, sign), or has "
			    "numbers so large that small ones are lost beside them",
			    shown_name(r.name), (long long)r.index, r.analytic, r.numeric);
	} else {
		first_line(r.message, line, sizeof line);
		one = found(f, check, VERDICT_FAIL, "cannot be compared: %s", line);
	}
	found_number(one, "error", r.checked ? r.max_relative_error : NAN);
	found_number(one, "checked", (double)r.checked);
}

/* How many elements of a parameter's gradient are zero. */
static int64_t zeros_of(tl_param *p)
{
	const double *g = tl_param_gradient_double(p);
	int64_t n = 0;
	for (int64_t i = 0; g && i < tl_param_size(p); i++)
		n += g[i] == 0;
	return n;
}

/* The states are the flow's, which knows of later steps too. */
static bool name_those_without(model *m, findings *f)
{
	char none[300] = "", some[300] = "";
	for (int k = 0; k < tl_params_count(m->set) && tl_params_at(m->set, k) != m->state[0];
	     k++) {
		tl_param *p = tl_params_at(m->set, k);
		const char *name = shown_name(tl_param_name(p));
		int64_t zeros = tl_param_is_trainable(p) ? zeros_of(p) : 0, all = tl_param_size(p);
		char *list = zeros == all ? none : some;
		if (!zeros ||
		    (p == m->x && zeros < all)) /* a row of x that met a kink says nothing */
			continue;
		snprintf(list + strlen(list), sizeof none - strlen(list), "%s%s", *list ? ", " : "",
			 name);
		if (zeros < all)
			snprintf(list + strlen(list), sizeof some - strlen(list),
				 " (%lld of %lld numbers)", (long long)zeros, (long long)all);
	}
	if (*none && m->choice->kind->tree_step)
		found(f, "reached", VERDICT_NOTE,
		      "no gradient reaches %s in a chain, where a node has one child", none);
	else if (*none)
		found(f, "reached", VERDICT_FAIL,
		      "no gradient reaches %s: nothing that is shown later reads it, so it will "
		      "never learn",
		      none);
	if (*some)
		found(f, "reached", VERDICT_NOTE, "no gradient reaches part of %s", some);
	return *none || *some;
}

static bool check_reached(const cell_choice *c, const check_options *o, findings *f)
{
	model m;
	bool done = model_create(&m, c, o, 16, 6);
	if (done && tl_backward(loss_of(m.tape, &m))) {
		say_error("%s: %s", c->word, tl_tape_error(m.tape));
		done = false;
	}
	if (done && !name_those_without(&m, f))
		found(f, "reached", VERDICT_OK, "a gradient reaches every weight, and x");
	model_destroy(&m);
	return done;
}

bool check_gradient(const cell_choice *c, const check_options *o, findings *f)
{
	model m;
	bool done = model_create(&m, c, o, 2, 3);
	if (done) {
		compare(&m, o, false, f);
		if (o->second)
			compare(&m, o, true, f);
	}
	model_destroy(&m);
	return done && check_reached(c, o, f);
}
