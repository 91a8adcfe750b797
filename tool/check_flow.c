/*
 * How a gradient goes back through time at initialisation: the norm of dL/ds_t for each state s,
 * where L is a sum over h of the last step. In double, which reaches further down than any
 * vanishing gradient of 200 steps does in float. A cell whose gradient shrinks by 0.9 a step can
 * still learn over tens of steps; this says how many.
 */
#include "finding.h"
#include "said.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4, HIDDEN = 32 };

/* What was recorded: states after each step, and the gradients by them. */
typedef struct run {
	trial trial;
	int steps, states;
	tl_tensor *state, *gradient; /* [states][steps] */
} run;

static bool record(run *r)
{
	tl_tape *tape = r->trial.tape;
	tl_tensor x = trial_input(&r->trial, tape);
	tl_state s = tl_cell_initial_state(r->trial.cell, tape, r->trial.size.batch);
	for (int t = 0; t < r->steps; t++) {
		tl_tape_set_step(tape, t);
		s = tl_cell_step(r->trial.cell, tl_at(x, t), s);
		for (int k = 0; k < r->states; k++)
			r->state[k * r->steps + t] = *tl_state_at(&s, k);
	}
	tl_tape_set_step(tape, -1);
	tl_tensor loss = tl_sum(tl_mul(s.h, trial_weigh(s.h, 0)), TL_ALL);
	int all = r->states * r->steps;
	tl_grads(loss, r->state, all, r->gradient);
	tl_evaluate(r->state, all);
	tl_evaluate(r->gradient, all);
	return trial_fine(&r->trial);
}

/* The Euclidean norm; NaN if an element is. Neither overflows nor vanishes on the way. */
static double norm_of(tl_tensor t)
{
	const double *v = tl_value_double(t);
	double largest = 0, sum = 0;
	int64_t n = tl_tensor_size(t);
	for (int64_t i = 0; v && i < n; i++)
		largest = fabs(v[i]) > largest || isnan(v[i]) ? fabs(v[i]) : largest;
	if (!v || largest == 0 || !isfinite(largest))
		return v ? largest : NAN;
	for (int64_t i = 0; i < n; i++)
		sum += v[i] / largest * (v[i] / largest);
	return largest * sqrt(sum);
}

/* By how much a norm changes from a step to the one before it: the slope of its logarithm, by least
 * squares, where it is not zero. */
static double factor_of(const double *norm, int steps)
{
	double n = 0, st = 0, sy = 0, stt = 0, sty = 0;
	for (int t = 0; t < steps; t++) {
		double y = log(norm[t]), back = steps - 1 - t;
		if (norm[t] < 1e-290 || !isfinite(y))
			continue;
		n++, st += back, sy += y, stt += back * back, sty += back * y;
	}
	double below = n * stt - st * st;
	return below > 0 ? exp((n * sty - st * sy) / below) : NAN;
}

/* "lstm:chrono=200", for who takes it. */
static void advise(const cell_choice *c, char *text, size_t room)
{
	const tl_cell_options *example = c->kind->example;
	tl_cell_options o = {.in = example ? example->in : 3,
			     .hidden = example ? example->hidden : 4,
			     .extra = c->options.extra};
	*text = '\0';
	if (tl_cell_kind_takes(c->kind, &o) & TL_OPTION_CHRONO && c->options.chrono == 0 &&
	    c->options.forget_bias == 0)
		snprintf(text, room, ". Gates that begin open help: %.60s%cchrono=200", c->word,
			 strchr(c->word, ':') ? ',' : ':');
}

/* From the last step back, how many until less than this share is left; -1: never. */
static int reach_of(const double *norm, int steps, double share)
{
	double most = norm[steps - 1];
	for (int back = 0; back < steps; back++) {
		if (norm[steps - 1 - back] > most)
			most = norm[steps - 1 - back];
		if (norm[steps - 1 - back] < share * most)
			return back;
	}
	return -1;
}

