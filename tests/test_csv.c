/* CSV and scaling: what RFC 4180 allows is read, what is wrong is named with its place; a text that
 * is cut off anywhere is read or refused, and nothing else. */
#include "counting.h"
#include "suite.h"

#include <locale.h>
#include <tapeloop/train.h>
#include <unistd.h>

static tl_table *parse(const char *text, const tl_csv_options *o)
{
	tl_error e = {TL_OK, ""};
	tl_table *t = tl_csv_parse(text, strlen(text), "t.csv", o, &e);
	ck_assert_msg(t, "%s", e.text);
	return t;
}

static double at(const tl_table *t, int row, int column)
{
	return ((double *)tl_table_values(t).data)[row * tl_table_column_count(t) + column];
}

START_TEST(what_the_standard_allows_is_read)
{
	tl_table *t = parse("\xef\xbb\xbf"
			    "a,\"b \"\"x\"\"\",\"c\nd\"\r\n"
			    "1,2.5,\"3\"\r\n"
			    "\n"
			    " -4 ,+5e-1,6E2\n"
			    "7,.5,8.",
			    NULL);
	ck_assert_int_eq(tl_table_row_count(t), 3);
	ck_assert_int_eq(tl_table_column_count(t), 3);
	ck_assert_str_eq(tl_table_column_name(t, 0), "a");
	ck_assert_str_eq(tl_table_column_name(t, 1), "b \"x\"");
	ck_assert_str_eq(tl_table_column_name(t, 2), "c\nd");
	ck_assert_int_eq(tl_table_column_find(t, "b \"x\""), 1);
	ck_assert_int_eq(tl_table_column_find(t, "b"), -1);
	ck_assert_ptr_null(tl_table_column_name(t, 3));
	static const double expected[] = {1, 2.5, 3, -4, 0.5, 600, 7, 0.5, 8};
	ck_assert_mem_eq(tl_table_values(t).data, expected, sizeof expected);
	ck_assert_int_eq(tl_table_values(t).dtype, TL_F64);
	tl_table_destroy(t);
}
END_TEST

START_TEST(columns_are_chosen_by_name_or_number)
{
	static const char text[] = "Date;Temp;Rain;Temp\n1.1.;3,5;0;1\n2.1.;-1.234,5;2;2\n";
	tl_csv_options o = {.columns = {"Rain", "#4"}, .separator = ';', .decimal = ','};
	tl_table *t = parse(text, &o);
	ck_assert_int_eq(tl_table_column_count(t), 2);
	ck_assert_double_eq(at(t, 1, 0), 2);
	ck_assert_double_eq(at(t, 1, 1), 2);
	ck_assert_str_eq(tl_table_column_name(t, 1), "Temp");
	tl_table_destroy(t);
	o = (tl_csv_options){.columns = {"#2"}, .no_header = true};
	t = parse("1,2\n3,4\n", &o);
	ck_assert_int_eq(tl_table_row_count(t), 2);
	ck_assert_double_eq(at(t, 0, 0), 2);
	ck_assert_str_eq(tl_table_column_name(t, 0), "#2");
	tl_table_destroy(t);
	o = (tl_csv_options){.columns = {"city", "x"}, .text = {"city"}};
	t = parse("x,city\n1,Rome\n2,\"Oslo\"\n3,Rome\n4,\n", &o);
	ck_assert_int_eq(tl_table_category_count(t, 0), 3);
	ck_assert_int_eq(tl_table_category_count(t, 1), 0);
	ck_assert_double_eq(at(t, 0, 0), 0);
	ck_assert_double_eq(at(t, 1, 0), 1);
	ck_assert_double_eq(at(t, 2, 0), 0);
	ck_assert_str_eq(tl_table_category(t, 0, 1), "Oslo");
	ck_assert_str_eq(tl_table_category(t, 0, 2), "");
	ck_assert_ptr_null(tl_table_category(t, 0, 3));
	tl_table_destroy(t);
}
END_TEST

