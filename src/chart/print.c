/* A sheet of charts as characters: charts beside each other share a canvas. */
#include "base/fail.h"
#include "chart/canvas.h"
#include "chart/check.h"
#include "chart/print_bars.h"
#include "chart/print_curves.h"
#include "chart/print_images.h"
#include "chart/print_maps.h"

#include <errno.h>
#include <string.h>

enum { WIDTH = 80, GAP = 4, LEAST = 20, MOST = 1000 };

static int height_of(const tl_chart *c, int width)
{
	return c->curve_count ? tl_print_curves_height(c)
	       : c->bar_count ? tl_print_bars_height(c)
	       : c->map_count ? tl_print_maps_height(c, width)
			      : tl_print_images_height(c, width);
}

static void draw(tl_canvas *canvas, const tl_chart *c, int x, int width)
{
	if (c->curve_count)
		tl_print_curves(canvas, c, x, 0, width);
	else if (c->bar_count)
		tl_print_bars(canvas, c, x, 0, width);
	else if (c->map_count)
		tl_print_maps(canvas, c, x, 0, width);
	else
		tl_print_images(canvas, c, x, 0, width);
}

static tl_status print_row(FILE *file, const tl_chart *charts, int count, int width,
			   const tl_chart_options *o)
{
	tl_canvas canvas = {
		.width = o->width ? o->width : WIDTH, .ascii = o->ascii, .colors = o->colors};
	for (int k = 0; k < count; k++) {
		int height = height_of(&charts[k], width);
		canvas.height = height > canvas.height ? height : canvas.height;
	}
	if (!tl_canvas_begin(&canvas))
		return TL_ERROR_MEMORY;
	for (int k = 0; k < count; k++)
		draw(&canvas, &charts[k], k * (width + GAP), width);
	tl_canvas_print(&canvas, file);
	tl_canvas_finish(&canvas);
	return TL_OK;
}

static tl_status print_title(FILE *file, const tl_chart_options *o)
{
	tl_canvas canvas = {.width = o->width ? o->width : WIDTH, .height = 2, .ascii = o->ascii};
	if (!tl_canvas_begin(&canvas))
		return TL_ERROR_MEMORY;
	tl_canvas_text(&canvas, 0, 0, TL_CANVAS_START, canvas.width, o->title);
	tl_canvas_print(&canvas, file);
	tl_canvas_finish(&canvas);
	return TL_OK;
}

tl_status tl_chart_print(FILE *file, const tl_chart *charts, int count,
			 const tl_chart_options *options, tl_error *error)
{
	static const tl_chart_options none = {0};
	const tl_chart_options *o = options ? options : &none;
	if (!file)
		return tl_fail(error, TL_ERROR_ARGUMENT, "chart: there is no file");
	if (tl_chart_check(charts, count, o, error))
		return TL_ERROR_ARGUMENT;
	int columns = o->columns ? o->columns : 1, whole = o->width ? o->width : WIDTH;
	columns = columns < count ? columns : count;
	int width = (whole - GAP * (columns - 1)) / columns;
	if (width < LEAST || whole > MOST)
		return tl_fail(
			error, TL_ERROR_ARGUMENT,
			"chart: %d characters are too few or too many for %d beside each other",
			whole, columns);
	tl_status status = o->title && *o->title ? print_title(file, o) : TL_OK;
	for (int k = 0; k < count && !status; k += columns) {
		if (k)
			fputc('\n', file);
		status = print_row(file, charts + k, count - k < columns ? count - k : columns,
				   width, o);
	}
	if (status)
		return tl_fail(error, status, "chart: out of memory");
	if (fflush(file) || ferror(file))
		return tl_fail(error, TL_ERROR_FILE, "chart: %s", strerror(errno));
	return TL_OK;
}
