/* Running a reservoir on given outputs, and the regression that makes it give them by itself. */
#include <tapeloop/esn.h>

#include "cells/cell.h"

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
	tl_tensor first = tl_cell_start(esn, y.tape, tl_tensor_dim(y, 1)).c;
	tl_tensor parts[2] = {tl_stack(&first, 1, 0), tl_slice(y, 0, 0, tl_tensor_dim(y, 0) - 1)};
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

static bool is_noisy(const tl_noise *n)
{
	return n->input != 0 || n->output != 0 || n->recurrent != 0 || n->memory != 0 ||
	       n->zoneout_shown != 0 || n->zoneout_memory != 0;
}

/* Noise is of the reservoir's shape; of the options only the start and first have a meaning. */
static bool forcing_fits(const tl_cell *esn, tl_tensor u, tl_tensor noise,
			 const tl_unroll_options *o)
{
	if (noise.tape && !is_of(noise, u, esn->options.hidden))
		tl_report(u.tape, TL_ERROR_SHAPE, "noise is [steps, batch, hidden]",
			  "esn_force: the noise does not go with the data");
	if (o && (o->lengths.tape || o->backwards || is_noisy(&o->noise)))
		tl_report(u.tape, TL_ERROR_ARGUMENT,
			  "of its options it takes start and first; tl_unroll takes all",
			  "esn_force: it knows no lengths, no way back and no dropout");
	return !u.tape->problem.status;
}

tl_unrolled tl_esn_force(const tl_cell *esn, tl_tensor u, tl_tensor y, tl_tensor noise,
			 const tl_unroll_options *options)
{
	tl_tape *t = u.tape;
	tl_unrolled r = {.h = {t, 0, 0}, .last = tl_inert_state(t, 2)};
	if (!data_fit(esn, u, y) || !forcing_fits(esn, u, noise, options))
		return r;
	int64_t steps = tl_tensor_dim(u, 0);
	int before_step = tl_tape_step(t), first = options ? options->first : 0;
	tl_tensor *shown = tl_alloc_zero((size_t)steps * sizeof *shown);
	if (!shown) {
		tl_report_memory(t, "esn_force");
		return r;
	}
	tl_state s = options && options->start.count ? options->start
						     : tl_cell_start(esn, t, tl_tensor_dim(u, 1));
	for (int64_t k = 0; k < steps && !t->problem.status; k++) {
		tl_step(t, first + (int)k);
		s = tl_cell_step(esn, tl_at(u, k), s);
		if (noise.tape)
			s.h = tl_add(s.h, tl_at(noise, k));
		shown[k] = s.h;
		s.c = tl_at(y, k);
	}
	tl_step(t, before_step);
	r.h = tl_stack(shown, (int)steps, 0);
	r.last = s;
	tl_free(shown);
	return r;
}

tl_tensor tl_esn_features(const tl_cell *esn, tl_tensor u, tl_tensor x, tl_tensor y)
{
	tl_tensor none = {u.tape, 0, 0};
	if (!data_fit(esn, u, y))
		return none;
	tl_tensor parts[3] = {u, x, before(esn, y)};
	return tl_concat(parts, 3, 2);
}

/* Regression */

enum { LARGEST = 1 << 24 }; /* its square is still a number of bytes */

/* L of A = L L^T, in the lower half of A. False if A is not positive. */
static bool cholesky(double *A, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		for (int64_t j = 0; j <= i; j++) {
			double sum = A[i * n + j];
			for (int64_t k = 0; k < j; k++)
				sum -= A[i * n + k] * A[j * n + k];
			if (i != j)
				A[i * n + j] = sum / A[j * n + j];
			else if (sum > 0)
				A[i * n + i] = sqrt(sum);
			else
				return false;
		}
	return true;
}

static void solve(const double *L, int64_t n, double *x)
{
	for (int64_t i = 0; i < n; i++) {
		for (int64_t k = 0; k < i; k++)
			x[i] -= L[i * n + k] * x[k];
		x[i] /= L[i * n + i];
	}
	for (int64_t i = n; i-- > 0;) {
		for (int64_t k = i + 1; k < n; k++)
			x[i] -= L[k * n + i] * x[k];
		x[i] /= L[i * n + i];
	}
}

static void means(const double *x, int64_t rows, int64_t columns, double *mean)
{
	for (int64_t c = 0; c < columns; c++)
		mean[c] = 0;
	for (int64_t r = 0; r < rows; r++)
		for (int64_t c = 0; c < columns; c++)
			mean[c] += x[r * columns + c] / (double)rows;
}

