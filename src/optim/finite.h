/* Is a step possible at all? */
#ifndef TL_OPTIM_FINITE_H
#define TL_OPTIM_FINITE_H

#include <tapeloop/params.h>

/* The place of the first gradient of the set's learned numbers that is NaN or infinite; -1 if all
 * are finite. One read of the gradients, at the speed of memory. */
int64_t tl_first_not_finite(const tl_params *set, const void *gradient);

/* Is x finite as a number of the set's type, and not 0 if it was above 0? */
bool tl_fits_set(const tl_params *set, double x);

#endif
