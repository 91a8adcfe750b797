/* Charts and heat maps: what is drawn lies inside, gaps are gaps, names are escaped, and what
 * cannot be drawn or written is refused. */
#include "suite.h"

#include <tapeloop/train.h>

#include <unistd.h>

static char *contents(const char *path)
{
	static char text[1 << 20];
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	size_t size = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[size] = 0;
	return text;
}

static const char *path_of(void)
{
	static char path[64];
	snprintf(path, sizeof path, "/tmp/chart-%d.svg", (int)getpid());
	return path;
}

static int count_of(const char *text, const char *word)
{
	int count = 0;
	for (; (text = strstr(text, word)); text += strlen(word))
		count++;
	return count;
}

/* Each point of each curve, on the sheet. */
static int points_inside(const char *svg, double width, double height)
{
	int points = 0;
	for (const char *p = svg; (p = strstr(p, "<path fill=\"none\"")); p++) {
		const char *end = strchr(p, '>');
		const char *d = strstr(p, " d=\"") + 4;
		double x, y;
		int used;
		while (d < end && sscanf(d, "%*c%lf %lf%n", &x, &y, &used) == 2) {
			ck_assert(x >= 0 && x <= width && y >= 0 && y <= height);
			points++;
			d += used;
		}
	}
	return points;
}

START_TEST(curves_are_drawn_inside_with_gaps)
{
	const double y[6] = {1, 2, NAN, INFINITY, -3, 4}, low[6] = {0, 1, 0, 0, -4, 3},
		     high[6] = {2, 3, 0, 0, -2, 5};
	const tl_curve curves[] = {
		{.name = "a < b & c", .y = y, .count = 6, .low = low, .high = high, .dots = true},
		{.name = "nothing", .y = y + 2, .count = 2}};
	const tl_chart chart = {.title = "<title>", .curves = curves, .curve_count = 2};
	ck_assert_int_eq(tl_chart_write(path_of(), &chart, 1, NULL), TL_OK);
	const char *svg = contents(path_of());
	ck_assert_int_eq(points_inside(svg, 760, 366), 4);
	ck_assert_ptr_nonnull(strstr(svg, "a &lt; b &amp; c"));
	ck_assert_ptr_nonnull(strstr(svg, "&lt;title>"));
	ck_assert_int_eq(count_of(svg, "nan") + count_of(svg, "inf"), 0);
	ck_assert_int_eq(count_of(svg, "fill-opacity"), 1);
	ck_assert_int_eq(count_of(svg, "</svg>"), 1);
	unlink(path_of());
}
END_TEST

/* Twelve names need rows of their own, and more curves than colours are dashed. */
START_TEST(many_names_take_rows)
{
	const double y[2] = {1, 2};
	tl_curve curve[12];
	for (int k = 0; k < 12; k++)
		curve[k] = (tl_curve){.name = "a_name_of_22_letters_x", .y = y, .count = 2};
	const tl_chart charts[] = {{.curves = curve, .curve_count = 12},
				   {.curves = curve, .curve_count = 1}};
	int rows = 0, x, y_of;
	double last = 0;
	ck_assert_int_eq(tl_chart_write(path_of(), charts, 2, NULL), TL_OK);
	const char *svg = contents(path_of());
	for (const char *p = svg; (p = strstr(p, "h22\"")); p++) {
		const char *begin = p;
		while (*begin != 'M')
			begin--;
		ck_assert_int_eq(sscanf(begin, "M%d %d", &x, &y_of), 2);
		ck_assert(x >= 0 && x + 28 + 22 * 7 <= 760);
		rows += y_of > last;
		last = y_of;
	}
	ck_assert_int_eq(rows, 4 + 1);
	ck_assert_int_eq(points_inside(svg, 760, 36 + 2 * 330 + 3 * 18), 12 * 2 + 2);
	ck_assert_int_eq(count_of(svg, "stroke-dasharray"), 2 * 4);
	unlink(path_of());
}
END_TEST

START_TEST(logarithmic_axes_have_powers)
{
	const double y[5] = {0.003, 20, 0, -1, 900}, one[1] = {5};
	const tl_curve curve = {.y = y, .count = 5}, point = {.y = one, .count = 1};
	const tl_chart charts[] = {{.curves = &curve, .curve_count = 1, .log_y = true},
				   {.curves = &point, .curve_count = 1, .log_y = true},
				   {.curves = &point, .curve_count = 1}};
	ck_assert_int_eq(tl_chart_write(path_of(), charts, 3, NULL), TL_OK);
	const char *svg = contents(path_of());
	ck_assert_int_eq(points_inside(svg, 760, 36 + 3 * 330), 3 + 1 + 1);
	ck_assert(strstr(svg, ">0.001<") && strstr(svg, ">1000<"));
	unlink(path_of());
}
END_TEST

START_TEST(heat_maps_have_scales)
{
	const float values[6] = {-2, -1, 0, 1, 2, NAN};
	const tl_heat_map maps[] = {
		{.name = "states", .values = values, .rows = 2, .low = -1, .high = 1},
		{.values = values, .rows = 2, .high = 1, .from_white = true, .row_letters = "<&"}};
	ck_assert_int_eq(tl_heat_maps_write(path_of(), "title", "a\nb", 3, maps, 2, NULL), TL_OK);
	const char *svg = contents(path_of());
	ck_assert_int_eq(count_of(svg, "width=\"11\" height=\"11\""), 12);
	ck_assert(strstr(svg, "&#8804; -1") && strstr(svg, "&#8805; 1") && strstr(svg, ">&lt;<"));
	unlink(path_of());
}
END_TEST

START_TEST(what_cannot_be_drawn_is_refused)
{
	const double y[2] = {1, 2};
	const float v[2] = {0, 1};
	tl_error e = {TL_OK, ""};
	tl_curve curve = {.y = y, .count = 2};
	tl_chart chart = {.curves = &curve, .curve_count = 1};
	tl_heat_map map = {.values = v, .rows = 1, .high = 1};
	ck_assert_int_eq(tl_chart_write("/nowhere/x.svg", &chart, 1, &e), TL_ERROR_FILE);
	ck_assert_str_eq(e.text, "/nowhere/x.svg: No such file or directory");
	ck_assert_int_eq(tl_chart_write("/dev/full", &chart, 1, &e), TL_ERROR_FILE);
	ck_assert_int_eq(tl_chart_write(NULL, &chart, 1, &e), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_chart_write(path_of(), &chart, 0, &e), TL_ERROR_ARGUMENT);
	curve.low = y;
	ck_assert_int_eq(tl_chart_write(path_of(), &chart, 1, &e), TL_ERROR_ARGUMENT);
	chart.curve_count = 0;
	ck_assert_int_eq(tl_chart_write(path_of(), &chart, 1, &e), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_heat_maps_write("/dev/full", "", "ab", 2, &map, 1, &e), TL_ERROR_FILE);
	ck_assert_int_eq(tl_heat_maps_write(path_of(), "", "a", 2, &map, 1, &e), TL_ERROR_ARGUMENT);
	map.high = 0;
	ck_assert_int_eq(tl_heat_maps_write(path_of(), "", "ab", 2, &map, 1, &e),
			 TL_ERROR_ARGUMENT);
	ck_assert_int_ne(access(path_of(), F_OK), 0);
}
END_TEST

SUITE("chart", curves_are_drawn_inside_with_gaps, many_names_take_rows,
      logarithmic_axes_have_powers, heat_maps_have_scales, what_cannot_be_drawn_is_refused)
