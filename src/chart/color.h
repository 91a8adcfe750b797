/*
 * Colours that people who see few of them can tell apart: of curves, by hue and by lightness; of
 * the levels of heat maps, by lightness, towards the paper or away from it in both themes.
 */
#ifndef TL_CHART_COLOR_H
#define TL_CHART_COLOR_H

#include <stdbool.h>
#include <stdint.h>

enum { TL_CURVE_COLORS = 8, TL_LEVELS = 64 };

const char *tl_color_curve(int k, bool dark); /* "#rrggbb"; k below TL_CURVE_COLORS */

uint32_t tl_color_level(int level, bool diverging, bool dark); /* 0xrrggbb */
void tl_color_hex(char text[8], uint32_t rgb);

/* The nearest one of a terminal's 256. */
int tl_color_terminal(uint32_t rgb);

/* From 0 to 1: where a value lies between two ends. */
double tl_color_share(double v, double low, double high);

#endif
