/* Aligned columns of text. */
#ifndef TL_BASE_TABLE_H
#define TL_BASE_TABLE_H

#include <stdio.h>

enum { TL_CELL_TEXT = 120 };

typedef char tl_cell[TL_CELL_TEXT];

/* Make each column as wide as this row needs. */
void tl_table_measure(const tl_cell *row, int columns, int *width);

/* Print a row: a column of width 0 is left out, and there are no blanks after the last text.
 * Returns how many blanks are missing to what may follow on the line. */
int tl_table_row(const tl_cell *row, int columns, const int *width, FILE *file);

#endif
