/* What a tape has to do with parameters. */
#ifndef TL_GRAPH_USE_H
#define TL_GRAPH_USE_H

#include "graph/tape.h"

/* In place of a set's values and gradients, for a tape of the gradient checker's. */
struct tl_shadow {
	tl_params *set;
	double *values, *gradients;
};

/* Where the values of a parameter are for this tape, and their type. */
const void *tl_param_source(const tl_tape *tape, const tl_param *p, tl_dtype *dtype);
/* Does this tape add to the gradient of such a parameter, unless it was frozen when it was brought
 * there? Of which type is the gradient, and where is it? */
bool tl_param_is_stored(const tl_tape *tape, const tl_param *p, tl_dtype *dtype);
void *tl_param_sink(const tl_tape *tape, const tl_param *p);
uint32_t tl_used_as(const tl_tape *tape, const tl_param *p); /* its node on this tape, or 0 */
void tl_uses_rewind(tl_tape *tape);
void tl_uses_finish(tl_tape *tape);

/* Are the sets whose parameters are on the tape still there? If not, says so on the tape. */
bool tl_sets_alive(tl_tape *tape);

#endif
