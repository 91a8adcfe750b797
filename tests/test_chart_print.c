/* Charts as characters: what they look like, in UTF-8 and in ASCII, that they keep to their width,
 * and what happens without memory or room on the disk. */
#include "chart/label.h"
#include "counting.h"
#include "suite.h"

#include <tapeloop/train.h>

static const char *printed(const tl_chart *charts, int count, const tl_chart_options *o)
{
	static char text[1 << 20];
	tl_error e = {TL_OK, ""};
	FILE *f = tmpfile();
	ck_assert_ptr_nonnull(f);
	ck_assert_msg(!tl_chart_print(f, charts, count, o, &e), "%s", e.text);
	rewind(f);
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	fclose(f);
	return text;
}

START_TEST(curves_have_axes_names_and_bands)
{
	const double y[5] = {0, 1, 4, 9, 16}, low[5] = {0, 1, 2, 5, 10},
		     high[5] = {0, 1, 6, 12, 16};
	const double half[3] = {8, 8, 8};
	const tl_curve curves[] = {{.name = "square", .y = y, .count = 5, .low = low, .high = high},
				   {.name = "ends early", .y = half, .count = 3}};
	const tl_chart chart = {
		.title = "Title", .x_name = "x", .y_name = "y", .curves = curves, .curve_count = 2};
	ck_assert_str_eq(printed(&chart, 1, &(tl_chart_options){.width = 50, .ascii = true}),
			 "Title\n"
			 "y\n"
			 "15 +                            :** *** square\n"
			 "   |                          ::**:\n"
			 "   |                        ::**:::\n"
			 "   |                      :::**::::\n"
			 "10 +                    :::***:::::\n"
			 "   |                  ::::**::::::\n"
			 "   |++++++++++++++++::::**::::::    +++ ends early\n"
			 "   |              :::***::::::\n"
			 " 5 +            :::***::::::\n"
			 "   |          :*****:::::\n"
			 "   |        ****:::::\n"
			 " 0 +********:\n"
			 "   ++------+-------+-------+------+\n"
			 "    0      1       2       3      4\n"
			 "                   x\n");
	ck_assert_str_eq(printed(&chart, 1, &(tl_chart_options){.width = 50}),
			 "Title\n"
			 "y\n"
			 "15 ┤                            ░⢀⠎ ⠒⠒⠒ square\n"
			 "   │                          ░░⡰⠁░\n"
			 "   │                        ░░⢀⠜░░░\n"
			 "   │                      ░░░⡠⠃░░░░\n"
			 "10 ┤                    ░░░⢀⠔⠁░░░░░\n"
			 "   │                  ░░░░⡠⠊░░░░░░\n"
			 "   │⠉⠉⠁⠈⠉⠉ ⠉⠉⠁⠈⠉⠉ ⠉⠉░░░░⡠⠊░░░░░░    ⠒⠒⠂ ends early\n"
			 "   │              ░░░⢀⠔⠉░░░░░░\n"
			 " 5 ┤            ░░░⢀⠔⠁░░░░░░\n"
			 "   │          ░⢀⡠⠔⠊⠁░░░░░\n"
			 "   │        ⣀⠤⠒⠁░░░░░\n"
			 " 0 ┤⣀⡠⠤⠤⠒⠒⠊⠉░\n"
			 "   └┬──────┬───────┬───────┬──────┬\n"
			 "    0      1       2       3      4\n"
			 "                   x\n");
}
END_TEST

START_TEST(bars_have_values)
{
	const tl_bar bars[] = {
		{"first", 0.75, 0.5, 1}, {"second", 0.5, 0, 0}, {"third", NAN, 0, 0}};
	const tl_chart chart = {.bars = bars, .bar_count = 3, .x_name = "share"};
	ck_assert_str_eq(printed(&chart, 1, &(tl_chart_options){.width = 50}),
			 " first │██████████████████▊        0.75 (0.5 .. 1)\n"
			 "second │████████████▌              0.5\n"
			 " third │                           NaN\n"
			 "       └┬───┬────┬────┬────┬────┬\n"
			 "        0  0.2  0.4  0.6  0.8  1.0\n"
			 "                       share\n");
	ck_assert_str_eq(printed(&chart, 1, &(tl_chart_options){.width = 48, .ascii = true}),
			 " first |#################        0.75 (0.5 .. 1)\n"
			 "second |############             0.5\n"
			 " third |                         NaN\n"
			 "       ++----------+----------+\n"
			 "        0         0.5        1.0\n"
			 "                      share\n");
	/* three digits of it had no room beside the bars of an SVG */
	const tl_chart small = {.bars = &(tl_bar){"small", 0.00022873, 0, 0}, .bar_count = 1};
	const char *text = printed(&small, 1, NULL);
	ck_assert(strstr(text, " 0.00023\n"));
}
END_TEST

