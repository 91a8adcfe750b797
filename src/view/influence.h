/* Which input mattered to which loss. As in columns.h. */
#ifndef TL_VIEW_INFLUENCE_H
#define TL_VIEW_INFLUENCE_H

#include "view/json.h"
#include "view/snapshot.h"

/* A matrix: how much each input mattered to what each step adds to the loss. Records on the copy.
 */
bool tl_influence_write(tl_json *j, const tl_snapshot *s);

#endif
