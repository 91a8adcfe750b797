/* Images as characters. */
#ifndef TL_CHART_PRINT_IMAGES_H
#define TL_CHART_PRINT_IMAGES_H

#include "chart/canvas.h"

#include <tapeloop/chart.h>

int tl_print_images_height(const tl_chart *chart, int width);
void tl_print_images(tl_canvas *canvas, const tl_chart *chart, int x, int y, int width);

#endif
