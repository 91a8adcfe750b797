/* Dropout and zoneout around a step, as an unrolling asks for them. */
#ifndef TL_SEQUENCE_NOISE_H
#define TL_SEQUENCE_NOISE_H

#include <tapeloop/sequence.h>

/* Masks that are drawn when first used and then stay. */
struct masks {
	tl_tensor x, shown, seen[TL_MAX_STATES], kept[TL_MAX_STATES];
};

struct noise {
	tl_dropout_options rates;
	bool training;
	int first_older;    /* states from this one on stay as they are; 0: none */
	struct masks all;   /* for all steps */
	struct masks *step; /* of the step at hand, if it may be taken again; or NULL */
};

void tl_noise_start(struct noise *n, tl_tape *tape, const tl_dropout_options *rates);
tl_tensor tl_noise_input(struct noise *n, tl_tensor x);
tl_tensor tl_noise_output(struct noise *n, tl_tensor h);
tl_state tl_noise_seen(struct noise *n, tl_state s); /* what the step sees of the last state */
tl_state tl_noise_kept(struct noise *n, tl_state next, tl_state last); /* zoneout */

/* Is any of them not 0? */
bool tl_dropout_is_set(const tl_dropout_options *o);

#endif
