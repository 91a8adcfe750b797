/* Heat maps and images as characters. */
#ifndef TL_CHART_PRINT_MAPS_H
#define TL_CHART_PRINT_MAPS_H

#include "chart/canvas.h"

#include <tapeloop/chart.h>

int tl_print_maps_height(const tl_chart *chart, int width);
void tl_print_maps(tl_canvas *canvas, const tl_chart *chart, int x, int y, int width);

#endif
