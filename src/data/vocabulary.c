/* Tokens by number and numbers by token. */
#include "data/vocabulary.h"
#include "base/fail.h"
#include "data/token.h"

#include <stdlib.h>
#include <string.h>

static tl_status no_memory(tl_error *error)
{
	return tl_fail(error, TL_ERROR_MEMORY, "vocabulary: out of memory");
}

static tl_status no_utf8(const tl_tokens *t, tl_error *error)
{
	return tl_fail(error, TL_ERROR_VALUE,
		       "vocabulary: line %lld of the text is no UTF-8 (byte %d)",
		       (long long)t->line, (unsigned char)*t->at);
}

void tl_vocabulary_destroy(tl_vocabulary *v)
{
	if (!v)
		return;
	tl_words_finish(&v->words);
	tl_free(v->text);
	tl_free(v);
}

/* Making one */

static tl_status count_tokens(tl_words *words, tl_tokens *t, tl_error *error)
{
	const char *token;
	int64_t size;
	while ((size = tl_tokens_next(t, &token)) > 0) {
		tl_word *w = tl_words_add(words, token, (size_t)size);
		if (!w)
			return no_memory(error);
		w->count++;
	}
	return size < 0 ? no_utf8(t, error) : TL_OK;
}

static tl_status add_named(tl_vocabulary *v, const char *name, tl_error *error)
{
	size_t before = v->words.count;
	if (!*name)
		return tl_fail(error, TL_ERROR_ARGUMENT, "vocabulary: a special token is empty");
	if (!tl_words_add(&v->words, name, strlen(name)))
		return no_memory(error);
	if (v->words.count == before)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "vocabulary: two special tokens are called \"%.80s\"", name);
	return TL_OK;
}

static tl_status add_special(tl_vocabulary *v, const tl_vocabulary_options *o, tl_error *error)
{
	tl_status status = TL_OK;
	for (int k = 0; !status && k < TL_SPECIAL_TOKENS && o->special[k]; k++)
		status = add_named(v, o->special[k], error);
	v->special = (int32_t)v->words.count;
	if (!status && o->unknown) {
		v->unknown = (int32_t)v->words.count;
		status = add_named(v, o->unknown, error);
	}
	return status;
}

