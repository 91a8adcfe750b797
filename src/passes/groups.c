/* Which products go together: sorting the members of groups. */
#include "passes/groups.h"

#include <stdlib.h>

static int by_group(const void *x, const void *y)
{
	const tl_member *a = x, *b = y;
	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->segment != b->segment)
		return a->segment < b->segment ? -1 : 1;
	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	return (a->value > b->value) - (a->value < b->value);
}

void tl_sort_members(tl_member *m, size_t n)
{
	qsort(m, n, sizeof *m, by_group);
}

size_t tl_group_end(const tl_member *m, size_t n, size_t first)
{
	const tl_member *a = &m[first];
	size_t end = first + 1;
	while (end < n && m[end].group == a->group && m[end].kind == a->kind &&
	       m[end].segment == a->segment)
		end++;
	return end;
}
