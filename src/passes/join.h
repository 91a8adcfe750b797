/*
 * Several products become one. What belongs together is for a pass to say, as members of groups,
 * and so is whether they may be joined without a cycle; here is how.
 */
#ifndef TL_PASSES_JOIN_H
#define TL_PASSES_JOIN_H

#include "ir/ir.h"

/* What is to be joined, sorted so that the members of one group are neighbours. */
typedef struct tl_member {
	uint64_t group;         /* what is shared and how it is used; */
	uint32_t kind, segment; /* these are alike within a group too */
	uint32_t when;          /* order within it */
	uint32_t value;
} tl_member;

void tl_sort_members(tl_member *m, size_t n);
size_t tl_group_end(const tl_member *m, size_t n, size_t first); /* of the group that it begins */

/* The first two are numbers of dimensions of the product: members are slices along them. */
typedef enum tl_join_axis {
	TL_JOIN_ROWS,    /* [a1; a2; ...] b, for products of one right operand */
	TL_JOIN_COLUMNS, /* a [b1 b2 ...], for products of one left operand */
	TL_JOIN_DEPTH    /* [a1 a2 ...] [b1; b2; ...], which is the sum of the products */
} tl_join_axis;

/* One product of all that these n matrix products read, transposed as they are. */
uint32_t tl_join(tl_ir *ir, const tl_member *m, size_t n, tl_join_axis axis);

/* Sort; in each group of several, members become slices of their joint rows or columns. */
void tl_join_groups(tl_ir *ir, tl_member *m, size_t n, tl_join_axis axis);

#endif
