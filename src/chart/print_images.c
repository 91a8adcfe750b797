/*
 * Images as characters. A character is about twice as high as wide, so it is the mean of so many
 * pixels across and twice as many down; of one small image, a pixel is two characters.
 */
#include "chart/print_images.h"
#include "chart/color.h"
#include "chart/map.h"

#include <math.h>

enum { TILE = 28, GAP = 2 };

typedef struct tiles {
	int width, height, across; /* of a tile, with its name */
} tiles;

static bool there(const char *text)
{
	return text && *text;
}

/* How many characters an image is wide, and how many pixels one stands for. */
static void fit(const tl_chart *chart, const tl_image *m, int width, int *columns, int *rows,
		double *pixels)
{
	bool doubled = chart->image_count == 1 && 2 * m->columns <= width && m->rows <= width / 2;
	int room = chart->image_count == 1 ? width : TILE;
	int longest = m->columns > m->rows ? m->columns : m->rows;
	*pixels = doubled ? 0.5 : fmax(1, (double)longest / (room < width ? room : width));
	*columns = (int)fmax(1, ceil(m->columns / *pixels - 1e-9));
	*rows = (int)fmax(1, ceil(m->rows / (2 * *pixels) - 1e-9));
}

static tiles tiles_of(const tl_chart *chart, int width)
{
	tiles t = {0, 0, 1};
	bool named = false;
	double pixels;
	for (int k = 0; k < chart->image_count; k++) {
		int columns, rows;
		fit(chart, &chart->images[k], width, &columns, &rows, &pixels);
		t.width = columns > t.width ? columns : t.width;
		t.height = rows > t.height ? rows : t.height;
		named = named || there(chart->images[k].name);
	}
	t.height += named;
	if (named && t.width < 12)
		t.width = 12;
	t.across = (width + GAP) / (t.width + GAP);
	t.across = t.across > 1 ? t.across : 1;
	return t;
}

int tl_print_images_height(const tl_chart *chart, int width)
{
	tiles t = tiles_of(chart, width);
	int rows = (chart->image_count + t.across - 1) / t.across;
	return there(chart->title) + there(chart->y_name) + there(chart->x_name) +
	       rows * (t.height + 1) - 1;
}

/* The mean of a plane's pixels from (left, top) to (right, bottom); NaN if one is. */
static double mean_of(const tl_image *m, int plane, const int from[2], const int to[2])
{
	double sum = 0;
	int count = 0;
	for (int r = from[1]; r < to[1]; r++)
		for (int k = from[0]; k < to[0]; k++, count++)
			sum += (double)m->values[((size_t)plane * (size_t)m->rows + (size_t)r) *
							 (size_t)m->columns +
						 (size_t)k];
	return count ? sum / count : NAN;
}

/* The pixels that a character stands for, at least one. */
static void span(int k, double pixels, int most, int *from, int *to)
{
	*from = (int)floor(k * pixels);
	*to = (int)floor((k + 1) * pixels);
	*from = *from < most ? *from : most - 1;
	*to = *to > *from ? *to : *from + 1;
	*to = *to < most ? *to : most;
}

static void draw(tl_canvas *c, const tl_chart *chart, const tl_image *m, int x, int y, int width)
{
	static const double weights[3] = {0.299, 0.587, 0.114};
	tl_scale s = tl_map_image_scale(m);
	int columns, rows, from[2], to[2];
	double pixels;
	fit(chart, m, width, &columns, &rows, &pixels);
	for (int r = 0; r < rows; r++)
		for (int k = 0; k < columns; k++) {
			double grey = 0;
			uint32_t rgb = 0;
			span(k, pixels, m->columns, &from[0], &to[0]);
			span(r, 2 * pixels, m->rows, &from[1], &to[1]);
			for (int plane = 0; plane < 3; plane++) {
				double v = mean_of(m, m->channels == 3 ? plane : 0, from, to);
				double share = tl_color_share(v, s.low, s.high);
				grey += isnan(v) ? v : share * weights[plane];
				rgb = rgb << 8 | (uint32_t)lround(255 * share);
			}
			bool painted = c->colors && !isnan(grey);
			tl_canvas_put(c, x + k, y + r, painted ? ' ' : tl_canvas_shade(c, grey),
				      TL_NO_COLOR, painted ? tl_color_terminal(rgb) : TL_NO_COLOR);
		}
	tl_canvas_text(c, x, y + rows, TL_CANVAS_START, columns > 12 ? columns : 12, m->name);
}

void tl_print_images(tl_canvas *c, const tl_chart *chart, int x, int y, int width)
{
	tiles t = tiles_of(chart, width);
	if (there(chart->title))
		tl_canvas_text(c, x, y++, TL_CANVAS_START, width, chart->title);
	if (there(chart->y_name))
		tl_canvas_text(c, x, y++, TL_CANVAS_START, width, chart->y_name);
	for (int k = 0; k < chart->image_count; k++) {
		draw(c, chart, &chart->images[k], x + k % t.across * (t.width + GAP), y, width);
		if (k % t.across == t.across - 1 || k == chart->image_count - 1)
			y += t.height + 1;
	}
	tl_canvas_text(c, x + width / 2, y - 1, TL_CANVAS_MIDDLE, width, chart->x_name);
}
