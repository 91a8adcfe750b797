/*
 * A chart of curves as characters, of which each has eight dots (braille), two columns of four.
 * Without colours, curves are told apart by how their lines are broken; in ASCII by their signs.
 */
#include "chart/print_curves.h"
#include "chart/color.h"
#include "chart/curve.h"
#include "chart/label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 12, SWATCH = 3 };

static const char marks[] = "*+ox#%@&";

typedef struct plot {
	tl_canvas *canvas;
	const tl_chart *chart;
	tl_plane plane;
	int left, top, width, height; /* of the plot, in characters */
} plot;

static bool there(const char *text)
{
	return text && *text;
}

static int plot_rows(const tl_chart *chart)
{
	int names = 0;
	for (int k = 0; k < chart->curve_count; k++)
		names += there(chart->curves[k].name);
	return names > ROWS ? names : ROWS;
}

int tl_print_curves_height(const tl_chart *chart)
{
	return there(chart->title) + there(chart->y_name) + plot_rows(chart) + 2 +
	       there(chart->x_name);
}

static int dot_x(const plot *p, double share)
{
	return (int)lround(share * (2 * p->width - 1));
}

static int dot_y(const plot *p, double share)
{
	return (int)lround((1 - share) * (4 * p->height - 1));
}

static int ink_of(int curve)
{
	const char *hex = tl_color_curve(curve % TL_CURVE_COLORS, true);
	return tl_color_terminal((uint32_t)strtoul(hex + 1, NULL, 16));
}

/* Is the n-th dot of this curve's line drawn? */
static bool is_drawn(const plot *p, int curve, int n)
{
	static const char *const dashes[4] = {"1", "1111100", "100", "1111001100"};
	const char *of = dashes[p->canvas->colors || p->canvas->ascii ? 0 : curve % 4];
	return of[(size_t)n % strlen(of)] == '1';
}

/* Dots from one place to another; `n` goes on counting. */
static void line(const plot *p, int curve, const int from[2], const int to[2], int *n)
{
	int across = to[0] - from[0], down = to[1] - from[1];
	int steps = abs(across) > abs(down) ? abs(across) : abs(down);
	for (int i = 1; i <= steps; i++)
		if (is_drawn(p, curve, ++*n))
			tl_canvas_dot(p->canvas,
				      2 * p->left + from[0] +
					      (int)lround((double)across * i / steps),
				      4 * p->top + from[1] + (int)lround((double)down * i / steps),
				      marks[curve % 8], ink_of(curve));
}

static void draw_curve(const plot *p, int k)
{
	const tl_curve *c = &p->chart->curves[k];
	int last[2] = {0, 0}, n = 0;
	bool down = false;
	double x, y;
	for (int i = 0; i < c->count; i++) {
		bool shown = tl_curve_point(&p->plane, c, i, &x, &y);
		if (!shown) {
			down = false;
			continue;
		}
		const int at[2] = {dot_x(p, x), dot_y(p, y)};
		if (down)
			line(p, k, last, at, &n);
		else
			tl_canvas_dot(p->canvas, 2 * p->left + at[0], 4 * p->top + at[1],
				      marks[k % 8], ink_of(k));
		memcpy(last, at, sizeof last);
		down = true;
	}
}

/* The characters between both edges, from one point to the next. */
static void draw_band(const plot *p, int k)
{
	const tl_curve *c = &p->chart->curves[k];
	double last[3] = {0}, now[3];
	bool down = false;
	for (int i = 0; i < c->count && c->low; i++) {
		if (!tl_curve_edges(&p->plane, c, i, &now[0], &now[1], &now[2])) {
			down = false;
			continue;
		}
		int from = dot_x(p, (down ? last : now)[0]) / 2, to = dot_x(p, now[0]) / 2;
		for (int x = from; x <= to; x++) {
			double part = to > from ? (double)(x - from) / (to - from) : 1;
			double low = down ? last[1] + part * (now[1] - last[1]) : now[1];
			double high = down ? last[2] + part * (now[2] - last[2]) : now[2];
			for (int y = dot_y(p, high) / 4; y <= dot_y(p, low) / 4; y++)
				tl_canvas_put(p->canvas, p->left + x, p->top + y, 0x2591, ink_of(k),
					      TL_NO_COLOR);
		}
		memcpy(last, now, sizeof last);
		down = true;
	}
}

