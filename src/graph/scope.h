/* Scopes, in which nodes are recorded; "encoder/layer0". */
#ifndef TL_GRAPH_SCOPE_H
#define TL_GRAPH_SCOPE_H

#include "graph/tape.h"

/* Forget all that are known by name; none may be in use. */
void tl_scopes_forget(tl_tape *tape);

#endif