static void judge(const run *r, const flow *drawn, int k, double most, findings *f)
{
	const double *norm = drawn->norm + (size_t)k * (size_t)r->steps;
	double factor = factor_of(norm, r->steps), first = norm[0], last = norm[r->steps - 1];
	double total = last > 0 ? first / last : most > 0 ? first / most : NAN;
	int reach = reach_of(norm, r->steps, 1e-3);
	char check[32], advice[160];
	snprintf(check, sizeof check, "flow of %.20s", drawn->name[k]);
	advise(r->trial.choice, advice, sizeof advice);
	finding *one;
	bool finite = true;
	for (int t = 0; t < r->steps; t++)
		finite = finite && isfinite(norm[t]);
	if (!finite)
		one = found(f, check, VERDICT_FAIL, "the gradient is not finite within %d steps",
			    r->steps);
	else if (most == 0 || isnan(factor))
		one = found(f, check, VERDICT_NOTE, "what h is later does not depend on it");
	else if (total > 1e3)
		one = found(f, check, VERDICT_NOTE,
			    "explodes: x%.3g a step, x%.1e over %d steps; clip gradients, or start "
			    "the recurrent weights smaller",
			    factor, total, r->steps);
	else if (reach >= 0)
		one = found(f, check, VERDICT_NOTE,
			    "vanishes: less than a thousandth is left after %d step%s; over all "
			    "%d it is x%.3g a step%s",
			    reach, reach == 1 ? "" : "s", r->steps, factor, advice);
	else
		one = found(f, check, VERDICT_OK, "x%.3g a step, x%.2g over %d steps", factor,
			    total, r->steps);
	found_number(one, "factor", factor);
	found_number(one, "total", total);
	found_number(one, "reach", reach);
}

static bool keep_norms(const run *r, const cell_choice *c, flow *drawn)
{
	*drawn = (flow){.steps = r->steps, .states = r->states};
	drawn->norm = malloc((size_t)(r->states * r->steps) * sizeof *drawn->norm);
	if (!drawn->norm) {
		say_error("out of memory");
		return false;
	}
	for (int i = 0; i < r->states * r->steps; i++)
		drawn->norm[i] = norm_of(r->gradient[i]);
	for (int k = 0; k < r->states; k++)
		snprintf(drawn->name[k], sizeof drawn->name[k], "%s", c->kind->state[k]);
	return true;
}

/* States that grow without end, though the inputs do not. */
static void judge_values(const run *r, findings *f)
{
	for (int k = 0; k < r->states; k++) {
		double half = norm_of(r->state[k * r->steps + r->steps / 2]);
		double end = norm_of(r->state[k * r->steps + r->steps - 1]);
		if (isfinite(end) && !(end > 1e6 && end > 1e3 * half))
			continue;
		finding *one =
			found(f, "states", isfinite(end) ? VERDICT_NOTE : VERDICT_FAIL,
			      "%s grows without end: its norm is %.2g after %d steps and "
			      "%.2g after %d",
			      r->trial.choice->kind->state[k], half, r->steps / 2, end, r->steps);
		found_number(one, "norm", end);
		return;
	}
}

bool check_flow(const cell_choice *c, const check_options *o, findings *f, flow *drawn)
{
	sizes size = {.in = HIDDEN,
		      .hidden = HIDDEN,
		      .batch = BATCH,
		      .steps = o->flow_steps,
		      .positive = is_positive(o)};
	run r = {.steps = (int)o->flow_steps};
	bool done = false;
	*drawn = (flow){0};
	cell_sizes(c, &size.in, &size.hidden);
	if (trial_create(&r.trial, c, TL_F64, size)) {
		r.states = c->kind->first_older_state ? c->kind->first_older_state
						      : tl_cell_state_count(r.trial.cell);
		size_t all = (size_t)(r.states * r.steps);
		r.state = calloc(all, sizeof *r.state);
		r.gradient = calloc(all, sizeof *r.gradient);
		done = r.state && r.gradient;
		if (!done)
			say_error("out of memory");
		done = done && record(&r) && keep_norms(&r, c, drawn);
		double most = 0;
		for (size_t i = 0; done && i < all; i++)
			most = drawn->norm[i] > most ? drawn->norm[i] : most;
		for (int k = 0; done && k < r.states; k++)
			judge(&r, drawn, k, most, f);
		if (done)
			judge_values(&r, f);
	}
	free(r.state);
	free(r.gradient);
	trial_destroy(&r.trial);
	return done;
}
