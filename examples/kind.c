/* Cells by name, for people. */
#include "kind.h"

#include <stdio.h>

const tl_cell_kind *kind_of(const char *program, const char *name)
{
	const tl_cell_kind *kind = tl_cell_find(name);
	if (!kind)
		fprintf(stderr, "%s: there is no cell \"%s\"; there are\n", program, name);
	for (int i = 0; i < tl_cell_kind_count() && !kind; i++)
		fprintf(stderr, "  %-22s %s\n", tl_cell_kind_at(i)->name, tl_cell_kind_at(i)->doc);
	return kind;
}
