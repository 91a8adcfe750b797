/* What a vocabulary is made of. */
#ifndef TL_DATA_VOCABULARY_H
#define TL_DATA_VOCABULARY_H

#include "data/words.h"

#include <tapeloop/vocabulary.h>

struct tl_vocabulary {
	tl_token_kind kind;
	bool split_punctuation;
	int32_t unknown; /* its number; -1: none */
	int32_t special; /* how many tokens are special */
	tl_words words;
	char *text; /* made when it is asked for */
};

#endif
