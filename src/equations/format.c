/*
 * The canonical form of a text. It works on tokens, not on the tree, so that comments and what the
 * writer put in parentheses stay: only spaces and the spelling of signs change.
 */
#include <tapeloop/equations.h>

#include "equations/parse.h"
#include "equations/parse_lines.h"
#include "equations/writer.h"

#include <stdio.h>
#include <string.h>

typedef struct writer {
	tl_script *s;
	const tl_syntax *syntax;
	bool ascii;
	tl_writer out;
} writer;

static bool put(writer *w, const char *text, size_t length)
{
	tl_write(&w->out, text, length);
	return !w->out.failed || tl_script_no_memory(w->s);
}

static bool put_text(writer *w, const char *text)
{
	return put(w, text, strlen(text));
}

/* One spelling of each: what a token is written as. */
static bool put_token(writer *w, const tl_token *t)
{
	static const struct {
		int kind;
		const char *text, *ascii;
	} signs[] = {{TL_TOKEN_EACH, "⊙", "*"},        {'-', "−", "-"},
		     {TL_TOKEN_LESS_EQUAL, "≤", "<="}, {TL_TOKEN_GREATER_EQUAL, "≥", ">="},
		     {TL_TOKEN_NOT_EQUAL, "≠", "!="},  {TL_TOKEN_TRANSPOSED, "ᵀ", "^T"},
		     {TL_TOKEN_PRIME, "'", "'"},       {TL_TOKEN_DOTS, "..", ".."}};
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (signs[i].kind == t->kind)
			return put_text(w, w->ascii ? signs[i].ascii : signs[i].text);
	if (tl_parse_is_word(t, "sigmoid"))
		return put_text(w, w->ascii ? "sigmoid" : "σ");
	if (t->kind == TL_TOKEN_NAME && w->ascii)
		return put_text(w, t->name);
	if (t->kind == TL_TOKEN_NUMBER && (unsigned char)w->s->text[t->at.start] >= 0x80)
		return put_text(w, t->number == 2 ? "2" : "3");
	if (t->kind > 32 && t->kind < 127) {
		char c = (char)t->kind;
		return put(w, &c, 1);
	}
	return put(w, w->s->text + t->at.start, t->at.end - t->at.start);
}

static bool ends_value(const tl_token *t)
{
	return t->kind == TL_TOKEN_NUMBER || t->kind == ')' || t->kind == ']' ||
	       t->kind == TL_TOKEN_PRIME || t->kind == TL_TOKEN_TRANSPOSED ||
	       (t->kind == TL_TOKEN_NAME && !tl_parse_is_word(t, "if") &&
		!tl_parse_is_word(t, "else") && !tl_parse_is_word(t, "and") &&
		!tl_parse_is_word(t, "or") && !tl_parse_is_word(t, "not") &&
		!tl_parse_is_word(t, "mod") && !tl_parse_is_word(t, "require") &&
		!tl_parse_is_word(t, "for"));
}

static bool space_between(const writer *w, const tl_token *before, const tl_token *a,
			  const tl_token *b)
{
	if (b->kind == TL_TOKEN_COMMENT)
		return false; /* placed by its line */
	if (a->kind == '(' || a->kind == '[' || b->kind == ')' || b->kind == ']' ||
	    b->kind == ',' || b->kind == ';' || b->kind == TL_TOKEN_PRIME ||
	    b->kind == TL_TOKEN_TRANSPOSED || a->kind == '^' || b->kind == '^' ||
	    a->kind == TL_TOKEN_DOTS || b->kind == TL_TOKEN_DOTS)
		return false;
	if (a->kind == '-' && (!before || !ends_value(before)))
		return false; /* a sign of what follows */
	if (b->kind == '(' && a->kind == TL_TOKEN_NAME && tl_is_function(w->syntax, a->name))
		return false;
	if (b->kind == '(' && a->kind == TL_TOKEN_NAME && w->s->text[a->at.end] == '(' &&
	    tl_is_start(a->name))
		return false;
	if (b->kind == '[' && a->kind != '=' && ends_value(a))
		return tl_parse_holds_semicolon(b);
	return true;
}

/* In brackets a colon is of a slice, k n:(k + 1) n, or ends or begins there: no space before. */
static bool colon_space(const tl_token *a, const tl_token *b, int brackets)
{
	return !(b->kind == ':' && brackets) && !(a->kind == ':' && brackets);
}

