/* What the values of nodes are. As in columns.h. */
#ifndef TL_VIEW_NUMBERS_H
#define TL_VIEW_NUMBERS_H

#include "view/json.h"
#include "view/snapshot.h"

/* Least, largest, mean, norm, how many are not finite; and some of them. */
bool tl_numbers_write(tl_json *j, const tl_snapshot *s);

#endif
