/* The program that the compiler makes of a tape. As in columns.h. */
#ifndef TL_VIEW_INSTRUCTIONS_H
#define TL_VIEW_INSTRUCTIONS_H

#include "view/json.h"
#include "view/snapshot.h"

/* Its instructions, which nodes each makes, how long it took; memory. */
bool tl_instructions_write(tl_json *j, const tl_snapshot *s);

#endif
