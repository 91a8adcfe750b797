/* A text cut into tokens: bytes, characters or words. */
#include "data/token.h"

#include <string.h>

/* The table of well-formed sequences of the Unicode standard (3-7): no longer than needed, no
 * surrogates, nothing past U+10FFFF. */
size_t tl_utf8_size(const char *at, const char *end)
{
	const unsigned char *c = (const unsigned char *)at;
	size_t size = at == end || c[0] > 0xf4 ? 0
		      : c[0] < 0x80            ? 1
		      : c[0] < 0xc2            ? 0
		      : c[0] < 0xe0            ? 2
		      : c[0] < 0xf0            ? 3
					       : 4;
	if (size > (size_t)(end - at))
		return 0;
	for (size_t k = 1; k < size; k++)
		if ((c[k] & 0xc0) != 0x80)
			return 0;
	if (size > 2 && ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
			 (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f)))
		return 0;
	return size;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_punctuation(char c)
{
	return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') ||
	       (c > 'z' && c < 127);
}

static int64_t next_word(tl_tokens *t)
{
	const char *at = t->at;
	while (at < t->end && !is_blank(*at)) {
		size_t size = tl_utf8_size(at, t->end);
		if (!size)
			return -1;
		if (t->split_punctuation && is_punctuation(*at)) {
			at += at == t->at;
			break;
		}
		at += size;
	}
	return at - t->at;
}

int64_t tl_tokens_next(tl_tokens *t, const char **token)
{
	int64_t size = 1;
	while (t->kind == TL_TOKENS_WORDS && t->at < t->end && is_blank(*t->at))
		t->line += *t->at++ == '\n';
	if (t->at == t->end)
		return 0;
	if (t->kind == TL_TOKENS_WORDS)
		size = next_word(t);
	if (t->kind == TL_TOKENS_CHARACTERS && !(size = (int64_t)tl_utf8_size(t->at, t->end)))
		size = -1;
	if (size < 0)
		return -1;
	*token = t->at;
	t->line += *t->at == '\n';
	t->at += size;
	return size;
}
