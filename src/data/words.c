/* Texts by number and numbers by text. */
#include "data/words.h"

#include <string.h>

tl_word *tl_words_find(const tl_words *words, const char *text, size_t length)
{
	tl_word *found = NULL;
	HASH_FIND(hh, words->table, text, length, found);
	return found;
}

tl_word *tl_words_add(tl_words *words, const char *text, size_t length)
{
	tl_word *w = tl_words_find(words, text, length);
	if (w)
		return w;
	if (words->count >= INT32_MAX || length > INT32_MAX ||
	    !tl_array_reserve(&words->at, &words->room, words->count + 1, sizeof *words->at))
		return NULL;
	w = tl_alloc_zero(sizeof *w + length + 1);
	if (!w)
		return NULL;
	w->number = (int32_t)words->count;
	w->length = length;
	memcpy(w->text, text, length);
	HASH_ADD_KEYPTR(hh, words->table, w->text, length, w);
	if (tl_words_find(words, text, length) != w) {
		tl_free(w);
		return NULL;
	}
	return words->at[words->count++] = w;
}

void tl_words_finish(tl_words *words)
{
	HASH_CLEAR(hh, words->table);
	for (size_t i = 0; i < words->count; i++)
		tl_free(words->at[i]);
	tl_free(words->at);
}
