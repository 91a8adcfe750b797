/* The order of instructions. */
#ifndef TL_CODE_SCHEDULE_H
#define TL_CODE_SCHEDULE_H

#include "code/emit.h"

/* Append instructions for all live values; with strips, elementwise neighbours share one. False
 * when memory is short. */
bool tl_schedule(tl_emitter *e, bool strips);

#endif
