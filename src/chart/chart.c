/* Charts: curves over common axes. One chart is a panel of a sheet; panels stand below each other.
 */
#include "chart/svg.h"
#include "io/fail.h"

#include <tapeloop/chart.h>

#include <math.h>
#include <string.h>

enum {
	WIDTH = 760,
	HEIGHT = 330,
	HEAD = 36,
	LEFT = 72,
	RIGHT = 20,
	TOP = 32,
	BOTTOM = 52,
	LEGEND = 18, /* from a row of names to the next */
	MOST = 64
};

/* Okabe and Ito's, which most who see few colours can tell apart too. */
static const char *const palette[8] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
				       "#56b4e9", "#e69f00", "#7a5c00", "#555555"};

typedef struct range {
	double low, high;
	bool log;
} range;

/* One panel, and what its axes span. */
typedef struct panel {
	const tl_chart *chart;
	double top, plot, bottom; /* where it begins; its plot, below the names */
	range x, y;
} panel;

static double x_of(const tl_curve *c, int i)
{
	return c->x ? c->x[i] : i;
}

static bool shown(const panel *p, double x, double y)
{
	return isfinite(x) && isfinite(y) && (!p->y.log || y > 0);
}

static void widen(range *r, double v)
{
	r->low = fmin(r->low, v);
	r->high = fmax(r->high, v);
}

static void take_in(panel *p, const tl_curve *c)
{
	for (int i = 0; i < c->count; i++) {
		double x = x_of(c, i);
		if (!shown(p, x, c->y[i]))
			continue;
		widen(&p->x, x);
		widen(&p->y, c->y[i]);
		if (c->low && shown(p, x, c->low[i]))
			widen(&p->y, c->low[i]);
		if (c->low && shown(p, x, c->high[i]))
			widen(&p->y, c->high[i]);
	}
}

/* A span of something, also around one number or none. */
static void open_up(range *r)
{
	if (!(r->low <= r->high))
		*r = (range){r->log ? 0.1 : 0, 1, r->log};
	if (r->log) {
		r->low = pow(10, floor(log10(r->low) + 1e-9));
		r->high = pow(10, ceil(log10(r->high) - 1e-9));
		if (!(r->low < r->high))
			r->high = 10 * r->low;
	} else if (!(r->low < r->high)) {
		double around = r->low == 0 ? 1 : fabs(r->low) / 2;
		r->low -= around;
		r->high += around;
	}
}

static double at_x(const panel *p, double v)
{
	return LEFT + (v - p->x.low) / (p->x.high - p->x.low) * (WIDTH - LEFT - RIGHT);
}

static double at_y(const panel *p, double v)
{
	double share = p->y.log ? log10(v / p->y.low) / log10(p->y.high / p->y.low)
				: (v - p->y.low) / (p->y.high - p->y.low);
	return p->bottom - share * (p->bottom - p->plot);
}

/* The smallest of 1, 2, 5 times a power of ten that cuts a span in at most eight. */
static double tick_of(double span)
{
	double tick = pow(10, floor(log10(span / 8)));
	static const double times[] = {1, 2, 5, 10};
	for (int i = 0; i < 4; i++)
		if (span / (tick * times[i]) <= 8)
			return tick * times[i];
	return tick * 10;
}

static void line_at(FILE *f, const panel *p, double v)
{
	fprintf(f,
		"<path d=\"M%d %.1fH%d\" stroke=\"#e4e4e4\"/><text x=\"%d\" y=\"%.1f\" "
		"text-anchor=\"end\">%g</text>\n",
		LEFT, at_y(p, v), WIDTH - RIGHT, LEFT - 8, at_y(p, v) + 4, v);
}

/* The k-th tick from where the axis begins: a product has no rounding that adds up; + 0.0 makes -0
 * a 0. */
static double tick_at(range r, double tick, int k)
{
	return (ceil(r.low / tick - 1e-9) + k) * tick + 0.0;
}

static void axes(FILE *f, const panel *p)
{
	double end = p->y.high + 1e-9 * (p->y.high - p->y.low);
	if (p->y.log) {
		int powers = (int)lround(log10(p->y.high / p->y.low)), every = powers / 8 + 1;
		for (int k = 0; k <= powers; k += every)
			line_at(f, p, p->y.low * pow(10, k));
	} else {
		double tick = tick_of(p->y.high - p->y.low);
		for (int k = 0; tick_at(p->y, tick, k) <= end; k++)
			line_at(f, p, tick_at(p->y, tick, k));
	}
	double tick = tick_of(p->x.high - p->x.low);
	for (int k = 0; tick_at(p->x, tick, k) <= p->x.high; k++)
		fprintf(f, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%.6g</text>\n",
			at_x(p, tick_at(p->x, tick, k)), p->bottom + 18, tick_at(p->x, tick, k));
	fprintf(f,
		"<path d=\"M%d %.0fH%d\" stroke=\"#444444\"/>\n"
		"<text x=\"%d\" y=\"%.0f\" text-anchor=\"middle\">",
		LEFT, p->bottom, WIDTH - RIGHT, (LEFT + WIDTH - RIGHT) / 2, p->bottom + 36);
	tl_svg_text(f, p->chart->x_name);
	fprintf(f,
		"</text>\n<text transform=\"translate(18 %.0f) rotate(-90)\" "
		"text-anchor=\"middle\">",
		(p->plot + p->bottom) / 2);
	tl_svg_text(f, p->chart->y_name);
	fputs("</text>\n", f);
}

static const char *color_of(const tl_chart *chart, int k)
{
	return chart->curves[k].color ? chart->curves[k].color : palette[k % 8];
}

