/* What heat maps and images show: scales, and what is written beside rows and columns. */
#include "chart/map.h"
#include "chart/axis.h"

#include <math.h>
#include <stdio.h>

tl_scale tl_map_scale(const tl_heat_map *m)
{
	tl_axis a = tl_axis_begin(false);
	size_t count = (size_t)m->rows * (size_t)m->columns;
	for (size_t i = 0; i < count; i++)
		tl_axis_take(&a, (double)m->values[i]);
	double least = a.low, most = a.high;
	tl_scale s = {m->low, m->high, false, false};
	if (m->low == 0 && m->high == 0) {
		if (m->diverging && a.low <= a.high) {
			tl_axis_take(&a, -a.low);
			tl_axis_take(&a, -a.high);
		}
		tl_axis_close(&a);
		tl_axis_round(&a);
		s = (tl_scale){a.low, a.high, false, false};
	}
	for (size_t i = 0; i < count; i++)
		if (isinf(m->values[i])) {
			least = m->values[i] < 0 ? -INFINITY : least;
			most = m->values[i] > 0 ? INFINITY : most;
		}
	s.below = least < s.low;
	s.above = most > s.high;
	return s;
}

void tl_map_scale_text(char text[32], const tl_scale *s, int at)
{
	char number[24];
	tl_axis_number(number, s->high / 2 * (2 - at) + s->low / 2 * at);
	snprintf(text, 32, "%s%s",
		 at == 0 && s->above   ? "\xe2\x89\xa5 "
		 : at == 2 && s->below ? "\xe2\x89\xa4 "
				       : "",
		 number);
}

bool tl_map_has_row_names(const tl_heat_map *m)
{
	return m->row_names || m->row_letters;
}

const char *tl_map_row(const tl_heat_map *m, int row, char of[16])
{
	const char *letter = m->row_letters;
	if (m->row_names)
		return m->row_names[row] ? m->row_names[row] : "";
	snprintf(of, 16, "%d", row);
	for (int k = 0; letter && k <= row; k++) {
		int32_t c = tl_label_next(&letter);
		if (k == row)
			tl_label_put(of, tl_label_visible(c ? c : '?'));
	}
	return of;
}

bool tl_map_has_column_names(const tl_heat_map *m)
{
	return m->column_names || m->column_letters;
}

int tl_map_every(double each, double least)
{
	static const int times[3] = {1, 2, 5};
	int every = 1, ten = 1;
	for (int k = 1; every * each < least && k < 25; k++) {
		ten = k % 3 ? ten : 10 * ten;
		every = times[k % 3] * ten;
	}
	return every;
}

int32_t tl_map_letter(const char **text)
{
	return tl_label_visible(tl_label_next(text));
}

tl_scale tl_map_image_scale(const tl_image *m)
{
	return m->low == 0 && m->high == 0 ? (tl_scale){.high = 1}
					   : (tl_scale){.low = m->low, .high = m->high};
}