/* A = X^T X, lower half, and W's rows the right hand sides, about the means. */
static void gather(const double *x, const double *y, int64_t rows, int64_t n, int64_t outputs,
		   const double *mean_x, const double *mean_y, double *A, double *W, double *row)
{
	memset(A, 0, (size_t)(n * n) * sizeof *A);
	memset(W, 0, (size_t)(n * outputs) * sizeof *W);
	for (int64_t r = 0; r < rows; r++) {
		for (int64_t i = 0; i < n; i++)
			row[i] = x[r * n + i] - mean_x[i];
		for (int64_t i = 0; i < n; i++)
			for (int64_t j = 0; j <= i; j++)
				A[i * n + j] += row[i] * row[j];
		for (int64_t o = 0; o < outputs; o++)
			for (int64_t i = 0; i < n; i++)
				W[o * n + i] += (y[r * outputs + o] - mean_y[o]) * row[i];
	}
}

tl_status tl_ridge(const double *x, const double *y, int64_t rows, int64_t n, int64_t outputs,
		   double ridge, double *W, double *b)
{
	if (!x || !y || !W || rows < 1 || n < 1 || outputs < 1 || !(ridge >= 0) || isinf(ridge))
		return TL_ERROR_ARGUMENT;
	if (n > LARGEST || outputs > LARGEST)
		return TL_ERROR_MEMORY;
	double *A = tl_alloc((size_t)(n * n + 2 * n + outputs) * sizeof *A);
	if (!A)
		return TL_ERROR_MEMORY;
	double *mean_x = A + n * n, *row = mean_x + n, *mean_y = row + n;
	memset(mean_x, 0, (size_t)(2 * n + outputs) * sizeof *mean_x);
	if (b) {
		means(x, rows, n, mean_x);
		means(y, rows, outputs, mean_y);
	}
	gather(x, y, rows, n, outputs, mean_x, mean_y, A, W, row);
	for (int64_t i = 0; i < n; i++)
		A[i * n + i] += ridge * (double)rows;
	bool fine = cholesky(A, n);
	for (int64_t o = 0; o < outputs && fine; o++) {
		solve(A, n, W + o * n);
		if (b)
			b[o] = mean_y[o];
		for (int64_t i = 0; b && i < n; i++)
			b[o] -= W[o * n + i] * mean_x[i];
	}
	tl_free(A);
	for (int64_t i = 0; i < n * outputs && fine; i++)
		fine = isfinite(W[i]); /* y had a NaN */
	return fine ? TL_OK : TL_ERROR_VALUE;
}

/* Fitting */

static void set_weight(const tl_cell *esn, const char *name, const double *value)
{
	for (int k = 0; tl_cell_param(esn, k); k++) {
		tl_param *p = tl_cell_param(esn, k);
		if (strcmp(strrchr(tl_param_name(p), '.') + 1, name))
			continue;
		tl_shape s = tl_param_shape(p);
		for (int64_t i = 0; i < tl_shape_size(&s); i++)
			if (tl_params_dtype(esn->set) == TL_F64)
				((double *)tl_param_value(p))[i] = value[i];
			else
				((float *)tl_param_value(p))[i] = (float)value[i];
	}
}

static double error_of(const double *x, const double *y, int64_t rows, int64_t n, int64_t outputs,
		       const double *W, const double *b)
{
	double square = 0;
	for (int64_t r = 0; r < rows; r++)
		for (int64_t o = 0; o < outputs; o++) {
			double d = b[o] - y[r * outputs + o];
			for (int64_t i = 0; i < n; i++)
				d += W[o * n + i] * x[r * n + i];
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
	tl_tensor x = tl_esn_force(esn, u, y, disturb, NULL).h;
	return tl_value_double(tl_esn_features(esn, u, x, y));
}

tl_status tl_esn_fit(tl_cell *esn, const tl_esn_data *d, tl_esn_fit_options o, double *error)
{
	if (!is_esn(esn) || !d || !d->u || !d->y || o.washout < 0 || d->steps <= o.washout ||
	    d->steps > INT32_MAX)
		return TL_ERROR_ARGUMENT;
	int64_t out = out_of(esn), n = esn->options.hidden;
	int64_t columns = esn->options.in + n + out, rows = d->steps - o.washout;
	tl_tape *t = tl_tape_create(TL_F64);
	double *W = tl_alloc((size_t)((columns + 1) * out) * sizeof *W);
	double *noise = o.noise != 0 ? tl_alloc((size_t)(d->steps * n) * sizeof *noise) : NULL;
	tl_status status = TL_ERROR_MEMORY;
	if (t && W && (noise || o.noise == 0)) {
		double *b = W + columns * out;
		const double *x = run(esn, t, d, noise, &o), *y = d->y + o.washout * out;
		x = x ? x + o.washout * columns : NULL;
		status = x ? tl_ridge(x, y, rows, columns, out, o.ridge, W, b) : tl_error_status(t);
		if (!status) {
			set_weight(esn, "W_out", W);
			set_weight(esn, "b_out", b);
		}
		if (!status && error)
			*error = error_of(x, y, rows, columns, out, W, b);
	}
	tl_tape_destroy(t);
	tl_free(W);
	tl_free(noise);
	return status;
}
