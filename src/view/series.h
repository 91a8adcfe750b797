/* What has a name, over time. As in columns.h. */
#ifndef TL_VIEW_SERIES_H
#define TL_VIEW_SERIES_H

#include "view/json.h"
#include "view/snapshot.h"

/* The largest batch of what has a name in a step; 1 if there is none. */
int64_t tl_series_batch(const tl_snapshot *s);

/* By scope, name and step: rows of gates and states, attention. */
bool tl_series_write(tl_json *j, const tl_snapshot *s, int sequence);

#endif
