/* Coloured cells as SVG: of heat maps, and of grey images. */
#ifndef TL_CHART_CELLS_H
#define TL_CHART_CELLS_H

#include "chart/svg.h"

#include <stdbool.h>

typedef struct tl_cells {
	const float *values; /* rows x columns */
	int rows, columns;
	double low, high;  /* the ends of the colours */
	const char *class; /* of each level, followed by its number; NULL: grey, black to white */
} tl_cells;

void tl_cells_draw(FILE *file, const tl_cells *cells, tl_box box);

/* Three planes of numbers as red, green and blue. */
void tl_cells_draw_colors(FILE *file, const tl_cells *cells, tl_box box);

#endif
