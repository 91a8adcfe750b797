/* A chart of bars as characters. */
#ifndef TL_CHART_PRINT_BARS_H
#define TL_CHART_PRINT_BARS_H

#include "chart/canvas.h"

#include <tapeloop/chart.h>

int tl_print_bars_height(const tl_chart *chart);
void tl_print_bars(tl_canvas *canvas, const tl_chart *chart, int x, int y, int width);

#endif
