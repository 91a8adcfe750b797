/*
 * The equations of cells that stand only in files of the zoo, once more from their papers: plain
 * loops over one row, with nothing of the library. Unlike those of cell_equations.h they are told
 * the options the file was read with, and what x and the shown state were some steps ago.
 */
#ifndef TL_TESTS_ZOO_EQUATIONS_H
#define TL_TESTS_ZOO_EQUATIONS_H

#include "cell_equations.h"

#include <stdlib.h>

enum { ZOO_STEPS = 6, ZOO_PAST = 16 };

typedef struct past {
	const char *options; /* "leak=0.9 depth=3" */
	const row *x, *h;    /* x[k], h[k]: k steps ago, zeros before the start; h[1] is the state
				before this step, x[0] this step's input */
} past;

typedef struct zoo_equation {
	const char *kind, *options;
	int in, hidden;
	int states; /* how many the paper has: those behind are older values */
	void (*step)(const at *a, const past *p);
} zoo_equation;

extern const zoo_equation zoo_gated[], zoo_lstm[], zoo_memory[], zoo_flow[]; /* end with NULL */

/* A number among the options, or the file's default. */
static inline double option_of(const past *p, const char *name, double otherwise)
{
	size_t n = strlen(name);
	for (const char *s = p->options; (s = strstr(s, name)); s += n)
		if ((s == p->options || s[-1] == ' ') && s[n] == '=')
			return atof(s + n + 1);
	return otherwise;
}

static inline int size_of(const past *p, const char *name, int otherwise)
{
	return (int)option_of(p, name, otherwise);
}

/* out += W v, W [n, columns] by its name */
static inline void add(const at *a, const char *W, int columns, const double *v, double *out)
{
	times(weight_of(a, W), a->n, columns, v, out);
}

static inline double dot(const double *a, const double *b, int n)
{
	double sum = 0;
	for (int k = 0; k < n; k++)
		sum += a[k] * b[k];
	return sum;
}

static inline void softmax(double *v, int n)
{
	double most = v[0], sum = 0;
	for (int k = 1; k < n; k++)
		most = fmax(most, v[k]);
	for (int k = 0; k < n; k++)
		sum += v[k] = exp(v[k] - most);
	for (int k = 0; k < n; k++)
		v[k] /= sum;
}

/* Layer normalisation with a gain, as tl_layer_norm: a variance of n, 1e-5 in the root. */
static inline void normalise(double *v, int n, const double *gain)
{
	double mean = 0, variance = 0;
	for (int k = 0; k < n; k++)
		mean += v[k] / n;
	for (int k = 0; k < n; k++)
		variance += (v[k] - mean) * (v[k] - mean) / n;
	for (int k = 0; k < n; k++)
		v[k] = gain[k] * (v[k] - mean) / sqrt(variance + 1e-5);
}

static inline double silu(double x)
{
	return x * sig(x);
}

static inline double softplus(double x)
{
	return log1p(exp(-fabs(x))) + fmax(x, 0);
}

#endif
