/* Lists of axes, as reductions take them. */
#ifndef TL_OPS_REDUCE_H
#define TL_OPS_REDUCE_H

#include <tapeloop/ops.h>

/* Bit i is set if the list has axis i: all of them if it is empty. -1 after reporting. */
int tl_axes_mask(tl_tensor x, const char *op, tl_axis_list axes);

#endif
