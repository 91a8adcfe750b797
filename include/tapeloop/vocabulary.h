/*
 * Text as numbers: a vocabulary gives each token of a text (a byte, a character, a word) a number,
 * the most frequent ones first. It is kept with the model as one text.
 *
 *     tl_vocabulary *v = tl_vocabulary_create(text.bytes, text.size, NULL, &error);
 *     int32_t *tokens = malloc(text.size * sizeof *tokens);
 *     int64_t count = tl_vocabulary_encode(v, text.bytes, text.size, tokens, text.size, &error);
 *     tl_batches *train = tl_batches_of_stream(tl_array_of(tokens, TL_I32, tl_dims(count)), NULL,
 *                                              &error);
 *
 * On failure: NULL or -1; the tl_error says why, of a text in which line. Of NULL, or of a number
 *     that is not there, getters return 0, -1 or NULL.
 * Owner: the caller owns it and destroys it; what getters return belongs to it.
 */
#ifndef TAPELOOP_VOCABULARY_H
#define TAPELOOP_VOCABULARY_H

#include <tapeloop/text.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_vocabulary tl_vocabulary;

/* What a token is. */
typedef enum tl_token_kind {
	TL_TOKENS_BYTES,
	TL_TOKENS_CHARACTERS, /* of UTF-8 */
	TL_TOKENS_WORDS       /* of UTF-8, between blanks, tabs and ends of lines, which are lost */
} tl_token_kind;

/* The most special tokens. */
enum { TL_SPECIAL_TOKENS = 16 };

/* Which tokens a vocabulary has. */
typedef struct tl_vocabulary_options {
	tl_token_kind kind;
	bool split_punctuation; /* each ASCII sign that is no letter or digit is a word of its own
				 */
	const char *special[TL_SPECIAL_TOKENS]; /* have the first numbers: "<pad>", "<end>" ... */
	const char *unknown; /* "<unknown>": has the next number, for all that has none */
	int64_t least_count; /* tokens that occur less often have no number */
	int64_t most;        /* numbers there are, at most; 0: as many as tokens */
} tl_vocabulary_options;

/* Of the tokens that occur in this text, in the order of how often, or else of where first. A token
 * that is written like a special one is that one. options may be NULL: bytes. */
TL_API tl_vocabulary *tl_vocabulary_create(const char *text, size_t size,
					   const tl_vocabulary_options *options, tl_error *error);
TL_API void tl_vocabulary_destroy(tl_vocabulary *v); /* NULL is fine */

TL_API int32_t tl_vocabulary_size(const tl_vocabulary *v); /* tokens, special ones included */
TL_API int32_t tl_vocabulary_find(const tl_vocabulary *v, const char *token); /* -1: none */
TL_API int32_t tl_vocabulary_unknown(const tl_vocabulary *v); /* its number; -1: none */
/* A token, which may contain a 0 if tokens are bytes: `size` of it, unless that is NULL. */
TL_API const char *tl_vocabulary_token(const tl_vocabulary *v, int32_t number, size_t *size);
TL_API int64_t tl_vocabulary_count(const tl_vocabulary *v, int32_t number); /* in the text */

/*
 * The numbers of a text's tokens: `room` of them at most, which may be 0, and returns how many
 * there are, never more than bytes. On failure: -1: a token has no number and there is none for
 * unknown ones, or this is no UTF-8.
 */
TL_API int64_t tl_vocabulary_encode(const tl_vocabulary *v, const char *text, size_t size,
				    int32_t *tokens, int64_t room, tl_error *error);

/*
 * The text of tokens, words with blanks between them, like snprintf: `room` bytes at most with a 0
 * after them, and returns how many bytes there are without it.
 * On failure: -1: a number that is not there.
 */
TL_API int64_t tl_vocabulary_decode(const tl_vocabulary *v, const int32_t *tokens, int64_t count,
				    char *text, size_t room, tl_error *error);

/* As text in UTF-8, and from it. */
TL_API const char *tl_vocabulary_text(tl_vocabulary *v);
TL_API tl_vocabulary *tl_vocabulary_from_text(const char *text, tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
