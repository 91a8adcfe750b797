/* A cell's text as a tree. */
#ifndef TL_EQUATIONS_SYNTAX_H
#define TL_EQUATIONS_SYNTAX_H

#include "equations/lex.h"

typedef enum tl_node_kind {
	TL_NODE_NUMBER,
	TL_NODE_NAME, /* .name; primed: the new value of a state */
	TL_NODE_CALL, /* .name, arguments */
	TL_NODE_TRUE,
	TL_NODE_FALSE,
	TL_NODE_ADD,
	TL_NODE_SUB,
	TL_NODE_NEG,
	TL_NODE_EACH, /* unit by unit */
	TL_NODE_DIV,
	TL_NODE_MOD,
	TL_NODE_BESIDE, /* two factors side by side */
	TL_NODE_POWER,
	TL_NODE_TRANSPOSED,
	TL_NODE_INDEX,   /* base [index] */
	TL_NODE_SLICE,   /* base [from : to]; .has_from, .has_to */
	TL_NODE_STACKED, /* [a; b; ...] */
	TL_NODE_LIST,    /* [1, 2], a default */
	TL_NODE_IF,      /* value, condition, otherwise */
	TL_NODE_LESS,
	TL_NODE_LESS_EQUAL,
	TL_NODE_GREATER,
	TL_NODE_GREATER_EQUAL,
	TL_NODE_EQUAL,
	TL_NODE_NOT_EQUAL,
	TL_NODE_AND,
	TL_NODE_OR,
	TL_NODE_NOT,
	TL_NODE_FOR,  /* value for .name = from .. to */
	TL_NODE_CHILD /* value for each child; .name: its number, or NULL */
} tl_node_kind;

typedef struct tl_phrase {
	tl_node_kind kind;
	bool primed, has_from, has_to, in_parentheses;
	tl_place at;
	const char *name;
	double number;
	struct tl_phrase *first, *next; /* operands, and the next operand of whom this is one */
} tl_phrase;

typedef enum tl_line_kind {
	TL_LINE_OPTION,
	TL_LINE_INPUT,
	TL_LINE_STATE,
	TL_LINE_WEIGHT,
	TL_LINE_FIXED,
	TL_LINE_REQUIRE,
	TL_LINE_TREE,
	TL_LINE_FUNCTION,
	TL_LINE_EQUATION,
	TL_LINE_LOOP
} tl_line_kind;

/* What a declaration or an equation names. */
typedef struct tl_entry {
	const char *name, *index; /* "b_t", "l" of b_t[l]; or NULL */
	bool primed, shaped;
	tl_place at;
	tl_phrase *shape; /* sizes; shaped and none: a number */
	tl_phrase *value; /* the start or the default; NULL: none */
	struct tl_entry *next;
} tl_entry;

typedef struct tl_line {
	tl_line_kind kind;
	tl_place at;
	tl_entry *item;       /* several: a declaration, parameters, or a vector taken apart */
	tl_phrase *value;     /* of an equation or function; of a loop the range, a TL_NODE_FOR */
	struct tl_line *body; /* of a loop */
	struct tl_line *next;
	uint32_t number; /* in the order of the text, from 1 */
} tl_line;

typedef struct tl_syntax {
	const char *name, *doc;
	tl_line *line;
	tl_token_list tokens;
	const char **function; /* names that are called: the text's own and its options */
	size_t functions, functions_room;
} tl_syntax;

#endif
