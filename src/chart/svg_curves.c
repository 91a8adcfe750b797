/*
 * A chart of curves as SVG. Of points that lie in the same half pixel of width, the first, the
 * lowest, the highest and the last are drawn: the picture is the same, and a million points take as
 * much room as a thousand.
 */
#include "chart/svg_curves.h"
#include "chart/color.h"
#include "chart/curve.h"
#include "chart/label.h"

#include <math.h>

enum { PLOT = 230, SPREAD = 15, SWATCH = 22, FEW = 2000 };

typedef struct plot {
	const tl_chart *chart;
	tl_plane plane;
	double left, right, top, bottom;
} plot;

static double at_x(const plot *p, double share)
{
	return p->left + share * (p->right - p->left);
}

static double at_y(const plot *p, double share)
{
	return p->bottom - share * (p->bottom - p->top);
}

static int names_of(const tl_chart *chart)
{
	int count = 0;
	for (int k = 0; k < chart->curve_count; k++)
		count += chart->curves[k].name && *chart->curves[k].name;
	return count;
}

static double plot_height(const tl_chart *chart)
{
	return fmax(PLOT, SPREAD * names_of(chart));
}

double tl_svg_curves_height(const tl_chart *chart)
{
	return tl_svg_head_height(chart->title, chart->y_name) + plot_height(chart) + 26 +
	       (chart->x_name && *chart->x_name ? TL_SVG_LINE : 0);
}

/* The attribute of a curve's colour, and of its dashes. */
static void color(FILE *f, const tl_chart *chart, int k)
{
	if (chart->curves[k].color)
		fprintf(f, "stroke=\"%s\"", chart->curves[k].color);
	else
		fprintf(f, "class=\"c%d\"", k % TL_CURVE_COLORS);
}

static void stroke(FILE *f, const tl_chart *chart, int k)
{
	color(f, chart, k);
	if (k >= TL_CURVE_COLORS && !chart->curves[k].color)
		fputs(" stroke-dasharray=\"5 3\"", f);
}

static void fill(FILE *f, const tl_chart *chart, int k)
{
	if (chart->curves[k].color)
		fprintf(f, "fill=\"%s\"", chart->curves[k].color);
	else
		fprintf(f, "class=\"f%d\"", k % TL_CURVE_COLORS);
}

static void axes(FILE *f, const plot *p, tl_box box)
{
	tl_tick tick[TL_TICKS];
	int count = tl_axis_ticks(&p->plane.y, p->bottom - p->top, TL_SVG_TICK, false, tick);
	for (int k = 0; k < count; k++) {
		double y = at_y(p, tick[k].share);
		tl_svg_print(f, "<path class=\"g\" d=\"M%.1f %.1fH%.1f\"%s/>\n", p->left, y,
			     p->right, *tick[k].text ? "" : " stroke-opacity=\"0.5\"");
		tl_svg_label(f, p->left - 7, y + 4, TL_SVG_END, TL_SVG_TICK, p->left, tick[k].text);
	}
	count = tl_axis_ticks(&p->plane.x, p->right - p->left, TL_SVG_TICK, true, tick);
	for (int k = 0; k < count; k++) {
		double x = at_x(p, tick[k].share);
		tl_svg_print(f, "<path class=\"%s\" d=\"M%.1f %.1fv%d\"/>\n",
			     p->plane.x.log ? "g" : "a", x, p->bottom,
			     p->plane.x.log ? (int)(p->top - p->bottom) : 4);
		tl_svg_center(f, box, x, p->bottom + 19, TL_SVG_TICK, tick[k].text);
	}
	tl_svg_print(f, "<path class=\"a\" d=\"M%.1f %.1fH%.1f\"/>\n", p->left, p->bottom,
		     p->right);
}

/* What a path goes through; points that are too near to the last one wait. */
typedef struct pen {
	FILE *f;
	bool thins, down;
	int waiting;
	double x, first, low, high, last;
} pen;

static void point(pen *n, double x, double y)
{
	tl_svg_print(n->f, "%c%.1f %.1f", n->down ? 'L' : 'M', x, y);
	n->down = true;
}

static void flush(pen *n)
{
	if (n->waiting > 1 && (n->low != n->first || n->low != n->last))
		point(n, n->x, n->low);
	if (n->waiting > 1 && n->high != n->low)
		point(n, n->x, n->high);
	if (n->waiting > 1 && n->last != n->high)
		point(n, n->x, n->last);
	n->waiting = 0;
}

static void draw_to(pen *n, double x, double y)
{
	if (n->thins && n->down && n->waiting && floor(2 * x) == floor(2 * n->x)) {
		n->low = fmin(n->low, y);
		n->high = fmax(n->high, y);
		n->last = y;
		n->waiting++;
		return;
	}
	flush(n);
	point(n, x, y);
	n->x = x;
	n->first = n->low = n->high = n->last = y;
	n->waiting = 1;
}

static void lift(pen *n)
{
	flush(n);
	n->down = false;
}

/* The band between two gaps, points `from` to `to`: along its high edge, and back along the low
 * one. */
