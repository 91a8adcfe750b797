/*
 * What all kinds of charts are written with: a file of SVG, labels, colours that its style gives
 * names. Numbers have a point in every locale.
 */
#ifndef TL_CHART_SVG_H
#define TL_CHART_SVG_H

#include <tapeloop/base.h>

#include <stdio.h>

typedef struct tl_box {
	double x, y, w, h;
} tl_box;

/* Sizes of letters, and of the line that one takes. */
enum { TL_SVG_TITLE = 15, TL_SVG_TEXT = 12, TL_SVG_TICK = 11, TL_SVG_LINE = 20 };

enum { TL_SVG_START, TL_SVG_MIDDLE, TL_SVG_END };

/* An open file that begins with a sheet and the style, with the colours of heat maps if there are
 * some; NULL if it cannot be. */
FILE *tl_svg_open(const char *path, double width, double height, bool maps, tl_error *error);

/* Ends and closes it. */
tl_status tl_svg_close(FILE *file, const char *path, tl_error *error);

/* As printf; the format and its texts have no comma. */
__attribute__((format(printf, 2, 3))) void tl_svg_print(FILE *file, const char *format, ...);

/* A text whose letters stand on y, and start, are centred or end at x; cut where it is wider. */
void tl_svg_label(FILE *file, double x, double y, int anchor, double size, double width,
		  const char *text);

/* A text centred at x, or beside it where it would leave the box. */
void tl_svg_center(FILE *file, tl_box box, double x, double y, double size, const char *text);

/* A chart's title and the name of what goes upwards, at the top of a box; returns where what is
 * below begins. */
double tl_svg_head(FILE *file, tl_box box, const char *title, const char *y_name);
double tl_svg_head_height(const char *title, const char *y_name);

#endif
