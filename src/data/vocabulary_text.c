/*
 * A vocabulary as one text: a line that says what it is, then a line for each token, its count and
 * its bytes. What is no visible ASCII or UTF-8 is written \xHH, so the text is UTF-8 in lines.
 */
#include "base/fail.h"
#include "base/utf8.h"
#include "data/number.h"
#include "data/token.h"
#include "data/vocabulary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char head[] = "tapeloop vocabulary 1";

enum { LINE = 200 };

/* As it is, or its first byte in four letters; returns how many bytes of it were written. */
static size_t write_letter(const char *at, const char *end, bool bytes, char to[5])
{
	unsigned char c = (unsigned char)*at;
	size_t size = bytes && c >= 128 ? 0 : tl_utf8_read(at, end, NULL);
	if (size == 0 || c < 32 || c == 127 || c == '\\') {
		snprintf(to, 5, "\\x%02x", c);
		return 1;
	}
	memcpy(to, at, size);
	to[size] = 0;
	return size;
}

static bool write_word(tl_text *text, const tl_word *w, bool bytes)
{
	char line[LINE], letter[5];
	const char *at = w->text, *end = at + w->length;
	snprintf(line, sizeof line, "%lld ", (long long)w->count);
	bool fine = !tl_text_add(text, line, strlen(line), NULL);
	while (fine && at < end) {
		at += write_letter(at, end, bytes, letter);
		fine = !tl_text_add(text, letter, strlen(letter), NULL);
	}
	return fine && !tl_text_add(text, "\n", 1, NULL);
}

const char *tl_vocabulary_text(tl_vocabulary *v)
{
	char line[LINE];
	tl_text text = {0};
	if (!v || v->text)
		return v ? v->text : NULL;
	snprintf(line, sizeof line, "%s\n%d %d %d %d %d\n", head, (int)v->kind,
		 (int)v->split_punctuation, (int)v->special, (int)v->unknown,
		 (int)tl_vocabulary_size(v));
	bool fine = !tl_text_add(&text, line, strlen(line), NULL);
	for (int32_t k = 0; fine && k < tl_vocabulary_size(v); k++)
		fine = write_word(&text, v->words.at[k], v->kind == TL_TOKENS_BYTES);
	if (!fine)
		tl_text_finish(&text);
	return v->text = text.bytes;
}

/* Reading it again */

/* A whole number and the sign after it. */
static const char *read_count(const char *at, const char *end, char after, int64_t least,
			      int64_t most, int64_t *count)
{
	double x;
	at = at ? tl_number_read(at, end, '.', &x) : NULL;
	if (!at || at == end || *at != after || x != floor(x) || x < (double)least ||
	    x > (double)most)
		return NULL;
	*count = (int64_t)x;
	return at + 1;
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes of a token up to the end of its line; NULL: an escape is none, or no memory. */
static const char *read_token(const char *at, tl_text *token, bool *memory)
{
	token->size = 0;
	while (at && *at && *at != '\n') {
		char c = *at++;
		if (c == '\\') {
			int high = *at == 'x' ? hex(at[1]) : -1, low = high < 0 ? -1 : hex(at[2]);
			if (low < 0)
				return NULL;
			c = (char)(16 * high + low);
			at += 3;
		}
		if (tl_text_add(token, &c, 1, NULL)) {
			*memory = false;
			return NULL;
		}
	}
	return at && *at && token->size ? at + 1 : NULL;
}

static const char *read_words(tl_vocabulary *v, const char *at, const char *end, int64_t size,
			      bool *memory)
{
	tl_text token = {0};
	for (int64_t k = 0; at && k < size; k++) {
		int64_t count;
		at = read_count(at, end, ' ', 0, (int64_t)1 << 53, &count);
		at = read_token(at, &token, memory);
		tl_word *w = at ? tl_words_add(&v->words, token.bytes, token.size) : NULL;
		*memory = *memory && (w || !at);
		if (!w || w->number != k) /* it was there before */
			at = NULL;
		else
			w->count = count;
	}
	tl_text_finish(&token);
	return at;
}

tl_vocabulary *tl_vocabulary_from_text(const char *text, tl_error *error)
{
	const char *at =
		text && !strncmp(text, head, sizeof head - 1) ? text + sizeof head - 1 : NULL;
	const char *end = text ? text + strlen(text) : NULL;
	int64_t kind, split, special, unknown, size;
	bool memory = true;
	at = at && *at == '\n' ? at + 1 : NULL;
	at = read_count(at, end, ' ', TL_TOKENS_BYTES, TL_TOKENS_WORDS, &kind);
	at = read_count(at, end, ' ', 0, 1, &split);
	at = read_count(at, end, ' ', 0, TL_SPECIAL_TOKENS, &special);
	at = read_count(at, end, ' ', -1, TL_SPECIAL_TOKENS, &unknown);
	at = read_count(at, end, '\n', 0, INT32_MAX, &size);
	tl_vocabulary *v = at ? tl_alloc_zero(sizeof *v) : NULL;
	memory = v || !at;
	if (v) {
		v->kind = (tl_token_kind)kind;
		v->split_punctuation = split;
		v->special = (int32_t)special;
		v->unknown = (int32_t)unknown;
		at = read_words(v, at, end, size, &memory);
	}
	if (v && at == end && size >= special && unknown < size)
		return v;
	tl_fail(error, memory ? TL_ERROR_VALUE : TL_ERROR_MEMORY,
		memory ? "vocabulary: this is no text of one" : "vocabulary: out of memory");
	tl_vocabulary_destroy(v);
	return NULL;
}
