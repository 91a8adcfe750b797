/*
 * Coloured cells as SVG. All cells of one level are one path, in which neighbours of a row are one
 * rectangle: a dozen bytes each. A cell is one unit wide and high, and the whole is scaled.
 */
#include "chart/cells.h"
#include "chart/color.h"

#include <math.h>

static int level_of(const tl_cells *c, double v)
{
	return isnan(v) ? TL_LEVELS
			: (int)lround(tl_color_share(v, c->low, c->high) * (TL_LEVELS - 1));
}

static void begin(FILE *f, const tl_cells *c, tl_box box)
{
	tl_svg_print(f, "<g transform=\"translate(%.1f %.1f) scale(%.4f %.4f)\"", box.x, box.y,
		     box.w / c->columns, box.h / c->rows);
	fputs(" shape-rendering=\"crispEdges\">\n", f);
}

static void draw_level(FILE *f, const tl_cells *c, int level)
{
	bool any = false;
	for (int r = 0; r < c->rows; r++)
		for (int k = 0, from; k < c->columns; k++) {
			const float *row = c->values + (size_t)r * (size_t)c->columns;
			for (from = k; k < c->columns && level_of(c, (double)row[k]) == level;)
				k++;
			if (k == from)
				continue;
			if (!any && level == TL_LEVELS)
				fputs("<path class=\"b\" d=\"", f);
			else if (!any && c->class)
				fprintf(f, "<path class=\"%s%d\" d=\"", c->class, level);
			else if (!any)
				fprintf(f, "<path fill=\"#%02x%02x%02x\" d=\"",
					level * 255 / (TL_LEVELS - 1),
					level * 255 / (TL_LEVELS - 1),
					level * 255 / (TL_LEVELS - 1));
			any = true;
			fprintf(f, "M%d %dh%dv1h-%dz", from, r, k - from, k - from);
		}
	if (any)
		fputs("\"/>\n", f);
}

/* A line through each NaN. */
static void strike_out(FILE *f, const tl_cells *c)
{
	fputs("<path class=\"n\" vector-effect=\"non-scaling-stroke\" shape-rendering=\"auto\" "
	      "d=\"",
	      f);
	for (int r = 0; r < c->rows; r++)
		for (int k = 0; k < c->columns; k++)
			if (isnan(c->values[(size_t)r * (size_t)c->columns + (size_t)k]))
				fprintf(f, "M%d %dl1-1", k, r + 1);
	fputs("\"/>\n", f);
}

void tl_cells_draw(FILE *f, const tl_cells *c, tl_box box)
{
	bool there[TL_LEVELS + 1] = {false};
	for (size_t i = 0; i < (size_t)c->rows * (size_t)c->columns; i++)
		there[level_of(c, (double)c->values[i])] = true;
	begin(f, c, box);
	for (int level = 0; level <= TL_LEVELS; level++)
		if (there[level])
			draw_level(f, c, level);
	if (there[TL_LEVELS])
		strike_out(f, c);
	fputs("</g>\n", f);
}

/* -1: one of the three is NaN. */
static long color_at(const tl_cells *c, size_t i)
{
	size_t plane = (size_t)c->rows * (size_t)c->columns;
	long rgb = 0;
	for (size_t k = 0; k < 3; k++) {
		double v = (double)c->values[k * plane + i];
		if (isnan(v))
			return -1;
		rgb = rgb << 8 | lround(255 * tl_color_share(v, c->low, c->high));
	}
	return rgb;
}

void tl_cells_draw_colors(FILE *f, const tl_cells *c, tl_box box)
{
	begin(f, c, box);
	for (int r = 0; r < c->rows; r++)
		for (int k = 0, from; k < c->columns;) {
			size_t row = (size_t)r * (size_t)c->columns;
			long color = color_at(c, row + (size_t)k);
			for (from = k; k < c->columns && color_at(c, row + (size_t)k) == color;)
				k++;
			if (color < 0)
				fputs("<path class=\"b\"", f);
			else
				fprintf(f, "<path fill=\"#%06lx\"", color);
			fprintf(f, " d=\"M%d %dh%dv1h-%dz\"/>\n", from, r, k - from, k - from);
		}
	fputs("</g>\n", f);
}
