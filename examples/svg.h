/* Just enough SVG for the pictures of the examples. */
#ifndef TL_EXAMPLES_SVG_H
#define TL_EXAMPLES_SVG_H

#include <stdbool.h>
#include <stdio.h>

typedef struct svg_curve {
	const char *name, *colour;
	const double *x, *y;
	int count;
	bool dots; /* mark each point */
} svg_curve;

/* A chart of curves over common axes, their names above it. False when the file cannot be written.
 */
bool svg_chart(const char *path, const char *title, const char *x_name, const char *y_name,
	       const svg_curve *curve, int curves);

/* Numbers as colours, rows x columns, from blue (low) over white to red (high), or from white to
 * red; a scale beside them says which is which. */
typedef struct svg_map {
	const char *name;
	const float *value; /* rows follow each other */
	int rows;
	double low, high;
	bool rising;         /* from white; else from blue */
	const char *letters; /* of the rows, instead of the name; or NULL */
} svg_map;

/* Maps under each other over the same columns, which are labelled by the letters of a text. */
bool svg_maps(const char *path, const char *title, const char *text, int columns,
	      const svg_map *map, int maps);

#endif
