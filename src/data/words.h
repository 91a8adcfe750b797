/* Texts that are numbered from 0 on in the order in which they are added, and found again. */
#ifndef TL_DATA_WORDS_H
#define TL_DATA_WORDS_H

#include "base/hash.h"

typedef struct tl_word {
	UT_hash_handle hh;
	int64_t count; /* the owner's own */
	int32_t number;
	size_t length;
	char text[]; /* with a 0 after it */
} tl_word;

typedef struct tl_words {
	tl_word *table;
	tl_word **at; /* by number */
	size_t count, room;
} tl_words;

tl_word *tl_words_find(const tl_words *words, const char *text, size_t length);
/* The word of this text, added if it is new; NULL: out of memory. */
tl_word *tl_words_add(tl_words *words, const char *text, size_t length);
void tl_words_finish(tl_words *words);

#endif
