/*
 * Learning rates over time, as values: a schedule is a struct of numbers, and the rate of a step is
 * a function of it and the step alone. There is nothing to advance, so whoever resumes at a step
 * has its rate.
 *
 *     tl_schedule schedule = {.kind = TL_SCHEDULE_COSINE, .learning_rate = 1e-3, .steps = 10000,
 *                             .warmup = 500};
 *     ...
 *     tl_optimizer_set_learning_rate(o, tl_schedule_at(&schedule, step));
 *
 * Steps count from 0; they may be epochs as well. A member that is 0 takes the default given beside
 * it.
 *
 * On failure: NaN, which tl_optimizer_set_learning_rate refuses; tl_schedule_problem says why.
 * Owner: nobody: these are values, to be copied and stored as they are.
 */
#ifndef TAPELOOP_SCHEDULE_H
#define TAPELOOP_SCHEDULE_H

#include <tapeloop/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the rate goes with the steps. */
typedef enum tl_schedule_kind {
	TL_SCHEDULE_CONSTANT,
	TL_SCHEDULE_STEP,        /* times gamma after each `steps` */
	TL_SCHEDULE_EXPONENTIAL, /* times gamma after each step */
	TL_SCHEDULE_POLYNOMIAL,  /* to `least` in `steps`, as (1 - t / steps)^power */
	TL_SCHEDULE_COSINE,      /* to `least` in `steps`, along half a cosine (Loshchilov & Hutter
				    2017, without restarts) */
	TL_SCHEDULE_ONE_CYCLE    /* up to learning_rate and down in `steps` (Smith & Topin 2018) */
} tl_schedule_kind;

/*
 * What a kind does not use must be 0. After its last step a schedule stays as it ended. Rates are
 * those of PyTorch's StepLR, ExponentialLR, PolynomialLR, CosineAnnealingLR and OneCycleLR, after
 * LinearLR for the warm-up.
 */
typedef struct tl_schedule {
	tl_schedule_kind kind;
	double learning_rate; /* from which it falls; above 0 */
	int64_t steps;        /* as above */
	double gamma;         /* above 0; 0 means 0.1 of STEP; EXPONENTIAL must have one */
	double power;         /* 0 means 1, which is linear */
	double least;         /* where POLYNOMIAL and COSINE end */

	/* The rate rises evenly from warmup_start times learning_rate to that; the rest begins
	 * after so many steps. */
	int64_t warmup;
	double warmup_start; /* 0 means 1/3, as LinearLR; TL_ZERO: from 0 */

	/* ONE_CYCLE */
	double rising;       /* the share of steps that go up; 0 means 0.3; below 1 */
	double start_divide; /* it starts at learning_rate / this; 0 means 25 */
	double end_divide;   /* and ends at that start / this; 0 means 1e4 */
	bool linear;         /* or else along cosines */
} tl_schedule;

/* The learning rate of a step, which counts from 0. */
TL_API double tl_schedule_at(const tl_schedule *schedule, int64_t step);

/* What is invalid in it, or NULL. */
TL_API const char *tl_schedule_problem(const tl_schedule *schedule);

/*
 * Less when a loss does not get better, as PyTorch's ReduceLROnPlateau. All of it is in the struct:
 * set the options, leave the rest 0, and a copy of it is a checkpoint.
 *
 *     tl_plateau plateau = {.patience = 3};
 *     ...
 *     tl_optimizer_set_learning_rate(o, rate * tl_plateau_observe(&plateau, loss));
 */
typedef struct tl_plateau {
	double decay;     /* what the factor is multiplied by; 0 means 0.1; below 1 */
	int64_t patience; /* so many observations in a row may be no better; 0 means 10, -1 none */
	int64_t cooldown; /* after a decay so many do not count */
	double threshold; /* better is by this; 0 means 1e-4, TL_ZERO none */
	bool absolute;    /* the threshold is a difference, or else a fraction of the best */
	bool larger;      /* larger is better, of an accuracy */
	double least;     /* the factor does not fall below */

	/* what it knows */
	int64_t observed, bad, cooling;
	double best, factor;
} tl_plateau;

/* Take notice of a loss, of which NaN is never better; returns the factor from now on, which starts
 * at 1. Of NULL or options that are invalid NaN. */
TL_API double tl_plateau_observe(tl_plateau *plateau, double loss);

#ifdef __cplusplus
}
#endif
#endif
