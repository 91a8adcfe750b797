/* A few wishes, the oldest given up first. */
#include "run/late.h"

#include <stddef.h>

void tl_late_note(tl_lates *l, uint32_t node)
{
	if (node >= l->last_nodes)
		return;
	for (int i = 0; i < TL_LATES; i++)
		if (l->late[i].node == node && l->late[i].pass == l->last)
			return;
	l->late[l->noted++ % TL_LATES] = (tl_late){l->last, node};
}

int tl_late_list(const tl_lates *l, uint32_t nodes[TL_LATES])
{
	int n = 0;
	for (int i = 0; i < TL_LATES; i++) {
		const tl_late *late = &l->late[i];
		if (late->node && late->pass == l->last && late->node < l->last_nodes)
			nodes[n++] = late->node;
	}
	return n;
}