static void axes(const plot *p, int end)
{
	tl_tick tick[TL_TICKS];
	int count = tl_axis_ticks(&p->plane.y, p->height, TL_COLUMNS, false, tick);
	for (int y = 0; y < p->height; y++)
		tl_canvas_put(p->canvas, p->left - 1, p->top + y, 0x2502, TL_NO_COLOR, TL_NO_COLOR);
	for (int k = 0; k < count; k++) {
		int y = p->top + dot_y(p, tick[k].share) / 4;
		if (!*tick[k].text)
			continue;
		tl_canvas_text(p->canvas, p->left - 2, y, TL_CANVAS_END, p->left, tick[k].text);
		tl_canvas_put(p->canvas, p->left - 1, y, 0x2524, TL_NO_COLOR, TL_NO_COLOR);
	}
	tl_canvas_put(p->canvas, p->left - 1, p->top + p->height, 0x2514, TL_NO_COLOR, TL_NO_COLOR);
	for (int x = 0; x < p->width; x++)
		tl_canvas_put(p->canvas, p->left + x, p->top + p->height, 0x2500, TL_NO_COLOR,
			      TL_NO_COLOR);
	count = tl_axis_ticks(&p->plane.x, p->width, TL_COLUMNS, true, tick);
	for (int k = 0; k < count; k++) {
		int x = p->left + dot_x(p, tick[k].share) / 2;
		int columns = (int)tl_label_width(tick[k].text, TL_COLUMNS);
		if (!columns)
			continue;
		tl_canvas_put(p->canvas, x, p->top + p->height, 0x252c, TL_NO_COLOR, TL_NO_COLOR);
		int start = x - columns / 2;
		tl_canvas_text(p->canvas, start + columns > end ? end - columns : start,
			       p->top + p->height + 1, TL_CANVAS_START, columns, tick[k].text);
	}
}

static void names(const plot *p, int end)
{
	tl_end ends[TL_CURVES];
	int count = tl_curve_ends(p->chart, &p->plane, p->height - 1, 1, ends), at = -1;
	for (int k = 0; k < count; k++) {
		int row = (int)lround(ends[k].at), curve = ends[k].curve, n = -1;
		int y = row > at ? row : at + 1;
		plot swatch = *p;
		swatch.left = p->left + p->width + 1;
		swatch.top = p->top + y;
		line(&swatch, curve, (int[2]){-1, 1}, (int[2]){2 * SWATCH - 1, 1}, &n);
		tl_canvas_text(p->canvas, swatch.left + SWATCH + 1, p->top + y, TL_CANVAS_START,
			       end - swatch.left - SWATCH - 1, p->chart->curves[curve].name);
		at = y;
	}
}

/* Room for the widest number at the left, and for the widest name at the right. */
static void place(plot *p, int x, int width)
{
	tl_tick tick[TL_TICKS];
	double numbers = 1, named = 0;
	int count = tl_axis_ticks(&p->plane.y, p->height, TL_COLUMNS, false, tick);
	for (int k = 0; k < count; k++)
		numbers = fmax(numbers, tl_label_width(tick[k].text, TL_COLUMNS));
	for (int k = 0; k < p->chart->curve_count; k++)
		named = fmax(named, tl_label_width(p->chart->curves[k].name, TL_COLUMNS));
	int right = named > 0 ? SWATCH + 2 + (int)fmin(named, 0.3 * width) : 2;
	p->left = x + (int)numbers + 2;
	p->width = x + width - right - p->left;
	p->width = p->width > 4 ? p->width : 4;
}

void tl_print_curves(tl_canvas *canvas, const tl_chart *chart, int x, int y, int width)
{
	plot p = {.canvas = canvas, .chart = chart, .plane = tl_curve_plane(chart)};
	p.height = plot_rows(chart);
	if (there(chart->title))
		tl_canvas_text(canvas, x, y++, TL_CANVAS_START, width, chart->title);
	if (there(chart->y_name))
		tl_canvas_text(canvas, x, y++, TL_CANVAS_START, width, chart->y_name);
	p.top = y;
	place(&p, x, width);
	axes(&p, x + width);
	for (int k = 0; k < chart->curve_count; k++)
		draw_band(&p, k);
	for (int k = 0; k < chart->curve_count; k++)
		draw_curve(&p, k);
	names(&p, x + width);
	tl_canvas_text(canvas, p.left + p.width / 2, p.top + p.height + 2, TL_CANVAS_MIDDLE,
		       p.width, chart->x_name);
}
