/* A table as csv.c fills it: numbers in rows, and a name for each column. */
#ifndef TL_DATA_TABLE_H
#define TL_DATA_TABLE_H

#include "data/words.h"

#include <tapeloop/csv.h>

typedef struct tl_table_column {
	char *name;
	bool is_text;
	tl_words categories; /* of a column of text */
} tl_table_column;

struct tl_table {
	double *values;
	size_t room; /* numbers */
	int64_t rows;
	int columns;
	tl_table_column *column;
};

tl_table *tl_table_create(int columns);
bool tl_table_append(tl_table *t, const double *row);

#endif
