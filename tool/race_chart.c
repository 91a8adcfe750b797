/*
 * Learning curves: for each task a chart, for each cell the median over seeds, in a band from the
 * first to the third quartile.
 */
#include "race.h"
#include "said.h"
#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GRID = 240 };

typedef struct curve {
	double x[GRID], middle[GRID], low[GRID], high[GRID];
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

/* The metric of each seed's training on a grid, and what they have in common. */
static bool fill_curve(const race *r, int t, int c, int rate, double end, double *runs, curve *out)
{
	int count = 0;
	for (int g = 0; g < GRID; g++)
		out->x[g] = end * g / (GRID - 1);
	for (int k = 0; k < r->jobs; k++) {
		const race_job *j = &r->job[k];
		if (j->task != t || j->cell != c || j->rate != rate || j->state != JOB_IS_DONE)
			continue;
		for (int g = 0; g < GRID; g++)
			runs[count * GRID + g] = metric_at(r, j, out->x[g]);
		count++;
	}
	return !tl_chart_band(runs, count, GRID, 0.5, out->low, out->middle, out->high);
}

/* The chart of a task, whose curves and names are in memory of the caller's. */
static tl_chart chart_of(const race *r, int t, const race_sum *sum, double *runs, curve *curves,
			 tl_curve *shown)
{
	const task_kind *kind = r->task[t].kind;
	double end = longest(r, t);
	int count = 0;
	for (int c = 0; c < r->cells; c++) {
		if (!sum[c].done)
			continue;
		if (!fill_curve(r, t, c, sum[c].rate, end, runs, &curves[c]))
			continue;
		shown[count++] = (tl_curve){.name = r->cell[c].word,
					    .x = curves[c].x,
					    .y = curves[c].middle,
					    .count = GRID,
					    .low = r->o->seeds > 1 ? curves[c].low : NULL,
					    .high = r->o->seeds > 1 ? curves[c].high : NULL};
	}
	for (int g = 0; g < GRID; g++) {
		curves[r->cells].x[g] = end * g / (GRID - 1);
		curves[r->cells].middle[g] = r->task[t].baseline;
	}
	shown[count++] = (tl_curve){.name = "baseline",
				    .x = curves[r->cells].x,
				    .y = curves[r->cells].middle,
				    .count = GRID,
				    .color = "#a0a0a0"};
	return (tl_chart){.title = r->task[t].name,
			  .x_name = r->o->steps ? "step" : "seconds",
			  .y_name = task_metric_name(kind),
			  .curves = shown,
			  .curve_count = count,
			  .log_y = !kind->files && !task_is_classes(&r->task[t])};
}

bool race_draw_chart(race *r, const char *path)
{
	size_t each = (size_t)r->cells + 1, all = (size_t)r->tasks * each;
	tl_error error = {TL_OK, ""};
	curve *curves = calloc(all, sizeof *curves);
	tl_curve *shown = calloc(all, sizeof *shown);
	tl_chart *charts = calloc((size_t)r->tasks, sizeof *charts);
	race_sum *sum = calloc((size_t)r->cells, sizeof *sum);
	double *runs = calloc(((size_t)r->jobs + 1) * GRID, sizeof *runs);
	tl_chart_options options = path ? (tl_chart_options){0} : terminal_of(stdout);
	options.title = r->o->seeds > 1 ? "Learning curves: median and quartiles of the seeds"
					: "Learning curves";
	tl_status status = TL_ERROR_MEMORY;
	if (curves && shown && charts && sum && runs) {
		for (int t = 0; t < r->tasks; t++) {
			race_sum_up(r, t, sum);
			charts[t] = chart_of(r, t, sum, runs, curves + (size_t)t * each,
					     shown + (size_t)t * each);
		}
		status = path ? tl_chart_write(path, charts, r->tasks, &options, &error)
			      : tl_chart_print(stdout, charts, r->tasks, &options, &error);
	}
	if (status)
		say_error("%s", *error.text ? error.text : "out of memory");
	free(curves);
	free(shown);
	free(charts);
	free(sum);
	free(runs);
	return !status;
}
