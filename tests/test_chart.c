/* Charts as SVG: what is drawn lies inside, gaps are gaps, names are escaped, labels do not
 * overlap, and what cannot be drawn or written is refused. */
#include "chart/label.h"
#include "suite.h"

#include <tapeloop/train.h>

#include <unistd.h>

static char *contents(const char *path)
{
	static char text[4 << 20];
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	size_t size = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	ck_assert(size < sizeof text - 1);
	text[size] = 0;
	return text;
}

static const char *path_of(void)
{
	static char path[64];
	snprintf(path, sizeof path, "/tmp/chart-%d.svg", (int)getpid());
	return path;
}

static const char *drawn(const tl_chart *charts, int count, const tl_chart_options *o)
{
	tl_error e = {TL_OK, ""};
	ck_assert_msg(!tl_chart_write(path_of(), charts, count, o, &e), "%s", e.text);
	const char *svg = contents(path_of());
	unlink(path_of());
	return svg;
}

static int count_of(const char *text, const char *word)
{
	int count = 0;
	for (; (text = strstr(text, word)); text += strlen(word))
		count++;
	return count;
}

static double size_of(const char *svg, const char *name)
{
	double v = 0;
	ck_assert_int_eq(sscanf(strstr(svg, name) + strlen(name), "=\"%lf", &v), 1);
	return v;
}

/* Each point of each curve, on the sheet. */
static int points_inside(const char *svg)
{
	double width = size_of(svg, " width"), height = size_of(svg, " height");
	int points = 0;
	for (const char *p = svg; (p = strstr(p, "stroke-linejoin")); p++) {
		const char *d = strstr(p, " d=\"") + 4, *end = strchr(d, '>');
		double x, y;
		int used;
		while (d < end && sscanf(d, "%*c%lf %lf%n", &x, &y, &used) == 2) {
			assert_quick(x >= 0 && x <= width && y >= 0 && y <= height, "%g %g", x, y);
			points++;
			d += used;
		}
	}
	return points;
}

START_TEST(curves_are_drawn_inside_with_gaps)
{
	const double y[6] = {1, 2, NAN, INFINITY, -3, 4}, low[6] = {0, 1, 0, 0, -4, 3},
		     high[6] = {2, 3, NAN, 0, -2, 5};
	const tl_curve curves[] = {
		{.name = "a < b & c", .y = y, .count = 6, .low = low, .high = high, .dots = true},
		{.name = "nothing", .y = y + 2, .count = 2},
		{.name = "no count", .y = NULL, .count = 0},
		{.name = "alone", .y = y, .count = 1}};
	const tl_chart chart = {.title = "<title>", .curves = curves, .curve_count = 4};
	const char *svg = drawn(&chart, 1, NULL);
	ck_assert_int_eq(points_inside(svg), 4 + 1);
	ck_assert_ptr_nonnull(strstr(svg, "a &lt; b &amp; c"));
	ck_assert_ptr_nonnull(strstr(svg, "&lt;title&gt;"));
	ck_assert_int_eq(count_of(svg, "nan") + count_of(svg, "inf"), 0);
	ck_assert_int_eq(count_of(svg, "fill-opacity"), 2); /* a band on each side of the gap */
	ck_assert_int_eq(count_of(svg, "<circle"), 4 + 1);
	ck_assert_int_eq(count_of(svg, "</svg>"), 1);
	ck_assert_int_eq(count_of(svg, "prefers-color-scheme: dark"), 1);
}
END_TEST

/* More curves than colours are dashed; names need the height. */
START_TEST(many_names_stand_below_each_other)
{
	const double y[2] = {1, 2};
	tl_curve curve[40];
	for (int k = 0; k < 40; k++)
		curve[k] = (tl_curve){.name = "a_name", .y = y, .count = 2};
	const tl_chart chart = {.curves = curve, .curve_count = 40};
	const char *svg = drawn(&chart, 1, NULL);
	ck_assert_int_eq(points_inside(svg), 80);
	ck_assert_int_eq(count_of(svg, ">a_name<"), 40);
	ck_assert_int_eq(count_of(svg, "stroke-dasharray"), 2 * 32);
}
END_TEST

