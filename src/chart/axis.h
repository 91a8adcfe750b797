/*
 * An axis: what it spans, where a number lies on it, and which round numbers are written beside it.
 *
 * Its numbers lie within 1e300 of 0, so that no difference of two overflows.
 */
#ifndef TL_CHART_AXIS_H
#define TL_CHART_AXIS_H

#include <stdbool.h>

typedef struct tl_axis {
	double low, high;
	bool log;
} tl_axis;

typedef struct tl_tick {
	double share;  /* where on the axis: 0 is its low end */
	char text[24]; /* "" is a line without a number */
} tl_tick;

enum { TL_TICKS = 48 };

tl_axis tl_axis_begin(bool log);
bool tl_axis_shows(const tl_axis *axis, double v); /* false: it is left out */
void tl_axis_take(tl_axis *axis, double v);        /* what is shown lies on it from now on */

/* When all was taken: a span of something, also around one number or none; on a logarithmic axis
 * from 1, 2 or 5 times a power of ten to another one. */
void tl_axis_close(tl_axis *axis);
/* And to round numbers. */
void tl_axis_round(tl_axis *axis);

double tl_axis_share(const tl_axis *axis, double v);

/* Ticks along an axis of this length, in the unit that labels of this size are measured in:
 * numbers stand side by side (along), or on lines of their own. Returns their number. */
int tl_axis_ticks(const tl_axis *axis, double length, double size, bool along,
		  tl_tick tick[TL_TICKS]);

/* A number with as many digits as three take, without zeros at its end. */
void tl_axis_number(char text[24], double v);

#endif