START_TEST(heat_maps_go_on_below_themselves)
{
	float values[2 * 30];
	for (int i = 0; i < 60; i++)
		values[i] = i == 3 ? NAN : (float)(i % 30) / 10;
	const tl_heat_map map = {.name = "two rows",
				 .values = values,
				 .rows = 2,
				 .columns = 30,
				 .high = 2,
				 .row_letters = "ab",
				 .column_letters = "the quick brown fox jumps over"};
	const tl_chart chart = {.maps = &map, .map_count = 1};
	ck_assert_str_eq(printed(&chart, 1, &(tl_chart_options){.width = 24}),
			 "two rows\n"
			 "  the·quick·brown·fox·ju\n"
			 "a    ?░░░░▒▒▒▒▒▓▓▓▓▓████\n"
			 "b    ░░░░░▒▒▒▒▒▓▓▓▓▓████\n"
			 "  mps·over\n"
			 "a ████████\n"
			 "b ████████\n"
			 "  0   ░░░░▒▒▒▒▓▓▓▓██ ≥ 2\n");
}
END_TEST

/* Names of columns stand upright, their last letters above the column. */
START_TEST(columns_have_names)
{
	const float values[2] = {0, 1};
	const char *const names[] = {"AE", "longer than twelve"};
	const tl_heat_map map = {
		.values = values, .rows = 1, .columns = 2, .high = 1, .column_names = names};
	const tl_chart chart = {.maps = &map, .map_count = 1};
	ck_assert_str_eq(printed(&chart, 1, NULL),
			 "    l\n    o\n    n\n    g\n    e\n    r\n"
			 "    \u00b7\n    t\n    h\n    a\n  A n\n"
			 "  E \u00b7\n"
			 "0   \u2588\u2588\n"
			 "  0   "
			 "\u2591\u2591\u2591\u2591\u2592\u2592\u2592\u2592\u2593\u2593\u2593\u2593"
			 "\u2588\u2588 1\n");
}
END_TEST

START_TEST(images_are_shades)
{
	const float values[4] = {0, 0.5, 1, NAN};
	const tl_image image = {.name = "four", .values = values, .rows = 2, .columns = 2};
	const tl_chart chart = {.images = &image, .image_count = 1};
	ck_assert_str_eq(printed(&chart, 1, NULL), "  \u2592\u2592\n\u2588\u2588??\nfour\n");
	ck_assert_str_eq(
		printed(&chart, 1, &(tl_chart_options){.colors = true}),
		"\033[0;48;5;16m  \033[0;48;5;244m  \033[0m\n\033[0;48;5;231m  \033[0m??\nfour\n");
}
END_TEST

/* What of wide maps does not fit is a mean, and says so. */
START_TEST(many_numbers_become_means)
{
	static float values[200 * 300];
	for (int i = 0; i < 200 * 300; i++)
		values[i] = (float)(i % 300);
	const tl_heat_map map = {.values = values, .rows = 200, .columns = 300};
	const tl_chart chart = {.maps = &map, .map_count = 1};
	const char *text = printed(&chart, 1, NULL);
	ck_assert_ptr_nonnull(strstr(text, "means of 5 x 4 numbers"));
}
END_TEST

