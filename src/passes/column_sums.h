/* Sums over the rows of matrices, which the gradients of biases are made of; for sums.c. */
#ifndef TL_PASSES_COLUMN_SUMS_H
#define TL_PASSES_COLUMN_SUMS_H

#include "passes/join.h"

/* Where values lie in what products read: laid[v] is the concat and which piece of it v is. */
typedef struct tl_laid {
	uint32_t whole, piece; /* whole: TL_IR_NONE if there is none */
} tl_laid;

typedef struct tl_laid_list {
	const tl_laid *laid; /* in ir->scratch; NULL when memory is short */
	size_t values;
} tl_laid_list;

tl_laid_list tl_find_laid(tl_ir *ir); /* the graph is in order */

bool tl_is_column_sum(const tl_value_ir *x);

/* Of the block of columns v sums up, the same block of the column sum of all columns; v itself if
 * it does not lie in such a block. */
uint32_t tl_lift_column_sum(tl_ir *ir, const tl_laid_list *list, uint32_t v);

/* One column sum for the sum of these; TL_IR_NONE if there is none that is better. */
uint32_t tl_join_column_sums(tl_ir *ir, const tl_laid_list *list, const tl_member *m, size_t n,
			     uint32_t when);

#endif
