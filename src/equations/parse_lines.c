/* The lines of a text: declarations, functions, equations and loops; and the options given with it.
 */
#include "equations/parse_lines.h"

#include "equations/parse.h"

#include <string.h>

/* Functions are known before the text is read */

static bool add_function(tl_parser *p, const char *name)
{
	tl_syntax *s = p->to;
	if (!tl_arena_reserve(p->s->arena, &s->function, &s->functions_room, s->functions + 1,
			      sizeof *s->function))
		return tl_script_no_memory(p->s);
	s->function[s->functions++] = name;
	return true;
}

/* Functions are known before they are read: name(a, b) = at the start of a line, and options that
 * are functions. */
static bool find_functions(tl_parser *p)
{
	bool start = true, option = false;
	for (const tl_token *t = p->to->tokens.at; t->kind != TL_TOKEN_END; t++) {
		const tl_token *c = t + 1;
		if (start && t->kind == TL_TOKEN_NAME && c->kind == '(') {
			while (!tl_parse_line_ends(c) && c->kind != ')')
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

/* Lines */

static tl_entry *item(tl_parser *p)
{
	const tl_token *t = p->t;
	tl_entry *i = tl_script_take(p->s, sizeof *i);
	if (!i)
		return NULL;
	if (t->kind != TL_TOKEN_NAME || tl_parse_is_reserved(t))
		return tl_parse_expected(p, "a name", NULL);
	p->t++;
	i->name = t->name;
	i->at = t->at;
	return i;
}

/* ": number" or ": [rows, columns]" */
static bool shape(tl_parser *p, tl_entry *i)
{
	if (!tl_parse_take(p, ':'))
		return true;
	i->shaped = true;
	if (tl_parse_take_word(p, "number"))
		return true;
	if (p->t->kind != '[')
		return tl_parse_expected(p, "a shape", "number, [hidden] or [hidden, in]");
	tl_phrase *list = tl_parse_bracket(p);
	if (list && (list->kind != TL_NODE_LIST || !list->first))
		return tl_script_fail(p->s, list->at, "number, [hidden] or [hidden, in]",
				      "this is no shape");
	i->shape = list ? list->first : NULL;
	return list != NULL;
}

/* name [index] : shape = value, ... */
static bool items(tl_parser *p, tl_line *line, bool indexes, bool shapes, bool values)
{
	tl_entry **end = &line->item;
	do {
		tl_entry *i = *end = item(p);
		if (!i)
			return false;
		if (indexes && tl_parse_take(p, '[')) {
			const tl_token *name = p->t;
			if (!tl_parse_need(p, TL_TOKEN_NAME, "a name",
					   "weight b_t[l] = 1 is for each l") ||
			    !tl_parse_need(p, ']', "]", NULL))
				return false;
			i->index = name->name;
		}
		if (shapes && !shape(p, i))
			return false;
		if (values && tl_parse_take(p, '=')) {
			/* a function's name alone, as in φ = tanh */
			bool name = p->t->kind == TL_TOKEN_NAME && p->t[1].kind != '(' &&
				    tl_is_builtin(p->t->name);
			bool start =
				(line->kind == TL_LINE_WEIGHT || line->kind == TL_LINE_FIXED) &&
				p->t->kind == TL_TOKEN_NAME && p->t[1].kind == '(';
			i->value = name    ? tl_parse_node(p, TL_NODE_NAME, p->t->at)
				   : start ? tl_parse_call(p) /* uniform(0, 1) */
					   : tl_parse_expression(p);
			if (!i->value)
				return false;
			if (name)
				i->value->name = p->t++->name;
		}
		end = &i->next;
	} while (tl_parse_take(p, ','));
	return true;
}

static bool parameters(tl_parser *p, tl_line *line)
{
	tl_entry **end = &line->item;
	do {
		if (!(*end = item(p)))
			return false;
		end = &(*end)->next;
	} while (tl_parse_take(p, ','));
	return tl_parse_need(p, ')', ")", NULL);
}

static bool equation(tl_parser *p, tl_line *line)
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
	} else if (tl_parse_take(p, '(')) {
		if (!parameters(p, line))
			return false;
	} else {
		if (!(line->item = item(p)))
			return false;
		line->item->primed = tl_parse_take(p, TL_TOKEN_PRIME);
		if (!shape(p, line->item))
			return false;
	}
	if (!tl_parse_need(p, '=', "=", "a line is name = expression, or a declaration"))
		return false;
	return (line->value = tl_parse_expression(p)) != NULL;
}

static tl_line *lines(tl_parser *p);

static bool loop(tl_parser *p, tl_line *line)
{
	const tl_token *name = p->t;
	line->kind = TL_LINE_LOOP;
	tl_phrase *from, *to, *range;
	if (!tl_parse_need(p, TL_TOKEN_NAME, "a name", "for l = 1..6:") ||
	    !tl_parse_need(p, '=', "=", "for l = 1..6:") || !(from = tl_parse_expression(p)) ||
	    !tl_parse_need(p, TL_TOKEN_DOTS, "..", "for l = 1..6:") ||
	    !(to = tl_parse_expression(p)) || !tl_parse_need(p, ':', ":", "for l = 1..6:") ||
	    !tl_parse_need(p, TL_TOKEN_LINE, "the end of the line", NULL) ||
	    !tl_parse_need(p, TL_TOKEN_INDENT, "an indented line",
			   "what is repeated stands further right"))
		return false;
	range = tl_parse_with(p, TL_NODE_FOR, from, to, NULL);
	if (!range)
		return false;
	range->name = name->name;
	line->value = range;
	if (++p->depth > TL_DEEPEST)
		return tl_script_fail(p->s, name->at, NULL, "this is nested too deeply");
	line->body = lines(p);
	p->depth--;
	return line->body && (tl_parse_take(p, TL_TOKEN_DEDENT) || p->t->kind == TL_TOKEN_END);
}

static bool declaration(tl_parser *p, tl_line *line, bool *found)
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
		if (tl_parse_take_word(p, rows[i].word)) {
			line->kind = rows[i].kind;
			*found = true;
			return items(p, line, rows[i].indexes, rows[i].shapes, rows[i].values);
		}
	*found = tl_parse_is_word(p->t, "require") || tl_parse_is_word(p->t, "tree");
	if (tl_parse_take_word(p, "require")) {
		line->kind = TL_LINE_REQUIRE;
		tl_phrase **end = &line->value;
		do {
			if (!(*end = tl_parse_condition(p)))
				return false;
			end = &(*end)->next;
		} while (tl_parse_take(p, ','));
	} else if (tl_parse_take_word(p, "tree")) {
		line->kind = TL_LINE_TREE;
		if (p->t->kind != TL_TOKEN_LINE && !(line->value = tl_parse_expression(p)))
			return false;
	}
	return true;
}

