/*
 * L-BFGS. All vectors are of the trainable numbers one after the other, in double whatever the
 * set's type. A direction is the negative gradient times an approximate inverse Hessian, made of
 * the last pairs of steps s and differences of gradients y by two loops over them (Nocedal & Wright
 * 2006, algorithm 7.4); how far to go along it is wolfe.c's.
 */
#include "optim/wolfe.h"
#include "optim/stretch.h"

#include <tapeloop/lbfgs.h>

#include "base/memory.h"
#include "base/random.h"
#include "graph/graph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_HISTORY = 1000, VECTORS = 7 };

struct tl_lbfgs {
	tl_params *set;
	uint64_t serial; /* of the set */
	tl_lbfgs_options options;
	int64_t n;       /* numbers in a vector */
	uint64_t layout; /* which numbers of the set they are */
	double *memory;
	double *x, *g, *d, *before;     /* where the iteration starts; the direction; the last g */
	double *trial[TL_WOLFE_POINTS]; /* gradients of the search */
	double *s, *y, *rho, *alpha;    /* `history` of each, as a ring */
	int pairs, next;
	double t, scale; /* how far d was gone; of the inverse Hessian */
	bool moved;      /* along d by t, from where the gradient was `before` */
	double value;
	bool done;
	int64_t iterations, evaluations;
	tl_lbfgs_loss loss; /* of this step */
	void *user;
	const char *problem; /* with the options */
	char refused[200];   /* why the last step was; empty when it was not */
};

tl_lbfgs *tl_lbfgs_create(tl_params *set, const tl_lbfgs_options *options)
{
	tl_lbfgs *o = set ? tl_alloc_zero(sizeof *o) : NULL;
	if (!o)
		return NULL;
	o->set = set;
	o->serial = tl_set_serial(set);
	tl_lbfgs_options *p = &o->options;
	*p = options ? *options : (tl_lbfgs_options){0};
	p->learning_rate = p->learning_rate == 0 ? 1 : p->learning_rate;
	p->iterations = p->iterations ? p->iterations : 20;
	p->evaluations =
		p->evaluations ? p->evaluations : p->iterations / 4 * 5 + p->iterations % 4 * 5 / 4;
	p->history = p->history ? p->history : 10;
	p->gradient_tolerance = p->gradient_tolerance == 0 ? 1e-7 : p->gradient_tolerance;
	p->change_tolerance = p->change_tolerance == 0 ? 1e-9 : p->change_tolerance;
	if (!(p->learning_rate > 0 && isfinite(p->learning_rate)))
		o->problem = "lbfgs: the rate is not above 0";
	else if (p->iterations < 0 || p->iterations > INT32_MAX / 2 || p->evaluations < 0)
		o->problem = "lbfgs: a number of iterations or evaluations is negative or huge";
	else if (p->history < 0 || p->history > MOST_HISTORY)
		o->problem = "lbfgs: the history is not in [0, 1000]";
	else if (!(p->gradient_tolerance >= 0 && p->change_tolerance >= 0))
		o->problem = "lbfgs: a tolerance is negative";
	return o;
}

void tl_lbfgs_destroy(tl_lbfgs *o)
{
	if (o)
		tl_free(o->memory);
	tl_free(o);
}

const char *tl_lbfgs_error(const tl_lbfgs *o)
{
	if (!o)
		return "there is no L-BFGS: memory was short, or there was no set";
	return o->problem ? o->problem : *o->refused ? o->refused : NULL;
}

double tl_lbfgs_value(const tl_lbfgs *o)
{
	return o ? o->value : NAN;
}

bool tl_lbfgs_is_done(const tl_lbfgs *o)
{
	return o && o->done;
}

int64_t tl_lbfgs_iteration_count(const tl_lbfgs *o)
{
	return o ? o->iterations : 0;
}

int64_t tl_lbfgs_evaluation_count(const tl_lbfgs *o)
{
	return o ? o->evaluations : 0;
}

void tl_lbfgs_reset(tl_lbfgs *o)
{
	if (!o)
		return;
	o->pairs = o->next = 0;
	o->moved = o->done = false;
	o->scale = 1;
}

static tl_status refuse(tl_lbfgs *o, tl_status status, const char *why)
{
	snprintf(o->refused, sizeof o->refused, "lbfgs: %s", why);
	return status;
}

