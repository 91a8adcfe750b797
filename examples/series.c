/* Time series of the data sets "forecast" and "tides". */
#include "series.h"

#include <math.h>
#include <string.h>

static const series all[SERIES_COUNT] = {{.name = "sunspots",
					  .set = "forecast",
					  .file = "sunspots.csv",
					  .column = {"sunspots"},
					  .unit = "spots",
					  .title = "Sunspots, a year ahead",
					  .time = "year",
					  .start = 1700,
					  .root = true},
					 {.name = "sea",
					  .set = "forecast",
					  .file = "sea.csv",
					  .column = {"temperature"},
					  .unit = "degrees",
					  .title = "The eastern Pacific, a month ahead",
					  .time = "month from 1950 on"},
					 {.name = "weather",
					  .set = "forecast",
					  .file = "weather.csv",
					  .column = {"max", "min", "precipitation", "wind"},
					  .unit = "degrees",
					  .title = "Highest temperature in Seattle, a day ahead",
					  .time = "day from 2012 on"},
					 {.name = "tides",
					  .set = "tides",
					  .file = "san-francisco.csv",
					  .column = {"level"},
					  .unit = "metres",
					  .title = "The tide at San Francisco, an hour ahead",
					  .time = "hour of 2024"}};

int series_find(example *e, const char *name)
{
	for (int i = 0; i < SERIES_COUNT; i++)
		if (!strcmp(all[i].name, name))
			return i;
	example_fail(e, "there are the series sunspots, sea, weather, tides");
	return -1;
}

bool series_read(series *s, int which, example *e)
{
	tl_error error = {TL_OK, ""};
	tl_csv_options columns = {0};
	*s = all[which];
	memcpy(columns.columns, s->column, sizeof s->column);
	const char *path = example_data(e, s->set, s->file);
	s->table = path ? tl_csv_read(path, &columns, &error) : NULL;
	if (!s->table)
		return path && example_fail(e, error.text);
	s->values = tl_table_values(s->table);
	s->columns = tl_table_column_count(s->table);
	s->count = tl_table_row_count(s->table);
	s->count = s->count < SERIES_LONGEST ? s->count : SERIES_LONGEST;
	s->known = s->count * 4 / 5;
	double *first = s->values.data;
	for (int64_t i = 0; i < s->count; i++) {
		s->raw[i] = first[i * s->columns];
		first[i * s->columns] = s->root ? sqrt(s->raw[i]) : s->raw[i];
	}
	s->scaling =
		tl_scaling_fit(s->values, (tl_range){0, s->known}, TL_SCALING_STANDARD, &error);
	if (!s->scaling || tl_scaling_apply(s->scaling, s->values))
		return example_fail(e, error.text);
	for (int64_t i = 0; i < s->count; i++)
		s->scaled[i] = first[i * s->columns];
	return true;
}

double series_unscaled(const series *s, double x)
{
	x = tl_scaling_undo_one(s->scaling, 0, x);
	return s->root ? x * fabs(x) : x;
}

void series_finish(series *s)
{
	tl_scaling_destroy(s->scaling);
	tl_table_destroy(s->table);
}
