/* How far to go along a direction: a line search to the strong Wolfe conditions. */
#ifndef TL_OPTIM_WOLFE_H
#define TL_OPTIM_WOLFE_H

#include <tapeloop/base.h>

enum { TL_WOLFE_POINTS = 3 };

/* A point at a length t along the direction: the loss, its slope there, and the whole gradient. */
typedef struct tl_wolfe_point {
	double t, f, slope;
	double *g;
} tl_wolfe_point;

/*
 * To be started with .start, at length 0; .evaluate, which makes the point at a length, with f
 * infinite where something is not finite; and memory for .point[].g. Below a length of .least
 * nothing changes.
 */
typedef struct tl_wolfe_search {
	tl_wolfe_point start, point[TL_WOLFE_POINTS];
	tl_status (*evaluate)(void *user, double t, tl_wolfe_point *to);
	void *user;
	double least;
	int64_t n; /* numbers in a gradient */
	int tries;
	bool found;
} tl_wolfe_search;

/* Search, trying t first. A status other than TL_OK is evaluate's. */
tl_status tl_wolfe(tl_wolfe_search *s, double t);

/* After it: the best point. It may be the start, if nothing better was found. */
const tl_wolfe_point *tl_wolfe_best(const tl_wolfe_search *s);

#endif
