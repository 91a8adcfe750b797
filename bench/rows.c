#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int wanted_count;
static char **wanted;

void want_rows(int count, char **names)
{
	wanted_count = count;
	wanted = names;
}

bool is_wanted(const char *row)
{
	for (int i = 0; i < wanted_count; i++)
		if (strstr(row, wanted[i]))
			return true;
	return !wanted_count;
}

void report(const char *name, double time, double flops)
{
	printf("%s\t%.4f ms\t%.1f GFLOP/s\n", name, time * 1e3, flops / time / 1e9);
	fflush(stdout);
}

void check(const char *error)
{
	if (!error)
		return;
	fprintf(stderr, "bench: %s\n", error);
	exit(1);
}