START_TEST(missing_numbers_are_what_was_said)
{
	static const char text[] = "a,b\n1,10\n,20\nNA,30\n4,?\n5,50\n";
	tl_csv_options o = {.missing_text = "?"};
	o.missing = TL_MISSING_NAN;
	tl_table *t = parse(text, &o);
	ck_assert_int_eq(tl_table_row_count(t), 5);
	ck_assert(isnan(at(t, 1, 0)) && isnan(at(t, 2, 0)) && isnan(at(t, 3, 1)));
	tl_table_destroy(t);
	o.missing = TL_MISSING_PREVIOUS;
	t = parse(text, &o);
	ck_assert_double_eq(at(t, 2, 0), 1);
	ck_assert_double_eq(at(t, 3, 1), 30);
	tl_table_destroy(t);
	o.missing = TL_MISSING_SKIP;
	t = parse(text, &o);
	ck_assert_int_eq(tl_table_row_count(t), 2);
	ck_assert_double_eq(at(t, 1, 1), 50);
	tl_table_destroy(t);
}
END_TEST

START_TEST(what_is_wrong_is_named_with_its_place)
{
	static const tl_csv_options plain = {0}, decimal = {.decimal = ','},
				    chosen = {.columns = {"b", "c"}},
				    twice = {.columns = {"b", "#2"}},
				    text = {.columns = {"a"}, .text = {"b"}},
				    before = {.missing = TL_MISSING_PREVIOUS};
	static const struct {
		const char *csv;
		const tl_csv_options *o;
		const char *words;
	} wrong[] = {
		{"a,b\n1,2\n3,x4\n", &plain, "t.csv, line 3, column 2 (b): \"x4\" is no number"},
		{"a,b\n1,1e999\n", &plain, "t.csv, line 2, column 2 (b): \"1e999\" is no number"},
		{"a,b\n1,inf\n", &plain, "t.csv, line 2, column 2 (b): \"inf\" is no number"},
		{"a,b\n1,0x10\n", &plain, "t.csv, line 2, column 2 (b): \"0x10\" is no number"},
		{"a,b\n1,2 3\n", &plain, "t.csv, line 2, column 2 (b): \"2 3\" is no number"},
		{"a,b\n1,.\n", &plain, "t.csv, line 2, column 2 (b): \".\" is no number"},
		{"a,b\n1,-\n", &plain, "t.csv, line 2, column 2 (b): \"-\" is no number"},
		{"a,b\n1,1e\n", &plain, "t.csv, line 2, column 2 (b): \"1e\" is no number"},
		{"a,b\n1,2\r3\n", &plain, "t.csv, line 2, column 2 (b): \"2?3\" is no number"},
		{"a,b\n\"1\n\",\"\"\n", &plain, "t.csv, line 2, column 1 (a): \"1?\" is no number"},
		{"a,b\n1,\n", &plain, "t.csv, line 2, column 2 (b): a number is missing"},
		{"a,b\n1,\n", &before,
		 "t.csv, line 2, column 2 (b): a number is missing, and there "
		 "is none before it"},
		{"a,b\n1,2,3\n", &plain,
		 "t.csv, line 2, column 3: there are more fields than columns"},
		{"a,b\n1,2\n3\n", &plain,
		 "t.csv, line 3, column 1 (a): the line ends, and there are 2 "
		 "columns"},
		{"a,b\n1,\"2\n\n", &plain,
		 "t.csv, line 2, column 2 (b): a quote that is never closed"},
		{"a,b\n1,\"2\"3\n", &plain,
		 "t.csv, line 2, column 2 (b): something follows the "
		 "closing quote"},
		{"a,b\n1,2\"3\n", &plain,
		 "t.csv, line 2, column 2 (b): a quote in a field that does "
		 "not begin with one"},
		{"", &plain, "t.csv: it is empty"},
		{"\n\r\n", &plain, "t.csv: it is empty"},
		{"a,b\n", &plain, "t.csv: there are no rows"},
		{"a,b\n1,2\n", &chosen, "t.csv: there is no column \"c\"; there are \"a\", \"b\""},
		{"a,b\n1,2\n", &twice, "t.csv: column #2 was asked for twice"},
		{"b,b\n1,2\n", &chosen,
		 "t.csv: two columns are called \"b\": ask for one by its number, "
		 "\"#2\""},
		{"a,b\n1,2\n", &text, "t.csv: a column of text is not among those that are read"},
		{"a,b\n1,2\n", &decimal,
		 "t.csv: the separator is no quote or end of line, decimal is "
		 "'.' or ',' and not the separator"},
		{"a\n12345678901234567890123456789012345678901234567890x\n", &plain,
		 "t.csv, line 2, column 1 (a): \"1234567890123456789012345678901234567890...\" is "
		 "no "
		 "number"},
	};
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
		tl_error e = {TL_OK, ""};
		ck_assert_ptr_null(
			tl_csv_parse(wrong[k].csv, strlen(wrong[k].csv), "t.csv", wrong[k].o, &e));
		ck_assert_int_ne(e.status, TL_OK);
		ck_assert_str_eq(e.text, wrong[k].words);
	}
	tl_error e = {TL_OK, ""};
	ck_assert_ptr_null(tl_csv_parse("a\n\0001\n", 5, "t.csv", NULL, &e));
	ck_assert_str_eq(e.text, "t.csv, line 2, column 1 (a): a byte that is 0: this is no text");
	ck_assert_ptr_null(tl_csv_read("/nowhere/t.csv", NULL, &e));
	ck_assert_int_eq(e.status, TL_ERROR_FILE);
	ck_assert_str_eq(e.text, "/nowhere/t.csv: No such file or directory");
	ck_assert_ptr_null(tl_csv_read("/", NULL, &e));
	ck_assert_str_eq(e.text, "/: Is a directory");
}
END_TEST

