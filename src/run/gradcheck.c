/*
 * The checker. The model is recorded on a double tape that reads a double copy of the set (its
 * shadow) and adds gradients to another. What is checked is what training uses: tl_backward into
 * the set, by the tape's executor, in three rounds, since from the second on it runs what the first
 * left in the cache. Then the copy is varied element by element, the tape computed again, and the
 * central differences compared with the gradients of each round.
 */
#include "graph/graph.h"

#include <tapeloop/grad.h>
#include <tapeloop/ops.h>

#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
	ROUNDS = 3,
	ALREADY_THERE = 1 /* in gradients before they are added to: what does not add is found */
};

typedef struct check {
	tl_tape *tape;
	tl_params *set;
	tl_gradcheck_options options;
	tl_gradcheck_report report;
	struct tl_shadow shadow; /* `numbers` elements each */
	double *found;           /* the gradients of each round */
	int64_t numbers;
	tl_tensor loss;
	int count; /* learned parameters the model used */
	tl_tensor *wrt, *grad;
} check;

static tl_status refuse(check *c, tl_status status, const char *why)
{
	snprintf(c->report.message, sizeof c->report.message, "gradcheck: %s", why);
	return status;
}

static tl_status refuse_by_tape(check *c)
{
	snprintf(c->report.message, sizeof c->report.message, "%s", tl_tape_error(c->tape));
	return tl_tape_status(c->tape);
}

static tl_status shadow(check *c)
{
	void *values = tl_params_values(c->set, &c->numbers);
	size_t n = (size_t)c->numbers;
	int most = tl_params_count(c->set);
	c->shadow.values = tl_alloc((n + 1) * sizeof *c->shadow.values);
	c->shadow.gradients = tl_alloc((n + 1) * sizeof *c->shadow.gradients);
	c->found = tl_alloc((ROUNDS * n + 1) * sizeof *c->found);
	c->wrt = tl_alloc(2 * ((size_t)most + 1) * sizeof *c->wrt);
	if (!c->shadow.values || !c->shadow.gradients || !c->found || !c->wrt)
		return refuse(c, TL_ERROR_MEMORY, "out of memory");
	c->grad = c->wrt + most;
	for (size_t i = 0; i < n; i++)
		c->shadow.values[i] = tl_params_dtype(c->set) == TL_F64
					      ? ((double *)values)[i]
					      : (double)((float *)values)[i];
	c->tape->shadow = &c->shadow;
	return TL_OK;
}

static tl_param *param_of(const check *c, int i)
{
	return ((const tl_param_attr *)tl_node_at(c->tape, c->wrt[i].id)->attr)->param;
}

/* The learned parameters of the set that the model brought onto the tape. */
static tl_status find_params(check *c)
{
	int most = tl_params_count(c->set);
	c->count = 0;
	for (uint32_t id = 1; id < c->tape->nodes && c->count < most; id++) {
		if (!tl_is_learned(c->tape, id))
			continue;
		c->wrt[c->count] = tl_handle(c->tape, id);
		c->count += tl_param_set(param_of(c, c->count)) == c->set;
	}
	return c->count ? TL_OK
			: refuse(c, TL_ERROR_ARGUMENT,
				 "the model uses no learned parameter of the set");
}

/* Replace the loss by the inner product of its gradient with a random direction. */
static tl_status differentiate_once(check *c)
{
	if (tl_grads(c->loss, c->wrt, c->count, c->grad))
		return refuse_by_tape(c);
	tl_tensor sum = tl_scalar(c->tape, 0);
	for (int i = 0; i < c->count; i++) {
		tl_tensor g = c->grad[i];
		int64_t size = tl_tensor_size(g);
		float *direction = tl_alloc((size_t)size * sizeof *direction);
		if (!direction)
			return refuse(c, TL_ERROR_MEMORY, "out of memory");
		uint64_t key = tl_random_key(c->options.seed, tl_param_name(param_of(c, i)));
		for (int64_t k = 0; k < size; k++)
			direction[k] = (float)(2 * tl_random_unit(key, (uint64_t)k) - 1);
		tl_tensor v = tl_constant(c->tape, tl_tensor_shape(g), direction);
		tl_free(direction);
		sum = tl_add(sum, tl_sum(tl_mul(g, v), TL_ALL));
	}
	c->loss = sum;
	return tl_tape_error(c->tape) ? refuse_by_tape(c) : TL_OK;
}

