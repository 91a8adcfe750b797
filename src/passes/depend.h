/* Who depends on whom, and what a value is to its users. All need tl_ir_order to have been called.
 */
#ifndef TL_PASSES_DEPEND_H
#define TL_PASSES_DEPEND_H

#include "ir/ir.h"

/*
 * recurrent[b] for each value b that is the right operand of products: does one of these products
 * depend on another of them? Then they are steps of a recurrence. False when memory is short.
 */
bool tl_find_recurrent(tl_ir *ir, bool *recurrent);

/*
 * rows[b] for each value b that is the right operand of products: how many rows are multiplied by
 * it, over all of them. Joining weights copies them, which few rows do not pay for.
 */
enum { TL_ROWS_WORTH_JOINING = 8 };
void tl_count_rows(const tl_ir *ir, uint32_t *rows);

/* Is the value a sum of tensors of its own shape? */
bool tl_is_sum(const tl_ir *ir, uint32_t value);

/* sink[v]: is v only used, directly or through sums and slices, by outputs? */
void tl_find_sinks(const tl_ir *ir, bool *sink);

/*
 * Groups (sets of values, by number in group[v]; TL_IR_NONE for none) that are each to become one
 * value: accept[g] says which can, so that none depends on itself, alone or through others.
 * False when memory is short.
 */
bool tl_find_contractible(tl_ir *ir, const uint32_t *group, size_t groups, bool *accept);

#endif