/* Against strtod, in a locale whose numbers are written otherwise if there is one. */
START_TEST(numbers_are_rounded_right)
{
	static const char *const given[] = {
		"0",
		"-0",
		"1",
		"0.1",
		"123456789012345678901234567890",
		"9007199254740993",
		"9007199254740993.0000000000000000000000000000001",
		"1e22",
		"1e23",
		"8.5e-22",
		"179769313486231570000e288",
		"2.2250738585072011e-308",
		"5e-324",
		"1e-400",
		"0.000000000000000000000000000000000000000000000000000123456789",
		"3.14159265358979",
		"000000000000000000000000000000001.5",
		"1234567890123456789e-10",
		"99999999999999999e5"};
	double expected[sizeof given / sizeof *given];
	tl_random r = {.seed = 3};
	for (size_t k = 0; k < sizeof given / sizeof *given; k++)
		expected[k] = strtod(given[k], NULL);
	for (int round = 0; round < 2; round++) {
		for (size_t k = 0; k < sizeof given / sizeof *given; k++) {
			char text[200];
			snprintf(text, sizeof text, "a\n%s\n", given[k]);
			tl_table *t = parse(text, NULL);
			ck_assert_mem_eq(tl_table_values(t).data, &expected[k], sizeof *expected);
			tl_table_destroy(t);
		}
		if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
			break;
	}
	setlocale(LC_NUMERIC, "C");
	for (int k = 0; k < 2000; k++) {
		union {
			uint64_t bits;
			double x;
		} u = {tl_random_next(&r)};
		char text[60];
		if (!isfinite(u.x))
			continue;
		snprintf(text, sizeof text, "a\n%.*g\n", 3 + k % 15, u.x);
		double value = strtod(text + 2, NULL);
		tl_table *t = parse(text, NULL);
		assert_quick(at(t, 0, 0) == value, "%s", text);
		tl_table_destroy(t);
	}
}
END_TEST

