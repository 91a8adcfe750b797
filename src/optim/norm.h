/* Gradients read before they are used. */
#ifndef TL_OPTIM_NORM_H
#define TL_OPTIM_NORM_H

#include "optim/stretch.h"

/* The place of the first gradient of a walk that is NaN or infinite; -1 if all are finite. One
 * read, at the speed of memory, by several threads where there is much. */
int64_t tl_first_not_finite(tl_stretch walk, const void *gradient);

/* The norm over a walk; NaN or infinite only if a gradient is. */
double tl_norm(tl_stretch walk, const void *gradient);

#endif
