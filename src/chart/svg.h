/* What charts and heat maps share: a file of SVG, escaped text, colours. */
#ifndef TL_CHART_SVG_H
#define TL_CHART_SVG_H

#include <tapeloop/base.h>

#include <stdio.h>

/* An open file that begins with a white sheet and a title at `left`; NULL if it cannot be. */
FILE *tl_svg_open(const char *path, int width, int height, int left, const char *title,
		  tl_error *error);

/* Ends and closes it. */
tl_status tl_svg_close(FILE *file, const char *path, tl_error *error);

/* Text between tags, with what has a meaning there escaped; NULL is none. */
void tl_svg_text(FILE *file, const char *text);

#endif
