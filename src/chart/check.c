/* What can be drawn: each chart has one kind of content, whole, and not more than a picture shows.
 */
#include "chart/check.h"
#include "base/fail.h"
#include "chart/curve.h"
#include "chart/label.h"

#include <math.h>
#include <string.h>

enum { CELLS = 1 << 20, LONGEST = 4096, BARS = 512 };

/* A colour is a word, a number, or a function of numbers: nothing that would end an attribute. */
static bool is_color(const char *color)
{
	size_t length =
		strspn(color, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			      "#%(),. -");
	return *color && !color[length] && length < 64;
}

static const char *wrong_curve(const tl_curve *c)
{
	if (c->count < 0 || (c->count && !c->y))
		return "has no numbers";
	if (!c->low != !c->high)
		return "has one edge of a band and not the other";
	return c->color && !is_color(c->color) ? "has a color that is none" : NULL;
}

static const char *wrong_size(const float *values, int rows, int columns)
{
	if (!values || rows < 1 || columns < 1)
		return "has no numbers, no rows or no columns";
	return rows > LONGEST || columns > LONGEST || (int64_t)rows * columns > CELLS
		       ? "has more than 4096 rows or columns, or more than 1048576 numbers"
		       : NULL;
}

static const char *wrong_scale(double low, double high)
{
	bool fine = (low == 0 && high == 0) ||
		    (fabs(low) <= 1e300 && fabs(high) <= 1e300 && low < high);
	return fine ? NULL : "has a low that is not below its high";
}

static const char *wrong_map(const tl_heat_map *m)
{
	const char *wrong = wrong_size(m->values, m->rows, m->columns);
	wrong = wrong ? wrong : wrong_scale(m->low, m->high);
	if (!wrong &&
	    ((m->column_letters && tl_label_length(m->column_letters, m->columns) < m->columns) ||
	     (m->row_letters && tl_label_length(m->row_letters, m->rows) < m->rows)))
		wrong = "has more rows or columns than letters";
	if (!wrong && m->row_letters && m->row_names)
		wrong = "has names and letters for its rows";
	if (!wrong && m->column_letters && m->column_names)
		wrong = "has names and letters for its columns";
	return wrong;
}

static const char *wrong_image(const tl_image *m)
{
	const char *wrong = wrong_size(m->values, m->rows, m->columns);
	if (!wrong && m->channels != 0 && m->channels != 1 && m->channels != 3)
		wrong = "has channels that are not 1 or 3";
	return wrong ? wrong : wrong_scale(m->low, m->high);
}

/* What is wrong, and with which one of which kind. */
typedef struct fault {
	const char *kind, *what;
	int number;
} fault;

static bool counted(const void *array, int count, int most)
{
	return count >= 0 && count <= most && (array || !count);
}

static fault look(const tl_chart *c)
{
	if (!counted(c->curves, c->curve_count, TL_CURVES) ||
	    !counted(c->bars, c->bar_count, BARS) || !counted(c->maps, c->map_count, TL_CHARTS) ||
	    !counted(c->images, c->image_count, BARS))
		return (fault){"", "has a count below 0, too high, or without an array", -1};
	int kinds = !!c->curve_count + !!c->bar_count + !!c->map_count + !!c->image_count;
	if (kinds != 1)
		return (fault){"", kinds ? "has contents of two kinds" : "has nothing to draw", -1};
	if ((c->log_y && !c->curve_count) || (c->log_x && !c->curve_count && !c->bar_count))
		return (fault){"", "has a logarithmic axis where there is none", -1};
	const char *what = NULL;
	for (int k = 0; k < c->curve_count; k++)
		if ((what = wrong_curve(&c->curves[k])))
			return (fault){"curve", what, k};
	for (int k = 0; k < c->map_count; k++)
		if ((what = wrong_map(&c->maps[k])))
			return (fault){"map", what, k};
	for (int k = 0; k < c->image_count; k++)
		if ((what = wrong_image(&c->images[k])))
			return (fault){"image", what, k};
	return (fault){"", NULL, -1};
}

tl_status tl_chart_check(const tl_chart *charts, int count, const tl_chart_options *o,
			 tl_error *error)
{
	if (!charts || count < 1 || count > TL_CHARTS)
		return tl_fail(error, TL_ERROR_ARGUMENT, "chart: there is none, or more than %d",
			       TL_CHARTS);
	if (o && (o->columns < 0 || o->columns > TL_CHARTS || o->width < 0 || o->width > 20000))
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "chart: columns is 0 to %d, width 0 to 20000", TL_CHARTS);
	for (int k = 0; k < count; k++) {
		fault f = look(&charts[k]);
		if (f.what && f.number >= 0)
			return tl_fail(error, TL_ERROR_ARGUMENT, "chart %d: %s %d %s", k, f.kind,
				       f.number, f.what);
		if (f.what)
			return tl_fail(error, TL_ERROR_ARGUMENT, "chart %d %s", k, f.what);
	}
	return TL_OK;
}
