/* A chart of bars as SVG. */
#ifndef TL_CHART_SVG_BARS_H
#define TL_CHART_SVG_BARS_H

#include "chart/svg.h"

#include <tapeloop/chart.h>

double tl_svg_bars_height(const tl_chart *chart);
void tl_svg_bars(FILE *file, const tl_chart *chart, tl_box box);

#endif
