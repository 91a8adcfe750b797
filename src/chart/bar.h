/* What a chart of bars shows, whichever way it is drawn. */
#ifndef TL_CHART_BAR_H
#define TL_CHART_BAR_H

#include "chart/axis.h"

#include <tapeloop/chart.h>

/* The axis of the values; it has 0 unless it is logarithmic. */
tl_axis tl_bar_axis(const tl_chart *chart);

/* Where the bar ends, where its error bar does, and whether there is one; false: no bar. */
bool tl_bar_ends(const tl_axis *axis, const tl_bar *bar, double *end, double *low, double *high,
		 bool *has_error);

#endif