/* Every sheet keeps to its width, and to ASCII where it must; nothing controls the terminal. */
START_TEST(lines_keep_to_the_width)
{
	static float values[60 * 90];
	double y[90], far[90];
	const char *names[60];
	for (int i = 0; i < 60 * 90; i++)
		values[i] = i % 7 ? (float)sin(i) : NAN;
	for (int i = 0; i < 90; i++) {
		y[i] = i % 11 ? exp(i - 40) : NAN;
		far[i] = i % 2 ? 1e300 : -1e300;
	}
	for (int i = 0; i < 60; i++)
		names[i] =
			i % 2 ? "\u957f\u77ed\u671f\u8bb0\u5fc6" : "\033[31mred\007 and more of it";
	const tl_curve curves[] = {{.name = names[0], .y = y, .count = 90, .low = y, .high = y},
				   {.name = names[1], .y = y, .count = 50}},
		       wild = {.y = far, .count = 90};
	const tl_bar bars[] = {{names[0], 3, 1, 5}, {names[1], -2, 0, 0}, {NULL, INFINITY, 0, 0}};
	const tl_heat_map maps[] = {
		{.name = names[0], .values = values, .rows = 60, .columns = 90, .row_names = names},
		{.values = values, .rows = 9, .columns = 9, .column_letters = "\u957f\n\tabcdef"}};
	const tl_image images[] = {{.name = names[1], .values = values, .rows = 10, .columns = 90},
				   {.values = values, .rows = 40, .columns = 40, .channels = 3}};
	const tl_chart charts[] = {{.title = names[0],
				    .x_name = names[1],
				    .y_name = names[0],
				    .curves = curves,
				    .curve_count = 2,
				    .log_y = true},
				   {.title = names[0],
				    .x_name = names[1],
				    .y_name = names[0],
				    .bars = bars,
				    .bar_count = 3},
				   {.title = names[0],
				    .x_name = names[1],
				    .y_name = names[0],
				    .maps = maps,
				    .map_count = 2},
				   {.title = names[0],
				    .x_name = names[1],
				    .y_name = names[0],
				    .images = images,
				    .image_count = 2},
				   {.curves = &wild, .curve_count = 1},
				   {.images = images, .image_count = 1}};
	for (int width = 20; width < 150; width += 1 + width / 9)
		for (int way = 0; way < 4; way++) {
			const tl_chart_options o = {.title = names[0],
						    .width = width,
						    .ascii = way & 1,
						    .columns = way & 2 && width > 60 ? 2 : 1};
			const char *text = printed(charts, 6, &o);
			char line[4096];
			for (size_t length; *text; text += length + 1) {
				length = strcspn(text, "\n");
				memcpy(line, text, length);
				line[length] = 0;
				assert_quick(tl_label_width(line, TL_COLUMNS) <= width, "%d: %s",
					     width, line);
				for (const char *c = line; *c; c++)
					assert_quick((unsigned char)*c >= 32 &&
							     (!o.ascii || *c < 127),
						     "%d: %s", width, line);
			}
		}
}
END_TEST

START_TEST(what_cannot_be_printed_is_refused)
{
	const double y[2] = {1, 2};
	const tl_curve curve = {.y = y, .count = 2};
	const tl_chart charts[] = {{.curves = &curve, .curve_count = 1},
				   {.curves = &curve, .curve_count = 1}};
	tl_error e = {TL_OK, ""};
	ck_assert_int_eq(tl_chart_print(NULL, charts, 1, NULL, &e), TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_chart_print(stderr, charts, 1, &(tl_chart_options){.width = 19}, &e),
			 TL_ERROR_ARGUMENT);
	ck_assert_int_eq(tl_chart_print(stderr, charts, 2,
					&(tl_chart_options){.width = 42, .columns = 2}, &e),
			 TL_ERROR_ARGUMENT);
	ck_assert_str_eq(e.text,
			 "chart: 42 characters are too few or too many for 2 beside each other");
	FILE *full = fopen("/dev/full", "w");
	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(tl_chart_print(full, charts, 1, NULL, &e), TL_ERROR_FILE);
	ck_assert_str_eq(e.text, "chart: No space left on device");
	fclose(full);
}
END_TEST

START_TEST(each_allocation_may_fail)
{
	const double y[6] = {1, 2, 3, 4, 5, 6};
	const tl_curve curve = {.y = y, .count = 2};
	const tl_chart charts[] = {{.curves = &curve, .curve_count = 1},
				   {.curves = &curve, .curve_count = 1}};
	const tl_chart_options o = {.title = "title"};
	double low[3], middle[3], high[3];
	FILE *f = tmpfile();
	counting c;
	int64_t calls = 0;
	for (int64_t at = 0; at <= calls; at++) {
		tl_error e = {TL_OK, ""};
		counting_start(&c);
		c.fail_at = at;
		tl_status status = tl_chart_print(f, charts, 2, &o, &e);
		if (!status)
			status = tl_chart_band(y, 2, 3, 0.5, low, middle, high);
		counting_stop();
		calls = at ? calls : c.calls;
		ck_assert_int_eq(status, at ? TL_ERROR_MEMORY : TL_OK);
		ck_assert_int_eq(c.blocks, 0);
	}
	ck_assert_int_eq(calls, 4);
	fclose(f);
}
END_TEST

SUITE("chart_print", curves_have_axes_names_and_bands, bars_have_values,
      heat_maps_go_on_below_themselves, columns_have_names, images_are_shades,
      many_numbers_become_means, lines_keep_to_the_width, what_cannot_be_printed_is_refused,
      each_allocation_may_fail)
