/*
 * Pictures of numbers: curves, bars, heat maps and images, one or several on a sheet; as SVG, or as
 * characters in a terminal. A trainer draws its loss with them.
 *
 *     tl_curve curves[] = {{.name = "training", .x = step, .y = loss, .count = n}};
 *     tl_chart chart = {.title = "Loss", .x_name = "step", .y_name = "nats",
 *                       .curves = curves, .curve_count = 1};
 *     tl_chart_write("loss.svg", &chart, 1, NULL, &error);
 *     tl_chart_print(stdout, &chart, 1, NULL, &error);
 *
 * A chart has one kind of content: curves, or bars, or heat maps, or images. Axes have round
 * numbers. Names stand at the ends of curves; what does not fit is cut and ends with "...". An SVG
 * is light or dark as its reader's screen is. Texts are UTF-8.
 *
 * On failure: TL_ERROR_FILE when it cannot be written, TL_ERROR_ARGUMENT when there is nothing to
 *     draw or something is missing, TL_ERROR_MEMORY; the tl_error, which may be NULL, says what.
 * Owner: all arrays and texts are the caller's, and read during the call only.
 */
#ifndef TAPELOOP_CHART_H
#define TAPELOOP_CHART_H

#include <stdio.h>
#include <tapeloop/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers that are NaN, infinite or beyond 1e300 are left out, and a curve has a gap there; on a
 * logarithmic axis also those that are not above 0. */
typedef struct tl_curve {
	const char *name;
	const double *x, *y; /* x NULL: 0, 1, 2 ... */
	int count;
	const double *low, *high; /* a band around it; both or none */
	bool dots;                /* mark each point */
	const char *color; /* as SVG writes it; NULL: the next of eight that can be told apart,
			      dashed from the ninth curve on */
} tl_curve;

/* One of a row of bars. */
typedef struct tl_bar {
	const char *name;
	double value;     /* NaN: no bar, and the chart says so */
	double low, high; /* the ends of an error bar; both 0: none */
} tl_bar;

/* Numbers as colours. NaN is struck out in SVG, and '?' in a terminal. */
typedef struct tl_heat_map {
	const char *name;    /* above the map: what is a row? */
	const float *values; /* rows x columns; rows follow each other */
	int rows, columns;
	double low, high; /* what the ends of the scale stand for; both 0: round numbers around the
			     values. What lies beyond has the colour of the end. */
	bool diverging;   /* two colours that meet in the middle of the scale, instead of one */
	const char *const *row_names; /* of each row; NULL: row_letters, or else their numbers */
	const char *row_letters, *column_letters; /* a character each; NULL: their numbers */
	const char *const *column_names; /* of each column: written upwards where they are wide */
} tl_heat_map;

/* A picture as tl_png_read reads it: [channels, rows, columns]. */
typedef struct tl_image {
	const char *name; /* below the image */
	const float *values;
	int rows, columns;
	int channels;     /* 1 (or 0): grey; 3: red, green, blue */
	double low, high; /* black and white; both 0: 0 and 1 */
} tl_image;

/* One picture of a sheet: curves, bars, heat maps or images. */
typedef struct tl_chart {
	const char *title, *x_name, *y_name; /* may be NULL */
	const tl_curve *curves;
	int curve_count;
	const tl_bar *bars; /* below each other, their values along x */
	int bar_count;
	const tl_heat_map *maps; /* below each other */
	int map_count;
	const tl_image *images; /* beside each other, in as many rows as are needed */
	int image_count;
	bool log_x, log_y; /* logarithmic axes */
} tl_chart;

/* NULL in place of the options is as all zeros. */
typedef struct tl_chart_options {
	const char *title; /* of the sheet */
	int columns;       /* charts beside each other; 0: 1 */
	int width;         /* of the sheet. In SVG pixels; 0: 720, or 480 for each of its columns.
			      In a terminal characters; 0: 80 */
	/* Of a terminal only. */
	bool ascii;  /* no other characters than ASCII's: for terminals that have no UTF-8 */
	bool colors; /* 256 colours, by ANSI's sequences */
} tl_chart_options;

/* A sheet of charts as an SVG file. */
TL_API tl_status tl_chart_write(const char *path, const tl_chart *charts, int count,
				const tl_chart_options *options, tl_error *error);

/* The same as characters. A heat map that is too wide goes on below itself. */
TL_API tl_status tl_chart_print(FILE *file, const tl_chart *charts, int count,
				const tl_chart_options *options, tl_error *error);

/*
 * What several runs have in common, as a curve and its band: the median of the runs at each of
 * `count` points, and around it `share` of the runs (0.5: from the first quartile to the third; 1:
 * from the least to the greatest). Run r is values[r * count] and what follows. NaN is a run that
 * has no value there; where fewer than half have one, low, middle and high are NaN.
 */
TL_API tl_status tl_chart_band(const double *values, int runs, int count, double share, double *low,
			       double *middle, double *high);

#ifdef __cplusplus
}
#endif
#endif
