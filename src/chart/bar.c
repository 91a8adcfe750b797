/* What a chart of bars shows: its axis, and where bars end on it. */
#include "chart/bar.h"

static bool has_error_bar(const tl_axis *a, const tl_bar *b)
{
	return (b->low != 0 || b->high != 0) && tl_axis_shows(a, b->low) &&
	       tl_axis_shows(a, b->high);
}

tl_axis tl_bar_axis(const tl_chart *chart)
{
	tl_axis a = tl_axis_begin(chart->log_x);
	tl_axis_take(&a, 0); /* is left out of a logarithmic one */
	for (int k = 0; k < chart->bar_count; k++) {
		const tl_bar *b = &chart->bars[k];
		tl_axis_take(&a, b->value);
		if (has_error_bar(&a, b)) {
			tl_axis_take(&a, b->low);
			tl_axis_take(&a, b->high);
		}
	}
	tl_axis_close(&a);
	tl_axis_round(&a);
	return a;
}

bool tl_bar_ends(const tl_axis *a, const tl_bar *b, double *end, double *low, double *high,
		 bool *has_error)
{
	*has_error = has_error_bar(a, b);
	if (*has_error) {
		*low = tl_axis_share(a, b->low);
		*high = tl_axis_share(a, b->high);
	}
	if (!tl_axis_shows(a, b->value))
		return false;
	*end = tl_axis_share(a, b->value);
	return true;
}
