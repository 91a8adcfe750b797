/*
 * Tables of numbers from CSV files (RFC 4180: quotes, commas and ends of lines inside quotes, CRLF;
 * or another separator).
 *
 *     tl_table *t = tl_csv_read("temps.csv", &(tl_csv_options){.columns = {"Temp"}}, &error);
 *     tl_batches *train = tl_batches_of_windows(tl_table_values(t), NULL, &error);
 *
 * A field that is no number is refused, so that a mistake in the data is found here. A missing one
 * (empty, NA or NaN) is refused too, unless you say what should stand for it. Columns of text are
 * left out, or numbered.
 *
 * On failure: NULL; the tl_error names file, line and column and says what is wrong there. Of NULL,
 *     or of a column that is not there, getters return 0, -1 or NULL.
 * Owner: the caller owns the table and destroys it; what getters return belongs to the table.
 */
#ifndef TAPELOOP_CSV_H
#define TAPELOOP_CSV_H

#include <tapeloop/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_table tl_table;

/* What is done where a number is missing. */
typedef enum tl_csv_missing {
	TL_MISSING_REFUSE,
	TL_MISSING_NAN,      /* NaN stands there */
	TL_MISSING_PREVIOUS, /* the number before it in the column; refused in the first row */
	TL_MISSING_SKIP      /* the row is left out */
} tl_csv_missing;

/* Columns that can be named. */
enum { TL_CSV_CHOSEN = 32 };

/* How the text is read. */
typedef struct tl_csv_options {
	const char *columns[TL_CSV_CHOSEN]; /* these, in this order; all if left out */
	const char *text[TL_CSV_CHOSEN];    /* of them, these hold text: see tl_table_category */
	bool no_header;                     /* the first line has numbers already */
	char separator;                     /* ',' */
	char decimal;                       /* '.', or ',' where the separator is another */
	tl_csv_missing missing;
	const char *missing_text; /* another text for what is missing: "-", "?" */
} tl_csv_options;

/*
 * Columns are named by the header, "#1", "#2" ... by their numbers, with a header or without.
 * options may be NULL. Blank lines are left out.
 */
TL_API tl_table *tl_csv_read(const char *path, const tl_csv_options *options, tl_error *error);
/* The same of CSV in memory; errors call it by this name. */
TL_API tl_table *tl_csv_parse(const char *text, size_t size, const char *name,
			      const tl_csv_options *options, tl_error *error);
TL_API void tl_table_destroy(tl_table *t); /* NULL is fine */

/* TL_F64 [rows, columns]; yours to change. */
TL_API tl_array tl_table_values(const tl_table *t);
TL_API int64_t tl_table_row_count(const tl_table *t);                   /* rows read */
TL_API int tl_table_column_count(const tl_table *t);                    /* columns kept */
TL_API const char *tl_table_column_name(const tl_table *t, int column); /* as in the first line */
TL_API int tl_table_column_find(const tl_table *t,
				const char *name); /* its number; -1: there is none */

/* The different texts of a column of text are numbered from 0 on, as they first occur, and the
 * numbers stand in the table. How many there are, and the text of one. */
TL_API int tl_table_category_count(const tl_table *t, int column);
TL_API const char *tl_table_category(const tl_table *t, int column, int number);

#ifdef __cplusplus
}
#endif
#endif
