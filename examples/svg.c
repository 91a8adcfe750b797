/* Charts and heat maps as SVG text. */
#include "svg.h"

#include <math.h>

enum { WIDTH = 760, HEIGHT = 420, LEFT = 64, RIGHT = 20, TOP = 44, BOTTOM = 52 };

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
	for (int c = 0; c < curves; c++)
		fprintf(f,
			"<text x=\"%d\" y=\"%d\" text-anchor=\"end\" stroke=\"#ffffff\" "
			"stroke-width=\"5\" paint-order=\"stroke\" fill=\"%s\">%s</text>\n",
			WIDTH - RIGHT - 8, TOP + 16 + 18 * c, curve[c].colour, curve[c].name);
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

bool svg_maps(const char *path, const char *title, const char *text, int columns,
	      const svg_map *map, int maps)
{
	enum { CELL = 11, GAP = 26 };
	int height = TOP + 12, left = LEFT + 40;
	char hex[8];
	FILE *f = fopen(path, "w");
	if (!f)
		return false;
	for (int m = 0; m < maps; m++)
		height += map[m].rows * CELL + GAP;
	begin(f, left + columns * CELL + RIGHT, height, title);
	double y = TOP + 8;
	for (int m = 0; m < maps; m++, y += GAP) {
		double middle = (map[m].low + map[m].high) / 2,
		       reach = (map[m].high - map[m].low) / 2;
		for (int r = 0; r < map[m].rows && map[m].letters; r++)
			letter(f, left - 8, y + (r + 1) * CELL - 2, map[m].letters[r]);
		if (!map[m].letters)
			fprintf(f, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
				left - 8, y + map[m].rows * CELL / 2.0 + 4, map[m].name);
		for (int c = 0; c < columns; c++)
			letter(f, left + (c + 0.5) * CELL, y - 3, text[c]);
		for (int r = 0; r < map[m].rows; r++, y += CELL)
			for (int c = 0; c < columns; c++) {
				colour(hex,
				       ((double)map[m].value[r * columns + c] - middle) / reach);
				fprintf(f,
					"<rect x=\"%d\" y=\"%.0f\" width=\"%d\" height=\"%d\" "
					"fill=\"%s\"/>\n",
					left + c * CELL, y, CELL, CELL, hex);
			}
	}
	return end(f);
}