static size_t width(const char *text, size_t length)
{
	size_t count = 0;
	for (size_t i = 0; i < length; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

/* A line as it will be, in its parts: before the =, after it, the comment. */
typedef struct row {
	size_t at, left, length; /* in the written text; left: up to the = */
	tl_place comment;
	int indent;
	bool equation, blank_before;
	bool aligned; /* what is defined is a name, and no function, vector taken apart or named
			 size */
} row;

typedef struct rows {
	row *at;
	size_t count, room;
} rows;

static bool put_row(writer *w, const tl_token **token, row *r)
{
	const tl_token *t = *token, *last = NULL, *before = NULL;
	int brackets = 0;
	r->at = w->out.length;
	for (; t->kind != TL_TOKEN_LINE && t->kind != TL_TOKEN_END && t->kind != TL_TOKEN_INDENT &&
	       t->kind != TL_TOKEN_DEDENT;
	     t++) {
		if (t->kind == TL_TOKEN_COMMENT) {
			if (r->comment.end && last) /* inside a line that goes on */
				return tl_script_fail(w->s, t->at, NULL,
						      "one comment a line, at its end");
			r->comment = t->at;
			if (!last) {
				t++;
				break;
			}
			continue;
		}
		if (t->kind == '=' && !brackets && !r->left && last) {
			r->left = w->out.length - r->at;
			r->equation = true;
			r->aligned = t - *token == (last->kind == TL_TOKEN_PRIME ? 2 : 1);
		}
		bool space =
			last && space_between(w, before, last, t) && colon_space(last, t, brackets);
		if (t->kind == ':' && !brackets)
			space = t[1].kind != TL_TOKEN_LINE;
		if ((space && !put_text(w, " ")) || !put_token(w, t))
			return false;
		brackets += (t->kind == '(' || t->kind == '[') - (t->kind == ')' || t->kind == ']');
		before = last, last = t;
	}
	if (t->kind == TL_TOKEN_LINE)
		t++;
	r->length = w->out.length - r->at;
	*token = t;
	return true;
}

static bool is_declaration(const tl_token *t)
{
	static const char *const words[] = {"cell",  "option",  "input", "state", "weight",
					    "fixed", "require", "tree",  "for"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (tl_parse_is_word(t, words[i]))
			return true;
	return false;
}

static bool blank_between(const writer *w, uint32_t from, uint32_t to)
{
	int lines = 0;
	for (uint32_t i = from; i < to && i < w->s->length; i++)
		lines += w->s->text[i] == '\n';
	return lines > 1;
}

static bool collect(writer *w, rows *all)
{
	const tl_token *t = w->syntax->tokens.at;
	int indent = 0;
	uint32_t end = 0;
	while (t->kind != TL_TOKEN_END) {
		if (t->kind == TL_TOKEN_INDENT || t->kind == TL_TOKEN_DEDENT) {
			indent += t++->kind == TL_TOKEN_INDENT ? 1 : -1;
			continue;
		}
		if (t->kind == TL_TOKEN_LINE) {
			t++;
			continue;
		}
		row r = {.indent = indent,
			 .blank_before = all->count && blank_between(w, end, t->at.start)};
		bool declares = is_declaration(t);
		if (!put_row(w, &t, &r))
			return false;
		r.equation = r.equation && !declares;
		end = t[-1].kind == TL_TOKEN_LINE ? t[-2].at.end : t[-1].at.end;
		if (!tl_array_reserve(&all->at, &all->room, all->count + 1, sizeof *all->at))
			return tl_script_no_memory(w->s);
		all->at[all->count++] = r;
	}
	return true;
}

/* Rows that follow each other without a blank line and at one indent are aligned together; what is
 * more than a name before its = is not, for it would move all others away. */
static bool goes_on(const row *a, const row *b)
{
	return !b->blank_before && a->indent == b->indent && a->equation && b->equation;
}

static bool spaces(writer *w, size_t count)
{
	bool fine = true;
	while (count-- && fine)
		fine = put_text(w, " ");
	return fine;
}

static bool lay_out(writer *to, const writer *from, const rows *all)
{
	size_t left = 0, wide = 0;
	for (size_t i = 0; i < all->count; i++) {
		const row *r = &all->at[i];
		const char *text = from->out.text + r->at;
		if (!i || !goes_on(&all->at[i - 1], r)) {
			left = wide = 0;
			for (size_t k = i;
			     k == i || (k < all->count && goes_on(&all->at[k - 1], &all->at[k]));
			     k++) {
				const row *o = &all->at[k];
				size_t n = width(from->out.text + o->at, o->left);
				left = o->aligned && n > left ? n : left;
				n = width(from->out.text + o->at + o->left, o->length - o->left);
				wide = o->comment.end && n > wide ? n : wide;
			}
		}
		if ((r->blank_before && !put_text(to, "\n")) || !spaces(to, 4 * (size_t)r->indent))
			return false;
		size_t own = r->equation && r->aligned ? left - width(text, r->left) : 0;
		size_t rest = width(text + r->left, r->length - r->left);
		if (!put(to, text, r->left) || !spaces(to, own) ||
		    !put(to, text + r->left, r->length - r->left))
			return false;
		if (r->comment.end) {
			size_t gap = r->length ? 2 + (r->equation ? wide - rest : 0) : 0;
			uint32_t end = r->comment.end;
			while (end > r->comment.start && from->s->text[end - 1] == ' ')
				end--;
			if (!spaces(to, gap) ||
			    !put(to, from->s->text + r->comment.start, end - r->comment.start))
				return false;
		}
		if (!put_text(to, "\n"))
			return false;
	}
	return true;
}

char *tl_cell_text_format(const char *text, bool ascii, tl_error *error)
{
	if (!text) {
		if (error)
			*error = (tl_error){TL_ERROR_ARGUMENT, "format: there is no text"};
		return NULL;
	}
	tl_arena arena = {0};
	tl_script s = {.file = "text",
		       .text = text,
		       .length = strlen(text),
		       .arena = &arena,
		       .error = error};
	tl_syntax syntax = {0}, all = {0};
	rows list = {0};
	if (s.length > 1 << 16)
		tl_script_fail(&s, (tl_place){0, 0}, NULL, "the text is longer than 64 KiB");
	/* It must be a cell's, and is read once more with its comments. */
	bool fine = !s.failed && tl_parse(&s, &syntax) && tl_lex(&s, true, &all.tokens);
	all.function = syntax.function, all.functions = syntax.functions;
	writer w = {.s = &s, .syntax = &all, .ascii = ascii}, to = w;
	fine = fine && collect(&w, &list) && lay_out(&to, &w, &list) && put_text(&to, "");
	tl_free(w.out.text);
	tl_free(list.at);
	tl_arena_finish(&arena);
	if (fine)
		return to.out.text;
	tl_free(to.out.text);
	return NULL;
}

void tl_cell_text_free(char *text)
{
	tl_free(text);
}
