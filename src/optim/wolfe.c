/*
 * Nocedal & Wright 2006, algorithms 3.5 and 3.6: lengths grow until two of them have a good one
 * between them; then the two close in. Trial lengths are where a cubic through both points has its
 * minimum, with safeguards as in Schmidt's minFunc, whose steps PyTorch takes too.
 */
#include "optim/wolfe.h"

#include <math.h>
#include <string.h>

enum { LOW, HIGH, TRIAL, MOST_TRIES = 25 };

static const double sufficient = 1e-4, curvature = 0.9;

/* The loss is above the line that a step must get below. */
static bool is_high(const tl_wolfe_search *s, const tl_wolfe_point *p)
{
	return p->f > s->start.f + sufficient * p->t * s->start.slope;
}

static bool is_flat(const tl_wolfe_search *s, const tl_wolfe_point *p)
{
	return fabs(p->slope) <= -curvature * s->start.slope;
}

static void swap(tl_wolfe_search *s, int a, int b)
{
	tl_wolfe_point p = s->point[a];
	s->point[a] = s->point[b];
	s->point[b] = p;
}

static void begin_at_start(tl_wolfe_search *s)
{
	double *g = s->point[LOW].g;
	memcpy(g, s->start.g, (size_t)s->n * sizeof *g);
	s->point[LOW] = s->start;
	s->point[LOW].g = g;
}

/* Where the cubic with these values and slopes has its minimum, kept between two lengths; in the
 * middle of these if there is none. */
static double cubic_minimum(const tl_wolfe_point *p, const tl_wolfe_point *q, double from,
			    double to)
{
	const tl_wolfe_point *a = p->t <= q->t ? p : q, *b = a == p ? q : p;
	double d1 = a->slope + b->slope - 3 * (a->f - b->f) / (a->t - b->t);
	double square = d1 * d1 - a->slope * b->slope, d2 = sqrt(square);
	double t = b->t - (b->t - a->t) * ((b->slope + d2 - d1) / (b->slope - a->slope + 2 * d2));
	if (!(square >= 0) || !isfinite(t))
		return (from + to) / 2;
	return t < from ? from : t > to ? to : t;
}

/* Longer and longer, until there is a good length between LOW and HIGH, or HIGH is one. */
static tl_status bracket(tl_wolfe_search *s, double t)
{
	tl_wolfe_point *low = &s->point[LOW], *high = &s->point[HIGH];
	begin_at_start(s);
	tl_status status = s->evaluate(s->user, t, high);
	for (s->tries = 0; !status && s->tries < MOST_TRIES; s->tries++) {
		if (is_high(s, high) || (s->tries > 1 && high->f >= low->f))
			return TL_OK;
		s->found = is_flat(s, high);
		if (s->found || high->slope >= 0)
			return TL_OK;
		t = cubic_minimum(low, high, high->t + 0.01 * (high->t - low->t), 10 * high->t);
		swap(s, LOW, HIGH);
		status = s->evaluate(s->user, t, high);
	}
	begin_at_start(s);
	return status;
}

/* A trial between both; one that is close to an end twice in a row goes a tenth of the way in. */
static double between(const tl_wolfe_search *s, bool *was_close)
{
	const tl_wolfe_point *p = &s->point[LOW], *q = &s->point[HIGH];
	double from = fmin(p->t, q->t), to = fmax(p->t, q->t), margin = 0.1 * (to - from);
	double t = cubic_minimum(p, q, from, to);
	bool close = fmin(to - t, t - from) < margin;
	if (close && (*was_close || t >= to || t <= from)) {
		t = fabs(t - to) < fabs(t - from) ? to - margin : from + margin;
		close = false;
	}
	*was_close = close;
	return t;
}

/* LOW and HIGH close in on a good length; LOW has the lesser loss. */
static tl_status zoom(tl_wolfe_search *s)
{
	tl_wolfe_point *low = &s->point[LOW], *high = &s->point[HIGH], *trial = &s->point[TRIAL];
	bool was_close = false;
	if (!(low->f <= high->f))
		swap(s, LOW, HIGH);
	while (!s->found && s->tries < MOST_TRIES && fabs(high->t - low->t) >= s->least) {
		tl_status status = s->evaluate(s->user, between(s, &was_close), trial);
		if (status)
			return status;
		s->tries++;
		if (is_high(s, trial) || trial->f >= low->f) {
			swap(s, HIGH, TRIAL);
			if (high->f < low->f)
				swap(s, LOW, HIGH);
			continue;
		}
		s->found = is_flat(s, trial);
		if (!s->found && trial->slope * (high->t - low->t) >= 0)
			swap(s, HIGH, LOW);
		swap(s, LOW, TRIAL);
	}
	return TL_OK;
}

tl_status tl_wolfe(tl_wolfe_search *s, double t)
{
	s->found = false;
	tl_status status = bracket(s, t);
	if (!status && s->found)
		swap(s, LOW, HIGH);
	return status || s->found ? status : zoom(s);
}

const tl_wolfe_point *tl_wolfe_best(const tl_wolfe_search *s)
{
	return &s->point[LOW];
}
