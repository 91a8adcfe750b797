/* A text cut into tokens. */
#ifndef TL_DATA_TOKEN_H
#define TL_DATA_TOKEN_H

#include <tapeloop/vocabulary.h>

typedef struct tl_tokens {
	const char *at, *end;
	tl_token_kind kind;
	bool split_punctuation;
	int64_t line; /* of what is read next, from 1 on */
} tl_tokens;

/* The next token: how many bytes, and where; 0 at the end, -1 if this is no UTF-8. */
int64_t tl_tokens_next(tl_tokens *t, const char **token);

#endif
