/* Files of the zoo, found where the sources are. */
#ifndef TL_TESTS_ZOO_H
#define TL_TESTS_ZOO_H

#include "cell_bench.h"

#include <tapeloop/equations.h>

static inline const char *zoo_folder(void)
{
	static char folder[1024];
	const char *source = getenv("TL_SOURCE");
	snprintf(folder, sizeof folder, "%s/cells", source ? source : ".");
	return folder;
}

static inline tl_cell_kind *zoo_read(const char *name, const char *options)
{
	char path[1280];
	tl_error error = {0};
	snprintf(path, sizeof path, "%s/%s.cell", zoo_folder(), name);
	tl_cell_kind *kind = tl_cell_read(path, options, &error);
	ck_assert_msg(kind != NULL, "%s with %s: %s", name, options ? options : "defaults",
		      error.text);
	return kind;
}

#endif
