/* Aligned columns of text. */
#include "base/table.h"

#include <string.h>

void tl_table_measure(const tl_cell *row, int columns, int *width)
{
	for (int c = 0; c < columns; c++)
		if ((int)strlen(row[c]) > width[c])
			width[c] = (int)strlen(row[c]);
}

int tl_table_row(const tl_cell *row, int columns, const int *width, FILE *file)
{
	int blanks = 0;
	for (int c = 0; c < columns; c++) {
		int length = (int)strlen(row[c]);
		if (!width[c])
			continue;
		if (length)
			fprintf(file, "%*s%s", blanks, "", row[c]);
		blanks = (length ? 0 : blanks) + width[c] - length + 2;
	}
	return blanks;
}
