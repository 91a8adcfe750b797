/* Running a reservoir on given outputs, and fitting it to give them by itself (ridge.c). */
#include <tapeloop/esn.h>

#include "cell/cell.h"
#include "sequence/noise.h"
#include "cell/step.h"
#include "cells/registry.h"

#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_esn(const tl_cell *c)
{
	return c && c->kind == &tl_cell_esn;
}

/* y of the step before: that of the start first, then those given. */
static tl_tensor before(const tl_cell *esn, tl_tensor y)
{
	tl_tensor first = tl_cell_initial_state(esn, y.tape, tl_tensor_dim(y, 1)).c;
	tl_tensor parts[2] = {tl_expand_dims(first, 0),
			      tl_slice(y, 0, 0, tl_tensor_dim(y, 0) - 1, 1)};
	return tl_concat(parts, 2, 0);
}

/* [steps, batch, width] */
static bool is_of(tl_tensor x, tl_tensor u, int64_t width)
{
	return tl_tensor_shape(x).rank == 3 && tl_tensor_dim(x, 0) == tl_tensor_dim(u, 0) &&
	       tl_tensor_dim(x, 1) == tl_tensor_dim(u, 1) && tl_tensor_dim(x, 2) == width;
}

static int64_t out_of(const tl_cell *esn)
{
	return ((const tl_esn_options *)esn->options.extra)->out;
}

static bool data_fit(const tl_cell *esn, tl_tensor u, tl_tensor y)
{
	tl_tape *t = u.tape;
	if (!t || t->problem.status)
		return false;
	if (is_esn(esn) && tl_belongs(t, u, "esn", 0) && tl_belongs(t, y, "esn", 1) &&
	    is_of(u, u, esn->options.in) && is_of(y, u, out_of(esn)) && tl_tensor_dim(u, 0) > 0)
		return true;
	tl_report(t, TL_ERROR_ARGUMENT, "u is [steps, batch, in], y [steps, batch, out]",
		  "esn: this is no echo state network, or its data do not go together");
	return false;
}

/* Noise is of the reservoir's shape; of the options only the start and first have a meaning. */
static bool forcing_fits(const tl_cell *esn, tl_tensor u, tl_tensor noise,
			 const tl_unroll_options *o)
{
	if (noise.tape && !is_of(noise, u, esn->options.hidden))
		tl_report(u.tape, TL_ERROR_SHAPE, "noise is [steps, batch, hidden]",
			  "esn_teacher_force: the noise does not go with the data");
	if (o && (o->lengths.tape || o->reverse || o->initial_state_backward.count ||
		  tl_dropout_is_set(&o->dropout)))
		tl_report(
			u.tape, TL_ERROR_ARGUMENT,
			"of its options it takes initial_state and first_step; tl_unroll takes all",
			"esn_teacher_force: it knows no lengths, no reverse direction and no "
			"dropout");
	return !u.tape->problem.status;
}

tl_unrolled tl_esn_teacher_force(const tl_cell *esn, tl_tensor u, tl_tensor y, tl_tensor noise,
				 const tl_unroll_options *options)
{
	tl_tape *t = u.tape;
	tl_unrolled r = {.h = {t, 0, 0}, .final_state = tl_inert_state(t, 2)};
	if (!data_fit(esn, u, y) || !forcing_fits(esn, u, noise, options))
		return r;
	int64_t steps = tl_tensor_dim(u, 0);
	int before_step = tl_tape_step(t), first = options ? options->first_step : 0;
	tl_tensor *shown = tl_alloc_zero((size_t)steps * sizeof *shown);
	if (!shown) {
		tl_report_memory(t, "esn_teacher_force");
		return r;
	}
	tl_state s = options && options->initial_state.count
			     ? options->initial_state
			     : tl_cell_initial_state(esn, t, tl_tensor_dim(u, 1));
	for (int64_t k = 0; k < steps && !t->problem.status; k++) {
		tl_tape_set_step(t, first + (int)k);
		s = tl_cell_step(esn, tl_at(u, k), s);
		if (noise.tape)
			s.h = tl_add(s.h, tl_at(noise, k));
		shown[k] = s.h;
		s.c = tl_at(y, k);
	}
	tl_tape_set_step(t, before_step);
	r.h = tl_stack(shown, (int)steps, 0);
	r.final_state = s;
	tl_free(shown);
	return r;
}

/* What the readout sees at each step, [steps, batch, in + hidden + out]: u, x after the step, y
 * before it. */
static tl_tensor features(const tl_cell *esn, tl_tensor u, tl_tensor x, tl_tensor y)
{
	tl_tensor parts[3] = {u, x, before(esn, y)};
	return tl_concat(parts, 3, 2);
}

/* Fitting */

