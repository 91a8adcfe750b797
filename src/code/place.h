/* Where the values of a graph are to be; made before the schedule, because it adds copies to the
 * graph. */
#ifndef TL_CODE_PLACE_H
#define TL_CODE_PLACE_H

#include "code/code.h"

typedef struct tl_layout_entry { /* all TL_IR_NONE at first */
	uint32_t parent, piece;  /* the concat of columns it is computed into */
	uint32_t next, previous; /* neighbours in memory */
	uint32_t end;            /* towards the end of its chain, to see cycles */
	uint32_t copy;           /* a contiguous copy, if one was needed */
} tl_layout_entry;

typedef struct tl_placement {
	tl_layout_entry *at;
	tl_place *place; /* roots are named by the value that heads them */
	size_t room, place_room;
} tl_placement;

/* Places for all live values, in ir->scratch. ir->order is up to date afterwards. False when memory
 * is short. */
bool tl_place_values(tl_ir *ir, tl_placement *layout);

bool tl_is_view(const tl_value_ir *x);     /* other strides over its operand's memory */
bool tl_is_constant(const tl_value_ir *x); /* one number known to the compiler */

#endif
