/*
 * Who depends on whom, and what a value is to its users. All need tl_ir_order to have been called,
 * and what they return lies in ir->scratch; NULL when memory is short.
 */
#ifndef TL_PASSES_DEPEND_H
#define TL_PASSES_DEPEND_H

#include "ir/ir.h"

/*
 * recurrent[b] for each value b that is the right operand of products: does one of these products
 * depend on another of them? Then they are steps of a recurrence.
 */
bool *tl_find_recurrent(tl_ir *ir);

/*
 * Groups (sets of values, by number in group[v]; TL_IR_NONE for none) that are each to become one
 * value: accept[g] says which can, so that none depends on itself, alone or through others.
 */
bool *tl_find_contractible(tl_ir *ir, const uint32_t *group, size_t groups);

/* sink[v]: is v only used, directly or through sums and slices, by outputs? */
bool *tl_find_sinks(tl_ir *ir);

/*
 * rows[b] for each value b that is the right operand of products: how many rows are multiplied by
 * it, over all of them. Joining weights copies them, which few rows do not pay for.
 */
enum { TL_ROWS_WORTH_JOINING = 8 };
uint32_t *tl_count_rows(tl_ir *ir);

/* Is the value a sum of tensors of its own shape? */
bool tl_is_sum(const tl_ir *ir, uint32_t value);

#endif
