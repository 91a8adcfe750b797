/* The names at the ends of curves: each as near to its curve's end as the others let it be. */
#ifndef TL_CHART_ENDS_H
#define TL_CHART_ENDS_H

/* Moves `count` places, which are in order, apart to `least` from each other at least, within low
 * and high, where they have room, and as little as that takes. */
void tl_ends_spread(double *at, int count, double least, double low, double high);

#endif
