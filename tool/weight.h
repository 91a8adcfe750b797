/* What can be said of a weight: its shape in terms of in and hidden, and how it starts. */
#ifndef TOOL_WEIGHT_H
#define TOOL_WEIGHT_H

#include "cell.h"

/* "[hidden, in]": from a cell of the same kind at sizes that are told apart; where that cannot be
 * made, or says nothing, the numbers. general may be NULL. */
void shape_words(tl_shape shape, const tl_shape *general, char *text, size_t room);
/* The sizes of such a cell, multiples of what kinds may want. */
enum { GENERAL_IN = 64 * 5, GENERAL_HIDDEN = 64 * 6 };

/* "zeros", "orthogonal", "uniform, +-0.22", "normal, 0.1 wide": as its values are. The set is of
 * floats, and nothing has been learned. */
void start_words(tl_param *p, char *text, size_t room);

#endif
