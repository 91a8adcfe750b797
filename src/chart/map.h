/* What heat maps and images show, whichever way they are drawn: their scales and labels. */
#ifndef TL_CHART_MAP_H
#define TL_CHART_MAP_H

#include "chart/label.h"

#include <stdbool.h>
#include <tapeloop/chart.h>

typedef struct tl_scale {
	double low, high;
	bool below, above; /* values lie beyond the end */
} tl_scale;

tl_scale tl_map_scale(const tl_heat_map *map);

/* The scale's number at its high end (0), in the middle (1) or at its low end (2); "≥ 1" where
 * values lie beyond. */
void tl_map_scale_text(char text[32], const tl_scale *scale, int at);

/* A row's name, letter or number, whole. `of` keeps a letter or number. */
const char *tl_map_row(const tl_heat_map *map, int row, char of[16]);
bool tl_map_has_row_names(const tl_heat_map *map);

/* Is there something above each column, its name or letter? */
bool tl_map_has_column_names(const tl_heat_map *map);

/* Every so many rows or columns have a number: 1, 2, 5, 10 ... of them take `least` at least. */
int tl_map_every(double each, double least);

/* The next letter above a column, as something visible. */
int32_t tl_map_letter(const char **text);

/* Black and white of an image. */
tl_scale tl_map_image_scale(const tl_image *image);

#endif
