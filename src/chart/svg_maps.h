/* Heat maps and images as SVG. */
#ifndef TL_CHART_SVG_MAPS_H
#define TL_CHART_SVG_MAPS_H

#include "chart/svg.h"

#include <tapeloop/chart.h>

/* How large it becomes where so much width is given: letters may need more. */
tl_box tl_svg_maps_size(const tl_chart *chart, double width);
void tl_svg_maps(FILE *file, const tl_chart *chart, tl_box box);

#endif
