/*
 * charlm:FILE. A net reads a text letter by letter and says which comes next. Stretches are read
 * side by side, and states go on from batch to batch; the last tenth is validation. The
 * baseline knows how frequent each letter is.
 */
#include "task_csv.h"
#include "task_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { T = 0, VALIDATION_BATCHES = 10, LEAST_LETTERS = 100 };

static void release_text(void *data)
{
	text_data *d = data;
	tl_vocabulary_destroy(d->letters);
	free(d->number);
	free(d);
}

static tl_status fail(const task *t, tl_error *error, tl_status status, const char *words)
{
	snprintf(error->text, sizeof error->text, "%s: %.230s", t->file, words);
	return error->status = status;
}

/* Letters of UTF-8, or bytes of what is none. */
static tl_vocabulary *find_letters(const tl_text *text, tl_error *error)
{
	tl_vocabulary_options o = {.kind = TL_TOKENS_CHARACTERS};
	tl_vocabulary *v = tl_vocabulary_create(text->bytes, text->size, &o, error);
	if (v || error->status == TL_ERROR_MEMORY)
		return v;
	o.kind = TL_TOKENS_BYTES;
	*error = (tl_error){TL_OK, ""};
	return tl_vocabulary_create(text->bytes, text->size, &o, error);
}

static tl_status number_letters(task *t, const tl_text *text, text_data *d, tl_error *error)
{
	if (text->size < LEAST_LETTERS)
		return fail(t, error, TL_ERROR_VALUE, "less than 100 letters");
	d->letters = t->texts.vocabulary ? tl_vocabulary_from_text(t->texts.vocabulary, error)
					 : find_letters(text, error);
	if (!d->letters)
		return error->status;
	d->number = malloc(text->size * sizeof *d->number);
	if (!d->number)
		return fail(t, error, TL_ERROR_MEMORY, "out of memory");
	d->count = tl_vocabulary_encode(d->letters, text->bytes, text->size, d->number,
					(int64_t)text->size, error);
	if (d->count >= 0)
		return TL_OK;
	char words[400];
	snprintf(words, sizeof words, "%.390s", error->text);
	return fail(t, error, error->status, words);
}

/* Bits a letter of who knows the frequencies of the part that is learned. */
static double bits_of_frequencies(const text_data *d, int64_t first, int64_t count)
{
	int32_t size = tl_vocabulary_size(d->letters);
	double bits = 0, *times = calloc((size_t)size, sizeof *times);
	if (!times)
		return (double)NAN;
	for (int64_t i = 0; i < first; i++)
		times[d->number[i]]++;
	for (int64_t i = first; i < first + count; i++)
		bits -= log2((times[d->number[i]] + 1) / (double)(first + size)) / (double)count;
	free(times);
	return bits;
}

static tl_batches *stream(const task *t, int64_t first, int64_t count, int64_t rows,
			  tl_error *error)
{
	const text_data *d = t->data;
	tl_stream_options o = {.rows = rows, .steps = t->option[T]};
	return tl_batches_of_stream(tl_array_of(d->number + first, TL_I32, tl_dims(count)), &o,
				    error);
}

/* So many rows that each of them still has some batches. */
static int64_t rows_of(const task *t, int64_t letters, int64_t most)
{
	int64_t rows = (letters - 1) / (2 * t->option[T]);
	return rows < 1 ? 1 : rows > most ? most : rows;
}

static tl_status make_text(task *t, tl_error *error)
{
	tl_text text = {0};
	text_data *d = t->data = calloc(1, sizeof *d);
	if (!d)
		return fail(t, error, TL_ERROR_MEMORY, "out of memory");
	tl_status status = read_whole(t->file, &text, error);
	if (!status)
		status = number_letters(t, &text, d, error);
	tl_text_finish(&text);
	if (status)
		return status;
	if (!t->texts.vocabulary)
		t->texts.vocabulary = tl_vocabulary_text(d->letters);
	int64_t first = t->whole ? 0 : d->count - d->count / 10, tested = d->count - first;
	int64_t rows = rows_of(t, tested, t->rows);
	int64_t most = VALIDATION_BATCHES * rows * t->option[T] + 1;
	if (!t->whole && tested > most)
		tested = most;
	t->rows = rows_of(t, first, t->rows);
	if (!t->whole)
		t->train = stream(t, 0, first, t->rows, error);
	if (t->whole || t->train)
		t->validation = stream(t, first, tested, rows, error);
	t->validation_rows = rows;
	t->in = t->out = t->tokens = tl_vocabulary_size(d->letters);
	t->every_step = t->carried = true;
	t->baseline = t->whole ? NAN : bits_of_frequencies(d, first, tested);
	if (t->validation)
		return TL_OK;
	return fail(t, error, TL_ERROR_VALUE, "too short for steps of T letters; give a smaller T");
}

const task_kind task_charlm = {
	.name = "charlm",
	.doc = "the next letter of a text",
	.files = "FILE",
	.option = {{"T", "number of letters in a batch", 64, 1, 100000}},
	.metric = METRIC_BITS,
	.make = make_text,
	.release = release_text,
};