/* Vectors */

static double dot(const double *a, const double *b, int64_t n)
{
	enum { LANES = 8 };
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

/* y += a x */
static void add(double *y, double a, const double *x, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		y[i] += a * x[i];
}

static double largest(const double *x, int64_t n)
{
	double most = 0;
	for (int64_t i = 0; i < n; i++)
		most = fabs(x[i]) > most ? fabs(x[i]) : most;
	return most;
}

/* The set's block as a vector, and a vector as the set's values: x + t d. */
static void gather(const tl_lbfgs *o, const void *block, double *to)
{
	for (tl_stretch s = {.set = o->set}; tl_stretch_next(&s);)
		for (int64_t i = s.first; i < s.first + s.count; i++)
			*to++ = tl_params_dtype(o->set) == TL_F32
					? (double)((const float *)block)[i]
					: ((const double *)block)[i];
}

static void place(const tl_lbfgs *o, double t)
{
	void *block = tl_params_values(o->set, NULL);
	int64_t k = 0;
	for (tl_stretch s = {.set = o->set}; tl_stretch_next(&s);)
		for (int64_t i = s.first; i < s.first + s.count; i++, k++) {
			double x = t == 0 ? o->x[k] : o->x[k] + t * o->d[k];
			if (tl_params_dtype(o->set) == TL_F32)
				((float *)block)[i] = (float)x;
			else
				((double *)block)[i] = x;
		}
}

/* Memory for the numbers that are trainable now; other ones than before start anew. */
static tl_status reserve(tl_lbfgs *o)
{
	int64_t n = 0, h = o->options.history;
	uint64_t layout = 0;
	for (tl_stretch s = {.set = o->set}; tl_stretch_next(&s); n += s.count)
		layout = tl_mix(layout ^ tl_mix((uint64_t)s.first) ^ (uint64_t)s.count << 32);
	if (!n)
		return refuse(o, TL_ERROR_ARGUMENT, "the set has no parameter that is learned");
	if (o->memory && n == o->n && layout == o->layout)
		return TL_OK;
	if (n > PTRDIFF_MAX / 16 / (VECTORS + 2 * h + 2))
		return refuse(o, TL_ERROR_MEMORY, "out of memory");
	double *memory = tl_alloc_zero((size_t)((VECTORS + 2 * h) * n + 2 * h) * sizeof *memory);
	if (!memory)
		return refuse(o, TL_ERROR_MEMORY, "out of memory");
	tl_free(o->memory);
	o->memory = memory;
	o->n = n;
	o->layout = layout;
	o->x = memory;
	o->g = o->x + n;
	o->d = o->g + n;
	o->before = o->d + n;
	for (int k = 0; k < TL_WOLFE_POINTS; k++)
		o->trial[k] = o->before + (k + 1) * n;
	o->s = o->before + (TL_WOLFE_POINTS + 1) * n;
	o->y = o->s + h * n;
	o->rho = o->y + h * n;
	o->alpha = o->rho + h;
	tl_lbfgs_reset(o);
	return TL_OK;
}

/* The loss at x + t d, its gradient and slope along d. What is not finite has a loss of infinity.
 */
static tl_status evaluate(void *user, double t, tl_wolfe_point *to)
{
	tl_lbfgs *o = user;
	double loss = NAN;
	place(o, t);
	tl_params_zero_gradients(o->set);
	o->evaluations++;
	tl_status status = o->loss(o->user, &loss);
	if (status)
		return refuse(o, status, "the loss could not be computed");
	gather(o, tl_params_gradients(o->set, NULL), to->g);
	*to = (tl_wolfe_point){.t = t, .f = loss, .slope = dot(to->g, o->d, o->n), .g = to->g};
	if (!isfinite(loss) || !isfinite(dot(to->g, to->g, o->n)))
		to->f = INFINITY;
	return TL_OK;
}

/* Directions */

/* The step that was taken and what it did to the gradient, unless the loss curves the wrong way. */
static void remember(tl_lbfgs *o)
{
	int64_t n = o->n;
	double *s = o->s + o->next * n, *y = o->y + o->next * n;
	double ys = 0, yy = 0;
	if (!o->moved)
		return;
	for (int64_t i = 0; i < n; i++) {
		double step = o->d[i] * o->t, change = o->g[i] - o->before[i];
		ys += change * step;
		yy += change * change;
	}
	if (!(ys > 1e-10))
		return;
	for (int64_t i = 0; i < n; i++) {
		s[i] = o->d[i] * o->t;
		y[i] = o->g[i] - o->before[i];
	}
	o->rho[o->next] = 1 / ys;
	o->scale = ys / yy;
	o->next = (o->next + 1) % o->options.history;
	o->pairs += o->pairs < o->options.history;
}

/* d = -H g, newest pairs first, then oldest first. */
static void direct(tl_lbfgs *o)
{
	int h = o->options.history;
	int64_t n = o->n;
	remember(o);
	for (int64_t i = 0; i < n; i++)
		o->d[i] = -o->g[i];
	for (int k = 1; k <= o->pairs; k++) {
		int p = (o->next - k + h) % h;
		o->alpha[p] = o->rho[p] * dot(o->s + p * n, o->d, n);
		add(o->d, -o->alpha[p], o->y + p * n, n);
	}
	for (int64_t i = 0; i < n; i++)
		o->d[i] *= o->scale;
	for (int k = o->pairs; k >= 1; k--) {
		int p = (o->next - k + h) % h;
		double beta = o->rho[p] * dot(o->y + p * n, o->d, n);
		add(o->d, o->alpha[p] - beta, o->s + p * n, n);
	}
}

/* One iteration from x, where the loss is `value` and the gradient g. */
static tl_status iterate(tl_lbfgs *o)
{
	int64_t n = o->n;
	double tolerance = o->options.change_tolerance, t = o->options.learning_rate;
	double sum = 0, loss = o->value;
	bool first = !o->moved && !o->pairs;
	direct(o);
	memcpy(o->before, o->g, (size_t)n * sizeof *o->g);
	o->moved = false;
	for (int64_t i = 0; first && i < n; i++)
		sum += fabs(o->g[i]);
	if (first)
		t *= fmin(1, 1 / sum);
	tl_wolfe_search search = {.start = {.f = loss, .slope = dot(o->g, o->d, n), .g = o->g},
				  .evaluate = evaluate,
				  .user = o,
				  .least = tolerance / largest(o->d, n),
				  .n = n};
	if (!(search.start.slope <= -tolerance)) {
		o->done = true;
		return TL_OK;
	}
	for (int k = 0; k < TL_WOLFE_POINTS; k++)
		search.point[k].g = o->trial[k];
	tl_status status = tl_wolfe(&search, t);
	const tl_wolfe_point *best = tl_wolfe_best(&search);
	place(o, status ? 0 : best->t);
	if (status)
		return status;
	o->t = best->t;
	o->value = best->f;
	o->moved = true;
	o->iterations++;
	memcpy(o->g, best->g, (size_t)n * sizeof *o->g);
	gather(o, tl_params_values(o->set, NULL), o->x);
	o->done = largest(o->g, n) <= o->options.gradient_tolerance ||
		  largest(o->d, n) * o->t <= tolerance || fabs(o->value - loss) < tolerance;
	return TL_OK;
}

tl_status tl_lbfgs_step(tl_lbfgs *o, tl_lbfgs_loss loss, void *user)
{
	if (!o || o->problem)
		return TL_ERROR_ARGUMENT;
	*o->refused = 0;
	if (!loss)
		return refuse(o, TL_ERROR_ARGUMENT, "there is no function for the loss");
	if (!tl_set_is_alive(o->set, o->serial))
		return refuse(o, TL_ERROR_ARGUMENT, "the parameter set was destroyed");
	tl_status status = reserve(o);
	if (status)
		return status;
	tl_wolfe_point here = {.g = o->g};
	o->loss = loss;
	o->user = user;
	o->done = false;
	gather(o, tl_params_values(o->set, NULL), o->x);
	int64_t evaluations = o->evaluations;
	if ((status = evaluate(o, 0, &here)))
		return status;
	if (isinf(here.f))
		return refuse(o, TL_ERROR_VALUE, "the loss or a gradient is NaN or infinite");
	o->value = here.f;
	o->done = largest(o->g, o->n) <= o->options.gradient_tolerance;
	for (int k = 0; k < o->options.iterations && !o->done && !status; k++) {
		if (k && o->evaluations - evaluations >= o->options.evaluations)
			break;
		status = iterate(o);
	}
	return status;
}