static const char long_text[] = "x,\"y, \"\"z\"\"\",city\r\n1,2,\"Ro\"\"me\"\r\n\"3\",NA,\"a\nb\"\n"
				"5e-3,-6.25,Oslo\n";

START_TEST(a_text_cut_off_is_read_or_refused)
{
	tl_csv_options o = {.text = {"city"}, .missing = TL_MISSING_NAN};
	size_t size = sizeof long_text - 1;
	for (size_t n = 0; n <= size; n++) {
		tl_error e = {TL_OK, ""};
		char *exact = malloc(n ? n : 1); /* so that what looks beyond it is found */
		memcpy(exact, long_text, n);
		tl_table *t = tl_csv_parse(exact, n, "cut", &o, &e);
		ck_assert_int_eq(!t, e.status != TL_OK);
		ck_assert_int_eq(!t, *e.text != 0);
		if (t)
			ck_assert_int_ge(tl_table_row_count(t), 1);
		tl_table_destroy(t);
		free(exact);
	}
	char path[] = "csv-XXXXXX";
	int f = mkstemp(path);
	ck_assert(write(f, long_text, size) == (ssize_t)size);
	close(f);
	tl_error e = {TL_OK, ""};
	tl_table *t = tl_csv_read(path, &o, &e);
	unlink(path);
	ck_assert_msg(t, "%s", e.text);
	ck_assert_int_eq(tl_table_row_count(t), 3);
	ck_assert_str_eq(tl_table_category(t, 2, 1), "a\nb");
	tl_table_destroy(t);
}
END_TEST

START_TEST(scaling_is_fitted_on_some_rows_and_undone)
{
	double x[6][2] = {{1, 5}, {3, 5}, {5, 5}, {NAN, 5}, {100, 7}, {-7, 9}}, before[6][2];
	tl_array all = tl_array_of(x, TL_F64, tl_dims(6, 2));
	memcpy(before, x, sizeof x);
	for (int kind = TL_SCALING_STANDARD; kind <= TL_SCALING_UNIT; kind++) {
		tl_error e = {TL_OK, ""};
		tl_scaling *s = tl_scaling_fit(all, (tl_range){0, 4}, (tl_scaling_kind)kind, &e);
		ck_assert_msg(s, "%s", e.text);
		ck_assert_int_eq(tl_scaling_column_count(s), 2);
		ck_assert_int_eq(tl_scaling_apply(s, all), TL_OK);
		double unit = kind == TL_SCALING_UNIT ? 0.5 : 2 / sqrt(8.0 / 3);
		assert_near(x[2][0] - x[1][0], unit, 1e-15);
		assert_near(x[0][0], kind == TL_SCALING_UNIT ? 0 : -unit, 1e-15);
		ck_assert(isnan(x[3][0]));
		ck_assert_double_eq(x[0][1], 0); /* all the same */
		ck_assert_double_eq(x[5][1], 4);
		tl_scaling *again = tl_scaling_from_text(tl_scaling_text(s), &e);
		ck_assert_msg(again, "%s", e.text);
		ck_assert_int_eq(tl_scaling_column_count(again), 2);
		ck_assert_double_eq(tl_scaling_apply_one(again, 0, 0.7),
				    tl_scaling_apply_one(s, 0, 0.7));
		ck_assert_double_eq(tl_scaling_undo_one(again, 0, 0.7),
				    tl_scaling_undo_one(s, 0, 0.7));
		ck_assert(isnan(tl_scaling_undo_one(s, 2, 1)));
		ck_assert_int_eq(tl_scaling_undo(again, all), TL_OK);
		for (int i = 0; i < 12; i++)
			if (i != 6)
				assert_near(x[i / 2][i % 2], before[i / 2][i % 2], 1e-14);
		memcpy(x, before, sizeof x);
		float y[3] = {1, 2, 3};
		ck_assert_int_eq(tl_scaling_apply(s, tl_array_of(y, TL_F32, tl_dims(3))),
				 TL_ERROR_SHAPE);
		tl_scaling_destroy(s);
		tl_scaling_destroy(again);
		s = tl_scaling_fit(tl_array_of(y, TL_F32, tl_dims(3)), (tl_range){0, 0},
				   (tl_scaling_kind)kind, &e);
		ck_assert_int_eq(tl_scaling_column_count(s), 1);
		ck_assert_int_eq(tl_scaling_apply(s, tl_array_of(y, TL_F32, tl_dims(3, 1))), TL_OK);
		ck_assert_float_eq(y[1], kind == TL_SCALING_UNIT ? 0.5f : 0);
		tl_scaling_destroy(s);
	}
}
END_TEST

