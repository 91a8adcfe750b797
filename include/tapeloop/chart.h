/*
 * Pictures of what came out, as SVG text: curves over common axes, and heat maps. A trainer draws
 * its loss with them.
 *
 *     tl_curve curves[] = {{.name = "training", .x = step, .y = loss, .count = n}};
 *     tl_chart_write("loss.svg", &(tl_chart){.title = "Loss", .x_name = "step", .y_name = "nats",
 *                                            .curves = curves, .curve_count = 1}, 1, &error);
 *
 * Numbers that are NaN or infinite are left out, and a curve has a gap there.
 *
 * On failure: TL_ERROR_FILE when the file cannot be written, TL_ERROR_ARGUMENT when there is
 *     nothing to draw or something is missing; the tl_error, which may be NULL, says what.
 * Owner: all arrays and texts are the caller's, and read during the call only.
 */
#ifndef TAPELOOP_CHART_H
#define TAPELOOP_CHART_H

#include <tapeloop/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Points that are joined by a line. */
typedef struct tl_curve {
	const char *name;
	const double *x, *y; /* x NULL: 0, 1, 2 ... */
	int count;
	const double *low, *high; /* a band around it; both or none */
	bool dots;                /* mark each point */
	const char *color; /* as SVG writes it; NULL: the next of eight that can be told apart,
			      dashed from the ninth curve on */
} tl_curve;

/* Curves over common axes. */
typedef struct tl_chart {
	const char *title, *x_name, *y_name; /* may be NULL */
	const tl_curve *curves;
	int curve_count;
	bool log_y; /* a logarithmic axis: numbers not above 0 are left out */
} tl_chart;

/* Charts below each other, `count` of them. */
TL_API tl_status tl_chart_write(const char *path, const tl_chart *charts, int count,
				tl_error *error);

/* Numbers as colours, rows x columns, from blue (low) over white to red (high), or from white to
 * red; a scale beside them says which is which. */
typedef struct tl_heat_map {
	const char *name;
	const float *values; /* rows follow each other */
	int rows;
	double low, high;
	bool from_white;         /* or else from blue */
	const char *row_letters; /* in place of the name; or NULL */
} tl_heat_map;

/* Maps under each other over the same columns, which are labelled by the letters of a text of at
 * least `columns` letters, or not, if it is NULL. */
TL_API tl_status tl_heat_maps_write(const char *path, const char *title, const char *text,
				    int columns, const tl_heat_map *maps, int count,
				    tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