static void draw_band(FILE *f, const plot *p, int k, int from, int to)
{
	const tl_curve *c = &p->chart->curves[k];
	pen n = {.f = f, .thins = c->count > FEW};
	double x, low, high;
	fputs("<path ", f);
	fill(f, p->chart, k);
	fputs(" fill-opacity=\"0.18\" d=\"", f);
	for (int i = from; i < to; i++)
		if (tl_curve_edges(&p->plane, c, i, &x, &low, &high))
			draw_to(&n, at_x(p, x), at_y(p, high));
	for (int i = to - 1; i >= from; i--)
		if (tl_curve_edges(&p->plane, c, i, &x, &low, &high))
			draw_to(&n, at_x(p, x), at_y(p, low));
	flush(&n);
	fputs("Z\"/>\n", f);
}

static void draw_bands(FILE *f, const plot *p, int k)
{
	const tl_curve *c = &p->chart->curves[k];
	double x, low, high;
	int from = 0;
	for (int i = 0; i <= c->count && c->low; i++) {
		if (i < c->count && tl_curve_edges(&p->plane, c, i, &x, &low, &high))
			continue;
		if (i > from)
			draw_band(f, p, k, from, i);
		from = i + 1;
	}
}

static void draw_curve(FILE *f, const plot *p, int k)
{
	const tl_curve *c = &p->chart->curves[k];
	pen n = {.f = f, .thins = c->count > FEW};
	double x, y;
	fputs("<path fill=\"none\" ", f);
	stroke(f, p->chart, k);
	fputs(" stroke-width=\"1.8\" stroke-linejoin=\"round\" d=\"", f);
	for (int i = 0; i < c->count; i++)
		if (tl_curve_point(&p->plane, c, i, &x, &y))
			draw_to(&n, at_x(p, x), at_y(p, y));
		else
			lift(&n);
	flush(&n);
	fputs("\"/>\n", f);
	/* A point between two gaps is no line: it is marked. */
	for (int i = 0; i < c->count; i++) {
		double a, b;
		bool alone = (i == 0 || !tl_curve_point(&p->plane, c, i - 1, &a, &b)) &&
			     (i == c->count - 1 || !tl_curve_point(&p->plane, c, i + 1, &a, &b));
		if (!(c->dots || alone) || !tl_curve_point(&p->plane, c, i, &x, &y))
			continue;
		tl_svg_print(f, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\" ", at_x(p, x),
			     at_y(p, y));
		fill(f, p->chart, k);
		fputs("/>\n", f);
	}
}

/* Names at the ends. A stroke leads from the end to the name; of a curve that ends before the
 * others, a fine line leads to it. */
static void names(FILE *f, const plot *p, tl_box box)
{
	tl_end end[TL_CURVES];
	int count = tl_curve_ends(p->chart, &p->plane, p->bottom - p->top, SPREAD, end);
	for (int k = 0; k < count; k++) {
		double y = at_y(p, end[k].y), name = p->top + end[k].at;
		if (at_x(p, end[k].x) < p->right - 6 && end[k].x + end[k].y > 0) {
			tl_svg_print(f, "<path d=\"M%.1f %.1fH%.1f\" stroke-dasharray=\"1 4\" ",
				     at_x(p, end[k].x) + 3, y, p->right + 3);
			color(f, p->chart, end[k].curve);
			fputs("/>\n", f);
		}
		tl_svg_print(
			f, "<path fill=\"none\" stroke-width=\"1.8\" d=\"M%.1f %.1fL%.1f %.1fh6\" ",
			p->right + 3, y, p->right + 12, name);
		stroke(f, p->chart, end[k].curve);
		fputs("/>\n", f);
		tl_svg_label(f, p->right + SWATCH, name + 4, TL_SVG_START, TL_SVG_TEXT,
			     box.x + box.w - p->right - SWATCH,
			     p->chart->curves[end[k].curve].name);
	}
}

/* Room for the widest number at the left, and for the widest name at the right. */
static void place(plot *p, tl_box box)
{
	tl_tick tick[TL_TICKS];
	double numbers = 0, named = 0;
	int count = tl_axis_ticks(&p->plane.y, p->bottom - p->top, TL_SVG_TICK, false, tick);
	for (int k = 0; k < count; k++)
		numbers = fmax(numbers, tl_label_width(tick[k].text, TL_SVG_TICK));
	for (int k = 0; k < p->chart->curve_count; k++)
		named = fmax(named, tl_label_width(p->chart->curves[k].name, TL_SVG_TEXT));
	p->left = box.x + fmax(numbers + 7, 20);
	p->right = box.x + box.w - (named > 0 ? SWATCH + fmin(named, 0.28 * box.w) : 24);
}

void tl_svg_curves(FILE *f, const tl_chart *chart, tl_box box)
{
	plot p = {chart, tl_curve_plane(chart), 0, 0, 0, 0};
	p.top = tl_svg_head(f, box, chart->title, chart->y_name);
	p.bottom = p.top + plot_height(chart);
	place(&p, box);
	axes(f, &p, box);
	for (int k = 0; k < chart->curve_count; k++)
		draw_bands(f, &p, k);
	for (int k = 0; k < chart->curve_count; k++)
		draw_curve(f, &p, k);
	names(f, &p, box);
	tl_svg_center(f, box, (p.left + p.right) / 2, p.bottom + 38, TL_SVG_TEXT, chart->x_name);
}
