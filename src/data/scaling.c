/* Numbers scaled column by column: x' = (x - shift) / scale. */
#include "base/fail.h"
#include "base/memory.h"
#include "data/number.h"
#include "data/series.h"

#include <tapeloop/scaling.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct column {
	double shift, scale;
} column;

struct tl_scaling {
	int columns;
	column *column;
	char *text; /* made when it is asked for */
};

static const char head[] = "tapeloop scaling 1";

static tl_scaling *create(int64_t columns, tl_error *error)
{
	tl_scaling *s = tl_alloc_zero(sizeof *s);
	column *c = columns < INT32_MAX / 64 ? tl_alloc_zero((size_t)columns * sizeof *c) : NULL;
	if (!s || !c) {
		tl_free(s);
		tl_free(c);
		tl_fail(error, TL_ERROR_MEMORY, "scaling: out of memory");
		return NULL;
	}
	s->columns = (int)columns;
	s->column = c;
	return s;
}

void tl_scaling_destroy(tl_scaling *s)
{
	if (!s)
		return;
	tl_free(s->column);
	tl_free(s->text);
	tl_free(s);
}

int tl_scaling_column_count(const tl_scaling *s)
{
	return s ? s->columns : 0;
}

static double value_at(const tl_array *a, int64_t i)
{
	return a->dtype == TL_F64 ? ((double *)a->data)[i] : (double)((float *)a->data)[i];
}

/* Mean and deviation as Welford (1962) has them. False: there is no number, or an infinite one. */
static bool fit(column *c, const tl_array *a, int64_t first, int64_t rows, int64_t width,
		tl_scaling_kind kind)
{
	double count = 0, mean = 0, spread = 0, least = (double)INFINITY, most = -least;
	for (int64_t i = 0; i < rows; i++) {
		double x = value_at(a, first + i * width);
		if (isnan(x))
			continue;
		double away = x - mean;
		mean += away / ++count;
		spread += away * (x - mean);
		least = fmin(least, x);
		most = fmax(most, x);
	}
	c->shift = kind == TL_SCALING_UNIT ? least : mean;
	c->scale = kind == TL_SCALING_UNIT ? most - least : sqrt(spread / count);
	if (most == least) {
		c->shift = least;
		c->scale = 1;
	}
	return count > 0 && isfinite(c->shift) && isfinite(c->scale) && c->scale > 0;
}

tl_scaling *tl_scaling_fit(tl_array values, tl_range rows, tl_scaling_kind kind, tl_error *error)
{
	if (!tl_series_is_valid(&values, 1, 2) || values.dtype == TL_I32) {
		tl_fail(error, TL_ERROR_SHAPE,
			"scaling: it is fitted on real numbers, [rows] or [rows, columns]");
		return NULL;
	}
	int64_t all = values.shape.dim[0], width = tl_series_width(&values);
	if (!rows.first && !rows.count)
		rows.count = all;
	if (rows.first < 0 || rows.count < 1 || rows.count > all || rows.first > all - rows.count ||
	    kind < TL_SCALING_STANDARD || kind > TL_SCALING_UNIT) {
		tl_fail(error, TL_ERROR_ARGUMENT,
			"scaling: rows %lld to %lld are no range of %lld, or the kind is unknown",
			(long long)rows.first, (long long)(rows.first + rows.count - 1),
			(long long)all);
		return NULL;
	}
	tl_scaling *s = create(width, error);
	for (int k = 0; s && k < s->columns; k++)
		if (!fit(&s->column[k], &values, rows.first * width + k, rows.count, width, kind)) {
			tl_fail(error, TL_ERROR_VALUE,
				"scaling: column %d has no numbers in these rows, or an infinite "
				"one",
				k);
			tl_scaling_destroy(s);
			return NULL;
		}
	return s;
}

double tl_scaling_apply_one(const tl_scaling *s, int k, double x)
{
	return s && k >= 0 && k < s->columns ? (x - s->column[k].shift) / s->column[k].scale
					     : (double)NAN;
}

double tl_scaling_undo_one(const tl_scaling *s, int k, double x)
{
	return s && k >= 0 && k < s->columns ? x * s->column[k].scale + s->column[k].shift
					     : (double)NAN;
}

static tl_status change(const tl_scaling *s, tl_array *a,
			double (*one)(const tl_scaling *s, int k, double x))
{
	if (!s || !tl_series_is_valid(a, 1, TL_MAX_RANK) || a->dtype == TL_I32)
		return TL_ERROR_ARGUMENT;
	if (s->columns > 1 && a->shape.dim[a->shape.rank - 1] != s->columns)
		return TL_ERROR_SHAPE;
	for (int64_t i = 0; i < a->size; i++) {
		double x = one(s, (int)(i % s->columns), value_at(a, i));
		if (a->dtype == TL_F64)
			((double *)a->data)[i] = x;
		else
			((float *)a->data)[i] = (float)x;
	}
	return TL_OK;
}

tl_status tl_scaling_apply(const tl_scaling *s, tl_array values)
{
	return change(s, &values, tl_scaling_apply_one);
}

tl_status tl_scaling_undo(const tl_scaling *s, tl_array values)
{
	return change(s, &values, tl_scaling_undo_one);
}

/* "tapeloop scaling 1", the number of columns, and a line of shift and scale for each. */
const char *tl_scaling_text(tl_scaling *s)
{
	if (!s || s->text)
		return s ? s->text : NULL;
	size_t room = sizeof head + TL_NUMBER_TEXT + (size_t)s->columns * (2 * TL_NUMBER_TEXT);
	char *text = tl_alloc(room), shift[TL_NUMBER_TEXT], scale[TL_NUMBER_TEXT];
	if (!text)
		return NULL;
	size_t used = (size_t)snprintf(text, room, "%s\n%d\n", head, s->columns);
	for (int k = 0; k < s->columns; k++) {
		tl_number_write(s->column[k].shift, shift);
		tl_number_write(s->column[k].scale, scale);
		used += (size_t)snprintf(text + used, room - used, "%s %s\n", shift, scale);
	}
	return s->text = text;
}

static const char *next_number(const char *at, const char *end, double *x)
{
	while (at && at < end && (*at == ' ' || *at == '\n'))
		at++;
	return at ? tl_number_read(at, end, '.', x) : NULL;
}

tl_scaling *tl_scaling_from_text(const char *text, tl_error *error)
{
	const char *at =
		text && !strncmp(text, head, sizeof head - 1) ? text + sizeof head - 1 : NULL;
	const char *end = text ? text + strlen(text) : NULL;
	double columns;
	at = next_number(at, end, &columns);
	/* each column takes two numbers and two signs between them */
	bool fine = at && columns >= 1 && columns <= (double)(end - at) / 4 + 1 &&
		    columns == floor(columns);
	tl_scaling *s = fine ? create((int64_t)columns, error) : NULL;
	if (fine && !s)
		return NULL;
	for (int k = 0; s && at && k < s->columns; k++) {
		at = next_number(at, end, &s->column[k].shift);
		at = next_number(at, end, &s->column[k].scale);
		at = at && s->column[k].scale > 0 ? at : NULL;
	}
	if (s && at && at + strspn(at, " \n") == end)
		return s;
	tl_fail(error, TL_ERROR_VALUE, "scaling: this is no text of one");
	tl_scaling_destroy(s);
	return NULL;
}
