/* From the losses of elements to what the caller asked for. */
#ifndef TL_OPS_LOSS_H
#define TL_OPS_LOSS_H

#include <tapeloop/ops.h>

/* The losses of single elements, reduced. */
tl_tensor tl_reduced(tl_tensor losses, tl_loss_reduction reduction);

#endif
