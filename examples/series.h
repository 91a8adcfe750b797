/* The time series that forecast reads, with names of what they measure; values, scaled and as they
 * were. */
#ifndef TL_EXAMPLES_SERIES_H
#define TL_EXAMPLES_SERIES_H

#include "example.h"

enum { SERIES_LONGEST = 2048, SERIES_COUNT = 4 };

typedef struct series {
	const char *name, *set, *file, *column[4], *unit, *title, *time;
	double start; /* of the first value, on the axis of time */
	bool root;    /* nets read the square root, which varies as much when it is high */

	tl_table *table;
	tl_array values;     /* all columns, scaled; the first is foretold */
	tl_scaling *scaling; /* fitted on the first four fifths, `known` */
	int columns;
	int64_t count, known;
	double raw[SERIES_LONGEST], scaled[SERIES_LONGEST]; /* the first column */
} series;

/* Its place among those there are; -1, and it has been said. */
int series_find(example *e, const char *name);

/* Read number `which`, at most SERIES_LONGEST values. False: it has been said why. */
bool series_read(series *s, int which, example *e);

/* A scaled value as it was. */
double series_unscaled(const series *s, double x);

void series_finish(series *s);

#endif
