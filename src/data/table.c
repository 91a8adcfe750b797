/* A table: numbers in rows, and a name for each column. */
#include "data/table.h"

#include <string.h>

tl_table *tl_table_create(int columns)
{
	tl_table *t = tl_alloc_zero(sizeof *t);
	tl_table_column *column = tl_alloc_zero((size_t)columns * sizeof *column);
	if (!t || !column) {
		tl_free(t);
		tl_free(column);
		return NULL;
	}
	t->column = column;
	t->columns = columns;
	return t;
}

bool tl_table_append(tl_table *t, const double *row)
{
	size_t width = (size_t)t->columns, at = (size_t)t->rows * width;
	if (!tl_array_reserve(&t->values, &t->room, at + width, sizeof *t->values))
		return false;
	memcpy(t->values + at, row, width * sizeof *row);
	t->rows++;
	return true;
}

void tl_table_destroy(tl_table *t)
{
	if (!t)
		return;
	for (int k = 0; k < t->columns; k++) {
		tl_words_finish(&t->column[k].categories);
		tl_free(t->column[k].name);
	}
	tl_free(t->column);
	tl_free(t->values);
	tl_free(t);
}

tl_array tl_table_values(const tl_table *t)
{
	if (!t)
		return (tl_array){0};
	return (tl_array){t->values, TL_F64, tl_dims(t->rows, t->columns), t->rows * t->columns};
}

int64_t tl_table_row_count(const tl_table *t)
{
	return t ? t->rows : 0;
}

int tl_table_column_count(const tl_table *t)
{
	return t ? t->columns : 0;
}

static const tl_table_column *column_of(const tl_table *t, int column)
{
	return t && column >= 0 && column < t->columns ? &t->column[column] : NULL;
}

const char *tl_table_column_name(const tl_table *t, int column)
{
	const tl_table_column *c = column_of(t, column);
	return c ? c->name : NULL;
}

int tl_table_column_find(const tl_table *t, const char *name)
{
	for (int k = 0; name && k < tl_table_column_count(t); k++)
		if (!strcmp(t->column[k].name, name))
			return k;
	return -1;
}

int tl_table_category_count(const tl_table *t, int column)
{
	const tl_table_column *c = column_of(t, column);
	return c ? (int)c->categories.count : 0;
}

const char *tl_table_category(const tl_table *t, int column, int number)
{
	bool is_there = number >= 0 && number < tl_table_category_count(t, column);
	return is_there ? t->column[column].categories.at[number]->text : NULL;
}