static double loss_at(check *c, double *x, double value)
{
	double before = *x;
	*x = value;
	tl_tape_invalidate(c->tape);
	double loss = tl_item(c->loss);
	*x = before;
	return loss;
}

/* How far two slopes are apart, relative where they exceed 1. */
static double apart(double a, double b)
{
	double relative = fabs(a - b) / fmax(1, fmax(fabs(a), fabs(b)));
	return isnan(relative) ? INFINITY : relative;
}

static double central(check *c, double *x, double h)
{
	return (loss_at(c, x, *x + h) - loss_at(c, x, *x - h)) / (2 * h);
}

/* The slope on one side alone, to second order in h, which may be negative. */
static double one_sided(check *c, double *x, double h)
{
	return (4 * loss_at(c, x, *x + h) - loss_at(c, x, *x + 2 * h) - 3 * loss_at(c, x, *x)) /
	       (2 * h);
}

/*
 * Where a derivative jumps, or bends within a step, differences of several steps and sides are not
 * one number. A gradient that agrees with the slope of one side, or of a smaller step, is right
 * there.
 */
static bool is_kink(check *c, double *x, double slope, double graph)
{
	double h = c->options.step, tolerance = 10 * c->options.tolerance;
	double small = central(c, x, h / 8);
	double left = one_sided(c, x, -h / 4), right = one_sided(c, x, h / 4);
	bool jumps = apart(left, right) > tolerance || apart(slope, small) > c->options.tolerance;
	return jumps && (apart(graph, left) <= tolerance || apart(graph, right) <= tolerance ||
			 apart(graph, small) <= c->options.tolerance);
}

/* Compare one element with what each round found; keeps the worst seen. */
static void compare(check *c, tl_param *p, int64_t index)
{
	tl_gradcheck_report *r = &c->report;
	int64_t at = tl_param_offset(p) + index;
	double slope = central(c, &c->shadow.values[at], c->options.step);
	bool kink = false;
	r->checked++;
	for (int round = 0; round < ROUNDS; round++) {
		double graph = c->found[round * c->numbers + at], relative = apart(graph, slope);
		if (relative > c->options.tolerance &&
		    is_kink(c, &c->shadow.values[at], slope, graph)) {
			kink = true;
			continue;
		}
		double absolute = isinf(relative) ? INFINITY : fabs(graph - slope);
		if (absolute > r->max_absolute_error)
			r->max_absolute_error = absolute;
		if (relative > r->max_relative_error || !*r->name) {
			r->max_relative_error = relative;
			r->index = index;
			r->analytic = graph;
			r->numeric = slope;
			r->round = round + 1;
			snprintf(r->name, sizeof r->name, "%s", tl_param_name(p));
		}
	}
	r->kinks += kink;
}

static tl_status check_param(check *c, int i)
{
	tl_param *p = param_of(c, i);
	int64_t size = tl_tensor_size(c->wrt[i]);
	int64_t some = c->options.sample > 0 && c->options.sample < size ? c->options.sample : size;
	uint64_t key = tl_random_key(c->options.seed, tl_param_name(p));
	for (int64_t k = 0; k < some && !tl_tape_error(c->tape); k++)
		compare(c, p,
			some == size
				? k
				: (int64_t)(tl_random_bits(key, (uint64_t)k) % (uint64_t)size));
	return tl_tape_error(c->tape) ? refuse_by_tape(c) : TL_OK;
}

