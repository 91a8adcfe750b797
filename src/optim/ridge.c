/*
 * Ridge regression by an orthogonal factorisation of [X; sqrt(ridge rows) I], not by the normal
 * equations: these square the condition number, and half of the digits are gone before anything is
 * solved. Householder reflections with column pivoting, as in Golub & Van Loan 2013, section 5.4.2;
 * columns lie one after the other, scaled to length 1, which leaves the solution what it is.
 */
#include <tapeloop/esn.h>

#include "base/memory.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { LARGEST = 1 << 24, LANES = 8 };

/* In a fixed order, in lanes so that compilers vectorise it. */
static double dot(const double *a, const double *b, int64_t n)
{
	double lane[LANES] = {0}, sum = 0;
	int64_t i = 0;
	for (; i + LANES <= n; i += LANES)
		for (int k = 0; k < LANES; k++)
			lane[k] += a[i + k] * b[i + k];
	for (; i < n; i++)
		sum += a[i] * b[i];
	for (int k = 0; k < LANES; k++)
		sum += lane[k];
	return sum;
}

static double length_of(const double *x, int64_t n)
{
	return sqrt(dot(x, x, n));
}

/* x -= v (v . x) 2 / (v . v) */
static void reflect(const double *v, double two_over_square, double *x, int64_t n)
{
	double by = two_over_square * dot(v, x, n);
	for (int64_t i = 0; i < n; i++)
		x[i] -= by * v[i];
}

/* [X; sqrt(ridge rows) I], column by column, and what each column was divided by. */
struct system {
	int64_t height, columns, outputs;
	double *A, *Y;        /* [columns][height], [outputs][height] */
	double *scale, *left; /* of each column; its length in the rows that are left */
	double *diagonal;     /* of R; above it R lies in A */
	double *mean_x, *mean_y;
	int64_t *place; /* which column of X stands here */
};

/* One column about its mean (if there is a bias), the rows of the ridge below it. */
static void fill_column(double *to, const double *x, int64_t rows, int64_t stride, int64_t height,
			double *mean)
{
	double sum = 0;
	for (int64_t r = 0; mean && r < rows; r++)
		sum += x[r * stride] / (double)rows;
	for (int64_t r = 0; r < rows; r++)
		to[r] = x[r * stride] - sum;
	memset(to + rows, 0, (size_t)(height - rows) * sizeof *to);
	if (mean)
		*mean = sum;
}

/*
 * False if a column is nothing: zero, or constant where there is a bias, so that about its mean
 * only rounding is left.
 */
static bool fill(struct system *s, const double *x, const double *y, int64_t rows, double ridge,
		 bool bias)
{
	for (int64_t c = 0; c < s->columns; c++) {
		double *a = s->A + c * s->height, about = 0;
		fill_column(a, x + c, rows, s->columns, s->height, bias ? &s->mean_x[c] : NULL);
		about = fabs(s->mean_x[c]) * sqrt((double)rows);
		if (ridge > 0)
			a[rows + c] = sqrt(ridge * (double)rows);
		s->scale[c] = length_of(a, s->height);
		if (!(s->scale[c] > DBL_EPSILON * (double)rows * about) || !isfinite(s->scale[c]))
			return false;
		for (int64_t r = 0; r < s->height; r++)
			a[r] /= s->scale[c];
		s->left[c] = 1;
		s->place[c] = c;
	}
	for (int64_t o = 0; o < s->outputs; o++)
		fill_column(s->Y + o * s->height, y + o, rows, s->outputs, s->height,
			    bias ? &s->mean_y[o] : NULL);
	return true;
}

static void swap_columns(struct system *s, int64_t a, int64_t b)
{
	double *x = s->A + a * s->height, *y = s->A + b * s->height;
	for (int64_t r = 0; a != b && r < s->height; r++) {
		double t = x[r];
		x[r] = y[r], y[r] = t;
	}
	double left = s->left[a];
	int64_t place = s->place[a];
	s->left[a] = s->left[b], s->left[b] = left;
	s->place[a] = s->place[b], s->place[b] = place;
}

