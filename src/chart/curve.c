/* What a chart of curves shows: its axes, points, bands, and where the names of curves go. */
#include "chart/curve.h"
#include "chart/ends.h"

#include <stdlib.h>

static double x_of(const tl_curve *c, int i)
{
	return c->x ? c->x[i] : i;
}

tl_plane tl_curve_plane(const tl_chart *chart)
{
	tl_plane p = {tl_axis_begin(chart->log_x), tl_axis_begin(chart->log_y)};
	for (int k = 0; k < chart->curve_count; k++) {
		const tl_curve *c = &chart->curves[k];
		for (int i = 0; i < c->count; i++) {
			bool both = c->low && tl_axis_shows(&p.y, c->low[i]) &&
				    tl_axis_shows(&p.y, c->high[i]);
			if (!tl_axis_shows(&p.x, x_of(c, i)) ||
			    (!both && !tl_axis_shows(&p.y, c->y[i])))
				continue;
			tl_axis_take(&p.x, x_of(c, i));
			tl_axis_take(&p.y, c->y[i]);
			if (both) {
				tl_axis_take(&p.y, c->low[i]);
				tl_axis_take(&p.y, c->high[i]);
			}
		}
	}
	tl_axis_close(&p.x);
	tl_axis_close(&p.y);
	return p;
}

bool tl_curve_point(const tl_plane *p, const tl_curve *c, int i, double *x, double *y)
{
	if (!tl_axis_shows(&p->x, x_of(c, i)) || !tl_axis_shows(&p->y, c->y[i]))
		return false;
	*x = tl_axis_share(&p->x, x_of(c, i));
	*y = tl_axis_share(&p->y, c->y[i]);
	return true;
}

bool tl_curve_edges(const tl_plane *p, const tl_curve *c, int i, double *x, double *low,
		    double *high)
{
	if (!c->low || !tl_axis_shows(&p->x, x_of(c, i)) || !tl_axis_shows(&p->y, c->low[i]) ||
	    !tl_axis_shows(&p->y, c->high[i]))
		return false;
	*x = tl_axis_share(&p->x, x_of(c, i));
	*low = tl_axis_share(&p->y, c->low[i]);
	*high = tl_axis_share(&p->y, c->high[i]);
	return true;
}

/* From top to bottom; equal ends as the curves come. */
static int by_height(const void *a, const void *b)
{
	const tl_end *s = a, *t = b;
	return s->y != t->y ? (s->y < t->y) - (s->y > t->y) : s->curve - t->curve;
}

int tl_curve_ends(const tl_chart *chart, const tl_plane *plane, double height, double least,
		  tl_end end[TL_CURVES])
{
	double at[TL_CURVES];
	int count = 0;
	for (int k = 0; k < chart->curve_count && k < TL_CURVES; k++) {
		const tl_curve *c = &chart->curves[k];
		if (!c->name || !*c->name)
			continue;
		end[count] = (tl_end){0, 0, k, 0};
		for (int i = c->count - 1; i >= 0; i--)
			if (tl_curve_point(plane, c, i, &end[count].x, &end[count].y))
				break;
		count++;
	}
	qsort(end, (size_t)count, sizeof *end, by_height);
	for (int k = 0; k < count; k++)
		at[k] = (1 - end[k].y) * height;
	tl_ends_spread(at, count, least, 0, height);
	for (int k = 0; k < count; k++)
		end[k].at = at[k];
	return count;
}
