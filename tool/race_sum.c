/*
 * What came of a race: of each cell at a task, over its seeds, medians and how far the trainings
 * are from them; and places.
 */
#include "race.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LATE = 5 }; /* evaluations at the end that make the final metric: one alone is chance */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double race_median(double *x, int n, double *deviation)
{
	int count = 0;
	for (int k = 0; k < n; k++)
		if (!isnan(x[k]))
			x[count++] = x[k];
	*deviation = NAN;
	if (!count)
		return NAN;
	qsort(x, (size_t)count, sizeof *x, by_size);
	double median = (x[(count - 1) / 2] + x[count / 2]) / 2;
	for (int k = 0; k < count; k++)
		x[k] = fabs(x[k] - median);
	qsort(x, (size_t)count, sizeof *x, by_size);
	*deviation = (x[(count - 1) / 2] + x[count / 2]) / 2;
	return median;
}

/* The best of all: where training may have been stopped, as with a file that can be learned by
 * heart.
 */
static double best(const task *t, const race_job *j)
{
	double metric = NAN;
	for (int k = 0; k < j->points; k++)
		if (task_is_better(t, j->curve[k].metric, metric))
			metric = j->curve[k].metric;
	return metric;
}

double race_final(const race *r, const race_job *j)
{
	const task *t = &r->task[j->task];
	if (t->kind->files)
		return best(t, j);
	double late[LATE], deviation;
	int n = j->points < LATE ? j->points : LATE;
	for (int k = 0; k < n; k++)
		late[k] = j->curve[j->points - n + k].metric;
	return race_median(late, n, &deviation);
}

const race_point *race_learned(const race *r, const race_job *j)
{
	for (int k = 0; k < j->points && !j->diverged; k++)
		if (task_is_learned(&r->task[j->task], j->curve[k].metric))
			return &j->curve[k];
	return NULL;
}

/* The time of a step, evaluations included. */
static double step_time(const race_job *j)
{
	const race_point *last = j->points ? &j->curve[j->points - 1] : NULL;
	return last && last->step ? last->seconds / (double)last->step : NAN;
}

typedef struct lists {
	double *metric, *steps, *seconds, *time;
	int count;
} lists;

/* What the trainings of a cell at a task and a rate came to. */
static void gather(const race *r, int t, int c, int rate, lists *l, race_sum *s)
{
	double worst = task_higher_is_better(r->task[t].kind) ? 0 : INFINITY;
	for (int k = 0; k < r->jobs; k++) {
		const race_job *j = &r->job[k];
		if (j->task != t || j->cell != c || j->rate != rate || j->state != JOB_IS_DONE)
			continue;
		const race_point *p = race_learned(r, j);
		l->metric[l->count] = j->diverged ? worst : race_final(r, j);
		l->steps[l->count] = p ? (double)p->step : INFINITY;
		l->seconds[l->count] = p ? p->seconds : INFINITY;
		l->time[l->count++] = step_time(j);
		s->learned += p != NULL;
		s->diverged += j->diverged;
	}
	s->done = l->count;
}

static double finite_or_none(double x)
{
	return isfinite(x) ? x : NAN;
}

static race_sum sum_at(const race *r, int t, int c, int rate, double *room)
{
	double deviation;
	size_t n = (size_t)r->jobs;
	lists l = {room, room + n, room + 2 * n, room + 3 * n, 0};
	race_sum s = {.rate = rate};
	gather(r, t, c, rate, &l, &s);
	s.metric = race_median(l.metric, l.count, &s.metric_deviation);
	s.steps = finite_or_none(race_median(l.steps, l.count, &s.steps_deviation));
	s.seconds = finite_or_none(race_median(l.seconds, l.count, &deviation));
	s.step_time = race_median(l.time, l.count, &deviation);
	s.metric_deviation = finite_or_none(s.metric_deviation);
	s.steps_deviation = finite_or_none(s.steps_deviation);
	s.rank = NAN;
	return s;
}

/* Below 0: a is better. First whether it learns at all, then how soon, then how well. */
static int compare(const race *r, int t, const race_sum *a, const race_sum *b)
{
	if (!a->done || !b->done)
		return (b->done > 0) - (a->done > 0);
	double share_a = (double)a->learned / a->done, share_b = (double)b->learned / b->done;
	if (share_a > share_b || share_a < share_b)
		return share_a > share_b ? -1 : 1;
	bool by_time = !strcmp(r->o->equal, "time");
	double soon_a = by_time ? a->seconds : a->steps, soon_b = by_time ? b->seconds : b->steps;
	if (soon_a < soon_b || soon_a > soon_b)
		return soon_a < soon_b ? -1 : 1;
	if (task_is_better(&r->task[t], a->metric, b->metric))
		return -1;
	return task_is_better(&r->task[t], b->metric, a->metric);
}

void race_sum_up(const race *r, int t, race_sum *sum)
{
	double *room = malloc(4 * (size_t)r->jobs * sizeof *room);
	for (int c = 0; c < r->cells; c++) {
		sum[c] = (race_sum){.metric = NAN, .steps = NAN, .seconds = NAN, .rank = NAN};
		for (int k = 0; k < r->rates && room; k++) {
			race_sum one = sum_at(r, t, c, k, room);
			if (!k || compare(r, t, &one, &sum[c]) < 0)
				sum[c] = one;
		}
	}
	for (int c = 0; c < r->cells; c++) {
		int better = 0, equal = 0;
		for (int k = 0; k < r->cells; k++) {
			int order = compare(r, t, &sum[k], &sum[c]);
			better += order < 0;
			equal += order == 0;
		}
		sum[c].rank = sum[c].done ? better + (equal + 1) / 2.0 : NAN;
	}
	free(room);
}

double race_mean_rank(const race *r, race_sum *const *sums, int c)
{
	double sum = 0;
	int count = 0;
	for (int t = 0; t < r->tasks; t++)
		if (!isnan(sums[t][c].rank)) {
			sum += sums[t][c].rank;
			count++;
		}
	return count ? sum / count : NAN;
}