START_TEST(what_is_no_scaling_is_refused)
{
	static const char *const wrong[] = {"",
					    "tapeloop scaling 1",
					    "tapeloop scaling 1\n0\n",
					    "tapeloop scaling 1\n1\n1\n",
					    "tapeloop scaling 1\n1\n1 0\n",
					    "tapeloop scaling 1\n1\n1 2\n3",
					    "tapeloop scaling 1\n1e9\n1 2\n",
					    "tapeloop scaling 2\n1\n1 2\n",
					    "tapeloop scaling 1\n1\n1 nan\n"};
	tl_error e = {TL_OK, ""};
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
		ck_assert_ptr_null(tl_scaling_from_text(wrong[k], &e));
		ck_assert_str_eq(e.text, "scaling: this is no text of one");
	}
	double x[4] = {NAN, NAN, 1, INFINITY};
	tl_array a = tl_array_of(x, TL_F64, tl_dims(4));
	ck_assert_ptr_null(tl_scaling_fit(a, (tl_range){0, 2}, TL_SCALING_UNIT, &e));
	ck_assert_str_eq(e.text,
			 "scaling: column 0 has no numbers in these rows, or an infinite one");
	ck_assert_ptr_null(tl_scaling_fit(a, (tl_range){0, 0}, TL_SCALING_STANDARD, &e));
	ck_assert_ptr_null(tl_scaling_fit(a, (tl_range){3, 2}, TL_SCALING_UNIT, &e));
	ck_assert_str_eq(e.text, "scaling: rows 3 to 4 are no range of 4, or the kind is unknown");
}
END_TEST

START_TEST(memory_may_run_short_anywhere)
{
	tl_csv_options o = {.text = {"city"}, .missing = TL_MISSING_NAN};
	counting c;
	counting_start(&c);
	int64_t fail_at = 0;
	do {
		tl_error e = {TL_OK, ""};
		c = (counting){.fail_at = ++fail_at};
		tl_table *t = tl_csv_parse(long_text, sizeof long_text - 1, "t", &o, &e);
		tl_scaling *s = t ? tl_scaling_fit(tl_table_values(t), (tl_range){0, 0},
						   TL_SCALING_UNIT, &e)
				  : NULL;
		const char *text = tl_scaling_text(s);
		tl_scaling *again = text ? tl_scaling_from_text(text, &e) : NULL;
		ck_assert_int_eq(!again, c.calls >= fail_at);
		ck_assert(again || !text || e.status == TL_ERROR_MEMORY);
		tl_scaling_destroy(again);
		tl_scaling_destroy(s);
		tl_table_destroy(t);
		ck_assert_int_eq(c.blocks, 0);
	} while (c.calls >= fail_at);
	ck_assert_int_gt(fail_at, 10);
	counting_stop();
}
END_TEST

SUITE("csv", what_the_standard_allows_is_read, columns_are_chosen_by_name_or_number,
      missing_numbers_are_what_was_said, what_is_wrong_is_named_with_its_place,
      numbers_are_rounded_right, a_text_cut_off_is_read_or_refused,
      scaling_is_fitted_on_some_rows_and_undone, what_is_no_scaling_is_refused,
      memory_may_run_short_anywhere)