START_TEST(logarithmic_axes_have_powers)
{
	const double y[5] = {0.003, 20, 0, -1, 900}, one[1] = {5}, x[5] = {1, 10, 100, -1, 5000};
	const tl_curve curve = {.y = y, .count = 5}, point = {.y = one, .count = 1},
		       both = {.x = x, .y = y, .count = 5};
	const tl_chart charts[] = {
		{.curves = &curve, .curve_count = 1, .log_y = true},
		{.curves = &point, .curve_count = 1, .log_y = true},
		{.curves = &both, .curve_count = 1, .log_x = true, .log_y = true},
		{.curves = &point, .curve_count = 1}};
	const char *svg = drawn(charts, 4, NULL);
	ck_assert_int_eq(points_inside(svg), 3 + 1 + 3 + 1);
	ck_assert(strstr(svg, ">0.01<") && strstr(svg, ">1000<") && strstr(svg, ">5000<"));
}
END_TEST

START_TEST(a_million_points_take_as_much_room_as_a_thousand)
{
	enum { MANY = 1000000 };
	double *y = malloc(MANY * sizeof *y);
	for (int i = 0; i < MANY; i++)
		y[i] = i == 123456 ? 5 : sin(i * 1e-4);
	const tl_curve curve = {.y = y, .low = y, .high = y, .count = MANY};
	const tl_chart chart = {.curves = &curve, .curve_count = 1};
	const char *svg = drawn(&chart, 1, NULL);
	ck_assert_int_lt((int)strlen(svg), 200000);
	double highest = INFINITY, y_of;
	const char *d = strstr(strstr(svg, "stroke-linejoin"), " d=\"") + 4;
	for (int used; sscanf(d, "%*c%*f %lf%n", &y_of, &used) == 1; d += used)
		highest = fmin(highest, y_of);
	ck_assert(highest < 30); /* the spike of one point is still there */
	free(y);
}
END_TEST

START_TEST(hostile_numbers_are_drawn_or_left_out)
{
	static const double sets[][4] = {{1e300, -1e300, 0, 1},
					 {1e308, -1e308, INFINITY, NAN},
					 {1e-320, 2e-320, 0, 1e-310},
					 {5, 5, 5, 5},
					 {1e15, 1e15 + 1, 1e15 + 2, 1e15},
					 {-1, -2, -3, 0},
					 {1e-300, 1e300, 1, 2},
					 {NAN, NAN, NAN, NAN}};
	for (size_t k = 0; k < sizeof sets / sizeof *sets; k++)
		for (int log = 0; log < 4; log++) {
			const double *v = sets[k];
			float f[4];
			for (int i = 0; i < 4; i++)
				f[i] = (float)v[i];
			const tl_curve c = {.x = v, .y = v, .count = 4, .low = v, .high = v};
			const tl_bar bars[] = {{"a", v[0], v[1], v[2]}, {NULL, v[3], 0, 0}};
			const tl_heat_map m = {
				.values = f, .rows = 2, .columns = 2, .diverging = k % 2};
			const tl_image g = {.values = f, .rows = 2, .columns = 2};
			const tl_chart charts[] = {{.curves = &c,
						    .curve_count = 1,
						    .log_x = log & 1,
						    .log_y = log & 2},
						   {.bars = bars, .bar_count = 2, .log_x = log & 1},
						   {.maps = &m, .map_count = 1},
						   {.images = &g, .image_count = 1}};
			const char *svg = drawn(charts, 4, NULL);
			points_inside(svg);
			for (const char *p = svg; (p = strpbrk(p, "ni")); p++)
				assert_quick(strncmp(p, "nan", 3) && strncmp(p, "-inf.", 5) &&
						     strncmp(p, "inf.", 4),
					     "set %d: %.30s", (int)k, p);
		}
}
END_TEST