static tl_line *one_line(tl_parser *p)
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
	} else if (tl_parse_take_word(p, "for")) {
		return loop(p, line) ? line : NULL;
	} else if (!equation(p, line)) {
		return NULL;
	}
	line->at.end = p->t[-1].at.end;
	if (!tl_parse_take(p, TL_TOKEN_LINE))
		return tl_parse_expected(
			p, "the end of the line",
			p->t->kind == TL_TOKEN_PRIME ? "h' is written without a space" : NULL);
	if (p->t->kind == TL_TOKEN_INDENT)
		return tl_script_fail(p->s, p->t->at, "only for ...: has lines below it",
				      "this line stands too far right");
	return line;
}

static tl_line *lines(tl_parser *p)
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
	tl_parser p = {.s = s, .to = to};
	if (!tl_lex(s, false, &to->tokens))
		return false;
	p.t = to->tokens.at;
	to->doc = first_comment(s);
	if (!find_functions(&p))
		return false;
	if (!tl_parse_take_word(&p, "cell"))
		return tl_parse_expected(&p, "cell NAME",
					 "the first line is its name: cell peephole");
	const tl_token *name = p.t;
	if (!tl_parse_need(&p, TL_TOKEN_NAME, "the cell's name", "cell peephole") ||
	    !tl_parse_need(&p, TL_TOKEN_LINE, "the end of the line", NULL))
		return false;
	to->name = name->name;
	to->line = lines(&p);
	if (!s->failed && !to->line)
		return tl_script_fail(s, p.t->at, "state h", "a cell has a state and equations");
	return !s->failed && (p.t->kind == TL_TOKEN_END || tl_parse_expected(&p, "a line", NULL));
}

bool tl_parse_options(tl_script *s, const tl_syntax *of, tl_entry **to)
{
	tl_syntax own = {.function = of->function, .functions = of->functions};
	tl_parser p = {.s = s, .to = &own};
	if (!tl_lex(s, false, &own.tokens))
		return false;
	p.t = own.tokens.at;
	while (p.t->kind == TL_TOKEN_NAME) {
		tl_line line = {0};
		if (!(line.item = item(&p)) || !tl_parse_need(&p, '=', "=", "name=value"))
			return false;
		/* One value: what follows by a space is the next option. */
		bool name = p.t->kind == TL_TOKEN_NAME && tl_is_builtin(p.t->name);
		bool minus = tl_parse_take(&p, '-');
		tl_phrase *value =
			name ? tl_parse_node(&p, TL_NODE_NAME, p.t->at) : tl_parse_atom(&p);
		if (value && minus)
			value = tl_parse_with(&p, TL_NODE_NEG, value, NULL, NULL);
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
	return tl_parse_take(&p, TL_TOKEN_LINE) || p.t->kind == TL_TOKEN_END ||
	       tl_parse_expected(&p, "name=value", NULL);
}
