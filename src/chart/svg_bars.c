/* A chart of bars as SVG: names at the left, values at the right, the bars between them. */
#include "chart/svg_bars.h"
#include "chart/bar.h"
#include "chart/label.h"

#include <math.h>

enum { ROW = 22, BAR = 13, VALUES = 58 };

double tl_svg_bars_height(const tl_chart *chart)
{
	return tl_svg_head_height(chart->title, chart->y_name) + ROW * chart->bar_count + 30 +
	       (chart->x_name && *chart->x_name ? TL_SVG_LINE : 0);
}

static void axis(FILE *f, const tl_axis *a, tl_box box, double left, double right, double top,
		 double bottom)
{
	tl_tick tick[TL_TICKS];
	int count = tl_axis_ticks(a, right - left, TL_SVG_TICK, true, tick);
	for (int k = 0; k < count; k++) {
		double x = left + tick[k].share * (right - left);
		tl_svg_print(f, "<path class=\"g\" d=\"M%.1f %.1fV%.1f\"/>\n", x, top, bottom);
		tl_svg_center(f, box, x, bottom + 17, TL_SVG_TICK, tick[k].text);
	}
}

static void row(FILE *f, const tl_axis *a, const tl_bar *b, double left, double right, double y)
{
	double end = 0, low = 0, high = 0, width = right - left, middle = y + ROW / 2.0;
	bool has_error;
	if (tl_bar_ends(a, b, &end, &low, &high, &has_error)) {
		double zero = a->log ? 0 : fmin(1, fmax(0, tl_axis_share(a, 0)));
		tl_svg_print(f,
			     "<rect class=\"f0\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			     "height=\"%d\"/>\n",
			     left + fmin(zero, end) * width, middle - BAR / 2.0,
			     fabs(end - zero) * width, BAR);
	}
	if (has_error)
		tl_svg_print(f,
			     "<path stroke-width=\"1.5\" class=\"e\" fill=\"none\" d=\"M%.1f "
			     "%.1fv8m0 -4H%.1fm0 -4v8\"/>\n",
			     left + low * width, middle - 4, left + high * width);
}

void tl_svg_bars(FILE *f, const tl_chart *chart, tl_box box)
{
	tl_axis a = tl_bar_axis(chart);
	char text[24];
	double named = 0, top = tl_svg_head(f, box, chart->title, chart->y_name);
	double bottom = top + ROW * chart->bar_count + 4;
	for (int k = 0; k < chart->bar_count; k++)
		named = fmax(named, tl_label_width(chart->bars[k].name, TL_SVG_TEXT));
	named = fmin(named, 0.4 * box.w);
	double left = box.x + named + 10, right = box.x + box.w - VALUES;
	axis(f, &a, box, left, right, top, bottom);
	for (int k = 0; k < chart->bar_count; k++) {
		const tl_bar *b = &chart->bars[k];
		double y = top + 2 + ROW * k;
		row(f, &a, b, left, right, y);
		tl_svg_label(f, left - 8, y + ROW / 2.0 + 4, TL_SVG_END, TL_SVG_TEXT, named,
			     b->name);
		tl_axis_number(text, b->value);
		tl_svg_label(f, box.x + box.w, y + ROW / 2.0 + 4, TL_SVG_END, TL_SVG_TEXT,
			     VALUES - 6, text);
	}
	tl_svg_print(f, "<path class=\"a\" d=\"M%.1f %.1fV%.1f\"/>\n",
		     left + (a.log ? 0 : fmin(1, fmax(0, tl_axis_share(&a, 0)))) * (right - left),
		     top, bottom);
	tl_svg_center(f, box, (left + right) / 2, bottom + 36, TL_SVG_TEXT, chart->x_name);
}
