/*
 * The parser: recursive descent over the tokens, a function a rule of the grammar in
 * docs/cells.md. It knows names only as far as the grammar needs them: a name before a parenthesis
 * is a call if it is a function, and a factor otherwise.
 */
#include "equations/syntax.h"

#include <tapeloop/cell_options.h>

#include <string.h>

enum { DEEPEST = 64 };

typedef struct parser {
	tl_script *s;
	tl_syntax *to;
	const tl_token *t;
	int depth;
	uint32_t lines;
} parser;

static tl_phrase *expression(parser *p);

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

bool tl_is_function(const tl_syntax *s, const char *name)
{
	for (size_t i = 0; i < s->functions; i++)
		if (!strcmp(s->function[i], name))
			return true;
	return tl_is_builtin(name);
}

static bool add_function(parser *p, const char *name)
{
	tl_syntax *s = p->to;
	if (!tl_arena_reserve(p->s->arena, &s->function, &s->functions_room, s->functions + 1,
			      sizeof *s->function))
		return tl_script_no_memory(p->s);
	s->function[s->functions++] = name;
	return true;
}

static bool closes(const tl_token *t)
{
	return t->kind == TL_TOKEN_LINE || t->kind == TL_TOKEN_END;
}

/* Functions are known before they are read: name(a, b) = at the start of a line, and options that
 * are functions. */
static bool find_functions(parser *p)
{
	bool start = true, option = false;
	for (const tl_token *t = p->to->tokens.at; t->kind != TL_TOKEN_END; t++) {
		const tl_token *c = t + 1;
		if (start && t->kind == TL_TOKEN_NAME && c->kind == '(') {
			while (!closes(c) && c->kind != ')')
				c++;
			if (c->kind == ')' && c[1].kind == '=' && !add_function(p, t->name))
				return false;
		}
		option = start ? t->kind == TL_TOKEN_NAME && !strcmp(t->name, "option") : option;
		if (option && t->kind == TL_TOKEN_NAME && c->kind == '=' &&
		    c[1].kind == TL_TOKEN_NAME && tl_is_builtin(c[1].name) && c[2].kind != '(' &&
		    !add_function(p, t->name))
			return false;
		start = t->kind == TL_TOKEN_LINE || t->kind == TL_TOKEN_INDENT ||
			t->kind == TL_TOKEN_DEDENT;
	}
	return true;
}

/* Tokens */

static bool is_word(const tl_token *t, const char *word)
{
	return t->kind == TL_TOKEN_NAME && !strcmp(t->name, word);
}

