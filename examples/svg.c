/* Charts and heat maps as SVG text. */
#include "svg.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 760, HEIGHT = 420, LEFT = 64, RIGHT = 20, TOP = 64, BOTTOM = 52 };

static void begin(FILE *f, int width, int height, const char *title)
{
	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" font-family=\"Helvetica, Arial, sans-serif\" "
		"font-size=\"12\">\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n"
		"<text x=\"%d\" y=\"24\" font-size=\"16\">%s</text>\n",
		width, height, width, height, width, height, LEFT, title);
}

static bool end(FILE *f)
{
	fprintf(f, "</svg>\n");
	bool fine = !ferror(f);
	return !fclose(f) && fine;
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

typedef struct range {
	double low, high;
} range;

static range range_of(const svg_curve *curve, int curves, bool of_x)
{
	range r = {INFINITY, -INFINITY};
	for (int c = 0; c < curves; c++)
		for (int i = 0; i < curve[c].count; i++) {
			double v = of_x ? curve[c].x[i] : curve[c].y[i];
			r.low = fmin(r.low, v);
			r.high = fmax(r.high, v);
		}
	if (!(r.low < r.high))
		r = (range){isfinite(r.low) ? r.low - 1 : 0, isfinite(r.low) ? r.low + 1 : 1};
	return r;
}

static double at_x(range x, double v)
{
	return LEFT + (v - x.low) / (x.high - x.low) * (WIDTH - LEFT - RIGHT);
}

static double at_y(range y, double v)
{
	return HEIGHT - BOTTOM - (v - y.low) / (y.high - y.low) * (HEIGHT - TOP - BOTTOM);
}

/* Ticks: + 0.0 makes -0 a 0. */
static void axes(FILE *f, range x, range y, const char *x_name, const char *y_name)
{
	double tick = tick_of(y.high - y.low);
	for (double v = ceil(y.low / tick) * tick + 0.0; v <= y.high; v += tick)
		fprintf(f,
			"<path d=\"M%d %.1fH%d\" stroke=\"#e4e4e4\"/><text x=\"%d\" y=\"%.1f\" "
			"text-anchor=\"end\">%g</text>\n",
			LEFT, at_y(y, v), WIDTH - RIGHT, LEFT - 8, at_y(y, v) + 4, v);
	tick = tick_of(x.high - x.low);
	for (double v = ceil(x.low / tick) * tick + 0.0; v <= x.high; v += tick)
		fprintf(f, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n",
			at_x(x, v), HEIGHT - BOTTOM + 18, v);
	fprintf(f,
		"<path d=\"M%d %dH%d\" stroke=\"#444444\"/>\n"
		"<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n"
		"<text transform=\"translate(18 %d) rotate(-90)\" "
		"text-anchor=\"middle\">%s</text>\n",
		LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12,
		x_name, (TOP + HEIGHT - BOTTOM) / 2, y_name);
}

/* In a row of its own between the title and the plot, where no curve goes: a stroke, the name. */
static void legend(FILE *f, const svg_curve *curve, int curves)
{
	double x = LEFT;
	for (int c = 0; c < curves; c++) {
		fprintf(f,
			"<path d=\"M%.0f 44h22\" stroke=\"%s\" stroke-width=\"2\"/>"
			"<text x=\"%.0f\" y=\"48\">%s</text>\n",
			x, curve[c].colour, x + 28, curve[c].name);
		if (curve[c].dots)
			fprintf(f, "<circle cx=\"%.0f\" cy=\"44\" r=\"3\" fill=\"%s\"/>\n", x + 11,
				curve[c].colour);
		x += 54 + 7 * (double)strlen(curve[c].name);
	}
}

bool svg_chart(const char *path, const char *title, const char *x_name, const char *y_name,
	       const svg_curve *curve, int curves)
{
	FILE *f = fopen(path, "w");
	range x = range_of(curve, curves, true), y = range_of(curve, curves, false);
	if (!f)
		return false;
	begin(f, WIDTH, HEIGHT, title);
	axes(f, x, y, x_name, y_name);
	for (int c = 0; c < curves; c++) {
		fprintf(f, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" d=\"",
			curve[c].colour);
		for (int i = 0; i < curve[c].count; i++)
			fprintf(f, "%c%.1f %.1f", i ? 'L' : 'M', at_x(x, curve[c].x[i]),
				at_y(y, curve[c].y[i]));
		fprintf(f, "\"/>\n");
		for (int i = 0; i < curve[c].count && curve[c].dots; i++)
			fprintf(f, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
				at_x(x, curve[c].x[i]), at_y(y, curve[c].y[i]), curve[c].colour);
	}
	legend(f, curve, curves);
	return end(f);
}

/* -1 is blue, 0 white, 1 red. */
static void colour(char text[8], double v)
{
	static const int ends[2][3] = {{44, 92, 176}, {196, 62, 40}};
	int c[3];
	v = fmax(-1, fmin(1, isnan(v) ? 0 : v));
	for (int i = 0; i < 3; i++)
		c[i] = 255 + (int)(fabs(v) * (ends[v > 0][i] - 255));
	snprintf(text, 8, "#%02x%02x%02x", c[0] & 255, c[1] & 255, c[2] & 255);
}

static void letter(FILE *f, double x, double y, char c)
{
	fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-family=\"monospace\">",
		x, y);
	if (c == '<' || c == '&')
		fprintf(f, c == '<' ? "&lt;" : "&amp;");
	else if (c == '\n' || c == '\t' || c == ' ')
		fprintf(f, c == '\n' ? "&#9166;" : c == '\t' ? "&#8677;" : "&#183;");
	else
		fputc(c > 32 && c < 127 ? c : '?', f);
	fprintf(f, "</text>\n");
}

