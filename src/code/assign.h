/* Places for temporaries. */
#ifndef TL_CODE_ASSIGN_H
#define TL_CODE_ASSIGN_H

#include "code/code.h"

/* Give temporaries their places in the arena by when they live; tables are taken from ir. False
 * when memory is short. */
bool tl_assign_memory(tl_ir *ir, tl_code *code);

#endif
