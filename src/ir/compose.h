/* Building blocks of passes: values by what they are, with the shapes that follow. */
#ifndef TL_IR_COMPOSE_H
#define TL_IR_COMPOSE_H

#include "ir/ir.h"

/* Pieces of a concat follow one another along `axis`. */
uint32_t tl_ir_concat(tl_ir *ir, const uint32_t *piece, size_t pieces, int axis, uint32_t when);
uint32_t tl_ir_slice(tl_ir *ir, uint32_t whole, int axis, int64_t start, int64_t count,
		     uint32_t when);
uint32_t tl_ir_matmul(tl_ir *ir, uint32_t a, bool transpose_a, uint32_t b, bool transpose_b,
		      uint32_t when);
uint32_t tl_ir_sum(tl_ir *ir, const uint32_t *term, size_t terms, uint32_t when);

#endif