START_TEST(heat_maps_have_scales_and_say_what_is_nan)
{
	const float values[6] = {-2, -1, 0, 1, 2, NAN};
	const char *const names[] = {"first & last", NULL};
	const tl_heat_map maps[] = {
		{.name = "states",
		 .values = values,
		 .rows = 2,
		 .columns = 3,
		 .low = -1,
		 .high = 1,
		 .diverging = true,
		 .column_letters = "a\nb"},
		{.values = values, .rows = 2, .columns = 3, .high = 1, .row_letters = "<&"},
		{.values = values, .rows = 2, .columns = 3, .row_names = names}};
	const tl_chart chart = {.maps = maps, .map_count = 3};
	const char *svg = drawn(&chart, 1, NULL);
	ck_assert(strstr(svg, "\u2264 -1") && strstr(svg, "\u2265 1") && strstr(svg, ">&lt;<"));
	ck_assert(strstr(svg, "first &amp; last") && strstr(svg, "\u23ce"));
	ck_assert(strstr(svg, ">-2<") && strstr(svg, ">2<"));
	ck_assert_int_eq(count_of(svg, "non-scaling-stroke"), 3);
}
END_TEST

/* Upwards if one of them is wider than a column, each beside the middle of its own. */
START_TEST(columns_have_names)
{
	const float values[4] = {0, 1, 1, 0};
	const char *const wide[] = {"beginning", "<end>"}, *const narrow[] = {"AE", NULL};
	tl_heat_map map = {
		.values = values, .rows = 2, .columns = 2, .high = 1, .column_names = wide};
	const tl_chart chart = {.maps = &map, .map_count = 1};
	const char *svg = drawn(&chart, 1, NULL);
	ck_assert_int_eq(count_of(svg, "rotate(-90)"), 2);
	ck_assert(strstr(svg, ">beginning</text>") && strstr(svg, ">&lt;end&gt;</text>"));
	map.column_names = narrow;
	svg = drawn(&chart, 1, NULL);
	ck_assert(!strstr(svg, "rotate") && strstr(svg, ">AE</text>"));
}
END_TEST

/* Planes, and runs of one colour as one rectangle. */
START_TEST(images_have_their_pixels)
{
	const float colors[12] = {1, 1, 0, 0, 0, 0, 0.5, 1, 0, 0, 0, NAN};
	const tl_image images[] = {
		{.values = colors, .rows = 2, .columns = 2, .channels = 3},
		{.name = "grey", .values = colors, .rows = 3, .columns = 2, .high = 2}};
	const tl_chart chart = {.images = images, .image_count = 2};
	const char *svg = drawn(&chart, 1, NULL);
	ck_assert(strstr(svg, "fill=\"#ff0000\" d=\"M0 0h2v1h-2z\""));
	ck_assert(strstr(svg, "fill=\"#008000\" d=\"M0 1h1v1h-1z\""));
	ck_assert(strstr(svg, "class=\"b\" d=\"M1 1h1v1h-1z\""));
	ck_assert(strstr(svg, "fill=\"#818181\" d=\"M0 0h2v1h-2z"));
	ck_assert(strstr(svg, ">grey<"));
}
END_TEST

/* The middle, and the quartiles, of those that are still running. */
START_TEST(bands_are_of_runs)
{
	const double runs[5][3] = {{1, 1, 1}, {2, 2, NAN}, {3, 3, NAN}, {4, 9, NAN}, {5, NAN, 7}};
	double low[3], middle[3], high[3];
	ck_assert_int_eq(tl_chart_band(runs[0], 5, 3, 0.5, low, middle, high), TL_OK);
	ck_assert(low[0] == 2 && middle[0] == 3 && high[0] == 4);
	ck_assert(low[1] == 1.75 && middle[1] == 2.5 && high[1] == 4.5);
	ck_assert(isnan(low[2]) && isnan(middle[2]) && isnan(high[2]));
	ck_assert_int_eq(tl_chart_band(runs[0], 5, 3, 1, low, middle, high), TL_OK);
	ck_assert(low[0] == 1 && high[0] == 5 && low[1] == 1 && high[1] == 9);
	ck_assert_int_eq(tl_chart_band(runs[0], 5, 3, 1.5, low, middle, high), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_chart_band(runs[0], 0, 3, 1, low, middle, high), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_chart_band(NULL, 5, 3, 1, low, middle, high), TL_ERROR_ARGUMENT);
}
END_TEST

