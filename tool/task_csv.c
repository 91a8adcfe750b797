/*
 * csv:FILE:COLUMN. A net reads all columns of numbers, step by step, and says the next value of
 * one. The last fifth of the rows is validation. The baseline is persistence: the value before.
 */
#include "task_csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { T = 0, VALIDATION_WINDOWS = 320 };

tl_status read_whole(const char *path, tl_text *text, tl_error *error)
{
	char bytes[1 << 16];
	tl_status status = TL_OK;
	if (strcmp(path, "-"))
		return tl_text_add_file(text, path, error);
	for (size_t n; !status && (n = fread(bytes, 1, sizeof bytes, stdin));)
		status = tl_text_add(text, bytes, n, error);
	return status ? status : tl_text_add(text, "", 0, error);
}

static tl_status no_memory(const task *t, tl_error *error)
{
	snprintf(error->text, sizeof error->text, "%s: out of memory", t->file);
	return TL_ERROR_MEMORY;
}

/* Names, one after the other with `between`; NULL of memory, or in `all` if that was short. */
static bool add_name(char **all, const char *name, const char *between)
{
	size_t used = *all ? strlen(*all) : 0;
	char *more = realloc(*all, used + strlen(name) + strlen(between) + 1);
	if (!more)
		return false;
	sprintf(more + used, "%s%s", used ? between : "", name);
	*all = more;
	return true;
}

/* Columns */

/* The end of the line that begins at `at`; ends of lines between quotes do not count. */
static size_t end_of_line(const tl_text *text, size_t at)
{
	bool quoted = false;
	for (; at < text->size && (quoted || text->bytes[at] != '\n'); at++)
		quoted ^= text->bytes[at] == '"';
	return at < text->size ? at + 1 : at;
}

/* How often a sign stands outside quotes. */
static int count_of(const tl_text *text, size_t from, size_t to, char sign)
{
	bool quoted = false;
	int count = 0;
	for (; from < to; from++) {
		quoted ^= text->bytes[from] == '"';
		count += !quoted && text->bytes[from] == sign;
	}
	return count;
}

/*
 * The bytes of the header and of the first row, and how the table is written: fields end at what
 * the header has most of, commas, semicolons or tabs, and where that is no comma, a comma in the
 * first row is a decimal one.
 */
static size_t look_at(const tl_text *text, tl_csv_options *o)
{
	static const char signs[] = ",;\t";
	size_t begin = 0, header, row;
	while (begin < text->size && strchr("\r\n", text->bytes[begin]))
		begin++;
	header = end_of_line(text, begin);
	for (row = header; row < text->size && strchr("\r\n", text->bytes[row]);)
		row++;
	row = end_of_line(text, row);
	int most = 0;
	for (const char *sign = signs; *sign; sign++) {
		int count = count_of(text, begin, header, *sign);
		if (count > most)
			o->separator = *sign;
		most = count > most ? count : most;
	}
	if (o->separator == ';' || o->separator == '\t')
		o->decimal = count_of(text, header, row, ',') ? ',' : '.';
	return row;
}

typedef struct chosen {
	char name[TL_CSV_CHOSEN + 1][TASK_NAME];
	int count;
} chosen;

/* The target, and then those columns in whose first row there is a number. */
static tl_status choose_columns(const task *t, const tl_text *text, chosen *c, csv_data *d,
				tl_error *error)
{
	tl_csv_options o = {.columns = {t->column}, .missing = TL_MISSING_NAN};
	size_t size = look_at(text, &o);
	tl_table *target = tl_csv_parse(text->bytes, size, t->file, &o, error);
	if (!target)
		return error->status;
	snprintf(c->name[c->count++], TASK_NAME, "%s", tl_table_column_name(target, 0));
	tl_table_destroy(target);
	for (int k = 1; c->count <= TL_CSV_CHOSEN; k++) {
		tl_error other = {TL_OK, ""};
		char number[16];
		snprintf(number, sizeof number, "#%d", k);
		o.columns[0] = number;
		tl_table *one = tl_csv_parse(text->bytes, size, t->file, &o, &other);
		bool named = one && strlen(tl_table_column_name(one, 0)) < TASK_NAME;
		if (one && (!named || strcmp(tl_table_column_name(one, 0), c->name[0])))
			snprintf(c->name[c->count++], TASK_NAME, "%s",
				 named ? tl_table_column_name(one, 0) : number);
		tl_table_destroy(one);
		if (other.status == TL_ERROR_ARGUMENT) /* there is no such column */
			break;
		o.text[0] = number;
		if (other.status && (one = tl_csv_parse(text->bytes, size, t->file, &o, NULL)) &&
		    !add_name(&d->left_out, tl_table_column_name(one, 0), ", "))
			other.status = TL_ERROR_MEMORY;
		if (other.status)
			tl_table_destroy(one);
		o.text[0] = NULL;
		if (other.status == TL_ERROR_MEMORY)
			return no_memory(t, error);
	}
	if (c->count <= TL_CSV_CHOSEN)
		return TL_OK;
	snprintf(error->text, sizeof error->text, "%s: more than %d columns of numbers", t->file,
		 TL_CSV_CHOSEN);
	return error->status = TL_ERROR_VALUE;
}

