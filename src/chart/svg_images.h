/* Images as SVG, with a rectangle for each pixel. */
#ifndef TL_CHART_SVG_IMAGES_H
#define TL_CHART_SVG_IMAGES_H

#include "chart/svg.h"

#include <tapeloop/chart.h>

double tl_svg_images_height(const tl_chart *chart, double width);
void tl_svg_images(FILE *file, const tl_chart *chart, tl_box box);

#endif
