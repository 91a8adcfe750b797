/* What a chart of curves shows, whichever way it is drawn: its axes, points, bands and ends. */
#ifndef TL_CHART_CURVE_H
#define TL_CHART_CURVE_H

#include "chart/axis.h"

#include <tapeloop/chart.h>

typedef struct tl_plane {
	tl_axis x, y;
} tl_plane;

tl_plane tl_curve_plane(const tl_chart *chart);

/* The i-th point, from 0 to 1 on both axes; false if it is left out. */
bool tl_curve_point(const tl_plane *plane, const tl_curve *curve, int i, double *x, double *y);
/* Both edges of the band there. */
bool tl_curve_edges(const tl_plane *plane, const tl_curve *curve, int i, double *x, double *low,
		    double *high);

typedef struct tl_end {
	double x, y; /* of the last point, from 0 to 1; 0, 0 if there is none */
	int curve;
	double at; /* where the name stands, from the top */
} tl_end;

enum { TL_CURVES = 64 };

/* The ends of all curves that have names, from top to bottom, in a plot of this height whose names
 * are `least` apart; returns their number. */
int tl_curve_ends(const tl_chart *chart, const tl_plane *plane, double height, double least,
		  tl_end end[TL_CURVES]);

#endif
