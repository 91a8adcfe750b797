/* From the losses of elements to what the caller asked for. */
#ifndef TL_OPS_LOSS_H
#define TL_OPS_LOSS_H

#include <tapeloop/ops.h>

/* The losses of single elements, weighted and reduced; o may be NULL. */
tl_tensor tl_reduced(tl_tensor losses, const tl_loss_options *o, const char *name);

/* The weight in the shape of the losses, but for trailing axes of 1 in place of those it has not.
 * No tensor, and an error, if it does not go with them. */
tl_tensor tl_loss_weight(tl_tensor losses, tl_tensor weight, const char *name);

/* sum / count, and 0 where nothing counts. */
tl_tensor tl_mean_of_counted(tl_tensor sum, tl_tensor count);

#endif
