/*
 * CSV (RFC 4180), read field by field from memory: a quoted field may hold separators, ends of
 * lines and, doubled, quotes. The header says which columns go where in the table; each field is a
 * number there, or says why it is none, with its place.
 */
#include "base/fail.h"
#include "data/number.h"
#include "data/table.h"

#include <tapeloop/text.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 40, MOST_COLUMNS = 1 << 20 };

typedef struct field {
	const char *text;
	size_t length;
	int64_t line;
	int column; /* from 1 on */
} field;

typedef struct reader {
	tl_csv_options o;
	const char *name;
	const char *at, *end;
	int64_t line;
	field f; /* what was read last */
	bool ends_line;
	char *scratch; /* of a quoted field with quotes in it */
	size_t scratch_room;
	char **header; /* names of the columns of the file */
	size_t columns, header_room;
	int *to; /* where in the table a column of the file goes; -1: nowhere */
	tl_table *table;
	double *row;
	bool skip; /* leave out this row */
	tl_error *error;
} reader;

/* Some of a text that may be long or no text at all, for an error. */
static const char *shown(char to[SHOWN + 4], const char *text, size_t length)
{
	size_t n = length < SHOWN ? length : SHOWN;
	while (n < length && n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--; /* not in the middle of a letter */
	for (size_t i = 0; i < n; i++)
		to[i] = (unsigned char)text[i] < 32 || text[i] == 127 ? '?' : text[i];
	memcpy(to + n, n < length ? "..." : "", n < length ? 4 : 1);
	return to;
}

static tl_status no_memory(const reader *r)
{
	return tl_fail(r->error, TL_ERROR_MEMORY, "%s: out of memory", r->name);
}

static tl_status wrong(const reader *r, const field *f, const char *what)
{
	char name[SHOWN + 4] = "";
	size_t k = (size_t)f->column - 1;
	if (k < r->columns && r->to) /* the header has been read */
		shown(name, r->header[k], strlen(r->header[k]));
	return tl_fail(r->error, TL_ERROR_VALUE, "%s, line %lld, column %d%s%s%s: %s", r->name,
		       (long long)f->line, f->column, *name ? " (" : "", name, *name ? ")" : "",
		       what);
}

/* Fields */

static bool at_end_of_line(const reader *r, const char *at)
{
	return at == r->end || *at == '\n' || (*at == '\r' && (at + 1 == r->end || at[1] == '\n'));
}

static const char *after_end_of_line(reader *r, const char *at)
{
	r->line += at < r->end;
	at += at < r->end && *at == '\r';
	return at + (at < r->end && *at == '\n');
}

static tl_status read_plain(reader *r)
{
	const char *at = r->at;
	for (; !at_end_of_line(r, at) && *at != r->o.separator; at++)
		if (*at == '"')
			return wrong(r, &r->f, "a quote in a field that does not begin with one");
	r->f.text = r->at;
	r->f.length = (size_t)(at - r->at);
	r->at = at;
	return TL_OK;
}

static tl_status read_quoted(reader *r)
{
	const char *begin = r->at + 1, *at = begin;
	size_t doubled = 0;
	for (; at < r->end && (*at != '"' || (at + 1 < r->end && at[1] == '"')); at++) {
		r->line += *at == '\n';
		if (*at == '"')
			doubled++, at++;
	}
	if (at >= r->end)
		return wrong(r, &r->f, "a quote that is never closed");
	r->f.text = begin;
	r->f.length = (size_t)(at - begin) - doubled;
	r->at = at + 1;
	if (!at_end_of_line(r, r->at) && *r->at != r->o.separator)
		return wrong(r, &r->f, "something follows the closing quote");
	if (!doubled)
		return TL_OK;
	if (!tl_array_reserve(&r->scratch, &r->scratch_room, r->f.length, 1))
		return no_memory(r);
	size_t n = 0;
	for (const char *c = begin; c < at; c++) {
		r->scratch[n++] = *c;
		c += *c == '"';
	}
	r->f.text = r->scratch;
	return TL_OK;
}

/* The next field of a line; its column is the one before plus 1. */
static tl_status read_field(reader *r)
{
	r->f.column++;
	r->f.line = r->line;
	tl_status status = r->at < r->end && *r->at == '"' ? read_quoted(r) : read_plain(r);
	if (status)
		return status;
	if (r->f.length && memchr(r->f.text, 0, r->f.length))
		return wrong(r, &r->f, "a byte that is 0: this is no text");
	r->ends_line = at_end_of_line(r, r->at);
	r->at = r->ends_line ? after_end_of_line(r, r->at) : r->at + 1;
	return TL_OK;
}

static void begin_line(reader *r)
{
	while (r->at < r->end && at_end_of_line(r, r->at))
		r->at = after_end_of_line(r, r->at);
	r->f.column = 0;
	r->ends_line = false;
}

/* Columns */

static char *copy_of(const char *text, size_t length)
{
	char *copy = tl_alloc(length + 1);
	if (!copy)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = 0;
	return copy;
}

static tl_status read_header(reader *r)
{
	begin_line(r);
	const char *begin = r->at;
	int64_t line = r->line;
	if (r->at == r->end)
		return tl_fail(r->error, TL_ERROR_VALUE, "%s: it is empty", r->name);
	while (!r->ends_line) {
		char number[16];
		tl_status status = read_field(r);
		if (status)
			return status;
		snprintf(number, sizeof number, "#%zu", r->columns + 1);
		if (r->columns >= MOST_COLUMNS)
			return wrong(r, &r->f, "there are too many columns");
		char *name = tl_array_reserve(&r->header, &r->header_room, r->columns + 1,
					      sizeof *r->header)
				     ? (r->o.no_header ? copy_of(number, strlen(number))
						       : copy_of(r->f.text, r->f.length))
				     : NULL;
		if (!name)
			return no_memory(r);
		r->header[r->columns++] = name;
	}
	if (r->o.no_header) { /* these are numbers */
		r->at = begin;
		r->line = line;
	}
	return TL_OK;
}

static tl_status no_column(const reader *r, const char *name)
{
	char text[300] = "", one[SHOWN + 4], other[SHOWN + 4];
	size_t used = 0;
	for (size_t k = 0; k < r->columns && used < 200; k++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s\"%s\"", k ? ", " : "",
					 shown(one, r->header[k], strlen(r->header[k])));
	return tl_fail(r->error, TL_ERROR_ARGUMENT, "%s: there is no column \"%s\"; there are %s%s",
		       r->name, shown(other, name, strlen(name)), text, used < 200 ? "" : " ...");
}

/* The number of a column of the file, from its name or "#" and its number. */
static tl_status find_column(const reader *r, const char *name, size_t *found)
{
	size_t count = 0;
	double number;
	const char *end = name + strlen(name);
	char text[SHOWN + 4];
	for (size_t k = 0; k < r->columns; k++)
		if (!strcmp(r->header[k], name)) {
			*found = k;
			count++;
		}
	if (count > 1)
		return tl_fail(
			r->error, TL_ERROR_ARGUMENT,
			"%s: two columns are called \"%s\": ask for one by its number, \"#%zu\"",
			r->name, shown(text, name, strlen(name)), *found + 1);
	if (count)
		return TL_OK;
	if (*name != '#' || tl_number_read(name + 1, end, '.', &number) != end || number < 1 ||
	    number > (double)r->columns || number != floor(number))
		return no_column(r, name);
	*found = (size_t)number - 1;
	return TL_OK;
}

static tl_status place_column(reader *r, size_t from, int to)
{
	tl_table_column *c = &r->table->column[to];
	if (r->to[from] >= 0)
		return tl_fail(r->error, TL_ERROR_ARGUMENT, "%s: column #%zu was asked for twice",
			       r->name, from + 1);
	r->to[from] = to;
	c->name = copy_of(r->header[from], strlen(r->header[from]));
	return c->name ? TL_OK : no_memory(r);
}

static tl_status choose_columns(reader *r)
{
	const char *const *chosen = r->o.columns;
	int count = 0;
	while (count < TL_CSV_CHOSEN && chosen[count])
		count++;
	int all = count ? count : (int)r->columns;
	r->to = tl_alloc(r->columns * sizeof *r->to);
	r->row = tl_alloc((size_t)all * sizeof *r->row);
	r->table = tl_table_create(all);
	if (!r->to || !r->row || !r->table)
		return no_memory(r);
	for (size_t k = 0; k < r->columns; k++)
		r->to[k] = -1;
	for (int k = 0; k < all; k++) {
		size_t from = (size_t)k;
		tl_status status = count ? find_column(r, chosen[k], &from) : TL_OK;
		if (!status)
			status = place_column(r, from, k);
		if (status)
			return status;
	}
	for (int k = 0; k < TL_CSV_CHOSEN && r->o.text[k]; k++) {
		size_t from = 0;
		tl_status status = find_column(r, r->o.text[k], &from);
		if (status)
			return status;
		if (r->to[from] < 0)
			return tl_fail(r->error, TL_ERROR_ARGUMENT,
				       "%s: a column of text is not among those that are read",
				       r->name);
		r->table->column[r->to[from]].is_text = true;
	}
	return TL_OK;
}

/* Rows */

static bool is_missing(const reader *r, const char *text, size_t length)
{
	static const char *const words[] = {"NA", "NaN", "nan"};
	const char *own = r->o.missing_text;
	if (own && strlen(own) == length && !memcmp(own, text, length))
		return true;
	for (size_t k = 0; k < sizeof words / sizeof *words; k++)
		if (strlen(words[k]) == length && !memcmp(words[k], text, length))
			return true;
	return length == 0;
}

static tl_status fill_missing(reader *r, int to)
{
	const tl_table *t = r->table;
	if (r->o.missing == TL_MISSING_REFUSE)
		return wrong(r, &r->f, "a number is missing");
	if (r->o.missing == TL_MISSING_PREVIOUS && !t->rows)
		return wrong(r, &r->f, "a number is missing, and there is none before it");
	r->skip |= r->o.missing == TL_MISSING_SKIP;
	r->row[to] = r->o.missing == TL_MISSING_PREVIOUS
			     ? t->values[(t->rows - 1) * t->columns + to]
			     : (double)NAN;
	return TL_OK;
}

static tl_status read_value(reader *r, int to)
{
	const char *text = r->f.text, *end = text + r->f.length;
	tl_table_column *c = &r->table->column[to];
	char words[SHOWN + 40], some[SHOWN + 4];
	if (c->is_text) {
		tl_word *w = tl_words_add(&c->categories, text, r->f.length);
		r->row[to] = w ? w->number : 0;
		return w ? TL_OK : no_memory(r);
	}
	while (text < end && (*text == ' ' || *text == '\t'))
		text++;
	while (text < end && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (is_missing(r, text, (size_t)(end - text)))
		return fill_missing(r, to);
	if (tl_number_read(text, end, r->o.decimal, &r->row[to]) == end)
		return TL_OK;
	snprintf(words, sizeof words, "\"%s\" is no number", shown(some, r->f.text, r->f.length));
	return wrong(r, &r->f, words);
}

static tl_status read_row(reader *r)
{
	tl_status status = TL_OK;
	char words[80];
	r->skip = false;
	while (!status && !r->ends_line) {
		status = read_field(r);
		size_t k = (size_t)r->f.column - 1;
		if (!status && k >= r->columns)
			return wrong(r, &r->f, "there are more fields than columns");
		if (!status && r->to[k] >= 0)
			status = read_value(r, r->to[k]);
	}
	if (status || (size_t)r->f.column == r->columns)
		return status || r->skip || tl_table_append(r->table, r->row) ? status
									      : no_memory(r);
	snprintf(words, sizeof words, "the line ends, and there are %zu columns", r->columns);
	return wrong(r, &r->f, words);
}

static tl_status read_all(reader *r)
{
	tl_status status = read_header(r);
	if (!status)
		status = choose_columns(r);
	for (begin_line(r); !status && r->at < r->end; begin_line(r))
		status = read_row(r);
	if (!status && !r->table->rows)
		status = tl_fail(r->error, TL_ERROR_VALUE, "%s: there are no rows", r->name);
	return status;
}

static tl_status check_options(tl_csv_options *o, const char *name, tl_error *error)
{
	o->separator = o->separator ? o->separator : ',';
	o->decimal = o->decimal ? o->decimal : '.';
	if (o->separator == '"' || o->separator == '\n' || o->separator == '\r' ||
	    (o->decimal != '.' && o->decimal != ',') || o->separator == o->decimal ||
	    o->missing > TL_MISSING_SKIP)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "%s: the separator is no quote or end of line, decimal is '.' or "
			       "',' and not the separator",
			       name);
	return TL_OK;
}

tl_table *tl_csv_parse(const char *text, size_t size, const char *name,
		       const tl_csv_options *options, tl_error *error)
{
	reader r = {.name = name ? name : "csv", .at = text, .line = 1, .error = error};
	if (!text) {
		tl_fail(error, TL_ERROR_ARGUMENT, "%s: there is no text", r.name);
		return NULL;
	}
	if (options)
		r.o = *options;
	r.end = text + size;
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) /* the byte order mark of UTF-8 */
		r.at += 3;
	tl_status status = check_options(&r.o, r.name, error);
	if (!status)
		status = read_all(&r);
	for (size_t k = 0; k < r.columns; k++)
		tl_free(r.header[k]);
	tl_free(r.header);
	tl_free(r.to);
	tl_free(r.row);
	tl_free(r.scratch);
	if (status)
		tl_table_destroy(r.table);
	return status ? NULL : r.table;
}

tl_table *tl_csv_read(const char *path, const tl_csv_options *options, tl_error *error)
{
	tl_text text = {0};
	tl_table *t = NULL;
	if (!tl_text_add_file(&text, path, error))
		t = tl_csv_parse(text.bytes, text.size, path, options, error);
	tl_text_finish(&text);
	return t;
}
