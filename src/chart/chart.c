/* A sheet of charts as SVG: a grid whose columns are as wide, and rows as high, as what is in them.
 */
#include "base/fail.h"
#include "chart/check.h"
#include "chart/label.h"
#include "chart/svg.h"
#include "chart/svg_bars.h"
#include "chart/svg_curves.h"
#include "chart/svg_images.h"
#include "chart/svg_maps.h"

#include <math.h>

enum { PAD = 16, GAP = 26, ALONE = 720, BESIDE = 480, LEAST = 200, HEAD = 34 };

static tl_box size_of(const tl_chart *c, double width)
{
	if (c->map_count)
		return tl_svg_maps_size(c, width);
	return (tl_box){0, 0, width,
			c->curve_count ? tl_svg_curves_height(c)
			: c->bar_count ? tl_svg_bars_height(c)
				       : tl_svg_images_height(c, width)};
}

static void draw(FILE *f, const tl_chart *c, tl_box box)
{
	if (c->curve_count)
		tl_svg_curves(f, c, box);
	else if (c->bar_count)
		tl_svg_bars(f, c, box);
	else if (c->map_count)
		tl_svg_maps(f, c, box);
	else
		tl_svg_images(f, c, box);
}

typedef struct sheet {
	int columns;
	double width[TL_CHARTS], height[TL_CHARTS]; /* of columns, of rows */
	double whole_width, whole_height, head;
} sheet;

static sheet arrange(const tl_chart *charts, int count, const tl_chart_options *o)
{
	sheet s = {.columns = o->columns ? o->columns : 1};
	s.columns = s.columns < count ? s.columns : count;
	double width = o->width ? o->width : s.columns > 1 ? BESIDE * s.columns : ALONE;
	double each = fmax(LEAST, (width - 2 * PAD - GAP * (s.columns - 1)) / s.columns);
	s.head = PAD + (o->title && *o->title ? HEAD : 0);
	for (int k = 0; k < count; k++) {
		tl_box box = size_of(&charts[k], each);
		int column = k % s.columns;
		s.width[column] = fmax(s.width[column], box.w);
	}
	for (int k = 0; k < count; k++) {
		int row = k / s.columns;
		s.height[row] = fmax(s.height[row], size_of(&charts[k], s.width[k % s.columns]).h);
	}
	s.whole_width = 2 * PAD + GAP * (s.columns - 1);
	for (int k = 0; k < s.columns; k++)
		s.whole_width += s.width[k];
	int rows = (count + s.columns - 1) / s.columns;
	s.whole_height = s.head + PAD + GAP * (rows - 1);
	for (int k = 0; k < rows; k++)
		s.whole_height += s.height[k];
	return s;
}

tl_status tl_chart_write(const char *path, const tl_chart *charts, int count,
			 const tl_chart_options *options, tl_error *error)
{
	static const tl_chart_options none = {0};
	const tl_chart_options *o = options ? options : &none;
	if (tl_chart_check(charts, count, o, error))
		return TL_ERROR_ARGUMENT;
	if (o->ascii || o->colors)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "chart: ascii and colors are for terminals, not for SVG");
	bool maps = false;
	for (int k = 0; k < count; k++)
		maps = maps || charts[k].map_count;
	sheet s = arrange(charts, count, o);
	FILE *f = tl_svg_open(path, ceil(s.whole_width), ceil(s.whole_height), maps, error);
	if (!f)
		return path ? TL_ERROR_FILE : TL_ERROR_ARGUMENT;
	tl_svg_label(f, PAD, PAD + 17, TL_SVG_START, 18, s.whole_width - 2 * PAD, o->title);
	double x = PAD, y = s.head;
	for (int k = 0; k < count; k++) {
		int column = k % s.columns, row = k / s.columns;
		draw(f, &charts[k], (tl_box){x, y, s.width[column], s.height[row]});
		x = column == s.columns - 1 ? PAD : x + s.width[column] + GAP;
		y += column == s.columns - 1 ? s.height[row] + GAP : 0;
	}
	return tl_svg_close(f, path, error);
}
