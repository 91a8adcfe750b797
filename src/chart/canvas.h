/*
 * A rectangle of a terminal's characters, which is drawn on in any order and then printed. Where
 * only ASCII may be used, what stands for a line or a shade is replaced as it is printed.
 */
#ifndef TL_CHART_CANVAS_H
#define TL_CHART_CANVAS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { TL_NO_COLOR = -1, TL_SHADES = 5 };

typedef struct tl_spot {
	int32_t c;          /* 0: empty; -1: the right half of a wide character */
	int16_t ink, paper; /* of 256 colours */
} tl_spot;

typedef struct tl_canvas {
	int width, height;
	bool ascii, colors;
	tl_spot *spots;
} tl_canvas;

/* False when memory is short. Width, height and how it prints are set. */
bool tl_canvas_begin(tl_canvas *canvas);
void tl_canvas_finish(tl_canvas *canvas);

void tl_canvas_put(tl_canvas *canvas, int x, int y, int32_t c, int ink, int paper);

/* A text that starts at x, is centred there (0) or ends before it (-1); cut to `width` columns. */
enum { TL_CANVAS_END = -1, TL_CANVAS_MIDDLE, TL_CANVAS_START };
void tl_canvas_text(tl_canvas *canvas, int x, int y, int anchor, int width, const char *text);

/* A dot of the eight that a character has: x in halves, y in quarters. ASCII has one, `mark`. */
void tl_canvas_dot(tl_canvas *canvas, int x, int y, char mark, int ink);

/* A share from 0 to 1 as one of five shades, or of ten in ASCII. */
int32_t tl_canvas_shade(const tl_canvas *canvas, double share);

void tl_canvas_print(const tl_canvas *canvas, FILE *file);

#endif
