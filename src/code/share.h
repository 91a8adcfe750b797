/* The team's part in a program. */
#ifndef TL_CODE_SHARE_H
#define TL_CODE_SHARE_H

#include "code/code.h"

/* Decide what the team shares, and where it meets. After memory is assigned. */
void tl_share_work(tl_code *code);

#endif
