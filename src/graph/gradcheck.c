/*
 * The checker. The model is recorded on a double tape that reads a double copy of the set (its
 * shadow); the copy is varied element by element, the same tape computed again, and the central
 * differences compared with what the graph says.
 */
#include "graph/tape.h"

#include <tapeloop/grad.h>
#include <tapeloop/ops.h>

#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct check {
	tl_tape *tape;
	tl_gradcheck_options options;
	tl_gradcheck_report report;
	double *values; /* the shadow */
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
	snprintf(c->report.message, sizeof c->report.message, "%s", tl_error(c->tape));
	return tl_error_status(c->tape);
}

static tl_status shadow(check *c, tl_params *set)
{
	int64_t count;
	void *values = tl_params_values(set, &count);
	c->values = tl_alloc((size_t)count * sizeof *c->values);
	if (!c->values)
		return refuse(c, TL_ERROR_MEMORY, "out of memory");
	for (int64_t i = 0; i < count; i++)
		c->values[i] = tl_params_dtype(set) == TL_F64 ? ((double *)values)[i]
							      : (double)((float *)values)[i];
	c->tape->shadow = set;
	c->tape->shadow_values = c->values;
	return TL_OK;
}

static tl_param *param_of(const check *c, int i)
{
	return ((const tl_param_attr *)tl_node_at(c->tape, c->wrt[i].id)->attr)->param;
}

/* The learned parameters of the set that the model brought onto the tape. */
static tl_status find_params(check *c, const tl_params *set)
{
	int most = tl_params_count(set);
	c->wrt = tl_alloc(2 * ((size_t)most + 1) * sizeof *c->wrt);
	if (!c->wrt)
		return refuse(c, TL_ERROR_MEMORY, "out of memory");
	c->grad = c->wrt + most;
	for (uint32_t id = 1; id < c->tape->nodes && c->count < most; id++) {
		if (tl_node_at(c->tape, id)->op != &tl_op_param)
			continue;
		c->wrt[c->count] = tl_handle(c->tape, id);
		const tl_param *p = param_of(c, c->count);
		c->count += tl_param_set(p) == set && tl_param_is_learned(p);
	}
	return c->count ? TL_OK
			: refuse(c, TL_ERROR_ARGUMENT,
				 "the model uses no learned parameter of the set");
}

/* Replace the loss by the inner product of its gradient with a random direction. */
static tl_status differentiate_once(check *c)
{
	if (tl_grad(c->loss, c->wrt, c->count, c->grad))
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
	return tl_error(c->tape) ? refuse_by_tape(c) : TL_OK;
}

static double loss_at(check *c, double *x, double value)
{
	double before = *x;
	*x = value;
	tl_forget(c->tape);
	double loss = tl_item(c->loss);
	*x = before;
	return loss;
}

/* Compare one element; keeps the worst seen. */
static void compare(check *c, tl_param *p, int64_t index, double graph)
{
	tl_gradcheck_report *r = &c->report;
	double *x = &c->values[tl_param_offset(p) + index], h = c->options.step;
	double slope = (loss_at(c, x, *x + h) - loss_at(c, x, *x - h)) / (2 * h);
	double absolute = fabs(graph - slope), scale = fmax(1, fmax(fabs(graph), fabs(slope)));
	double relative = absolute / scale;
	r->checked++;
	if (isnan(relative))
		absolute = relative = INFINITY;
	if (absolute > r->worst_absolute)
		r->worst_absolute = absolute;
	if (relative >= r->worst_relative) {
		r->worst_relative = relative;
		r->index = index;
		r->graph = graph;
		r->differences = slope;
		snprintf(r->name, sizeof r->name, "%s", tl_param_name(p));
	}
}

static tl_status check_param(check *c, int i)
{
	tl_param *p = param_of(c, i);
	int64_t size = tl_tensor_size(c->wrt[i]);
	int64_t some = c->options.sample > 0 && c->options.sample < size ? c->options.sample : size;
	tl_forget(c->tape);
	const double *g = tl_value_double(c->grad[i]);
	if (!g)
		return refuse_by_tape(c);
	double *graph = tl_alloc((size_t)size * sizeof *graph); /* forgetting moves values */
	if (!graph)
		return refuse(c, TL_ERROR_MEMORY, "out of memory");
	memcpy(graph, g, (size_t)size * sizeof *graph);
	uint64_t key = tl_random_key(c->options.seed, tl_param_name(p));
	for (int64_t k = 0; k < some && !tl_error(c->tape); k++) {
		int64_t index =
			some == size ? k
				     : (int64_t)(tl_random_bits(key, (uint64_t)k) % (uint64_t)size);
		compare(c, p, index, graph[index]);
	}
	tl_free(graph);
	return tl_error(c->tape) ? refuse_by_tape(c) : TL_OK;
}

static tl_status run(check *c, tl_model model, void *user, tl_params *set)
{
	tl_status status = shadow(c, set);
	if (status)
		return status;
	c->loss = model(c->tape, user);
	if (tl_error(c->tape))
		return refuse_by_tape(c);
	if (c->loss.tape != c->tape || tl_tensor_size(c->loss) != 1)
		return refuse(
			c, TL_ERROR_SHAPE,
			"the model must return one number, recorded on the tape it was given");
	if ((status = find_params(c, set)))
		return status;
	if (c->options.second && (status = differentiate_once(c)))
		return status;
	if (tl_grad(c->loss, c->wrt, c->count, c->grad))
		return refuse_by_tape(c);
	for (int i = 0; i < c->count && !status; i++)
		status = check_param(c, i);
	if (status)
		return status;
	tl_gradcheck_report *r = &c->report;
	r->passed = r->worst_relative <= c->options.tolerance;
	snprintf(r->message, sizeof r->message,
		 "gradcheck: %lld elements, %s: worst is %s[%lld], graph %.10g, differences %.10g",
		 (long long)r->checked, r->passed ? "all agree" : "they differ", r->name,
		 (long long)r->index, r->graph, r->differences);
	return r->passed ? TL_OK : TL_ERROR_GRADIENT;
}

tl_status tl_gradcheck(tl_model model, void *user, tl_params *set,
		       const tl_gradcheck_options *options, tl_gradcheck_report *report)
{
	check c = {.options = options ? *options : (tl_gradcheck_options){0}};
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
		status = run(&c, model, user, set);
	tl_free(c.values);
	tl_free(c.wrt);
	tl_tape_destroy(c.tape);
	if (report)
		*report = c.report;
	return status;
}
