/* Dropout and zoneout around a step, as an unrolling asks for them. */
#ifndef TL_SEQUENCE_NOISE_H
#define TL_SEQUENCE_NOISE_H

#include <tapeloop/sequence.h>

struct noise {
	tl_noise rates;
	bool training;
	tl_tensor x, shown,
		seen[TL_MAX_STATES]; /* masks shared by all steps, drawn when first used */
};

void tl_noise_start(struct noise *n, tl_tape *tape, const tl_noise *rates);
tl_tensor tl_noise_input(struct noise *n, tl_tensor x);
tl_tensor tl_noise_output(struct noise *n, tl_tensor h);
tl_state tl_noise_seen(struct noise *n, tl_state s); /* what the step sees of the last state */
tl_state tl_noise_kept(struct noise *n, tl_state next, tl_state last); /* zoneout */

#endif