/* Record, and take the gradients as a training step would. Masks are the same in all rounds. */
static tl_status backward(check *c, tl_loss_function model, void *user, double *gradients,
			  double *loss)
{
	tl_status status;
	tl_tape_rewind(c->tape);
	tl_tape_set_seed(c->tape, c->options.seed);
	c->loss = model(c->tape, user);
	if (tl_tape_error(c->tape))
		return refuse_by_tape(c);
	if (c->loss.tape != c->tape || tl_tensor_size(c->loss) != 1)
		return refuse(
			c, TL_ERROR_SHAPE,
			"the model must return one number, recorded on the tape it was given");
	if ((status = find_params(c)) ||
	    (c->options.second_order && (status = differentiate_once(c))))
		return status;
	for (int64_t i = 0; i < c->numbers; i++)
		c->shadow.gradients[i] = ALREADY_THERE;
	if (tl_backward(c->loss))
		return refuse_by_tape(c);
	for (int64_t i = 0; i < c->numbers; i++)
		gradients[i] = c->shadow.gradients[i] - ALREADY_THERE;
	*loss = tl_item(c->loss);
	return tl_tape_error(c->tape) ? refuse_by_tape(c) : TL_OK;
}

static tl_status all_rounds(check *c, tl_loss_function model, void *user)
{
	double first = 0, loss = 0;
	for (int round = 0; round < ROUNDS; round++) {
		tl_status status = backward(c, model, user, c->found + round * c->numbers, &loss);
		if (status)
			return status;
		if (!round)
			first = loss;
		if (apart(first, loss) > 1e-9 && !(isnan(first) && isnan(loss)))
			return refuse(
				c, TL_ERROR_ARGUMENT,
				"the model's loss is another each time it is recorded: it must "
				"be the same on the same parameters");
	}
	return TL_OK;
}

static tl_status run(check *c, tl_loss_function model, void *user)
{
	tl_status status = shadow(c);
	if (status || (status = all_rounds(c, model, user)))
		return status;
	for (int i = 0; i < c->count && !status; i++)
		status = check_param(c, i);
	if (status)
		return status;
	tl_gradcheck_report *r = &c->report;
	char kinks[64] = "";
	r->passed = r->max_relative_error <= c->options.tolerance;
	if (r->kinks)
		snprintf(kinks, sizeof kinks, " (%lld at a kink)", (long long)r->kinks);
	snprintf(r->message, sizeof r->message,
		 "gradcheck: %lld elements%s, %s: worst is %s[%lld] in round %d of tl_backward, "
		 "analytic %.10g, numeric %.10g",
		 (long long)r->checked, kinks, r->passed ? "all agree" : "they differ", r->name,
		 (long long)r->index, r->round, r->analytic, r->numeric);
	return r->passed ? TL_OK : TL_ERROR_GRADIENT;
}

tl_status tl_gradcheck(tl_loss_function model, void *user, tl_params *set,
		       const tl_gradcheck_options *options, tl_gradcheck_report *report)
{
	check c = {.set = set,
		   .shadow.set = set,
		   .options = options ? *options : (tl_gradcheck_options){0}};
	tl_status status;
	if (c.options.step <= 0)
		c.options.step = 1e-5;
	if (c.options.tolerance <= 0)
		c.options.tolerance = 1e-6;
	if (!model || !set || tl_params_error(set))
		status = refuse(&c, TL_ERROR_ARGUMENT,
				set ? tl_params_error(set) ? tl_params_error(set) : "no model"
				    : "no parameter set");
	else if (!(c.tape = tl_tape_create(TL_F64)))
		status = refuse(&c, TL_ERROR_MEMORY, "out of memory");
	else
		status = run(&c, model, user);
	tl_free(c.shadow.values);
	tl_free(c.shadow.gradients);
	tl_free(c.found);
	tl_free(c.wrt);
	tl_tape_destroy(c.tape);
	if (report)
		*report = c.report;
	return status;
}
