/* The parts of a page's data, each a member of the object that is open. False when out of memory.
 */
#ifndef TL_VIEW_COLUMNS_H
#define TL_VIEW_COLUMNS_H

#include "view/json.h"
#include "view/snapshot.h"

/* Nodes by columns: what each is, where it was recorded, its operands, its adjoint. */
bool tl_columns_write(tl_json *j, const tl_snapshot *s);

#endif