enum { CELL = 11, GAP = 26, SCALE = 70, LEAST_HEIGHT = 40 };

/* From -1 to 1: where a value lies between what is blue, or white if the map is rising, and red. */
static double shade(const svg_map *m, double v)
{
	double share = (v - m->low) / (m->high - m->low);
	return m->rising ? share : 2 * share - 1;
}

static int height_of(const svg_map *m)
{
	return m->rows * CELL > LEAST_HEIGHT ? m->rows * CELL : LEAST_HEIGHT;
}

/* The colours beside the numbers they stand for; what lies beyond has the colour of the end. */
static void scale(FILE *f, const svg_map *m, int columns, double x, double y)
{
	enum { PARTS = 20 };
	char hex[8];
	double height = height_of(m);
	bool above = false, below = false;
	for (int i = 0; i < m->rows * columns; i++) {
		above |= (double)m->value[i] > m->high;
		below |= (double)m->value[i] < m->low;
	}
	for (int i = 0; i < PARTS; i++) {
		colour(hex, shade(m, m->high - (m->high - m->low) * (i + 0.5) / PARTS));
		fprintf(f,
			"<rect x=\"%.0f\" y=\"%.2f\" width=\"10\" height=\"%.2f\" fill=\"%s\"/>\n",
			x, y + i * height / PARTS, height / PARTS + 0.3, hex);
	}
	for (int i = 0; i < 3; i++)
		fprintf(f, "<text x=\"%.0f\" y=\"%.1f\" font-size=\"11\">%s%.2g</text>\n", x + 15,
			y + 8 + i * (height - 8) / 2,
			i == 0 && above   ? "&#8805; "
			: i == 2 && below ? "&#8804; "
					  : "",
			m->high - (m->high - m->low) * i / 2 + 0.0);
}

static void draw_map(FILE *f, const svg_map *m, const char *text, int columns, int left, double y)
{
	char hex[8];
	for (int c = 0; c < columns; c++)
		letter(f, left + (c + 0.5) * CELL, y - 3, text[c]);
	if (!m->letters)
		fprintf(f, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", left - 8,
			y + m->rows * CELL / 2.0 + 4, m->name);
	for (int r = 0; r < m->rows; r++) {
		if (m->letters)
			letter(f, left - 8, y + (r + 1) * CELL - 2, m->letters[r]);
		for (int c = 0; c < columns; c++) {
			colour(hex, shade(m, (double)m->value[r * columns + c]));
			fprintf(f,
				"<rect x=\"%d\" y=\"%.0f\" width=\"%d\" height=\"%d\" "
				"fill=\"%s\"/>\n",
				left + c * CELL, y + r * CELL, CELL, CELL, hex);
		}
	}
	scale(f, m, columns, left + columns * CELL + 14, y);
}

bool svg_maps(const char *path, const char *title, const char *text, int columns,
	      const svg_map *map, int maps)
{
	int top = 52, height = top + 4, left = LEFT + 40;
	FILE *f = fopen(path, "w");
	if (!f)
		return false;
	for (int m = 0; m < maps; m++)
		height += height_of(&map[m]) + GAP;
	begin(f, left + columns * CELL + SCALE, height, title);
	double y = top;
	for (int m = 0; m < maps; m++) {
		draw_map(f, &map[m], text, columns, left, y);
		y += height_of(&map[m]) + GAP;
	}
	return end(f);
}