static int by_count(const void *a, const void *b)
{
	const tl_word *x = *(tl_word *const *)a, *y = *(tl_word *const *)b;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* The counted ones, sorted here, that are often enough. */
static tl_status add_frequent(tl_vocabulary *v, tl_words *counted, const tl_vocabulary_options *o,
			      tl_error *error)
{
	if (counted->count)
		qsort(counted->at, counted->count, sizeof *counted->at, by_count);
	for (size_t i = 0; i < counted->count; i++) {
		const tl_word *from = counted->at[i];
		tl_word *w = tl_words_find(&v->words, from->text, from->length);
		if (!w && (from->count < o->least_count ||
			   (o->most && (int64_t)v->words.count >= o->most)))
			continue;
		w = w ? w : tl_words_add(&v->words, from->text, from->length);
		if (!w)
			return no_memory(error);
		w->count = from->count;
	}
	return TL_OK;
}

static tl_status fill(tl_vocabulary *v, const char *text, size_t size,
		      const tl_vocabulary_options *o, tl_error *error)
{
	tl_tokens t = {text, text + size, o->kind, o->split_punctuation, 1};
	tl_words counted = {0};
	tl_status status = add_special(v, o, error);
	if (!status && o->most && (int64_t)v->words.count > o->most)
		status = tl_fail(error, TL_ERROR_ARGUMENT,
				 "vocabulary: there are more special tokens than tokens at most");
	if (!status)
		status = count_tokens(&counted, &t, error);
	if (!status)
		status = add_frequent(v, &counted, o, error);
	tl_words_finish(&counted);
	return status;
}

tl_vocabulary *tl_vocabulary_create(const char *text, size_t size,
				    const tl_vocabulary_options *options, tl_error *error)
{
	static const tl_vocabulary_options bytes = {.kind = TL_TOKENS_BYTES};
	const tl_vocabulary_options *o = options ? options : &bytes;
	if (!text || o->kind < TL_TOKENS_BYTES || o->kind > TL_TOKENS_WORDS || o->most < 0 ||
	    o->most > INT32_MAX || o->least_count < 0 ||
	    (o->split_punctuation && o->kind != TL_TOKENS_WORDS)) {
		tl_fail(error, TL_ERROR_ARGUMENT,
			"vocabulary: there is no text, a count is negative, or split_punctuation "
			"has no effect, for tokens are no words");
		return NULL;
	}
	tl_vocabulary *v = tl_alloc_zero(sizeof *v);
	if (!v) {
		no_memory(error);
		return NULL;
	}
	v->kind = o->kind;
	v->split_punctuation = o->split_punctuation;
	v->unknown = -1;
	if (!fill(v, text, size, o, error))
		return v;
	tl_vocabulary_destroy(v);
	return NULL;
}

/* Looking */

int32_t tl_vocabulary_size(const tl_vocabulary *v)
{
	return v ? (int32_t)v->words.count : 0;
}

int32_t tl_vocabulary_unknown(const tl_vocabulary *v)
{
	return v ? v->unknown : -1;
}

int32_t tl_vocabulary_find(const tl_vocabulary *v, const char *token)
{
	const tl_word *w = v && token ? tl_words_find(&v->words, token, strlen(token)) : NULL;
	return w ? w->number : -1;
}

static const tl_word *word_at(const tl_vocabulary *v, int32_t number)
{
	return number >= 0 && number < tl_vocabulary_size(v) ? v->words.at[number] : NULL;
}

const char *tl_vocabulary_token(const tl_vocabulary *v, int32_t number, size_t *size)
{
	const tl_word *w = word_at(v, number);
	if (size)
		*size = w ? w->length : 0;
	return w ? w->text : NULL;
}

int64_t tl_vocabulary_count(const tl_vocabulary *v, int32_t number)
{
	const tl_word *w = word_at(v, number);
	return w ? w->count : 0;
}

/* To and fro */

int64_t tl_vocabulary_encode(const tl_vocabulary *v, const char *text, size_t size, int32_t *tokens,
			     int64_t room, tl_error *error)
{
	if (!v || !text || room < 0 || (room && !tokens))
		return tl_fail(error, TL_ERROR_ARGUMENT, "vocabulary: there is no text"), -1;
	tl_tokens t = {text, text + size, v->kind, v->split_punctuation, 1};
	const char *token;
	int64_t count = 0, length, line = 1;
	while ((length = tl_tokens_next(&t, &token)) > 0) {
		const tl_word *w = tl_words_find(&v->words, token, (size_t)length);
		if (!w && v->unknown < 0) {
			if (v->kind == TL_TOKENS_BYTES)
				tl_fail(error, TL_ERROR_VALUE,
					"vocabulary: line %lld: there is no byte %d, and no "
					"unknown "
					"token",
					(long long)line, (unsigned char)*token);
			else
				tl_fail(error, TL_ERROR_VALUE,
					"vocabulary: line %lld: there is no \"%.*s\", and no "
					"unknown token",
					(long long)line, length < 80 ? (int)length : 80, token);
			return -1;
		}
		if (count < room)
			tokens[count] = w ? w->number : v->unknown;
		count++;
		line = t.line;
	}
	if (length < 0)
		return no_utf8(&t, error), -1;
	return count;
}

int64_t tl_vocabulary_decode(const tl_vocabulary *v, const int32_t *tokens, int64_t count,
			     char *text, size_t room, tl_error *error)
{
	size_t used = 0;
	if (!v || (count > 0 && !tokens) || (room && !text))
		return tl_fail(error, TL_ERROR_ARGUMENT, "vocabulary: there are no tokens"), -1;
	for (int64_t i = 0; i < count; i++) {
		const tl_word *w = word_at(v, tokens[i]);
		if (!w)
			return tl_fail(error, TL_ERROR_VALUE, "vocabulary: there is no number %d",
				       (int)tokens[i]),
			       -1;
		bool blank = v->kind == TL_TOKENS_WORDS && i;
		if (blank && used + 1 < room)
			text[used] = ' ';
		used += blank;
		for (size_t k = 0; k < w->length; k++, used++)
			if (used + 1 < room)
				text[used] = w->text[k];
	}
	if (room)
		text[used < room ? used : room - 1] = 0;
	return (int64_t)used;
}
