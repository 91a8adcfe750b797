/* Expressions and tokens, for the parser of lines. */
#ifndef TL_EQUATIONS_PARSE_H
#define TL_EQUATIONS_PARSE_H

#include "equations/syntax.h"

enum { TL_DEEPEST = 64 };

typedef struct tl_parser {
	tl_script *s;
	tl_syntax *to;
	const tl_token *t; /* the next one */
	int depth;
	uint32_t lines;
	/* Of an op, not of a cell: x[i, j] and sum(x[i] for i), and a name with a parenthesis right
	 * behind it is a function, whatever it is. */
	bool axes;
} tl_parser;

/* A function that every text has: of units, of form, or one of the library's elementwise ops. */
bool tl_is_builtin(const char *name);
/* How weights start, with numbers of its own: uniform(0, 1). */
bool tl_is_start(const char *name);
bool tl_is_function(const tl_syntax *s, const char *name);

/* Tokens: `take` goes on if the next is this one, `need` fails if it is not. */
bool tl_parse_line_ends(const tl_token *t);
/* Is the bracket that begins here one of vectors on top of each other, [x; h]? */
bool tl_parse_holds_semicolon(const tl_token *t);
bool tl_parse_is_word(const tl_token *t, const char *word);
bool tl_parse_is_reserved(const tl_token *t);
bool tl_parse_take(tl_parser *p, int kind);
bool tl_parse_take_word(tl_parser *p, const char *word);
bool tl_parse_need(tl_parser *p, int kind, const char *what, const char *hint);
void *tl_parse_expected(tl_parser *p, const char *what, const char *hint);

/* Expressions; NULL: the source has failed. */
tl_phrase *tl_parse_node(tl_parser *p, tl_node_kind kind, tl_place at);
tl_phrase *tl_parse_with(tl_parser *p, tl_node_kind kind, tl_phrase *a, tl_phrase *b, tl_phrase *c);
tl_phrase *tl_parse_call(tl_parser *p); /* the next token is its name */
tl_phrase *tl_parse_bracket(tl_parser *p);
tl_phrase *tl_parse_atom(tl_parser *p);
tl_phrase *tl_parse_term(tl_parser *p); /* without + and − */
tl_phrase *tl_parse_condition(tl_parser *p);
tl_phrase *tl_parse_expression(tl_parser *p);

#endif
