/* A chart of curves as SVG. */
#ifndef TL_CHART_SVG_CURVES_H
#define TL_CHART_SVG_CURVES_H

#include "chart/svg.h"

#include <tapeloop/chart.h>

double tl_svg_curves_height(const tl_chart *chart);
void tl_svg_curves(FILE *file, const tl_chart *chart, tl_box box);

#endif
