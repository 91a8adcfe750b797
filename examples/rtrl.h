/*
 * Real-time recurrent learning (Williams & Zipser 1989) of a net that says what it heard some steps
 * ago, for any cell whose states have as many numbers as it has units: one step after the other.
 * Beside each state s the net carries J = ds/dW, by all weights W of the cell.
 */
#ifndef TL_EXAMPLES_RTRL_H
#define TL_EXAMPLES_RTRL_H

#include "example.h"

typedef struct rtrl {
	const tl_cell_kind *kind;
	int units, delay, steps;
	bool forgets; /* J is left 0: what was before this step is not known of */

	tl_params *set;
	tl_cell *cell;
	tl_param *V, *b;              /* the layer that says it */
	int64_t weights;              /* of the cell */
	double *state[TL_MAX_STATES]; /* [1, units] each */
	double *J[TL_MAX_STATES];     /* [weights, units] each */
	uint64_t seed;
} rtrl;

/* Net and states, which are 0 at first. False: it has been said why. */
bool rtrl_create(rtrl *n, example *e);
void rtrl_destroy(rtrl *n);

/* What is heard at a step, -1 or 1; the loss of saying at this step, from h, what was heard. */
double rtrl_heard(const rtrl *n, int64_t step);
tl_tensor rtrl_loss(const rtrl *n, tl_tape *tape, tl_tensor h, int64_t step);

/* One step of the sequence: the gradient of its loss is added to those of the set, and state and J
 * go on. The loss; NaN if something failed. */
double rtrl_step(rtrl *n, tl_tape *tape, int64_t step);

#endif
