/* The learned numbers of a set. */
#ifndef TL_OPTIM_STRETCH_H
#define TL_OPTIM_STRETCH_H

#include <tapeloop/params.h>

/*
 * The set's learned numbers as few long stretches: start with *next at 0; false at the end. The
 * padding between learned parameters is taken along, being zeros with zero gradients.
 */
bool tl_learned_stretch(const tl_params *set, int *next, int64_t *first, int64_t *count);

#endif
