/* Rows of different lengths in one batch. */
#ifndef TL_OPS_LENGTHS_H
#define TL_OPS_LENGTHS_H

#include <tapeloop/ops.h>

/* One integer for each of so many rows; if not, that is an error of the tape in this name. */
bool tl_lengths_fit(tl_tape *t, tl_tensor lengths, int64_t rows, const char *name);

/* x, [steps, batch, ...], with zeros where no row takes part, so that what stands there, even NaN,
 * is never looked at; x itself if the mask, as of tl_length_mask, is inert. */
tl_tensor tl_masked(tl_tensor x, tl_tensor mask);

/* x with each row's steps in the opposite order, from its own last to its first; zeros after. */
tl_tensor tl_turned(tl_tensor x, tl_tensor lengths);

#endif
