/*
 * The parser: recursive descent over the tokens, a function a rule of the grammar in
 * docs/cells.md. It knows names only as far as the grammar needs them: a name before a parenthesis
 * is a call if it is a function, and a factor otherwise.
 */
#include "equations/parse.h"

#include <tapeloop/cell_options.h>

#include <string.h>

/* Functions by name */

bool tl_is_builtin(const char *name)
{
	static const char *const names[] = {
		"max",        "min",     "drop",         "stop",   "sum",         "mean",
		"softmax",    "cumsum",  "layer_norm",   "concat", "rows",        "ones",
		"zeros",      "reshape", "count",        "conv",   "log_sigmoid", "clamp",
		"leaky_relu", "elu",     "hard_sigmoid",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i], name))
			return true;
	return tl_activation_find(name) != NULL;
}

bool tl_is_start(const char *name)
{
	static const char *const names[] = {"uniform",  "normal", "orthogonal",
					    "identity", "chrono", "sparse"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

bool tl_is_function(const tl_syntax *s, const char *name)
{
	for (size_t i = 0; i < s->functions; i++)
		if (!strcmp(s->function[i], name))
			return true;
	return tl_is_builtin(name);
}

/* Tokens */

bool tl_parse_line_ends(const tl_token *t)
{
	return t->kind == TL_TOKEN_LINE || t->kind == TL_TOKEN_END;
}

bool tl_parse_is_word(const tl_token *t, const char *word)
{
	return t->kind == TL_TOKEN_NAME && !strcmp(t->name, word);
}

bool tl_parse_is_reserved(const tl_token *t)
{
	static const char *const words[] = {"if",     "else",  "for",     "each",  "child",
					    "and",    "or",    "not",     "mod",   "true",
					    "false",  "cell",  "option",  "input", "state",
					    "weight", "fixed", "require", "tree"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (tl_parse_is_word(t, words[i]))
			return true;
	return false;
}

static const char *token_text(tl_parser *p, const tl_token *t)
{
	return t->kind == TL_TOKEN_END      ? "the end of the text"
	       : t->kind == TL_TOKEN_LINE   ? "the end of the line"
	       : t->kind == TL_TOKEN_INDENT ? "an indented line"
	       : t->kind == TL_TOKEN_DEDENT ? "a line further left"
					    : tl_script_slice(p->s, t->at);
}

void *tl_parse_expected(tl_parser *p, const char *what, const char *hint)
{
	tl_place at = p->t->at;
	if (tl_parse_line_ends(p->t) && p->t > p->to->tokens.at) /* show what is not finished */
		at.start = at.end = p->t[-1].at.end;
	return tl_script_fail(p->s, at, hint, "%s is expected here, not %s", what,
			      token_text(p, p->t));
}

bool tl_parse_take(tl_parser *p, int kind)
{
	if (p->t->kind != kind)
		return false;
	p->t++;
	return true;
}

bool tl_parse_take_word(tl_parser *p, const char *word)
{
	if (!tl_parse_is_word(p->t, word))
		return false;
	p->t++;
	return true;
}

bool tl_parse_need(tl_parser *p, int kind, const char *what, const char *hint)
{
	return tl_parse_take(p, kind) || tl_parse_expected(p, what, hint);
}

/* Nodes */

tl_phrase *tl_parse_node(tl_parser *p, tl_node_kind kind, tl_place at)
{
	tl_phrase *n = tl_script_take(p->s, sizeof *n);
	if (n)
		n->kind = kind, n->at = at;
	return n;
}

/* With operands, of which the last ones may be NULL only together with the source's failing. */
tl_phrase *tl_parse_with(tl_parser *p, tl_node_kind kind, tl_phrase *a, tl_phrase *b, tl_phrase *c)
{
	if (p->s->failed)
		return NULL;
	tl_place at = a->at;
	at.end = c ? c->at.end : b ? b->at.end : at.end;
	at.start = c && c->at.start < at.start ? c->at.start : at.start;
	tl_phrase *n = tl_parse_node(p, kind, at);
	if (!n)
		return NULL;
	n->first = a;
	a->next = b;
	if (b)
		b->next = c;
	return n;
}

/* Expressions */

bool tl_parse_holds_semicolon(const tl_token *t)
{
	int depth = 0;
	for (; !tl_parse_line_ends(t); t++) {
		depth += (t->kind == '[' || t->kind == '(') - (t->kind == ']' || t->kind == ')');
		if (!depth || (depth == 1 && t->kind == ';'))
			return depth != 0;
	}
	return false;
}

/* sum(x[i, j] for i, j): for all there are. The names are the operands after the value. */
static tl_phrase *over_all(tl_parser *p, tl_phrase *value)
{
	tl_phrase *n = tl_parse_with(p, TL_NODE_FOR, value, NULL, NULL), **end = &value->next;
	do {
		const tl_token *name = p->t;
		if (!tl_parse_need(p, TL_TOKEN_NAME, "a name", "for i, j") ||
		    !(*end = tl_parse_node(p, TL_NODE_NAME, name->at)))
			return NULL;
		(*end)->name = name->name;
		end = &(*end)->next;
	} while (tl_parse_take(p, ','));
	return n;
}

/* An argument, with the values that it is taken for. */
static tl_phrase *argument(tl_parser *p)
{
	tl_phrase *value = tl_parse_expression(p);
	if (!value || !tl_parse_take_word(p, "for"))
		return value;
	tl_phrase *n;
	if (tl_parse_take_word(p, "each")) {
		if (!tl_parse_take_word(p, "child"))
			return tl_parse_expected(p, "child", NULL);
		n = tl_parse_with(p, TL_NODE_CHILD, value, NULL, NULL);
		if (n && p->t->kind == TL_TOKEN_NAME && !tl_parse_is_reserved(p->t))
			n->name = p->t++->name;
		return n;
	}
	const tl_token *name = p->t;
	if (p->axes && name->kind == TL_TOKEN_NAME && name[1].kind != '=')
		return over_all(p, value);
	if (!tl_parse_need(p, TL_TOKEN_NAME, "a name", "for k = 0..3") ||
	    !tl_parse_need(p, '=', "=", "for k = 0..3"))
		return NULL;
	tl_phrase *from = tl_parse_expression(p), *to;
	if (!from ||
	    !tl_parse_need(p, TL_TOKEN_DOTS, "..", "for k = 0..3, where both ends belong") ||
	    !(to = tl_parse_expression(p)))
		return NULL;
	n = tl_parse_with(p, TL_NODE_FOR, value, from, to);
	if (n)
		n->name = name->name;
	return n;
}

/* What stands between brackets, separated by commas or semicolons. */
static bool arguments(tl_parser *p, tl_phrase *of, int between, int close)
{
	tl_phrase **end = &of->first;
	if (tl_parse_take(p, close))
		return true;
	do {
		if (!(*end = argument(p)))
			return false;
		end = &(*end)->next;
	} while (tl_parse_take(p, between));
	if (p->t->kind == ',' && between == ';')
		return tl_script_fail(p->s, p->t->at, "[x; h]",
				      "vectors on top of each other take a semicolon");
	of->at.end = p->t->at.end;
	return tl_parse_need(p, close, close == ')' ? ")" : "]", NULL);
}

tl_phrase *tl_parse_call(tl_parser *p)
{
	const tl_token *name = p->t++;
	tl_phrase *n = tl_parse_node(p, TL_NODE_CALL, name->at);
	if (!n)
		return NULL;
	n->name = name->name;
	if (p->t->kind != '(')
		return tl_script_fail(p->s, name->at, tl_script_text(p->s, "%s(...)", name->name),
				      "%s needs its argument in parentheses",
				      tl_script_slice(p->s, name->at));
	p->t++;
	return arguments(p, n, ',', ')') ? n : NULL;
}

tl_phrase *tl_parse_bracket(tl_parser *p)
{
	bool stacked = tl_parse_holds_semicolon(p->t);
	tl_phrase *n = tl_parse_node(p, stacked ? TL_NODE_STACKED : TL_NODE_LIST, p->t->at);
	p->t++;
	return n && arguments(p, n, stacked ? ';' : ',', ']') ? n : NULL;
}

tl_phrase *tl_parse_atom(tl_parser *p)
{
	const tl_token *t = p->t;
	tl_phrase *n;
	if (t->kind == TL_TOKEN_NUMBER) {
		p->t++;
		if ((n = tl_parse_node(p, TL_NODE_NUMBER, t->at)))
			n->number = t->number;
		return n;
	}
	if (t->kind == '(') {
		p->t++;
		n = tl_parse_expression(p);
		if (!n || !tl_parse_need(p, ')', ")", NULL))
			return NULL;
		n->at = (tl_place){t->at.start, p->t[-1].at.end};
		n->in_parentheses = true;
		return n;
	}
	if (t->kind == '[')
		return tl_parse_bracket(p);
	if (tl_parse_is_word(t, "true") || tl_parse_is_word(t, "false")) {
		p->t++;
		return tl_parse_node(p, tl_parse_is_word(t, "true") ? TL_NODE_TRUE : TL_NODE_FALSE,
				     t->at);
	}
	if (t->kind != TL_TOKEN_NAME || tl_parse_is_reserved(t))
		return tl_parse_expected(p, "a value", NULL);
	if (p->axes ? t[1].kind == '(' && t[1].at.start == t->at.end
		    : tl_is_function(p->to, t->name))
		return tl_parse_call(p);
	if (t[1].kind == '(' && tl_is_start(t->name))
		return tl_script_fail(p->s, t->at,
				      "weight b = uniform(0, 1); for a computed one: "
				      "fixed v = uniform(0, 1), and an equation",
				      "%s(...) is how a weight starts, and stands alone there",
				      t->name);
	p->t++;
	if ((n = tl_parse_node(p, TL_NODE_NAME, t->at)))
		n->name = t->name;
	return n;
}

/* [index], [from:to], [from:], [:to] */
static tl_phrase *indexed(tl_parser *p, tl_phrase *base)
{
	tl_phrase *from = NULL, *to = NULL;
	p->t++;
	if (p->t->kind != ':' && !(from = tl_parse_expression(p)))
		return NULL;
	bool slice = tl_parse_take(p, ':');
	tl_phrase *more = NULL, **last = &more; /* of several axes */
	for (; p->axes && !slice && tl_parse_take(p, ','); last = &(*last)->next)
		if (!(*last = tl_parse_expression(p)))
			return NULL;
	if (slice && p->t->kind != ']' && !(to = tl_parse_expression(p)))
		return NULL;
	if (p->t->kind == ',')
		return tl_script_fail(p->s, p->t->at, "[x; h]",
				      "vectors on top of each other take a semicolon");
	if (!tl_parse_need(p, ']', "]", NULL))
		return NULL;
	tl_phrase *n = tl_parse_with(p, slice ? TL_NODE_SLICE : TL_NODE_INDEX, base,
				     from ? from : to, from ? to : NULL);
	if (n) {
		n->has_from = from, n->has_to = to;
		n->at.end = p->t[-1].at.end;
	}
	if (n && more)
		from->next = more;
	return n;
}

static tl_phrase *postfix(tl_parser *p)
{
	tl_phrase *n = tl_parse_atom(p);
	while (n) {
		if (p->t->kind == TL_TOKEN_PRIME) {
			if (n->kind != TL_NODE_NAME || n->primed)
				return tl_script_fail(p->s, p->t->at, NULL,
						      "only the name of a state takes a '");
			n->primed = true;
			n->at.end = p->t++->at.end;
		} else if (p->t->kind == TL_TOKEN_TRANSPOSED) {
			n = tl_parse_with(p, TL_NODE_TRANSPOSED, n, NULL, NULL);
			if (n)
				n->at.end = p->t->at.end;
			p->t++;
		} else if (p->t->kind == '[' && n->kind != TL_NODE_NUMBER &&
			   !tl_parse_holds_semicolon(p->t)) {
			n = indexed(p, n);
		} else {
			return n;
		}
	}
	return NULL;
}

static tl_phrase *factor(tl_parser *p)
{
	tl_phrase *n = postfix(p);
	if (!n || !tl_parse_take(p, '^'))
		return n;
	bool minus = tl_parse_take(p, '-');
	tl_phrase *power = tl_parse_atom(p);
	if (power && minus)
		power = tl_parse_with(p, TL_NODE_NEG, power, NULL, NULL);
	return power ? tl_parse_with(p, TL_NODE_POWER, n, power, NULL) : NULL;
}

static bool begins_factor(const tl_token *t)
{
	return t->kind == TL_TOKEN_NUMBER || t->kind == '(' || t->kind == '[' ||
	       (t->kind == TL_TOKEN_NAME &&
		(!tl_parse_is_reserved(t) || tl_parse_is_word(t, "true")));
}

/* Side by side, evaluated from the right: W U x never forms W U. */
static tl_phrase *chain(tl_parser *p)
{
	tl_phrase *n = factor(p);
	if (!n || !begins_factor(p->t))
		return n;
	if (++p->depth > TL_DEEPEST)
		return tl_script_fail(p->s, p->t->at, NULL, "this is nested too deeply");
	tl_phrase *rest = chain(p);
	p->depth--;
	return rest ? tl_parse_with(p, TL_NODE_BESIDE, n, rest, NULL) : NULL;
}

tl_phrase *tl_parse_term(tl_parser *p)
{
	tl_phrase *n = chain(p);
	while (n) {
		tl_node_kind kind = p->t->kind == TL_TOKEN_EACH ? TL_NODE_EACH
				    : p->t->kind == '/'         ? TL_NODE_DIV
								: TL_NODE_MOD;
		if (kind == TL_NODE_MOD && !tl_parse_is_word(p->t, "mod"))
			return n;
		p->t++;
		const tl_token *from = p->t;
		tl_phrase *b = kind == TL_NODE_DIV ? factor(p) : chain(p);
		if (!b)
			return NULL;
		if (kind == TL_NODE_DIV && begins_factor(p->t)) {
			tl_place at = {n->at.start, p->t->at.end};
			const char *a = tl_script_slice(p->s, n->at),
				   *d = tl_script_slice(p->s, tl_place_join(from->at, b->at)),
				   *c = token_text(p, p->t);
			return tl_script_fail(p->s, at,
					      tl_script_text(p->s, "(%s / %s) %s or %s / (%s %s)",
							     a, d, c, a, d, c),
					      "this can be read in two ways");
		}
		n = tl_parse_with(p, kind, n, b, NULL);
	}
	return NULL;
}

static tl_phrase *sum(tl_parser *p)
{
	const tl_token *minus = p->t->kind == '-' ? p->t++ : NULL;
	tl_phrase *n = tl_parse_term(p);
	if (n && minus && (n = tl_parse_with(p, TL_NODE_NEG, n, NULL, NULL)))
		n->at.start = minus->at.start;
	while (n && (p->t->kind == '+' || p->t->kind == '-')) {
		tl_node_kind kind = p->t++->kind == '+' ? TL_NODE_ADD : TL_NODE_SUB;
		tl_phrase *b = tl_parse_term(p);
		n = b ? tl_parse_with(p, kind, n, b, NULL) : NULL;
	}
	return n;
}

static int comparison_of(int token)
{
	switch (token) {
	case '<':
		return TL_NODE_LESS;
	case '>':
		return TL_NODE_GREATER;
	case '=':
		return TL_NODE_EQUAL;
	case TL_TOKEN_LESS_EQUAL:
		return TL_NODE_LESS_EQUAL;
	case TL_TOKEN_GREATER_EQUAL:
		return TL_NODE_GREATER_EQUAL;
	case TL_TOKEN_NOT_EQUAL:
		return TL_NODE_NOT_EQUAL;
	default:
		return -1;
	}
}

static tl_phrase *copy_of(tl_parser *p, const tl_phrase *n)
{
	tl_phrase *copy = tl_parse_node(p, n->kind, n->at);
	if (copy)
		*copy = *n, copy->next = NULL;
	return copy;
}

/* a < b, and 0 < a < 1, which is 0 < a and a < 1. */
static tl_phrase *test(tl_parser *p)
{
	if (tl_parse_take_word(p, "not")) {
		if (++p->depth > TL_DEEPEST)
			return tl_script_fail(p->s, p->t->at, NULL, "this is nested too deeply");
		tl_phrase *a = test(p);
		p->depth--;
		return a ? tl_parse_with(p, TL_NODE_NOT, a, NULL, NULL) : NULL;
	}
	tl_phrase *a = sum(p), *all = NULL;
	for (int kind; a && (kind = comparison_of(p->t->kind)) >= 0;) {
		p->t++;
		tl_phrase *b = sum(p), *right = b ? copy_of(p, b) : NULL;
		if (!right)
			return NULL;
		tl_phrase *one = tl_parse_with(p, (tl_node_kind)kind, a, b, NULL);
		all = all && one ? tl_parse_with(p, TL_NODE_AND, all, one, NULL) : one;
		if (!all)
			return NULL;
		a = right;
	}
	return all ? all : a;
}

tl_phrase *tl_parse_condition(tl_parser *p)
{
	tl_phrase *n = test(p);
	const char *word = tl_parse_is_word(p->t, "and") ? "and" : "or";
	while (n && tl_parse_take_word(p, word)) {
		tl_phrase *b = test(p);
		n = b ? tl_parse_with(p, *word == 'a' ? TL_NODE_AND : TL_NODE_OR, n, b, NULL)
		      : NULL;
	}
	if (n && (tl_parse_is_word(p->t, "and") || tl_parse_is_word(p->t, "or")))
		return tl_script_fail(p->s, p->t->at, "put parentheses around one of them",
				      "and and or beside each other");
	return n;
}

tl_phrase *tl_parse_expression(tl_parser *p)
{
	if (++p->depth > TL_DEEPEST)
		return tl_script_fail(p->s, p->t->at, NULL, "this is nested too deeply");
	tl_phrase *n = tl_parse_condition(p), *c, *other;
	if (n && tl_parse_take_word(p, "if")) {
		c = tl_parse_condition(p);
		if (c && !tl_parse_take_word(p, "else"))
			c = tl_parse_expected(p, "else", "value if condition else value");
		other = c ? tl_parse_expression(p) : NULL;
		n = other ? tl_parse_with(p, TL_NODE_IF, n, c, other) : NULL;
	}
	p->depth--;
	return n;
}
