/*
 * Heat maps as SVG: below each other over the same columns, names of rows at the left, at the right
 * a scale with numbers.
 */
#include "chart/svg_maps.h"
#include "chart/cells.h"
#include "chart/color.h"
#include "chart/label.h"
#include "chart/map.h"

#include <math.h>

enum { NAME = 20, LETTERS = 14, GAP = 14, SCALE = 78, ROW_NAME = 160, STRIPES = 32 };
enum { WIDE = 22, COLUMN_NAME = 120 }; /* the widest column; the longest name that is not cut */

/* What all maps of a chart share. */
typedef struct grid {
	double left; /* width of what stands at the left of the cells */
	double cell; /* width of one */
	int columns;
} grid;

static bool has_name(const tl_heat_map *m)
{
	return m->name && *m->name;
}

static double row_height(const tl_heat_map *m, double cell)
{
	if (tl_map_has_row_names(m))
		return 15;
	return fmin(18, fmin(fmax(cell, 8), fmax(2, 240.0 / m->rows)));
}

static double name_width(const tl_heat_map *m)
{
	double widest = 0;
	for (int k = 0; m->column_names && k < m->columns; k++)
		if (m->column_names[k])
			widest = fmax(widest, tl_label_width(m->column_names[k], TL_SVG_TICK));
	return fmin(widest, COLUMN_NAME);
}

/* Names that are wider than a column are written upwards. */
static bool is_upwards(const tl_heat_map *m)
{
	return name_width(m) > WIDE - 2;
}

static double names_height(const tl_heat_map *m)
{
	return is_upwards(m) ? name_width(m) + 6 : tl_map_has_column_names(m) ? LETTERS : 0;
}

/* Columns under letters are as wide as the widest letter, those under names written upwards as wide
 * as a line is high. */
static double letter_width(const tl_heat_map *m)
{
	const char *text = m->column_letters;
	double widest = is_upwards(m) ? LETTERS : name_width(m);
	char letter[5];
	for (int k = 0; text && k < m->columns; k++) {
		tl_label_put(letter, tl_map_letter(&text));
		widest = fmax(widest, tl_label_width(letter, TL_SVG_TICK));
	}
	return widest;
}

static grid grid_of(const tl_chart *chart, double width)
{
	grid g = {0, 0, 1};
	double letters = 0;
	char of[16];
	for (int k = 0; k < chart->map_count; k++) {
		const tl_heat_map *m = &chart->maps[k];
		g.columns = m->columns > g.columns ? m->columns : g.columns;
		letters = fmax(letters, letter_width(m));
		for (int r = 0; r < m->rows; r++)
			if (tl_map_has_row_names(m) || r == m->rows - 1)
				g.left = fmax(g.left,
					      tl_label_width(tl_map_row(m, r, of), TL_SVG_TICK));
	}
	g.left = fmin(g.left, ROW_NAME) + 8;
	g.cell = fmin(WIDE,
		      fmax((width - g.left - SCALE) / g.columns, letters > 0 ? letters + 1 : 0));
	return g;
}

static double map_height(const tl_heat_map *m, const grid *g)
{
	return (has_name(m) ? NAME : 0) + names_height(m) +
	       fmax(m->rows * row_height(m, g->cell), 42) + GAP;
}

tl_box tl_svg_maps_size(const tl_chart *chart, double width)
{
	grid g = grid_of(chart, width);
	double height = tl_svg_head_height(chart->title, chart->y_name) +
			(chart->x_name && *chart->x_name ? TL_SVG_LINE : 0);
	for (int k = 0; k < chart->map_count; k++)
		height += map_height(&chart->maps[k], &g);
	if (!tl_map_has_column_names(&chart->maps[chart->map_count - 1]))
		height += 10;
	return (tl_box){0, 0, fmax(width, g.left + g.columns * g.cell + SCALE), height};
}

static void scale(FILE *f, const tl_heat_map *m, const tl_scale *s, double x, double y, double high)
{
	char text[32];
	for (int k = 0; k < STRIPES; k++)
		tl_svg_print(f,
			     "<rect class=\"%c%d\" x=\"%.1f\" y=\"%.2f\" width=\"10\" "
			     "height=\"%.2f\"/>\n",
			     m->diverging ? 'd' : 's',
			     (int)lround((STRIPES - 0.5 - k) / STRIPES * (TL_LEVELS - 1)), x,
			     y + k * high / STRIPES, high / STRIPES + 0.3);
	for (int k = 0; k < 3; k++) {
		tl_map_scale_text(text, s, k);
		tl_svg_label(f, x + 15, y + 9 + k * (high - 11) / 2, TL_SVG_START, TL_SVG_TICK,
			     SCALE - 29, text);
	}
}

