/* Which products go together: sorting the members of groups. */
#ifndef TL_PASSES_GROUPS_H
#define TL_PASSES_GROUPS_H

#include "ir/ir.h"

/* Products that are to be joined, sorted so that those of one group are neighbours. */
typedef struct tl_member {
	uint64_t group;         /* the shared operand and how it is used; */
	uint32_t kind, segment; /* these are alike within a group too */
	uint32_t when;          /* order within it */
	uint32_t value;
} tl_member;

void tl_sort_members(tl_member *m, size_t n);
size_t tl_group_end(const tl_member *m, size_t n, size_t first); /* of the group that it begins */

#endif
