/* Integers that are drawn, or chosen by a mask. */
#ifndef TL_OPS_DRAW_H
#define TL_OPS_DRAW_H

#include <tapeloop/ops.h>

/* Integers: of `a` where the mask is not 0, else of `b`; all of one shape. */
tl_tensor tl_chosen(tl_tensor mask, tl_tensor a, tl_tensor b);
/* A class of each row of logits, [rows, classes], drawn from softmax(logits / temperature). */
tl_tensor tl_drawn(tl_tensor logits, double temperature);

#endif
