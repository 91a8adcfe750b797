/* Slices put together. */
#ifndef TL_IR_ASSEMBLE_H
#define TL_IR_ASSEMBLE_H

#include "ir/ir.h"

/* The adjoint of slices, in terms of what the passes know. */
uint32_t tl_import_assemble(tl_ir *ir, const tl_node *node, const uint32_t *operand, uint32_t when);

#endif
