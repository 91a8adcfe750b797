/* A chart of curves as characters. */
#ifndef TL_CHART_PRINT_CURVES_H
#define TL_CHART_PRINT_CURVES_H

#include "chart/canvas.h"

#include <tapeloop/chart.h>

int tl_print_curves_height(const tl_chart *chart);
/* On the canvas, from column x and row y on. */
void tl_print_curves(tl_canvas *canvas, const tl_chart *chart, int x, int y, int width);

#endif
