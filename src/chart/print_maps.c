/*
 * Heat maps as characters: two beside each other are a number, or one where there are many. A map
 * whose columns have letters and that is too wide goes on below itself; of any other, neighbours
 * become one, their mean.
 */
#include "chart/print_maps.h"
#include "chart/color.h"
#include "chart/map.h"

#include <math.h>

enum { ROWS = 40, RAMP = 16, COLUMN_NAME = 12 /* letters below each other */ };

/* How a map is laid out in a given width. */
typedef struct layout {
	int left;                /* columns of what stands at the left */
	int top;                 /* lines of names above the columns */
	int each;                /* characters a number takes */
	int by_rows, by_columns; /* numbers that become one */
	int rows, columns;       /* of what is printed */
	int across, pieces;      /* columns in a piece, and pieces below each other */
} layout;

static bool there(const char *text)
{
	return text && *text;
}

static int divided(int a, int b)
{
	return (a + b - 1) / b;
}

static bool has_wide_letters(const tl_heat_map *m)
{
	const char *text = m->column_letters;
	char letter[5];
	for (int k = 0; text && k < m->columns; k++) {
		tl_label_put(letter, tl_map_letter(&text));
		if (tl_label_width(letter, TL_COLUMNS) > 1)
			return true;
	}
	return false;
}

static int longest_name(const tl_heat_map *m)
{
	int longest = 0;
	for (int k = 0; m->column_names && k < m->columns; k++) {
		int length = tl_label_length(m->column_names[k], COLUMN_NAME);
		longest = length > longest ? length : longest;
	}
	return longest;
}

static layout layout_of(const tl_heat_map *m, int width)
{
	layout l = {.each = 2, .by_rows = 1, .by_columns = 1};
	char of[16];
	for (int r = 0; r < m->rows; r++) {
		int name = (int)tl_label_width(tl_map_row(m, r, of), TL_COLUMNS);
		l.left = name > l.left ? name : l.left;
	}
	l.left = (int)fmin(l.left, 0.38 * width) + 1;
	int room = width - l.left > 4 ? width - l.left : 4;
	if (2 * m->columns > room && !has_wide_letters(m))
		l.each = 1;
	l.across = room / l.each;
	l.top = m->column_letters ? 1 : longest_name(m);
	if (!tl_map_has_column_names(m))
		l.by_columns = divided(m->columns, l.across);
	if (!tl_map_has_row_names(m))
		l.by_rows = divided(m->rows, ROWS);
	l.rows = divided(m->rows, l.by_rows);
	l.columns = divided(m->columns, l.by_columns);
	l.pieces = divided(l.columns, l.across);
	l.across = l.across < l.columns ? l.across : l.columns;
	return l;
}

/* The mean of the numbers that become one; NaN are left out. */
static double mean_at(const tl_heat_map *m, const layout *l, int row, int column)
{
	double sum = 0;
	int count = 0;
	for (int r = row * l->by_rows; r < (row + 1) * l->by_rows && r < m->rows; r++)
		for (int k = column * l->by_columns;
		     k < (column + 1) * l->by_columns && k < m->columns; k++) {
			double v = (double)m->values[(size_t)r * (size_t)m->columns + (size_t)k];
			count += !isnan(v);
			sum += isnan(v) ? 0 : v;
		}
	return count ? sum / count : NAN;
}

/* Name; then pieces of letters (or one row of numbers below) and rows; then the scale. */
static int height_of(const tl_heat_map *m, const layout *l)
{
	int beside = tl_map_has_column_names(m) ? l->top : 1;
	return there(m->name) + l->pieces * (l->rows + beside) + 1 +
	       (l->by_rows * l->by_columns > 1);
}

int tl_print_maps_height(const tl_chart *chart, int width)
{
	int height = there(chart->title) + there(chart->y_name) + there(chart->x_name) +
		     chart->map_count - 1;
	for (int k = 0; k < chart->map_count; k++) {
		layout l = layout_of(&chart->maps[k], width);
		height += height_of(&chart->maps[k], &l);
	}
	return height;
}

static void shade(tl_canvas *c, const tl_heat_map *m, const layout *l, double share, int x, int y)
{
	int level = isnan(share) ? 0 : (int)lround(share * (TL_LEVELS - 1));
	int paper = tl_color_terminal(tl_color_level(level, m->diverging, false));
	int32_t sign = c->colors && !isnan(share) ? ' ' : tl_canvas_shade(c, share);
	for (int k = 0; k < l->each; k++)
		tl_canvas_put(c, x + k, y, sign, TL_NO_COLOR, isnan(share) ? TL_NO_COLOR : paper);
}