/* What is longest in the rows that are left comes next. */
static void bring_longest(struct system *s, int64_t k)
{
	int64_t best = k;
	for (int64_t c = k + 1; c < s->columns; c++)
		if (s->left[c] > s->left[best])
			best = c;
	swap_columns(s, k, best);
}

/* The length without row k, by Pythagoras while that has digits. */
static void shorten(struct system *s, int64_t c, int64_t k)
{
	const double *a = s->A + c * s->height;
	double share = s->left[c] > 0 ? a[k] / s->left[c] : 0, rest = 1 - share * share;
	s->left[c] =
		rest > 1e-4 ? s->left[c] * sqrt(rest) : length_of(a + k + 1, s->height - k - 1);
}

/* False if the columns are not independent, as far as these numbers can tell. */
static bool factorise(struct system *s)
{
	double least = DBL_EPSILON * (double)s->columns;
	if (s->height < s->columns)
		return false;
	for (int64_t k = 0; k < s->columns; k++) {
		bring_longest(s, k);
		int64_t n = s->height - k;
		double *v = s->A + k * s->height + k, size = length_of(v, n);
		if (!(size > least))
			return false;
		s->diagonal[k] = v[0] > 0 ? -size : size;
		v[0] -= s->diagonal[k];
		double by = 2 / dot(v, v, n);
		for (int64_t c = k + 1; c < s->columns; c++) {
			reflect(v, by, s->A + c * s->height + k, n);
			shorten(s, c, k);
		}
		for (int64_t o = 0; o < s->outputs; o++)
			reflect(v, by, s->Y + o * s->height + k, n);
	}
	return true;
}

/* R z = the top of Q^T y; W is z where its columns were, as long as they were. */
static void solve(const struct system *s, int64_t output, double *W)
{
	double *z = s->Y + output * s->height;
	for (int64_t k = s->columns; k-- > 0;) {
		z[k] /= s->diagonal[k];
		for (int64_t i = 0; i < k; i++)
			z[i] -= s->A[k * s->height + i] * z[k];
		W[s->place[k]] = z[k] / s->scale[s->place[k]];
	}
}

static bool system_create(struct system *s)
{
	int64_t n = s->columns, all = n + s->outputs;
	if (s->height > PTRDIFF_MAX / 8 / (all + 5) - 1)
		return false;
	double *at = tl_alloc_zero((size_t)(all * s->height + 5 * all) * sizeof *at);
	s->place = tl_alloc_zero((size_t)n * sizeof *s->place);
	s->A = at;
	if (!at || !s->place)
		return false;
	s->Y = s->A + n * s->height;
	s->scale = s->Y + s->outputs * s->height;
	s->left = s->scale + n;
	s->diagonal = s->left + n;
	s->mean_x = s->diagonal + n;
	s->mean_y = s->mean_x + n;
	return true;
}

tl_status tl_ridge_fit(const double *x, const double *y, int64_t rows, int64_t n, int64_t outputs,
		       double ridge, double *W, double *b)
{
	if (!x || !y || !W || rows < 1 || n < 1 || outputs < 1 || !(ridge >= 0) || isinf(ridge))
		return TL_ERROR_ARGUMENT;
	if (n > LARGEST || outputs > LARGEST || rows > INT64_MAX / 2)
		return TL_ERROR_MEMORY;
	struct system s = {.height = rows + (ridge > 0 ? n : 0), .columns = n, .outputs = outputs};
	bool room = system_create(&s), fine = room && fill(&s, x, y, rows, ridge, b != NULL);
	fine = fine && factorise(&s);
	for (int64_t o = 0; o < outputs && fine; o++) {
		solve(&s, o, W + o * n);
		for (int64_t i = 0; i < n && fine; i++)
			fine = isfinite(W[o * n + i]); /* y had a NaN */
		if (b)
			b[o] = s.mean_y[o] - dot(W + o * n, s.mean_x, n);
	}
	tl_free(s.A);
	tl_free(s.place);
	return fine ? TL_OK : room ? TL_ERROR_VALUE : TL_ERROR_MEMORY;
}