/* Those of a model. */
static tl_status columns_of(const char *names, chosen *c, tl_error *error)
{
	for (; *names && c->count < TL_CSV_CHOSEN; c->count++) {
		size_t length = strcspn(names, "\n");
		snprintf(c->name[c->count], TASK_NAME, "%.*s", (int)length, names);
		names += length + (names[length] == '\n');
	}
	if (!*names && c->count)
		return TL_OK;
	snprintf(error->text, sizeof error->text, "the model names no columns, or too many");
	return error->status = TL_ERROR_VALUE;
}

/* Reading */

static tl_status read_table(const task *t, const tl_text *text, tl_csv_missing missing, csv_data *d,
			    tl_error *error)
{
	chosen *c = calloc(1, sizeof *c);
	if (!c)
		return no_memory(t, error);
	tl_csv_options o = {.missing = missing};
	look_at(text, &o);
	tl_status status = t->texts.columns ? columns_of(t->texts.columns, c, error)
					    : choose_columns(t, text, c, d, error);
	for (int k = 0; !status && k < c->count; k++) {
		o.columns[k] = c->name[k];
		if (!add_name(&d->columns, c->name[k], "\n"))
			status = no_memory(t, error);
	}
	if (!status)
		d->table = tl_csv_parse(text->bytes, text->size, t->file, &o, error);
	free(c);
	return status ? status : d->table ? TL_OK : error->status;
}

static tl_range validation_of(const task *t, int64_t rows)
{
	int64_t first = t->whole ? 0 : rows - rows / 5;
	return (tl_range){first, rows - first};
}

tl_status csv_open(const task *t, tl_csv_missing missing, csv_data *d, tl_error *error)
{
	tl_text text = {0};
	*d = (csv_data){0};
	tl_status status = read_whole(t->file, &text, error);
	if (!status)
		status = read_table(t, &text, missing, d, error);
	tl_text_finish(&text);
	if (status)
		return status;
	tl_array values = tl_table_values(d->table);
	tl_range learned = {0, validation_of(t, values.shape.dim[0]).first};
	d->scaling = t->texts.scaling ? tl_scaling_from_text(t->texts.scaling, error)
				      : tl_scaling_fit(values, learned, TL_SCALING_STANDARD, error);
	return d->scaling ? tl_scaling_apply(d->scaling, values) : error->status;
}

void csv_release(void *data)
{
	csv_data *d = data;
	tl_table_destroy(d->table);
	tl_scaling_destroy(d->scaling);
	free(d->columns);
	free(d->left_out);
	free(d);
}

/* The task */

/* How far each value is from the one before it, as a share of how far they are from their mean. */
static void find_baseline(task *t, tl_array values, tl_range range)
{
	int64_t width = values.shape.dim[1];
	const double *y = (double *)values.data + range.first * width;
	double mean = 0, spread = 0, moved = 0;
	for (int64_t i = 0; i < range.count; i++)
		mean += y[i * width] / (double)range.count;
	for (int64_t i = 0; i < range.count; i++) {
		double before = i ? y[(i - 1) * width] : y[0];
		spread += (y[i * width] - mean) * (y[i * width] - mean);
		moved += (y[i * width] - before) * (y[i * width] - before);
	}
	t->deviation = spread > 0 ? sqrt(spread / (double)range.count) : 1;
	t->baseline = sqrt(moved / (double)range.count) / t->deviation;
}

static tl_status make_csv(task *t, tl_error *error)
{
	static const int target = 0;
	csv_data *d = t->data = calloc(1, sizeof *d);
	if (!d)
		return no_memory(t, error);
	tl_status status = csv_open(t, TL_MISSING_REFUSE, d, error);
	if (status)
		return status;
	if (!t->texts.columns)
		t->texts =
			(task_texts){.columns = d->columns, .scaling = tl_scaling_text(d->scaling)};
	tl_array values = tl_table_values(d->table);
	tl_range tested = validation_of(t, values.shape.dim[0]);
	tl_windows_options o = {.steps = t->option[T],
				.targets = &target,
				.target_count = 1,
				.every_step = true,
				.rows = t->rows,
				.range = {0, tested.first},
				.drop_last = tested.first >= t->option[T] + t->rows};
	if (!t->whole)
		t->train = tl_batches_of_windows(values, &o, error);
	int64_t windows = tested.count - t->option[T];
	o.drop_last = false;
	o.range = tested;
	o.in_order = true;
	o.stride = t->whole || windows <= VALIDATION_WINDOWS ? 1 : windows / VALIDATION_WINDOWS;
	t->validation = t->whole || t->train ? tl_batches_of_windows(values, &o, error) : NULL;
	t->in = values.shape.dim[1];
	t->out = 1;
	t->every_step = true;
	find_baseline(t, values, tested);
	return t->validation ? TL_OK : error->status ? error->status : no_memory(t, error);
}

static bool counts_csv(const task *t, const tl_batch *batch, int64_t row, int64_t step)
{
	(void)batch;
	(void)row;
	return step == t->option[T] - 1;
}

const task_kind task_csv = {
	.name = "csv",
	.doc = "a column's next value, from all columns of numbers so far",
	.files = "FILE:COLUMN",
	.option = {{"T", "number of rows that are read", 32, 1, 100000}},
	.metric = METRIC_NRMSE,
	.make = make_csv,
	.counts = counts_csv,
	.release = csv_release,
};