static void draw_row(tl_canvas *c, const tl_heat_map *m, const layout *l, const tl_scale *s,
		     int row, int first, int x, int y)
{
	char of[16];
	if (tl_map_has_row_names(m) || l->by_rows == 1 || row % 5 == 0)
		tl_canvas_text(c, x + l->left - 1, y, TL_CANVAS_END, l->left - 1,
			       tl_map_row(m, row * l->by_rows, of));
	for (int k = first; k < first + l->across && k < l->columns; k++) {
		double v = mean_at(m, l, row, k);
		shade(c, m, l, isnan(v) ? v : tl_color_share(v, s->low, s->high),
		      x + l->left + (k - first) * l->each, y);
	}
}

static void column_numbers(tl_canvas *c, const tl_heat_map *m, const layout *l, int x, int y)
{
	char text[16];
	snprintf(text, sizeof text, "%d", m->columns);
	int every =
		tl_map_every((double)l->each / l->by_columns, tl_label_width(text, TL_COLUMNS) + 2);
	for (int k = 0; k < m->columns; k += every) {
		snprintf(text, sizeof text, "%d", k);
		tl_canvas_text(c, x + l->left + k / l->by_columns * l->each, y, TL_CANVAS_START, 16,
			       text);
	}
}

static void draw_scale(tl_canvas *c, const tl_heat_map *m, const layout *l, const tl_scale *s,
		       int x, int y)
{
	char text[32];
	const layout one = {.each = 1};
	tl_map_scale_text(text, s, 2);
	tl_canvas_text(c, x + l->left, y, TL_CANVAS_START, 32, text);
	x += l->left + (int)tl_label_width(text, TL_COLUMNS) + 1;
	for (int k = 0; k < RAMP; k++)
		shade(c, m, &one, (k + 0.5) / RAMP, x + k, y);
	tl_map_scale_text(text, s, 0);
	tl_canvas_text(c, x + RAMP + 1, y, TL_CANVAS_START, 32, text);
}

/* Its letters below each other, down to the line above y. */
static void column_name(tl_canvas *c, const char *name, int x, int y)
{
	char letter[5];
	int length = tl_label_length(name, COLUMN_NAME);
	for (int k = 0; k < length; k++) {
		tl_label_put(letter, tl_map_letter(&name));
		tl_canvas_text(c, x, y - length + k, TL_CANVAS_START, 2, letter);
	}
}

static int draw_map(tl_canvas *c, const tl_heat_map *m, int x, int y, int width)
{
	layout l = layout_of(m, width);
	tl_scale s = tl_map_scale(m);
	const char *letters = m->column_letters;
	char text[80];
	int end = y + height_of(m, &l);
	if (there(m->name))
		tl_canvas_text(c, x, y++, TL_CANVAS_START, width, m->name);
	for (int first = 0; first < l.columns; first += l.across) {
		for (int k = first; letters && k < first + l.across && k < l.columns; k++) {
			tl_label_put(text, tl_map_letter(&letters));
			tl_canvas_text(c, x + l.left + (k - first) * l.each, y, TL_CANVAS_START, 2,
				       text);
		}
		for (int k = first; m->column_names && k < first + l.across && k < l.columns; k++)
			column_name(c, m->column_names[k], x + l.left + (k - first) * l.each,
				    y + l.top);
		y += l.top;
		for (int r = 0; r < l.rows; r++)
			draw_row(c, m, &l, &s, r, first, x, y++);
		if (!tl_map_has_column_names(m))
			column_numbers(c, m, &l, x, y++);
	}
	draw_scale(c, m, &l, &s, x, y++);
	if (l.by_rows * l.by_columns > 1) {
		snprintf(text, sizeof text, "means of %d x %d numbers", l.by_rows, l.by_columns);
		tl_canvas_text(c, x + l.left, y, TL_CANVAS_START, width, text);
	}
	return end;
}

void tl_print_maps(tl_canvas *c, const tl_chart *chart, int x, int y, int width)
{
	if (there(chart->title))
		tl_canvas_text(c, x, y++, TL_CANVAS_START, width, chart->title);
	if (there(chart->y_name))
		tl_canvas_text(c, x, y++, TL_CANVAS_START, width, chart->y_name);
	for (int k = 0; k < chart->map_count; k++)
		y = draw_map(c, &chart->maps[k], x, y, width) + 1;
	tl_canvas_text(c, x + width / 2, y - 1, TL_CANVAS_MIDDLE, width, chart->x_name);
}
