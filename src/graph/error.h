/* The first error of a tape. */
#ifndef TL_GRAPH_ERROR_H
#define TL_GRAPH_ERROR_H

#include "graph/tape.h"

/* Leave an error on the tape unless it has one. `what` starts with the name of what was called. */
__attribute__((format(printf, 4, 5))) tl_status
tl_report(tl_tape *tape, tl_status status, const char *hint, const char *format, ...);
/* The same in the place of a node that is already recorded. */
__attribute__((format(printf, 5, 6))) tl_status tl_report_at(tl_tape *tape, uint32_t id,
							     tl_status status, const char *hint,
							     const char *format, ...);
tl_status tl_report_memory(tl_tape *tape, const char *doing);

#endif
