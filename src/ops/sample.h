/* Examples that only our own ops have. */
#ifndef TL_OPS_SAMPLE_H
#define TL_OPS_SAMPLE_H

#include <tapeloop/custom_op.h>

/* An example of the op with one leaf of numbers in [low, high], and these attributes if it has any.
 */
tl_tensor tl_example_of_one(tl_example *s, const void *attr, double low, double high);

#endif