static void set_weight(const tl_cell *esn, const char *name, const double *value)
{
	for (int k = 0; tl_cell_param_at(esn, k); k++) {
		tl_param *p = tl_cell_param_at(esn, k);
		if (strcmp(strrchr(tl_param_name(p), '.') + 1, name))
			continue;
		tl_shape s = tl_param_shape(p);
		for (int64_t i = 0; i < tl_elements(&s); i++)
			if (tl_params_dtype(esn->set) == TL_F64)
				((double *)tl_param_value(p))[i] = value[i];
			else
				((float *)tl_param_value(p))[i] = (float)value[i];
	}
}

static bool is_squashed(const tl_cell *esn)
{
	return ((const tl_esn_options *)esn->options.extra)->squash;
}

/* What the readout is to say before it is squashed: NULL without memory, or where nothing says it.
 */
static double *unsquashed(const double *y, int64_t size, tl_status *status)
{
	double *before = tl_alloc((size_t)size * sizeof *before);
	*status = before ? TL_OK : TL_ERROR_MEMORY;
	for (int64_t i = 0; i < size && !*status; i++) {
		before[i] = atanh(y[i]);
		if (!isfinite(before[i]))
			*status = TL_ERROR_VALUE;
	}
	if (!*status)
		return before;
	tl_free(before);
	return NULL;
}

static double error_of(const double *x, const double *y, int64_t rows, int64_t n, int64_t outputs,
		       const double *W, const double *b, bool squashed)
{
	double square = 0;
	for (int64_t r = 0; r < rows; r++)
		for (int64_t o = 0; o < outputs; o++) {
			double said = b[o], d;
			for (int64_t i = 0; i < n; i++)
				said += W[o * n + i] * x[r * n + i];
			d = (squashed ? tanh(said) : said) - y[r * outputs + o];
			square += d * d;
		}
	return sqrt(square / (double)(rows * outputs));
}

/* On the tape: features of all steps. NULL on error. */
static const double *run(const tl_cell *esn, tl_tape *t, const tl_esn_data *d, double *noise,
			 const tl_esn_fit_options *o)
{
	int64_t out = out_of(esn), n = esn->options.hidden;
	tl_tensor u = tl_input_double(t, tl_dims(d->steps, 1, esn->options.in), d->u);
	tl_tensor y = tl_input_double(t, tl_dims(d->steps, 1, out), d->y), disturb = {0};
	for (int64_t i = 0; noise && i < d->steps * n; i++)
		noise[i] = o->noise * (2 * tl_random_unit(o->seed ^ 0x657368, (uint64_t)i) - 1);
	if (noise)
		disturb = tl_input_double(t, tl_dims(d->steps, 1, n), noise);
	tl_tensor x = tl_esn_teacher_force(esn, u, y, disturb, NULL).h;
	return tl_value_double(features(esn, u, x, y));
}

/* Of the rows after the washout: x is what the readout sees, y what it is to say. */
static tl_status fit(const tl_cell *esn, const double *x, const double *y, int64_t rows,
		     int64_t columns, double ridge, double *error)
{
	int64_t out = out_of(esn);
	bool squashed = is_squashed(esn);
	tl_status status = TL_OK;
	double *W = tl_alloc((size_t)((columns + 1) * out) * sizeof *W), *b = NULL;
	double *before = squashed ? unsquashed(y, rows * out, &status) : NULL;
	if (!W)
		status = TL_ERROR_MEMORY;
	if (!status) {
		b = W + columns * out;
		status = tl_ridge_fit(x, before ? before : y, rows, columns, out, ridge, W, b);
	}
	if (!status) {
		set_weight(esn, "W_out", W);
		set_weight(esn, "b_out", b);
	}
	if (!status && error)
		*error = error_of(x, y, rows, columns, out, W, b, squashed);
	tl_free(before);
	tl_free(W);
	return status;
}

tl_status tl_esn_fit(tl_cell *esn, const tl_esn_data *d, const tl_esn_fit_options *options,
		     double *error)
{
	tl_esn_fit_options o = options ? *options : (tl_esn_fit_options){0};
	if (!is_esn(esn) || !d || !d->u || !d->y || o.washout < 0 || d->steps <= o.washout ||
	    d->steps > INT32_MAX)
		return TL_ERROR_ARGUMENT;
	int64_t out = out_of(esn), n = esn->options.hidden;
	int64_t columns = esn->options.in + n + out, rows = d->steps - o.washout;
	tl_tape *t = tl_tape_create(TL_F64);
	double *noise = o.noise != 0 ? tl_alloc((size_t)(d->steps * n) * sizeof *noise) : NULL;
	tl_status status = TL_ERROR_MEMORY;
	if (t && (noise || o.noise == 0)) {
		const double *x = run(esn, t, d, noise, &o);
		status = x ? fit(esn, x + o.washout * columns, d->y + o.washout * out, rows,
				 columns, o.ridge, error)
			   : tl_tape_status(t);
	}
	tl_tape_destroy(t);
	tl_free(noise);
	return status;
}
