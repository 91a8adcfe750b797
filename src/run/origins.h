/* Where what each instruction makes comes from, in the words of the tape. */
#ifndef TL_RUN_ORIGINS_H
#define TL_RUN_ORIGINS_H

#include "code/print.h"

/* One an instruction, the words in memory of this arena; node is the list of nodes by place. NULL
 * when out of memory. */
tl_origin *tl_origins_list(const tl_tape *tape, const tl_code *code, const uint32_t *node,
			   tl_arena *words);

#endif
