/* The equations of the cells once more, in plain loops over one row, with nothing of the library.
 */
#ifndef TL_TESTS_CELL_EQUATIONS_H
#define TL_TESTS_CELL_EQUATIONS_H

#include "cell_bench.h"

enum { WIDE = 16 };

typedef double row[WIDE];

/* One row of a batch at one step: x and the states are read, the states written. */
typedef struct at {
	const bench *b;
	int in, n, t;
	const double *x;
	double *s[TL_MAX_STATES];
} at;

typedef struct equation {
	const char *kind;
	void (*step)(const at *a);
} equation;

extern const equation equations_simple[], equations_lstm[], equations_gated[]; /* end with NULL */

#define EACH(a) for (int k = 0; k < (a)->n; k++)

/* A weight of the cell by its short name. */
static inline const double *weight_of(const at *a, const char *name)
{
	char full[64];
	snprintf(full, sizeof full, "cell.%s", name);
	tl_param *p = tl_params_find(a->b->set, full);
	ck_assert_msg(p != NULL, "there is no %s", full);
	return tl_param_value(p);
}

static inline double sig(double x)
{
	return 1 / (1 + exp(-x));
}

/* out += M v, M [rows, columns] */
static inline void times(const double *M, int rows, int columns, const double *v, double *out)
{
	for (int r = 0; r < rows; r++)
		for (int c = 0; c < columns; c++)
			out[r] += M[r * columns + c] * v[c];
}

static inline void product(const at *a, const char *name, int rows, int columns, const double *v,
			   double *out)
{
	for (int r = 0; r < rows; r++)
		out[r] = 0;
	times(weight_of(a, name), rows, columns, v, out);
}

/* out = W x + U h + b of a gate; h NULL: no U; x NULL: no W */
static inline void gate_from(const at *a, const char *gate, const double *x, int in,
			     const double *h, int from, double *out)
{
	char name[24];
	snprintf(name, sizeof name, "b_%s", gate);
	memcpy(out, weight_of(a, name), (size_t)a->n * sizeof *out);
	if (x) {
		snprintf(name, sizeof name, "W_%s", gate);
		times(weight_of(a, name), a->n, in, x, out);
	}
	if (h) {
		snprintf(name, sizeof name, "U_%s", gate);
		times(weight_of(a, name), a->n, from, h, out);
	}
}

static inline void gate(const at *a, const char *name, const double *h, double *out)
{
	gate_from(a, name, a->x, a->in, h, a->n, out);
}

#endif
