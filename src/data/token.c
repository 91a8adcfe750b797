/* A text cut into tokens: bytes, characters or words. */
#include "data/token.h"

#include "base/utf8.h"

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
		size_t size = tl_utf8_read(at, t->end, NULL);
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
	if (t->kind == TL_TOKENS_CHARACTERS && !(size = (int64_t)tl_utf8_read(t->at, t->end, NULL)))
		size = -1;
	if (size < 0)
		return -1;
	*token = t->at;
	t->line += *t->at == '\n';
	t->at += size;
	return size;
}
