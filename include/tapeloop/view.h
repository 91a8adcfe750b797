/*
 * A tape as a page to look at: one HTML file that opens in a browser from the disk, without a
 * network or a server.
 *
 *     tl_backward(loss);
 *     tl_view_write(tape, "tape.html", NULL, NULL);
 *
 * The page shows the recorded nodes, a column a time step and a lane a scope; the forward pass and
 * then the backward pass, step by step, with the values and the adjoints as they come; each node's
 * op, shape, line, numbers; how large gradients are over time, what gates did, which input mattered
 * to which loss, attention; and the program that the compiler makes of it all. docs/view.md is a
 * guide to it.
 *
 * On failure: a status; the tl_error, which may be NULL, says what. A file of that name that was
 *     there before stays as it was.
 * Owner: everything stays the caller's. The tape is not changed: all that is computed for the page
 *     is recorded on a copy of it.
 */
#ifndef TAPELOOP_VIEW_H
#define TAPELOOP_VIEW_H

#include <tapeloop/grad.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the page shows besides the tape; what is 0 or NULL is left out. */
typedef struct tl_view_options {
	const char *title;
	/* Whose adjoints are shown. TL_NONE: the loss of the last tl_backward; without one, the
	 * adjoints that tl_grads recorded. */
	tl_tensor loss;
	/* What the inputs are, in UTF-8: a character for each step of the tape, or of one scope.
	 * NULL: their numbers. */
	const char *text;
	int sequence; /* of a batch, from 0: which row gates and attention are shown of */
	const tl_gradcheck_report *check; /* shown in the page; NULL: none was run */
} tl_view_options;

/*
 * Write the page. A tape with an error can be looked at too: the page shows what was recorded
 * before it, and the error.
 * On failure: TL_ERROR_TAPE: no tape, the loss is not of it, or a parameter set is gone;
 *     TL_ERROR_ARGUMENT: no path, a loss that is not one number, text that is not UTF-8 or
 *     has not as many characters as there are steps, a sequence below 0; TL_ERROR_FILE;
 * TL_ERROR_MEMORY.
 */
TL_API tl_status tl_view_write(tl_tape *tape, const char *path, const tl_view_options *options,
			       tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
