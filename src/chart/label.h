/*
 * Texts on charts: how much room they take, and what is left of those that take too much.
 *
 * A size is a font's, in pixels; TL_COLUMNS in its place measures in the columns of a terminal. The
 * width of a letter is the larger one of two common fonts, so that a text takes at most what is
 * reserved for it whichever font a reader has.
 */
#ifndef TL_CHART_LABEL_H
#define TL_CHART_LABEL_H

#include <stddef.h>
#include <stdint.h>

#define TL_COLUMNS 0.0

enum { TL_LABEL = 160 }; /* room for a text that was cut */

/* The next character, or 0 at the end; U+FFFD for bytes that are no UTF-8. NULL is empty. */
int32_t tl_label_next(const char **text);
/* A character as UTF-8. */
void tl_label_put(char out[5], int32_t character);

double tl_label_width(const char *text, double size);
int tl_label_length(const char *text, int most); /* characters, counted up to so many */

/* The text without control characters, and ending with an ellipsis where it is cut. */
void tl_label_cut(char out[TL_LABEL], const char *text, double width, double size);

/* Visible signs for what is none: of spaces, line breaks, tabs. */
int32_t tl_label_visible(int32_t character);

#endif
