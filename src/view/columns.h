/* The parts of a page's data, each a member of the object that is open. False when out of memory.
 */
#ifndef TL_VIEW_COLUMNS_H
#define TL_VIEW_COLUMNS_H

#include "view/json.h"
#include "view/snapshot.h"

/* Nodes by columns: what each is, where it was recorded, its operands, its adjoint. */
bool tl_columns_write(tl_json *j, const tl_snapshot *s);

/* What the values are: least, largest, mean, norm, how many are not finite; and some of them. */
bool tl_numbers_write(tl_json *j, const tl_snapshot *s);

/* What has a name, by scope, name and step: rows of gates, attention. */
bool tl_series_write(tl_json *j, const tl_snapshot *s, int sequence);

/* How much each input mattered to each loss. */
bool tl_influence_write(tl_json *j, const tl_snapshot *s);

/* The program that the compiler makes of it: its instructions, which nodes each makes, memory. */
bool tl_instructions_write(tl_json *j, const tl_snapshot *s);

#endif
