/* A chart of bars as characters: name, bar, value, and the ends of the error bar as numbers. */
#include "chart/print_bars.h"
#include "chart/bar.h"
#include "chart/color.h"
#include "chart/label.h"

#include <math.h>
#include <stdlib.h>

enum { ERROR_TEXT = 56 };

static bool there(const char *text)
{
	return text && *text;
}

int tl_print_bars_height(const tl_chart *chart)
{
	return there(chart->title) + there(chart->y_name) + chart->bar_count + 2 +
	       there(chart->x_name);
}

static void value_text(char text[ERROR_TEXT], const tl_axis *a, const tl_bar *b)
{
	char value[24], low[24], high[24];
	double end, from, to;
	bool has_error;
	tl_bar_ends(a, b, &end, &from, &to, &has_error);
	tl_axis_number(value, b->value);
	tl_axis_number(low, b->low);
	tl_axis_number(high, b->high);
	if (has_error)
		snprintf(text, ERROR_TEXT, "%.12s (%.12s .. %.12s)", value, low, high);
	else
		snprintf(text, ERROR_TEXT, "%s", value);
}

/* From zero to the end, in eighths of a character; to the left in whole ones. */
static void draw(tl_canvas *c, double zero, double end, int x, int y, int width)
{
	const char *hex = tl_color_curve(0, true);
	int ink = tl_color_terminal((uint32_t)strtoul(hex + 1, NULL, 16));
	int eighths = c->ascii ? 8 : 1;
	int from = (int)lround(fmin(zero, end) * width) * 8;
	int to = (int)lround(fmax(zero, end) * width * 8 / eighths) * eighths;
	if (end < zero)
		to = (int)lround(zero * width) * 8;
	for (int k = from; k < to; k += 8) {
		int part = to - k < 8 ? to - k : 8;
		tl_canvas_put(c, x + k / 8, y, 0x2590 - part, ink, TL_NO_COLOR);
	}
}

static void axis(tl_canvas *c, const tl_axis *a, int x, int y, int width)
{
	tl_tick tick[TL_TICKS];
	int count = tl_axis_ticks(a, width, TL_COLUMNS, true, tick);
	tl_canvas_put(c, x - 1, y, 0x2514, TL_NO_COLOR, TL_NO_COLOR);
	for (int k = 0; k < width; k++)
		tl_canvas_put(c, x + k, y, 0x2500, TL_NO_COLOR, TL_NO_COLOR);
	for (int k = 0; k < count; k++) {
		int at = x + (int)lround(tick[k].share * width) - (tick[k].share > 0);
		if (!*tick[k].text)
			continue;
		tl_canvas_put(c, at, y, 0x252c, TL_NO_COLOR, TL_NO_COLOR);
		tl_canvas_text(c, at, y + 1, TL_CANVAS_MIDDLE, 24, tick[k].text);
	}
}

void tl_print_bars(tl_canvas *c, const tl_chart *chart, int x, int y, int width)
{
	tl_axis a = tl_bar_axis(chart);
	char text[ERROR_TEXT];
	double named = 0, values = 0;
	for (int k = 0; k < chart->bar_count; k++) {
		value_text(text, &a, &chart->bars[k]);
		named = fmax(named, tl_label_width(chart->bars[k].name, TL_COLUMNS));
		values = fmax(values, tl_label_width(text, TL_COLUMNS));
	}
	named = fmin(named, 0.4 * width);
	int left = x + (int)named + 2, room = x + width - left - (int)values - 2;
	room = room > 8 ? room : 8;
	double zero = a.log ? 0 : fmin(1, fmax(0, tl_axis_share(&a, 0)));
	if (there(chart->title))
		tl_canvas_text(c, x, y++, TL_CANVAS_START, width, chart->title);
	if (there(chart->y_name))
		tl_canvas_text(c, x, y++, TL_CANVAS_START, width, chart->y_name);
	for (int k = 0; k < chart->bar_count; k++, y++) {
		double end, low, high;
		bool has_error;
		tl_canvas_text(c, left - 2, y, TL_CANVAS_END, (int)named, chart->bars[k].name);
		tl_canvas_put(c, left - 1, y, 0x2502, TL_NO_COLOR, TL_NO_COLOR);
		if (tl_bar_ends(&a, &chart->bars[k], &end, &low, &high, &has_error))
			draw(c, zero, end, left, y, room);
		value_text(text, &a, &chart->bars[k]);
		tl_canvas_text(c, left + room + 2, y, TL_CANVAS_START, (int)values, text);
	}
	axis(c, &a, left, y, room);
	tl_canvas_text(c, x + width / 2, y + 2, TL_CANVAS_MIDDLE, width, chart->x_name);
}