static void letters(FILE *f, const tl_heat_map *m, const grid *g, double x, double y)
{
	const char *text = m->column_letters;
	char letter[5];
	for (int k = 0; k < m->columns && text; k++) {
		tl_label_put(letter, tl_map_letter(&text));
		tl_svg_label(f, x + (k + 0.5) * g->cell, y, TL_SVG_MIDDLE, TL_SVG_TICK, 40, letter);
	}
}

static void names(FILE *f, const tl_heat_map *m, const grid *g, double x, double y)
{
	double size = TL_SVG_TICK;
	for (int k = 0; k < m->columns; k++) {
		const char *name = m->column_names[k] ? m->column_names[k] : "";
		double middle = x + (k + 0.5) * g->cell;
		if (!is_upwards(m)) {
			tl_svg_label(f, middle, y - 5, TL_SVG_MIDDLE, size, WIDE, name);
			continue;
		}
		tl_svg_print(f, "<g transform=\"translate(%.1f %.1f) rotate(-90)\">\n",
			     middle + size / 3, y - 4);
		tl_svg_label(f, 0, 0, TL_SVG_START, size, COLUMN_NAME, name);
		fputs("</g>\n", f);
	}
}

static void rows(FILE *f, const tl_heat_map *m, double x, double y, double room, double each)
{
	char of[16];
	int every = tl_map_has_row_names(m) ? 1 : tl_map_every(each, 14);
	for (int r = 0; r < m->rows; r += every)
		tl_svg_label(f, x - 8, y + (r + 0.5) * each + 4, TL_SVG_END, TL_SVG_TICK, room - 8,
			     tl_map_row(m, r, of));
}

static void column_numbers(FILE *f, const grid *g, int columns, double x, double y)
{
	char text[16];
	snprintf(text, sizeof text, "%d", columns);
	int every = tl_map_every(g->cell, tl_label_width(text, TL_SVG_TICK) + 8);
	for (int k = 0; k < columns; k += every) {
		snprintf(text, sizeof text, "%d", k);
		tl_svg_label(f, x + (k + 0.5) * g->cell, y, TL_SVG_MIDDLE, TL_SVG_TICK, 60, text);
	}
}

static double draw_map(FILE *f, const tl_heat_map *m, const grid *g, tl_box box, double y)
{
	double x = box.x + g->left, each = row_height(m, g->cell), end = y + map_height(m, g);
	tl_scale s = tl_map_scale(m);
	if (has_name(m)) {
		tl_svg_label(f, box.x, y + 12, TL_SVG_START, TL_SVG_TEXT, box.w, m->name);
		y += NAME;
	}
	y += names_height(m);
	if (m->column_letters)
		letters(f, m, g, x, y - LETTERS + 9);
	if (m->column_names)
		names(f, m, g, x, y);
	const tl_cells cells = {m->values, m->rows, m->columns,
				s.low,     s.high,  m->diverging ? "d" : "s"};
	const tl_box place = {x, y, m->columns * g->cell, m->rows * each};
	tl_svg_print(f,
		     "<rect class=\"b\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
		     place.x - 1, place.y - 1, place.w + 2, place.h + 2);
	tl_svg_print(f,
		     "<rect class=\"p\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
		     place.x, place.y, place.w, place.h);
	tl_cells_draw(f, &cells, place);
	rows(f, m, x, y, g->left, each);
	scale(f, m, &s, x + place.w + 14, y, fmin(fmax(place.h, 42), 160));
	return end;
}

void tl_svg_maps(FILE *f, const tl_chart *chart, tl_box box)
{
	grid g = grid_of(chart, box.w);
	double y = tl_svg_head(f, box, chart->title, chart->y_name);
	for (int k = 0; k < chart->map_count; k++)
		y = draw_map(f, &chart->maps[k], &g, box, y);
	y -= GAP;
	const tl_heat_map *last = &chart->maps[chart->map_count - 1];
	if (!tl_map_has_column_names(last)) {
		double beside = fmax(42 - last->rows * row_height(last, g.cell), 0);
		column_numbers(f, &g, last->columns, box.x + g.left, y - beside + 14);
		y += 14;
	}
	tl_svg_center(f, box, box.x + g.left + g.columns * g.cell / 2, y + 18, TL_SVG_TEXT,
		      chart->x_name);
}
