/* What can be drawn. */
#ifndef TL_CHART_CHECK_H
#define TL_CHART_CHECK_H

#include <tapeloop/chart.h>

enum { TL_CHARTS = 64 };

/* TL_OK, or what is wrong with a sheet of charts. */
tl_status tl_chart_check(const tl_chart *charts, int count, const tl_chart_options *options,
			 tl_error *error);

#endif