/* Those after the eighth have its colours again, and are dashed. */
static const char *dashes_of(const tl_chart *chart, int k)
{
	return k >= 8 && !chart->curves[k].color ? " stroke-dasharray=\"5 3\"" : "";
}

/* Columns that a name takes about, of letters that are a byte or more. */
static double width_of(const char *name)
{
	int letters = 0;
	for (; *name; name++)
		letters += ((unsigned char)*name & 0xc0) != 0x80;
	return 54 + 7 * letters;
}

/* The place of the next name: to the right of the last, or in a row of its own. */
static void next_place(const char *name, double *x, int *row)
{
	if (*x > LEFT && *x + width_of(name) > WIDTH) {
		*x = LEFT;
		++*row;
	}
}

static int legend_rows(const tl_chart *chart)
{
	double x = LEFT;
	int row = 0;
	for (int k = 0; k < chart->curve_count; k++) {
		const char *name = chart->curves[k].name;
		if (!name)
			continue;
		next_place(name, &x, &row);
		x += width_of(name);
	}
	return row + 1;
}

/* In rows above the plot, where no curve goes: a stroke, the name. */
static void legend(FILE *f, const panel *p)
{
	double x = LEFT;
	int row = 0;
	for (int k = 0; k < p->chart->curve_count; k++) {
		const char *name = p->chart->curves[k].name;
		if (!name)
			continue;
		next_place(name, &x, &row);
		double y = p->top + 12 + LEGEND * row;
		fprintf(f,
			"<path d=\"M%.0f %.0fh22\" stroke=\"%s\" stroke-width=\"2\"%s/>"
			"<text x=\"%.0f\" y=\"%.0f\">",
			x, y, color_of(p->chart, k), dashes_of(p->chart, k), x + 28, y + 4);
		tl_svg_text(f, name);
		fputs("</text>\n", f);
		if (p->chart->curves[k].dots)
			fprintf(f, "<circle cx=\"%.0f\" cy=\"%.0f\" r=\"3\" fill=\"%s\"/>\n",
				x + 11, y, color_of(p->chart, k));
		x += width_of(name);
	}
}

static void band(FILE *f, const panel *p, const tl_curve *c, const char *color)
{
	bool any = false;
	for (int way = 0; way < 2; way++)
		for (int j = 0; j < c->count; j++) {
			int i = way ? c->count - 1 - j : j;
			double y = way ? c->high[i] : c->low[i];
			if (!shown(p, x_of(c, i), y))
				continue;
			fprintf(f, any ? "L%.1f %.1f" : "<path d=\"M%.1f %.1f", at_x(p, x_of(c, i)),
				at_y(p, y));
			any = true;
		}
	if (any)
		fprintf(f, "Z\" fill=\"%s\" fill-opacity=\"0.18\"/>\n", color);
}

static void draw(FILE *f, const panel *p, int k)
{
	const tl_curve *c = &p->chart->curves[k];
	const char *color = color_of(p->chart, k);
	bool pen = false;
	if (c->low)
		band(f, p, c, color);
	fprintf(f, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\"%s d=\"", color,
		dashes_of(p->chart, k));
	for (int i = 0; i < c->count; i++) {
		bool there = shown(p, x_of(c, i), c->y[i]);
		if (there)
			fprintf(f, "%c%.1f %.1f", pen ? 'L' : 'M', at_x(p, x_of(c, i)),
				at_y(p, c->y[i]));
		pen = there;
	}
	fputs("\"/>\n", f);
	for (int i = 0; i < c->count && c->dots; i++)
		if (shown(p, x_of(c, i), c->y[i]))
			fprintf(f, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
				at_x(p, x_of(c, i)), at_y(p, c->y[i]), color);
}

/* Curves have numbers; a band has both of its edges. */
static bool can_be_drawn(const tl_chart *chart)
{
	if (chart->curve_count < 1 || !chart->curves)
		return false;
	for (int k = 0; k < chart->curve_count; k++) {
		const tl_curve *c = &chart->curves[k];
		if (c->count < 0 || (c->count && !c->y) || !c->low != !c->high)
			return false;
	}
	return true;
}

tl_status tl_chart_write(const char *path, const tl_chart *charts, int count, tl_error *error)
{
	bool fine = charts && count > 0 && count <= MOST;
	for (int k = 0; k < count && fine; k++)
		fine = can_be_drawn(&charts[k]);
	if (!fine)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "chart: there is none, or more than %d, or one without curves, or a "
			       "curve without numbers",
			       MOST);
	int more = 0; /* rows of names after the first, of all charts */
	for (int k = 0; k < count; k++)
		more += legend_rows(&charts[k]) - 1;
	FILE *f = tl_svg_open(path, WIDTH, HEAD + count * HEIGHT + more * LEGEND, LEFT,
			      charts->title, error);
	if (!f)
		return path ? TL_ERROR_FILE : TL_ERROR_ARGUMENT;
	double top = HEAD;
	for (int k = 0; k < count; k++) {
		const tl_chart *chart = &charts[k];
		double plot = top + TOP + LEGEND * (legend_rows(chart) - 1);
		panel p = {chart,
			   top,
			   plot,
			   plot + HEIGHT - TOP - BOTTOM,
			   {INFINITY, -INFINITY, false},
			   {INFINITY, -INFINITY, chart->log_y}};
		top = p.bottom + BOTTOM;
		for (int i = 0; i < chart->curve_count; i++)
			take_in(&p, &chart->curves[i]);
		open_up(&p.x);
		open_up(&p.y);
		axes(f, &p);
		for (int i = 0; i < chart->curve_count; i++)
			draw(f, &p, i);
		legend(f, &p);
	}
	return tl_svg_close(f, path, error);
}
