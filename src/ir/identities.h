/* Values as they come down to: x for x * 1, a slice for a slice of a slice. */
#ifndef TL_IR_IDENTITIES_H
#define TL_IR_IDENTITIES_H

#include "ir/ir.h"

/*
 * The value of an op, with the shape given; simplified where an identity allows. attr is copied.
 * TL_IR_NONE when memory is short, which stays in ir->short_of_memory.
 */
uint32_t tl_ir_add(tl_ir *ir, const tl_op *op, const void *attr, const uint32_t *operand,
		   size_t operands, tl_shape shape, tl_dtype dtype, uint32_t when);

#endif
