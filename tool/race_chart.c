/*
 * Learning curves: for each task a chart, for each cell the median over seeds, in a band from the
 * first to the third quartile.
 */
#include "race.h"
#include "said.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GRID = 240 };

typedef struct curve {
	double x[GRID], middle[GRID], low[GRID], high[GRID];
	char axis[TASK_NAME + 32]; /* of the chart, in its last curve */
} curve;

static double x_of(const race *r, const race_point *p)
{
	return r->o->steps ? (double)p->step : p->seconds;
}

static double longest(const race *r, int t)
{
	double x = 0;
	for (int k = 0; k < r->jobs; k++) {
		const race_job *j = &r->job[k];
		if (j->task == t && j->state == JOB_IS_DONE && j->points)
			x = fmax(x, x_of(r, &j->curve[j->points - 1]));
	}
	return x;
}

/* The metric of a training at x, on the line between two evaluations; NaN outside of them. */
static double metric_at(const race *r, const race_job *j, double x)
{
	for (int k = 1; k < j->points; k++) {
		double left = x_of(r, &j->curve[k - 1]), right = x_of(r, &j->curve[k]);
		if (x < left || x > right)
			continue;
		double share = right > left ? (x - left) / (right - left) : 0;
		return j->curve[k - 1].metric +
		       share * (j->curve[k].metric - j->curve[k - 1].metric);
	}
	return NAN;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Of n sorted numbers the one at this share of the way. */
static double quantile(const double *x, int n, double share)
{
	double at = share * (n - 1);
	int k = (int)at;
	return k + 1 < n ? x[k] + (at - k) * (x[k + 1] - x[k]) : x[k];
}

/* Where at least half of the trainings are. */
static void fill_curve(const race *r, int t, int c, int rate, double end, double *room, curve *out)
{
	for (int g = 0; g < GRID; g++) {
		int n = 0, all = 0;
		out->x[g] = end * g / (GRID - 1);
		for (int k = 0; k < r->jobs; k++) {
			const race_job *j = &r->job[k];
			if (j->task != t || j->cell != c || j->rate != rate ||
			    j->state != JOB_IS_DONE)
				continue;
			all++;
			room[n] = metric_at(r, j, out->x[g]);
			n += !isnan(room[n]);
		}
		qsort(room, (size_t)n, sizeof *room, by_size);
		bool enough = n && 2 * n >= all;
		out->middle[g] = enough ? quantile(room, n, 0.5) : NAN;
		out->low[g] = enough ? quantile(room, n, 0.25) : NAN;
		out->high[g] = enough ? quantile(room, n, 0.75) : NAN;
	}
}

/* The chart of a task, whose curves and names are in memory of the caller's. */
static tl_chart chart_of(const race *r, int t, const race_sum *sum, double *room, curve *curves,
			 tl_curve *shown)
{
	const task_kind *kind = r->task[t].kind;
	double end = longest(r, t);
	int count = 0;
	for (int c = 0; c < r->cells; c++) {
		if (!sum[c].done)
			continue;
		fill_curve(r, t, c, sum[c].rate, end, room, &curves[c]);
		shown[count++] = (tl_curve){.name = r->cell[c].word,
					    .x = curves[c].x,
					    .y = curves[c].middle,
					    .count = GRID,
					    .low = r->o->seeds > 1 ? curves[c].low : NULL,
					    .high = r->o->seeds > 1 ? curves[c].high : NULL};
	}
	snprintf(curves[r->cells].axis, sizeof curves->axis, "%s: %s", r->task[t].name,
		 task_metric_name(kind));
	for (int g = 0; g < GRID; g++) {
		curves[r->cells].x[g] = end * g / (GRID - 1);
		curves[r->cells].middle[g] = r->task[t].baseline;
	}
	shown[count++] = (tl_curve){.name = "baseline",
				    .x = curves[r->cells].x,
				    .y = curves[r->cells].middle,
				    .count = GRID,
				    .color = "#a0a0a0"};
	return (tl_chart){.title = t ? NULL : "Learning curves: medians, and quartiles, over seeds",
			  .x_name = r->o->steps ? "step" : "seconds",
			  .y_name = curves[r->cells].axis,
			  .curves = shown,
			  .curve_count = count,
			  .log_y = !kind->files && !task_is_classes(&r->task[t])};
}

bool race_write_chart(race *r)
{
	size_t each = (size_t)r->cells + 1, all = (size_t)r->tasks * each;
	tl_error error = {TL_OK, ""};
	curve *curves = calloc(all, sizeof *curves);
	tl_curve *shown = calloc(all, sizeof *shown);
	tl_chart *charts = calloc((size_t)r->tasks, sizeof *charts);
	race_sum *sum = calloc((size_t)r->cells, sizeof *sum);
	double *room = calloc((size_t)r->jobs + 1, sizeof *room);
	tl_status status = TL_ERROR_MEMORY;
	if (curves && shown && charts && sum && room) {
		for (int t = 0; t < r->tasks; t++) {
			race_sum_up(r, t, sum);
			charts[t] = chart_of(r, t, sum, room, curves + (size_t)t * each,
					     shown + (size_t)t * each);
		}
		status = tl_chart_write(r->o->chart, charts, r->tasks, &error);
	}
	if (status)
		say_error("%s", *error.text ? error.text : "out of memory");
	free(curves);
	free(shown);
	free(charts);
	free(sum);
	free(room);
	return !status;
}