static bool is_reserved(const tl_token *t)
{
	static const char *const words[] = {"if",     "else",  "for",     "each",  "child",
					    "and",    "or",    "not",     "mod",   "true",
					    "false",  "cell",  "option",  "input", "state",
					    "weight", "fixed", "require", "tree"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (is_word(t, words[i]))
			return true;
	return false;
}

static const char *token_text(parser *p, const tl_token *t)
{
	return t->kind == TL_TOKEN_END      ? "the end of the text"
	       : t->kind == TL_TOKEN_LINE   ? "the end of the line"
	       : t->kind == TL_TOKEN_INDENT ? "an indented line"
	       : t->kind == TL_TOKEN_DEDENT ? "a line further left"
					    : tl_script_slice(p->s, t->at);
}

static void *expected(parser *p, const char *what, const char *hint)
{
	return tl_script_fail(p->s, p->t->at, hint, "%s is expected here, not %s", what,
			      token_text(p, p->t));
}

static bool take(parser *p, int kind)
{
	if (p->t->kind != kind)
		return false;
	p->t++;
	return true;
}

static bool take_word(parser *p, const char *word)
{
	if (!is_word(p->t, word))
		return false;
	p->t++;
	return true;
}

static bool need(parser *p, int kind, const char *what, const char *hint)
{
	return take(p, kind) || expected(p, what, hint);
}

/* Nodes */

static tl_phrase *node(parser *p, tl_node_kind kind, tl_place at)
{
	tl_phrase *n = tl_script_take(p->s, sizeof *n);
	if (n)
		n->kind = kind, n->at = at;
	return n;
}

/* With operands, of which the last ones may be NULL only together with the source's failing. */
static tl_phrase *with(parser *p, tl_node_kind kind, tl_phrase *a, tl_phrase *b, tl_phrase *c)
{
	if (p->s->failed)
		return NULL;
	tl_place at = a->at;
	at.end = c ? c->at.end : b ? b->at.end : at.end;
	at.start = c && c->at.start < at.start ? c->at.start : at.start;
	tl_phrase *n = node(p, kind, at);
	if (!n)
		return NULL;
	n->first = a;
	a->next = b;
	if (b)
		b->next = c;
	return n;
}

/* Expressions */

static bool holds_semicolon(const tl_token *t)
{
	int depth = 0;
	for (; !closes(t); t++) {
		depth += (t->kind == '[' || t->kind == '(') - (t->kind == ']' || t->kind == ')');
		if (!depth || (depth == 1 && t->kind == ';'))
			return depth != 0;
	}
	return false;
}

/* An argument, with the values that it is taken for. */
static tl_phrase *argument(parser *p)
{
	tl_phrase *value = expression(p);
	if (!value || !take_word(p, "for"))
		return value;
	tl_phrase *n;
	if (take_word(p, "each")) {
		if (!take_word(p, "child"))
			return expected(p, "child", NULL);
		n = with(p, TL_NODE_CHILD, value, NULL, NULL);
		if (n && p->t->kind == TL_TOKEN_NAME && !is_reserved(p->t))
			n->name = p->t++->name;
		return n;
	}
	const tl_token *name = p->t;
	if (!need(p, TL_TOKEN_NAME, "a name", "for k = 0..3") || !need(p, '=', "=", "for k = 0..3"))
		return NULL;
	tl_phrase *from = expression(p), *to;
	if (!from || !need(p, TL_TOKEN_DOTS, "..", "for k = 0..3, where both ends belong") ||
	    !(to = expression(p)))
		return NULL;
	n = with(p, TL_NODE_FOR, value, from, to);
	if (n)
		n->name = name->name;
	return n;
}

/* What stands between brackets, separated by commas or semicolons. */
static bool arguments(parser *p, tl_phrase *of, int between, int close)
{
	tl_phrase **end = &of->first;
	if (take(p, close))
		return true;
	do {
		if (!(*end = argument(p)))
			return false;
		end = &(*end)->next;
	} while (take(p, between));
	if (p->t->kind == ',' && between == ';')
		return tl_script_fail(p->s, p->t->at, "[x; h]",
				      "vectors on top of each other take a semicolon");
	of->at.end = p->t->at.end;
	return need(p, close, close == ')' ? ")" : "]", NULL);
}

static tl_phrase *call(parser *p)
{
	const tl_token *name = p->t++;
	tl_phrase *n = node(p, TL_NODE_CALL, name->at);
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

static tl_phrase *bracket(parser *p)
{
	bool stacked = holds_semicolon(p->t);
	tl_phrase *n = node(p, stacked ? TL_NODE_STACKED : TL_NODE_LIST, p->t->at);
	p->t++;
	return n && arguments(p, n, stacked ? ';' : ',', ']') ? n : NULL;
}

static tl_phrase *atom(parser *p)
{
	const tl_token *t = p->t;
	tl_phrase *n;
	if (t->kind == TL_TOKEN_NUMBER) {
		p->t++;
		if ((n = node(p, TL_NODE_NUMBER, t->at)))
			n->number = t->number;
		return n;
	}
	if (t->kind == '(') {
		p->t++;
		n = expression(p);
		if (!n || !need(p, ')', ")", NULL))
			return NULL;
		n->at = (tl_place){t->at.start, p->t[-1].at.end};
		n->in_parentheses = true;
		return n;
	}
	if (t->kind == '[')
		return bracket(p);
	if (is_word(t, "true") || is_word(t, "false")) {
		p->t++;
		return node(p, is_word(t, "true") ? TL_NODE_TRUE : TL_NODE_FALSE, t->at);
	}
	if (t->kind != TL_TOKEN_NAME || is_reserved(t))
		return expected(p, "a value", NULL);
	if (tl_is_function(p->to, t->name))
		return call(p);
	p->t++;
	if ((n = node(p, TL_NODE_NAME, t->at)))
		n->name = t->name;
	return n;
}

/* [index], [from:to], [from:], [:to] */
static tl_phrase *indexed(parser *p, tl_phrase *base)
{
	tl_phrase *from = NULL, *to = NULL;
	p->t++;
	if (p->t->kind != ':' && !(from = expression(p)))
		return NULL;
	bool slice = take(p, ':');
	if (slice && p->t->kind != ']' && !(to = expression(p)))
		return NULL;
	if (p->t->kind == ',')
		return tl_script_fail(p->s, p->t->at, "[x; h]",
				      "vectors on top of each other take a semicolon");
	if (!need(p, ']', "]", NULL))
		return NULL;
	tl_phrase *n = with(p, slice ? TL_NODE_SLICE : TL_NODE_INDEX, base, from ? from : to,
			    from ? to : NULL);
	if (n) {
		n->has_from = from, n->has_to = to;
		n->at.end = p->t[-1].at.end;
	}
	return n;
}

static tl_phrase *postfix(parser *p)
{
	tl_phrase *n = atom(p);
	while (n) {
		if (p->t->kind == TL_TOKEN_PRIME) {
			if (n->kind != TL_NODE_NAME || n->primed)
				return tl_script_fail(p->s, p->t->at, NULL,
						      "only the name of a state takes a '");
			n->primed = true;
			n->at.end = p->t++->at.end;
		} else if (p->t->kind == TL_TOKEN_TRANSPOSED) {
			n = with(p, TL_NODE_TRANSPOSED, n, NULL, NULL);
			if (n)
				n->at.end = p->t->at.end;
			p->t++;
		} else if (p->t->kind == '[' && n->kind != TL_NODE_NUMBER &&
			   !holds_semicolon(p->t)) {
			n = indexed(p, n);
		} else {
			return n;
		}
	}
	return NULL;
}

static tl_phrase *factor(parser *p)
{
	tl_phrase *n = postfix(p);
	if (!n || !take(p, '^'))
		return n;
	bool minus = take(p, '-');
	tl_phrase *power = atom(p);
	if (power && minus)
		power = with(p, TL_NODE_NEG, power, NULL, NULL);
	return power ? with(p, TL_NODE_POWER, n, power, NULL) : NULL;
}

static bool begins_factor(const tl_token *t)
{
	return t->kind == TL_TOKEN_NUMBER || t->kind == '(' || t->kind == '[' ||
	       (t->kind == TL_TOKEN_NAME && (!is_reserved(t) || is_word(t, "true")));
}

/* Side by side, evaluated from the right: W U x never forms W U. */
static tl_phrase *chain(parser *p)
{
	tl_phrase *n = factor(p);
	if (!n || !begins_factor(p->t))
		return n;
	if (++p->depth > DEEPEST)
		return tl_script_fail(p->s, p->t->at, NULL, "this is nested too deeply");
	tl_phrase *rest = chain(p);
	p->depth--;
	return rest ? with(p, TL_NODE_BESIDE, n, rest, NULL) : NULL;
}

static tl_phrase *term(parser *p)
{
	tl_phrase *n = chain(p);
	while (n) {
		tl_node_kind kind = p->t->kind == TL_TOKEN_EACH ? TL_NODE_EACH
				    : p->t->kind == '/'         ? TL_NODE_DIV
								: TL_NODE_MOD;
		if (kind == TL_NODE_MOD && !is_word(p->t, "mod"))
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
		n = with(p, kind, n, b, NULL);
	}
	return NULL;
}

static tl_phrase *sum(parser *p)
{
	const tl_token *minus = p->t->kind == '-' ? p->t++ : NULL;
	tl_phrase *n = term(p);
	if (n && minus && (n = with(p, TL_NODE_NEG, n, NULL, NULL)))
		n->at.start = minus->at.start;
	while (n && (p->t->kind == '+' || p->t->kind == '-')) {
		tl_node_kind kind = p->t++->kind == '+' ? TL_NODE_ADD : TL_NODE_SUB;
		tl_phrase *b = term(p);
		n = b ? with(p, kind, n, b, NULL) : NULL;
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

static tl_phrase *copy_of(parser *p, const tl_phrase *n)
{
	tl_phrase *copy = node(p, n->kind, n->at);
	if (copy)
		*copy = *n, copy->next = NULL;
	return copy;
}

/* a < b, and 0 < a < 1, which is 0 < a and a < 1. */
static tl_phrase *test(parser *p)
{
	if (take_word(p, "not")) {
		if (++p->depth > DEEPEST)
			return tl_script_fail(p->s, p->t->at, NULL, "this is nested too deeply");
		tl_phrase *a = test(p);
		p->depth--;
		return a ? with(p, TL_NODE_NOT, a, NULL, NULL) : NULL;
	}
	tl_phrase *a = sum(p), *all = NULL;
	for (int kind; a && (kind = comparison_of(p->t->kind)) >= 0;) {
		p->t++;
		tl_phrase *b = sum(p), *right = b ? copy_of(p, b) : NULL;
		if (!right)
			return NULL;
		tl_phrase *one = with(p, (tl_node_kind)kind, a, b, NULL);
		all = all && one ? with(p, TL_NODE_AND, all, one, NULL) : one;
		if (!all)
			return NULL;
		a = right;
	}
	return all ? all : a;
}

static tl_phrase *condition(parser *p)
{
	tl_phrase *n = test(p);
	const char *word = is_word(p->t, "and") ? "and" : "or";
	while (n && take_word(p, word)) {
		tl_phrase *b = test(p);
		n = b ? with(p, *word == 'a' ? TL_NODE_AND : TL_NODE_OR, n, b, NULL) : NULL;
	}
	if (n && (is_word(p->t, "and") || is_word(p->t, "or")))
		return tl_script_fail(p->s, p->t->at, "put parentheses around one of them",
				      "and and or beside each other");
	return n;
}

static tl_phrase *expression(parser *p)
{
	if (++p->depth > DEEPEST)
		return tl_script_fail(p->s, p->t->at, NULL, "this is nested too deeply");
	tl_phrase *n = condition(p), *c, *other;
	if (n && take_word(p, "if")) {
		c = condition(p);
		if (c && !take_word(p, "else"))
			c = expected(p, "else", "value if condition else value");
		other = c ? expression(p) : NULL;
		n = other ? with(p, TL_NODE_IF, n, c, other) : NULL;
	}
	p->depth--;
	return n;
}

/* Lines */

static tl_entry *item(parser *p)
{
	const tl_token *t = p->t;
	tl_entry *i = tl_script_take(p->s, sizeof *i);
	if (!i)
		return NULL;
	if (t->kind != TL_TOKEN_NAME || is_reserved(t))
		return expected(p, "a name", NULL);
	p->t++;
	i->name = t->name;
	i->at = t->at;
	return i;
}

/* ": number" or ": [rows, columns]" */
static bool shape(parser *p, tl_entry *i)
{
	if (!take(p, ':'))
		return true;
	i->shaped = true;
	if (take_word(p, "number"))
		return true;
	if (p->t->kind != '[')
		return expected(p, "a shape", "number, [hidden] or [hidden, in]");
	tl_phrase *list = bracket(p);
	if (list && (list->kind != TL_NODE_LIST || !list->first))
		return tl_script_fail(p->s, list->at, "number, [hidden] or [hidden, in]",
				      "this is no shape");
	i->shape = list ? list->first : NULL;
	return list != NULL;
}

/* name [index] : shape = value, ... */
static bool items(parser *p, tl_line *line, bool indexes, bool shapes, bool values)
{
	tl_entry **end = &line->item;
	do {
		tl_entry *i = *end = item(p);
		if (!i)
			return false;
		if (indexes && take(p, '[')) {
			const tl_token *name = p->t;
			if (!need(p, TL_TOKEN_NAME, "a name", "weight b_t[l] = 1 is for each l") ||
			    !need(p, ']', "]", NULL))
				return false;
			i->index = name->name;
		}
		if (shapes && !shape(p, i))
			return false;
		if (values && take(p, '=')) {
			/* a function's name alone, as in φ = tanh */
			bool name = p->t->kind == TL_TOKEN_NAME && p->t[1].kind != '(' &&
				    tl_is_builtin(p->t->name);
			bool start =
				(line->kind == TL_LINE_WEIGHT || line->kind == TL_LINE_FIXED) &&
				p->t->kind == TL_TOKEN_NAME && p->t[1].kind == '(';
			i->value = name    ? node(p, TL_NODE_NAME, p->t->at)
				   : start ? call(p) /* uniform(0, 1) */
					   : expression(p);
			if (!i->value)
				return false;
			if (name)
				i->value->name = p->t++->name;
		}
		end = &i->next;
	} while (take(p, ','));
	return true;
}

static bool parameters(parser *p, tl_line *line)
{
	tl_entry **end = &line->item;
	do {
		if (!(*end = item(p)))
			return false;
		end = &(*end)->next;
	} while (take(p, ','));
	return need(p, ')', ")", NULL);
}

static bool equation(parser *p, tl_line *line)
{
	const tl_token *t = p->t;
	line->kind = TL_LINE_EQUATION;
	if (t->kind == TL_TOKEN_NAME && t[1].kind == '(' && tl_is_function(p->to, t->name)) {
		line->kind = TL_LINE_FUNCTION;
		if (tl_is_builtin(t->name))
			return tl_script_fail(p->s, t->at, NULL, "%s is a function already",
					      tl_script_slice(p->s, t->at));
		line->item = item(p);
		p->t++;
		tl_line own = {0};
		if (!line->item || !parameters(p, &own))
			return false;
		line->item->next = own.item;
	} else if (take(p, '(')) {
		if (!parameters(p, line))
			return false;
	} else {
		if (!(line->item = item(p)))
			return false;
		line->item->primed = take(p, TL_TOKEN_PRIME);
		if (!shape(p, line->item))
			return false;
	}
	if (!need(p, '=', "=", "a line is name = expression, or a declaration"))
		return false;
	return (line->value = expression(p)) != NULL;
}

static tl_line *lines(parser *p);

static bool loop(parser *p, tl_line *line)
{
	const tl_token *name = p->t;
	line->kind = TL_LINE_LOOP;
	tl_phrase *from, *to, *range;
	if (!need(p, TL_TOKEN_NAME, "a name", "for l = 1..6:") ||
	    !need(p, '=', "=", "for l = 1..6:") || !(from = expression(p)) ||
	    !need(p, TL_TOKEN_DOTS, "..", "for l = 1..6:") || !(to = expression(p)) ||
	    !need(p, ':', ":", "for l = 1..6:") ||
	    !need(p, TL_TOKEN_LINE, "the end of the line", NULL) ||
	    !need(p, TL_TOKEN_INDENT, "an indented line", "what is repeated stands further right"))
		return false;
	range = with(p, TL_NODE_FOR, from, to, NULL);
	if (!range)
		return false;
	range->name = name->name;
	line->value = range;
	if (++p->depth > DEEPEST)
		return tl_script_fail(p->s, name->at, NULL, "this is nested too deeply");
	line->body = lines(p);
	p->depth--;
	return line->body && (take(p, TL_TOKEN_DEDENT) || p->t->kind == TL_TOKEN_END);
}

static bool declaration(parser *p, tl_line *line, bool *found)
{
	static const struct declared {
		const char *word;
		tl_line_kind kind;
		bool indexes, shapes, values;
	} rows[] = {
		{"option", TL_LINE_OPTION, false, false, true},
		{"input", TL_LINE_INPUT, false, true, false},
		{"state", TL_LINE_STATE, false, true, true},
		{"weight", TL_LINE_WEIGHT, true, true, true},
		{"fixed", TL_LINE_FIXED, true, true, true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (take_word(p, rows[i].word)) {
			line->kind = rows[i].kind;
			*found = true;
			return items(p, line, rows[i].indexes, rows[i].shapes, rows[i].values);
		}
	*found = is_word(p->t, "require") || is_word(p->t, "tree");
	if (take_word(p, "require")) {
		line->kind = TL_LINE_REQUIRE;
		tl_phrase **end = &line->value;
		do {
			if (!(*end = condition(p)))
				return false;
			end = &(*end)->next;
		} while (take(p, ','));
	} else if (take_word(p, "tree")) {
		line->kind = TL_LINE_TREE;
		if (p->t->kind != TL_TOKEN_LINE && !(line->value = expression(p)))
			return false;
	}
	return true;
}

static tl_line *one_line(parser *p)
{
	tl_line *line = tl_script_take(p->s, sizeof *line);
	bool found;
	if (!line)
		return NULL;
	line->at = p->t->at;
	line->number = ++p->lines;
	if (!declaration(p, line, &found))
		return NULL;
	if (found) {
		line->at.end = p->t[-1].at.end;
	} else if (take_word(p, "for")) {
		return loop(p, line) ? line : NULL;
	} else if (!equation(p, line)) {
		return NULL;
	}
	line->at.end = p->t[-1].at.end;
	if (!take(p, TL_TOKEN_LINE))
		return expected(p, "the end of the line",
				p->t->kind == TL_TOKEN_PRIME ? "h' is written without a space"
							     : NULL);
	if (p->t->kind == TL_TOKEN_INDENT)
		return tl_script_fail(p->s, p->t->at, "only for ...: has lines below it",
				      "this line stands too far right");
	return line;
}

static tl_line *lines(parser *p)
{
	tl_line *first = NULL, **end = &first;
	while (p->t->kind != TL_TOKEN_END && p->t->kind != TL_TOKEN_DEDENT) {
		if (!(*end = one_line(p)))
			return NULL;
		end = &(*end)->next;
	}
	return first;
}

/* The kind's .doc: what the first comment says. */
static const char *first_comment(tl_script *s)
{
	const char *at = s->text, *end = s->text + s->length;
	if (s->length >= 3 && !memcmp(at, "\xef\xbb\xbf", 3))
		at += 3;
	while (at < end && (*at == ' ' || *at == '\n' || *at == '\r'))
		at++;
	if (at == end || *at != '#')
		return NULL;
	while (at < end && (*at == '#' || *at == ' '))
		at++;
	const char *stop = at;
	while (stop < end && *stop != '\n' && *stop != '\r')
		stop++;
	return stop > at ? tl_script_text(s, "%.*s", (int)(stop - at > 200 ? 200 : stop - at), at)
			 : NULL;
}

bool tl_parse(tl_script *s, tl_syntax *to)
{
	parser p = {.s = s, .to = to};
	if (!tl_lex(s, false, &to->tokens))
		return false;
	p.t = to->tokens.at;
	to->doc = first_comment(s);
	if (!find_functions(&p))
		return false;
	if (!take_word(&p, "cell"))
		return expected(&p, "cell NAME", "the first line is its name: cell peephole");
	const tl_token *name = p.t;
	if (!need(&p, TL_TOKEN_NAME, "the cell's name", "cell peephole") ||
	    !need(&p, TL_TOKEN_LINE, "the end of the line", NULL))
		return false;
	to->name = name->name;
	to->line = lines(&p);
	if (!s->failed && !to->line)
		return tl_script_fail(s, p.t->at, "state h", "a cell has a state and equations");
	return !s->failed && (p.t->kind == TL_TOKEN_END || expected(&p, "a line", NULL));
}

bool tl_parse_options(tl_script *s, const tl_syntax *of, tl_entry **to)
{
	tl_syntax own = {.function = of->function, .functions = of->functions};
	parser p = {.s = s, .to = &own};
	if (!tl_lex(s, false, &own.tokens))
		return false;
	p.t = own.tokens.at;
	while (p.t->kind == TL_TOKEN_NAME) {
		tl_line line = {0};
		if (!(line.item = item(&p)) || !need(&p, '=', "=", "name=value"))
			return false;
		/* One value: what follows by a space is the next option. */
		bool name = p.t->kind == TL_TOKEN_NAME && tl_is_builtin(p.t->name);
		bool minus = take(&p, '-');
		tl_phrase *value = name ? node(&p, TL_NODE_NAME, p.t->at) : atom(&p);
		if (value && minus)
			value = with(&p, TL_NODE_NEG, value, NULL, NULL);
		if (!value)
			return false;
		if (name)
			value->name = p.t++->name;
		line.item->value = value;
		*to = line.item;
		to = &line.item->next;
		while (p.t->kind == ',' || p.t->kind == ';')
			p.t++;
	}
	return take(&p, TL_TOKEN_LINE) || p.t->kind == TL_TOKEN_END ||
	       expected(&p, "name=value", NULL);
}
