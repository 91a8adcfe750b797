/*
 * The equations of ops. They are written as those of cells are, and read by the same parser, with
 * two differences: a tensor has axes, x[i, j], and a name with a parenthesis right behind it is a
 * function whatever it is, since it may be an op.
 */
#include "equations/rules.h"

#include <tapeloop/equations.h>

#include "base/fail.h"
#include "base/utf8.h"
#include "equations/math_lines.h"
#include "equations/parse.h"

#include <string.h>

/* LEFT = RIGHT # words */
static tl_rule *rule(tl_parser *p)
{
	tl_rule *r = tl_script_take(p->s, sizeof *r);
	if (!r || !(r->left = tl_parse_term(p)) || !tl_parse_need(p, '=', "=", "y = tanh(x)") ||
	    !(r->right = tl_parse_expression(p)))
		return NULL;
	if (p->t->kind == TL_TOKEN_COMMENT) {
		const char *text = p->s->text;
		r->note = p->t++->at;
		do
			r->note.start++;
		while (r->note.start < r->note.end && text[r->note.start] == ' ');
	}
	return r;
}

tl_rule *tl_parse_rules(tl_script *s)
{
	tl_syntax syntax = {0};
	tl_parser p = {.s = s, .to = &syntax, .axes = true};
	tl_rule *first = NULL, **end = &first;
	if (!tl_lex(s, true, &syntax.tokens))
		return NULL;
	for (p.t = syntax.tokens.at; p.t->kind != TL_TOKEN_END; end = &(*end)->next) {
		if (!(*end = rule(&p)))
			return NULL;
		if (!tl_parse_take(&p, ';') && !tl_parse_take(&p, TL_TOKEN_LINE))
			return tl_parse_expected(&p, "the end of the equation", NULL);
	}
	return first ? first : tl_script_fail(s, (tl_place){0, 0}, NULL, "there is no equation");
}

/* Printing */

const char *tl_rule_operands(const tl_op *op)
{
	static const char *const usual[] = {"", "x", "a, b", "a, b, c"};
	bool few = op->operand_count >= 0 && op->operand_count <= 3;
	return op->operands ? op->operands : few ? usual[op->operand_count] : "x";
}

/* What is declared, or that the derivative by each operand is 0; NULL: neither. */
static const char *declared(tl_script *s, const tl_op *op, tl_op_part part)
{
	const char *text = part == TL_OP_EQUATION ? op->equation : op->derivative;
	const char *one = tl_rule_operands(op);
	if (text || part == TL_OP_EQUATION || !op->zero_gradient || !*one)
		return text;
	for (text = ""; *one && text;) {
		size_t n = strcspn(one, ", ");
		text = tl_script_text(s, "%sd%.*s = 0\n", text, (int)n, one);
		one += n + strspn(one + n, ", ");
	}
	return text;
}

/* The text with a line an equation; in ASCII the signs by their other spelling. */
static void write_text(tl_writer *w, const char *text, bool ascii)
{
	static const struct {
		const char *sign, *ascii;
	} signs[] = {{"⊙", "*"},  {"−", "-"},  {"≤", "<="}, {"≥", ">="},     {"≠", "!="},
		     {"ᵀ", "^T"}, {"²", "^2"}, {"³", "^3"}, {"σ", "sigmoid"}};
	for (const char *end = text + strlen(text); text < end;) {
		uint32_t code;
		size_t bytes = tl_utf8_read(text, end, &code);
		const char *as = ascii ? tl_greek_name(code) : NULL;
		bytes = bytes < 1 ? 1 : bytes;
		for (size_t i = 0; ascii && i < sizeof signs / sizeof *signs; i++)
			if (!strncmp(text, signs[i].sign, bytes) && code >= 0x80)
				as = signs[i].ascii;
		if (*text == ';')
			as = "\n", bytes += text[1] == ' ';
		tl_write(w, as ? as : text, as ? strlen(as) : bytes);
		text += bytes;
	}
	if (w->length && w->text[w->length - 1] != '\n')
		tl_write_text(w, "\n");
}

static void *refuse(tl_error *error, tl_status status, const char *name, const char *problem)
{
	tl_fail(error, status, "%.80s: %s", name, problem);
	return NULL;
}

static char *print(tl_script *s, const tl_op *op, tl_op_part part, tl_cell_notation notation,
		   tl_error *error)
{
	tl_writer w = {0};
	const char *text = declared(s, op, part);
	if (s->failed)
		return NULL;
	if (!text)
		return refuse(error, TL_ERROR_ARGUMENT, s->file,
			      part == TL_OP_EQUATION ? "it is declared without its equation"
						     : "it is declared without its derivative");
	s->text = text, s->length = strlen(text);
	const tl_rule *rules = tl_parse_rules(s);
	if (!rules)
		return NULL;
	if (notation == TL_NOTATION_LATEX || notation == TL_NOTATION_MATHML)
		tl_write_rules(&w, s, rules, tl_rule_operands(op),
			       notation == TL_NOTATION_LATEX ? TL_MATH_LATEX : TL_MATH_MATHML);
	else
		write_text(&w, text, notation == TL_NOTATION_ASCII);
	if (!w.failed)
		return w.text;
	tl_free(w.text);
	return refuse(error, TL_ERROR_MEMORY, s->file, "out of memory");
}

char *tl_op_print(const tl_op *op, tl_op_part part, tl_cell_notation notation, tl_error *error)
{
	if (!op)
		return refuse(error, TL_ERROR_ARGUMENT, "print", "there is no op");
	const char *name = op->name ? op->name : "an op without a name";
	if (part != TL_OP_EQUATION && part != TL_OP_DERIVATIVE)
		return refuse(error, TL_ERROR_ARGUMENT, name, "an op has no such part");
	if ((unsigned)notation >= TL_NOTATION_C)
		return refuse(error, TL_ERROR_ARGUMENT, name,
			      "there is no such notation of an op's equations");
	tl_arena arena = {0};
	tl_script s = {.file = name, .text = "", .arena = &arena, .error = error};
	char *text = print(&s, op, part, notation, error);
	tl_arena_finish(&arena);
	return text;
}
