/* Files of pairs as sequences of numbers. */
#include "pairs.h"

#include <stdlib.h>
#include <string.h>

static tl_status fail(tl_error *error, tl_status status, const char *why)
{
	error->status = status;
	strncpy(error->text, why, sizeof error->text - 1);
	error->text[sizeof error->text - 1] = 0;
	return status;
}

static const char *field_that_ends(const char *end, const char *line)
{
	while (end > line && end[-1] != '\t')
		end--;
	return end;
}

/* One side of this line, one of its last two fields: its end, and where it begins. */
static const char *side_of(const char *line, int side, const char **begin)
{
	const char *end = line + strcspn(line, "\n");
	*begin = field_that_ends(end, line);
	if (!side && *begin > line) {
		end = *begin - 1;
		*begin = field_that_ends(end, line);
	}
	return end;
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

tl_vocabulary *pairs_vocabulary(const char *path, int side, const tl_vocabulary_options *options,
				tl_error *error)
{
	tl_text text = {0}, half = {0};
	tl_status status = tl_text_add_file(&text, path, error);
	const char *begin, *end;
	for (const char *line = text.bytes; !status && *line; line = next_line(line)) {
		end = side_of(line, side, &begin);
		status = tl_text_add(&half, begin, (size_t)(end - begin), error);
		if (!status && options->kind == TL_TOKENS_WORDS)
			status = tl_text_add(&half, "\n", 1, error);
	}
	tl_vocabulary *v =
		status ? NULL : tl_vocabulary_create(half.bytes, half.size, options, error);
	tl_text_finish(&text);
	tl_text_finish(&half);
	return v;
}

static bool reserve(pairs_side *s, int64_t count, size_t tokens)
{
	s->number = malloc(tokens * sizeof *s->number + 1);
	s->each = malloc((size_t)count * sizeof *s->each + 1);
	s->length = malloc((size_t)count * sizeof *s->length + 1);
	return s->number && s->each && s->length;
}

bool pairs_reserve(pairs *p, int64_t count, int64_t tokens)
{
	p->count = count;
	return reserve(&p->read, count, (size_t)(count * tokens)) &&
	       reserve(&p->written, count, (size_t)(count * tokens));
}

static tl_status read_side(pairs_side *s, int side, int64_t count, const tl_text *text,
			   const tl_vocabulary *v, tl_error *error)
{
	/* A token is a byte or more, and there is room for an end in the place of \t or \n. */
	size_t room = text->size + (size_t)count + 1, used = 0;
	if (!reserve(s, count, room))
		return fail(error, TL_ERROR_MEMORY, "out of memory");
	const char *line = text->bytes, *begin;
	for (int64_t i = 0; i < count; i++, line = next_line(line)) {
		const char *end = side_of(line, side, &begin);
		int32_t *number = s->number + used;
		int64_t n = tl_vocabulary_encode(v, begin, (size_t)(end - begin), number,
						 (int64_t)(room - used), error);
		if (n < 0)
			return error->status;
		if (side)
			number[n++] = 0;
		s->each[i] = number, s->length[i] = n;
		used += (size_t)n;
	}
	return TL_OK;
}

tl_status pairs_read(pairs *p, const char *path, const tl_vocabulary *read,
		     const tl_vocabulary *written, tl_error *error)
{
	tl_text text = {0};
	if (tl_text_add_file(&text, path, error))
		return error->status;
	for (const char *line = text.bytes; *line; line = next_line(line))
		p->count++;
	tl_status status = read_side(&p->read, 0, p->count, &text, read, error);
	if (!status)
		status = read_side(&p->written, 1, p->count, &text, written, error);
	tl_text_finish(&text);
	return status;
}

void pairs_finish(pairs *p)
{
	for (pairs_side *s = &p->read;; s = &p->written) {
		free(s->number);
		free(s->each);
		free(s->length);
		if (s == &p->written)
			break;
	}
	*p = (pairs){0};
}

static void exchange(pairs_side *s, int64_t a, int64_t b)
{
	const void *each = s->each[a];
	int64_t length = s->length[a];
	s->each[a] = s->each[b], s->length[a] = s->length[b];
	s->each[b] = each, s->length[b] = length;
}

void pairs_shuffle(pairs *p, uint64_t seed)
{
	tl_random r = {.seed = seed};
	for (int64_t i = p->count - 1; i > 0; i--) {
		int64_t other = tl_random_below(&r, i + 1);
		exchange(&p->read, i, other);
		exchange(&p->written, i, other);
	}
}

pairs pairs_part(const pairs *p, int64_t first, int64_t count)
{
	pairs part = *p;
	part.count = count;
	part.read.each += first, part.read.length += first;
	part.written.each += first, part.written.length += first;
	return part;
}

static tl_sequences sequences_of(const pairs_side *s)
{
	return (tl_sequences){.each = s->each, .lengths = s->length, .dtype = TL_I32};
}

tl_batches *pairs_batches(const pairs *p, int64_t rows, bool to_learn, uint64_t seed,
			  tl_error *error)
{
	tl_sequences_options o = {.count = p->count,
				  .input = sequences_of(&p->read),
				  .target = sequences_of(&p->written),
				  .rows = rows,
				  .drop_last = to_learn,
				  .seed = seed,
				  .round = 4};
	return tl_batches_of_sequences(&o, error);
}
