/*
 * An optimiser from the inside: a kind, which says how one stretch of numbers is updated, and what
 * is remembered for each number. A new kind is a file like sgd.c: a tl_optim_kind, and a function
 * that checks options and calls tl_optim_create.
 */
#ifndef TL_OPTIM_OPTIM_H
#define TL_OPTIM_OPTIM_H

#include <tapeloop/optim.h>

enum { TL_OPTIM_SLOTS = 3, TL_OPTIM_OPTIONS = 8 };

/* n numbers of the set's type, and for each slot n numbers that start as zeros. */
typedef struct tl_stretch {
	int64_t n;
	void *value;
	const void *gradient;
	void *slot[TL_OPTIM_SLOTS];
} tl_stretch;

typedef struct tl_optim_kind {
	const char *name;
	int slots; /* numbers remembered for each value */
	const char *slot[TL_OPTIM_SLOTS];
	/* one pass over a stretch; `step` counts from 1 */
	void (*update_f32)(const double *option, double rate, int64_t step, const tl_stretch *s);
	void (*update_f64)(const double *option, double rate, int64_t step, const tl_stretch *s);
} tl_optim_kind;

/* The kind's options are plain numbers, copied. problem, if not NULL, becomes the error. */
tl_optimizer *tl_optim_create(const tl_optim_kind *kind, tl_params *set, double rate,
			      const double *option, int options, const char *problem);

#endif
