/* A cell's text as tokens. */
#ifndef TL_EQUATIONS_LEX_H
#define TL_EQUATIONS_LEX_H

#include "equations/script.h"

typedef enum tl_token_kind {
	TL_TOKEN_END,
	TL_TOKEN_LINE, /* the end of a line that has something */
	TL_TOKEN_INDENT,
	TL_TOKEN_DEDENT,
	TL_TOKEN_NAME,
	TL_TOKEN_NUMBER,
	TL_TOKEN_COMMENT, /* left out of what the parser sees */
	TL_TOKEN_PRIME,
	TL_TOKEN_TRANSPOSED,
	TL_TOKEN_DOTS,
	TL_TOKEN_LESS_EQUAL,
	TL_TOKEN_GREATER_EQUAL,
	TL_TOKEN_NOT_EQUAL,
	TL_TOKEN_EACH, /* unit by unit */
		       /* Others are their own character: + - / ^ ( ) [ ] , ; : = < > */
} tl_token_kind;

typedef struct tl_token {
	int kind; /* tl_token_kind, or a character */
	tl_place at;
	const char *name; /* of a name: its ASCII spelling */
	double number;
} tl_token;

typedef struct tl_token_list {
	tl_token *at;
	size_t count, room;
} tl_token_list;

/* Comments are among the tokens where they are asked for. False: the source has failed. */
bool tl_lex(tl_script *s, bool comments, tl_token_list *tokens);

/* A Greek letter's name, and the letter of a name; NULL: there is none. */
const char *tl_greek_name(uint32_t code);
const char *tl_greek_sign(const char *name, size_t length);

#endif