static void refuses(const tl_chart *chart, const char *words)
{
	tl_error e = {TL_OK, ""};
	ck_assert_int_eq(tl_chart_write(path_of(), chart, 1, NULL, &e), TL_ERROR_ARGUMENT);
	ck_assert_str_eq(e.text, words);
	ck_assert_int_eq(tl_chart_print(stderr, chart, 1, NULL, &e), TL_ERROR_ARGUMENT);
	ck_assert_int_ne(access(path_of(), F_OK), 0);
}

START_TEST(what_cannot_be_drawn_is_refused)
{
	const double y[2] = {1, 2};
	const float v[4] = {0, 1};
	const tl_curve curve = {.y = y, .count = 2};
	const tl_chart chart = {.curves = &curve, .curve_count = 1};
	const tl_bar bar = {"a", 1, 0, 0};
	tl_error e = {TL_OK, ""};
	ck_assert_int_eq(tl_chart_write("/nowhere/x.svg", &chart, 1, NULL, &e), TL_ERROR_FILE);
	ck_assert_str_eq(e.text, "/nowhere/x.svg: No such file or directory");
	ck_assert_int_eq(tl_chart_write("/dev/full", &chart, 1, NULL, &e), TL_ERROR_FILE);
	ck_assert_int_eq(tl_chart_write(NULL, &chart, 1, NULL, &e), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_chart_write(path_of(), &chart, 0, NULL, &e), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(
		tl_chart_write(path_of(), &chart, 1, &(tl_chart_options){.ascii = true}, &e),
		TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_chart_write(path_of(), &chart, 1, &(tl_chart_options){.width = -1}, &e),
			 TL_ERROR_ARGUMENT);
	refuses(&(tl_chart){0}, "chart 0 has nothing to draw");
	refuses(&(tl_chart){.curves = &curve, .curve_count = 1, .bars = &bar, .bar_count = 1},
		"chart 0 has contents of two kinds");
	refuses(&(tl_chart){.bars = &bar, .bar_count = 1, .log_y = true},
		"chart 0 has a logarithmic axis where there is none");
	refuses(&(tl_chart){.bars = &bar, .bar_count = 2147483647},
		"chart 0 has a count below 0, too high, or without an array");
	refuses(&(tl_chart){.curves = &(tl_curve){.y = y, .count = 2, .low = y}, .curve_count = 1},
		"chart 0: curve 0 has one edge of a band and not the other");
	refuses(&(tl_chart){.curves = &(tl_curve){.count = 2}, .curve_count = 1},
		"chart 0: curve 0 has no numbers");
	refuses(&(tl_chart){.curves = &(tl_curve){.y = y, .count = 2, .color = "red\"/><x"},
			    .curve_count = 1},
		"chart 0: curve 0 has a color that is none");
	refuses(&(tl_chart){.maps = &(tl_heat_map){.values = v, .rows = 1, .columns = 2, .low = 1},
			    .map_count = 1},
		"chart 0: map 0 has a low that is not below its high");
	refuses(&(tl_chart){.maps = &(tl_heat_map){.values = v,
						   .rows = 1,
						   .columns = 2,
						   .column_letters = "a"},
			    .map_count = 1},
		"chart 0: map 0 has more rows or columns than letters");
	refuses(&(tl_chart){.maps = &(tl_heat_map){.values = v,
						   .rows = 1,
						   .columns = 1,
						   .column_letters = "a",
						   .column_names = (const char *const[]){"a"}},
			    .map_count = 1},
		"chart 0: map 0 has names and letters for its columns");
	refuses(&(tl_chart){.maps = &(tl_heat_map){.values = v, .rows = 65536, .columns = 65536},
			    .map_count = 1},
		"chart 0: map 0 has more than 4096 rows or columns, or more than 1048576 numbers");
	refuses(&(tl_chart){.images = &(
				    tl_image){.values = v, .rows = 1, .columns = 1, .channels = 2},
			    .image_count = 1},
		"chart 0: image 0 has channels that are not 1 or 3");
}
END_TEST

/* Labels of random charts */

typedef struct box {
	double left, right, top, bottom;
	char text[200];
} box;

static uint64_t seed;

static double draw(double low, double high)
{
	return low + (high - low) * tl_random_uniform(&(tl_random){.seed = seed++});
}

static int whole(int low, int high)
{
	return (int)draw(low, high + 0.999);
}

static const char *any_name(void)
{
	static const char *const names[] = {
		"lstm",
		"gru",
		"a name that is far too long for the place where it is to be written",
		"\u957f\u77ed\u671f\u8bb0\u5fc6\u7f51\u7edc\u7684\u635f\u5931",
		"",
		NULL,
		"a\tb\nc",
		"\xff\xfe broken",
		"\u2016\u2202L/\u2202h\u2016",
		"WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
		"<&>",
		"iiiiiiiiiiiiiiiiii"};
	return names[whole(0, (int)(sizeof names / sizeof *names) - 1)];
}

enum { NUMBERS = 400 };

typedef struct parts {
	double x[NUMBERS], y[64][NUMBERS];
	float values[64 * NUMBERS];
	tl_curve curves[64];
	tl_bar bars[30];
	tl_heat_map maps[3];
	tl_image images[9];
	const char *rows[64];
} parts;

static void fill(parts *p)
{
	double scale = pow(10, whole(-9, 9)), shift = whole(0, 2) ? 0 : draw(-5, 5) * scale * 1000;
	for (int i = 0; i < NUMBERS; i++)
		p->x[i] = i * scale * 3 + shift;
	for (int k = 0; k < 64; k++) {
		for (int i = 0; i < NUMBERS; i++)
			p->y[k][i] = draw(-1, 2) * scale + shift;
		p->rows[k] = any_name();
	}
	for (int i = 0; i < 64 * NUMBERS; i++)
		p->values[i] = whole(0, 50) ? (float)draw(-scale, scale) : NAN;
}

static tl_chart any_chart(parts *p)
{
	tl_chart c = {.title = any_name(), .x_name = any_name(), .y_name = any_name()};
	fill(p);
	switch (whole(0, 3)) {
	case 0:
		c.curves = p->curves;
		c.curve_count = whole(1, whole(0, 3) ? 6 : 64);
		c.log_x = !whole(0, 2);
		c.log_y = !whole(0, 2);
		for (int k = 0; k < c.curve_count; k++)
			p->curves[k] = (tl_curve){.name = any_name(),
						  .x = whole(0, 1) ? p->x : NULL,
						  .y = p->y[k],
						  .count = whole(0, NUMBERS)};
		break;
	case 1:
		c.bars = p->bars;
		c.bar_count = whole(1, 30);
		c.log_x = !whole(0, 2);
		for (int k = 0; k < c.bar_count; k++)
			p->bars[k] = (tl_bar){any_name(), p->y[k][0], p->y[k][1], p->y[k][2]};
		break;
	case 2:
		c.maps = p->maps;
		c.map_count = whole(1, 3);
		for (int k = 0; k < c.map_count; k++)
			p->maps[k] = (tl_heat_map){
				.name = any_name(),
				.values = p->values,
				.rows = whole(1, 64),
				.columns = whole(1, NUMBERS / 4),
				.diverging = whole(0, 1),
				.row_names = whole(0, 1) ? p->rows : NULL,
				.column_letters =
					whole(0, 1)
						? NULL
						: "Wenn iWi \n mMmM \u957f\u77ed, then "
						  "jumps over the lazy dog. Wenn iWi \n mMmM "
						  "\u957f\u77ed, then jumps over the lazy dog, and "
						  "over the fence and far away"};
		break;
	default:
		c.images = p->images;
		c.image_count = whole(1, 9);
		for (int k = 0; k < c.image_count; k++)
			p->images[k] = (tl_image){.name = any_name(),
						  .values = p->values,
						  .rows = whole(1, 60),
						  .columns = whole(1, 60)};
	}
	return c;
}

/* The next label's box, as wide as its letters in the larger one of two fonts. */
static const char *next_label(const char *svg, box *b)
{
	const char *at = strstr(svg, "<text x=\"");
	if (!at)
		return NULL;
	double x, y, size = 12;
	ck_assert_int_eq(sscanf(at, "<text x=\"%lf\" y=\"%lf\"", &x, &y), 2);
	const char *begin = strchr(at, '>') + 1, *end = strstr(begin, "</text>");
	const char *given = strstr(at, "font-size=\""), *anchor = strstr(at, "text-anchor=\"");
	if (given && given < begin)
		size = atof(given + 11);
	size_t used = 0;
	for (const char *s = begin; s < end; s++, used++) {
		b->text[used] = *s;
		if (*s == '&') {
			b->text[used] = s[1] == 'l' ? '<' : s[1] == 'g' ? '>' : '&';
			s = strchr(s, ';');
		}
	}
	b->text[used] = 0;
	double width = tl_label_width(b->text, size);
	bool has = anchor && anchor < begin;
	b->left = x - (!has ? 0 : anchor[13] == 'm' ? width / 2 : width);
	b->right = b->left + width;
	b->top = y - 0.78 * size;
	b->bottom = y + 0.22 * size;
	return end;
}

static void check_labels(const char *svg, int number)
{
	static box boxes[8192];
	double width = size_of(svg, " width"), height = size_of(svg, " height");
	int count = 0;
	for (const char *at = svg; count < 8192 && (at = next_label(at, &boxes[count])); count++) {
		const box *b = &boxes[count];
		assert_quick(b->left >= -1 && b->right <= width + 1 && b->top >= 0 &&
				     b->bottom <= height,
			     "sheet %d: \"%s\" at %.1f..%.1f, %.1f..%.1f leaves %.0f x %.0f",
			     number, b->text, b->left, b->right, b->top, b->bottom, width, height);
	}
	assert_quick(count < 8192, "too many labels");
	for (int i = 0; i < count; i++)
		for (int k = 0; k < i; k++) {
			const box *a = &boxes[i], *b = &boxes[k];
			assert_quick(a->right <= b->left || b->right <= a->left ||
					     a->bottom <= b->top || b->bottom <= a->top,
				     "sheet %d: \"%s\" (%.1f..%.1f, %.1f..%.1f) overlaps \"%s\" "
				     "(%.1f..%.1f, %.1f..%.1f)",
				     number, a->text, a->left, a->right, a->top, a->bottom, b->text,
				     b->left, b->right, b->top, b->bottom);
		}
}

START_TEST(labels_never_overlap_and_stay_on_the_sheet)
{
	enum { SHEETS = 300, CHARTS = 4 };
	static parts p[CHARTS];
	for (int number = 0; number < SHEETS; number++) {
		tl_chart charts[CHARTS];
		seed = (uint64_t)number * 100000000;
		int count = whole(1, CHARTS);
		const tl_chart_options o = {.title = any_name(),
					    .columns = whole(0, 3),
					    .width = whole(0, 1) ? 0 : whole(1, 1500)};
		for (int k = 0; k < count; k++)
			charts[k] = any_chart(&p[k]);
		check_labels(drawn(charts, count, &o), number);
	}
}
END_TEST

SUITE("chart", curves_are_drawn_inside_with_gaps, many_names_stand_below_each_other,
      logarithmic_axes_have_powers, a_million_points_take_as_much_room_as_a_thousand,
      hostile_numbers_are_drawn_or_left_out, heat_maps_have_scales_and_say_what_is_nan,
      columns_have_names, images_have_their_pixels, bands_are_of_runs,
      what_cannot_be_drawn_is_refused, labels_never_overlap_and_stay_on_the_sheet)
