/*
 * Expressions as papers print them, in LaTeX and in MathML. Both are written by one walk over the
 * tree; what a node looks like is a row of a table, with $1, $2 ... for its operands, and $[1 where
 * its form makes parentheses needless. States have
 * their time as an index: h is h_{t-1} and h' is h_t.
 */
#include "equations/math.h"

#include "base/utf8.h"
#include "equations/lex.h"

#include <stdio.h>
#include <string.h>

typedef tl_math_printer printer;

static void list(printer *p, const tl_phrase *first, const char *latex, const char *mathml);
static void without_parentheses(printer *p, const tl_phrase *n);

void tl_math_both(printer *p, const char *latex, const char *mathml)
{
	tl_write_text(p->w, p->as == TL_MATH_LATEX ? latex : mathml);
}

/* Names */

/* A value that is another at each step; sizes and what is made of weights are not. */
static bool is_of_step(const tl_equations *e, const char *name)
{
	for (size_t i = 0; i < e->nameds; i++)
		if (e->named[i].state < 0 && !strcmp(e->named[i].name, name))
			return e->named[i].value->batched || e->named[i].value->of_time;
	return false;
}

/* "t", "t-1" or nothing: a tree has no time. */
static const char *time_of(const printer *p, const char *name, bool primed)
{
	if (p->e->tree)
		return NULL;
	for (int k = 0; k < p->e->own_states; k++)
		if (!strcmp(p->e->state[k].name, name))
			return primed ? "t" : "t-1";
	return !strcmp(p->e->input, name) || is_of_step(p->e, name) ? "t" : NULL;
}

/* A piece of a name, letter by letter: Greek ones by their name or themselves. */
static void letters(printer *p, const char *at, const char *end, size_t shortest)
{
	size_t bytes = tl_utf8_read(at, end, NULL);
	bool latex = p->as == TL_MATH_LATEX, one = at + bytes >= end;
	/* An index such as xi is two letters, x and i. */
	const char *whole =
		(size_t)(end - at) < shortest ? NULL : tl_greek_sign(at, (size_t)(end - at));
	if (whole && latex) {
		tl_write_format(p->w, "\\%.*s ", (int)(end - at), at);
		return;
	}
	if (whole) {
		tl_write_format(p->w, "<mi>%s</mi>", whole);
		return;
	}
	bool digits = *at >= '0' && *at <= '9';
	if (!latex)
		tl_write_text(p->w, digits ? "<mn>" : "<mi>");
	else if (!one && !digits)
		tl_write_text(p->w, "\\mathit{");
	for (const char *c = at; c < end; c += bytes) {
		uint32_t code;
		bytes = tl_utf8_read(c, end, &code);
		bytes = bytes < 1 ? 1 : bytes;
		const char *greek = tl_greek_name(code);
		if (code >= 0x2080 && code <= 0x2089)
			tl_write_format(p->w, "%c", (char)('0' + code - 0x2080));
		else if (greek && latex)
			tl_write_format(p->w, "\\%s ", greek);
		else
			tl_write(p->w, c, bytes);
	}
	if (!latex)
		tl_write_text(p->w, digits ? "</mn>" : "</mi>");
	else if (!one && !digits)
		tl_write_text(p->w, "}");
}

/* Is this piece the adjoint of an operand or of the result, dx or dy? */
static bool is_adjoint(const printer *p, const char *at, const char *end)
{
	size_t length = (size_t)(end - at) - 1;
	const char *one = p->operands;
	if (!one || *at != 'd' || !length)
		return false;
	if (length == 1 && (at[1] == 'y' || at[1] == 'Y'))
		return true;
	while (*one) {
		size_t n = strcspn(one, ", ");
		if (n == length && !memcmp(one, at + 1, n))
			return true;
		one += n + strspn(one + n, ", ");
	}
	return false;
}

/* As it stands in the text, with its index and its time. */
void tl_math_name(printer *p, tl_place at, const char *known, bool primed, const tl_phrase *index)
{
	const char *from = p->e->source.text + at.start, *end = p->e->source.text + at.end,
		   *sub = from;
	const char *time = index || !*known ? NULL : time_of(p, known, primed);
	while (end > from && (end[-1] == '\'' || (unsigned char)end[-1] == 0x99 ||
			      (unsigned char)end[-1] == 0xb2)) /* ' ’ ′ */
		end -= end[-1] == '\'' ? 1 : 3;
	while (sub < end && *sub != '_' &&
	       !((unsigned char)sub[0] == 0xe2 && (unsigned char)sub[1] == 0x82))
		sub++;
	bool has_sub = sub < end, any = has_sub || index || time;
	bool braces = any && sub > from + 1;
	bool adjoint = is_adjoint(p, from, sub);
	tl_math_both(p, braces ? "{" : "", any ? "<msub>" : "");
	if (adjoint)
		tl_math_both(p, "\\mathrm{d}", "<mrow><mi mathvariant=\"normal\">d</mi>");
	letters(p, from + adjoint, sub, 2);
	tl_math_both(p, "", adjoint ? "</mrow>" : "");
	if (any)
		tl_math_both(p, braces ? "}_{" : "_{", "<mrow>");
	if (has_sub)
		letters(p, sub + (*sub == '_'), end, 4);
	if (has_sub && (index || time))
		tl_math_both(p, ",", "<mo>,</mo>");
	list(p, index, ", ", "<mo>,</mo>");
	if (time)
		tl_math_both(p, time, time[1] ? "<mi>t</mi><mo>−</mo><mn>1</mn>" : "<mi>t</mi>");
	if (any)
		tl_math_both(p, "}", "</mrow></msub>");
	if (primed && p->e->tree)
		tl_math_both(p, "'", "<mo>′</mo>");
}

/* Nodes */

static const struct looks {
	tl_node_kind kind;
	const char *latex, *mathml;
} looks[] = {
	{TL_NODE_TRUE, "\\mathit{true}", "<mi>true</mi>"},
	{TL_NODE_FALSE, "\\mathit{false}", "<mi>false</mi>"},
	{TL_NODE_ADD, "$1 + $2", "$1<mo>+</mo>$2"},
	{TL_NODE_SUB, "$1 - $2", "$1<mo>−</mo>$2"},
	{TL_NODE_NEG, "-$1", "<mo>−</mo>$1"},
	{TL_NODE_EACH, "$1 \\odot $2", "$1<mo>⊙</mo>$2"},
	{TL_NODE_DIV, "\\frac{$[1}{$[2}", "<mfrac>$[1$[2</mfrac>"},
	{TL_NODE_MOD, "$1 \\bmod $2", "$1<mo>mod</mo>$2"},
	{TL_NODE_BESIDE, "$1\\, $2", "$1<mo>&#x2062;</mo><mspace width=\"0.17em\"/>$2"},
	{TL_NODE_POWER, "{$1}^{$[2}", "<msup>$1$[2</msup>"},
	{TL_NODE_TRANSPOSED, "{$1}^{\\top}", "<msup><mrow>$1</mrow><mo>⊤</mo></msup>"},
	{TL_NODE_LESS, "$1 < $2", "$1<mo>&lt;</mo>$2"},
	{TL_NODE_LESS_EQUAL, "$1 \\le $2", "$1<mo>≤</mo>$2"},
	{TL_NODE_GREATER, "$1 > $2", "$1<mo>&gt;</mo>$2"},
	{TL_NODE_GREATER_EQUAL, "$1 \\ge $2", "$1<mo>≥</mo>$2"},
	{TL_NODE_EQUAL, "$1 = $2", "$1<mo>=</mo>$2"},
	{TL_NODE_NOT_EQUAL, "$1 \\ne $2", "$1<mo>≠</mo>$2"},
	{TL_NODE_OR, "$1 \\lor $2", "$1<mo>∨</mo>$2"},
	{TL_NODE_NOT, "\\lnot $1", "<mo>¬</mo>$1"},
};

/* What a row says, with the operands in it. */
static void filled(printer *p, const char *row, const tl_phrase *first)
{
	for (const char *c = row; *c; c++) {
		const tl_phrase *operand = first;
		if (*c != '$') {
			tl_write(p->w, c, 1);
			continue;
		}
		bool bare = c[1] == '[';
		c += bare;
		for (int k = *++c - '1'; k > 0 && operand; k--)
			operand = operand->next;
		if (operand && bare)
			without_parentheses(p, operand);
		else if (operand)
			tl_math_expression(p, operand);
	}
}

static void list(printer *p, const tl_phrase *first, const char *latex, const char *mathml)
{
	for (const tl_phrase *a = first; a; a = a->next) {
		if (a != first)
			tl_math_both(p, latex, mathml);
		tl_math_expression(p, a);
	}
}

/* Rows of a value and when it is that; what else there is may be chosen too. */
static void cases(printer *p, const tl_phrase *n)
{
	static const char open[] = "<mtr><mtd style=\"text-align: left\">",
			  next[] = "</mtd><mtd style=\"text-align: left\"><mtext>";
	tl_math_both(p, "\\begin{cases} ", "<mrow><mo>{</mo><mtable>");
	for (; n->kind == TL_NODE_IF; n = n->first->next->next) {
		tl_math_both(p, "", open);
		tl_math_expression(p, n->first);
		tl_math_both(p, " & \\text{if } ", next);
		tl_math_both(p, "", "if&#xa0;</mtext>");
		tl_math_expression(p, n->first->next);
		tl_math_both(p, " \\\\ ", "</mtd></mtr>");
	}
	tl_math_both(p, "", open);
	tl_math_expression(p, n);
	tl_math_both(p, " & \\text{otherwise} \\end{cases}", next);
	tl_math_both(p, "", "otherwise</mtext></mtd></mtr></mtable></mrow>");
}

/* 0 < x < 1 is 0 < x and x < 1, where both x are the same place of the text. */
static void both_are_true(printer *p, const tl_phrase *n)
{
	const tl_phrase *a = n->first, *b = a->next;
	const tl_phrase *last = a->kind == TL_NODE_AND ? a->first->next : a, *outer = p->left_out;
	const tl_phrase *right = last->first ? last->first->next : NULL;
	bool chain = right && b->first && right->at.start == b->first->at.start;
	tl_math_expression(p, a);
	if (chain)
		p->left_out = b->first;
	else
		tl_math_both(p, " \\land ", "<mo>∧</mo>");
	tl_math_expression(p, b);
	p->left_out = outer;
}

/* a [from:to] */
static void part(printer *p, const tl_phrase *n)
{
	const tl_phrase *from = n->has_from ? n->first->next : NULL;
	const tl_phrase *to = !n->has_to ? NULL : from ? from->next : n->first->next;
	tl_math_both(p, "{", "<msub><mrow>");
	tl_math_expression(p, n->first);
	tl_math_both(p, "}_{", "</mrow><mrow>");
	if (from)
		tl_math_expression(p, from);
	tl_math_both(p, ":", "<mo>:</mo>");
	if (to)
		tl_math_expression(p, to);
	tl_math_both(p, "}", "</mrow></msub>");
}

/* h[t - 3] is h_{t-3}, U[k] is U_k, and so is a part of a value. */
static void indexed(printer *p, const tl_phrase *n)
{
	const tl_phrase *base = n->first, *index = base->next;
	if (base->kind == TL_NODE_NAME) {
		tl_math_name(p, base->at, base->name, base->primed, index);
		return;
	}
	tl_math_both(p, "{", "<msub><mrow>");
	tl_math_expression(p, base);
	tl_math_both(p, "}_{", "</mrow><mrow>");
	list(p, index, ", ", "<mo>,</mo>");
	tl_math_both(p, "}", "</mrow></msub>");
}

/* sum(... for k = 1..3), sum(... for i, j), and other functions of several */
static void generated(printer *p, const tl_phrase *call)
{
	const tl_phrase *n = call->first, *from = n->first->next;
	bool sum = !strcmp(call->name, "sum"), all = n->kind == TL_NODE_FOR && !n->name;
	tl_math_both(p, "", all ? "<munder>" : "<munderover>");
	if (sum)
		tl_math_both(p, "\\sum", "<mo>∑</mo><mrow>");
	else if (p->as == TL_MATH_LATEX)
		tl_write_format(p->w, "\\operatorname*{%s}", call->name);
	else
		tl_write_format(p->w, "<mi>%s</mi><mrow>", call->name);
	if (all) {
		tl_math_both(p, "_{", "");
		list(p, from, ", ", "<mo>,</mo>");
		tl_math_both(p, "}", "</mrow></munder>");
	} else if (n->kind == TL_NODE_CHILD) {
		tl_math_both(p, "_{\\text{children}", "<mtext>children</mtext>");
		if (n->name)
			tl_write_format(p->w, p->as == TL_MATH_LATEX ? "\\ %s" : "<mi>%s</mi>",
					n->name);
		tl_math_both(p, "}", "</mrow><mrow>");
	} else {
		tl_write_format(p->w, p->as == TL_MATH_LATEX ? "_{%s=" : "<mi>%s</mi><mo>=</mo>",
				n->name);
		tl_math_expression(p, from);
		tl_math_both(p, "}^{", "</mrow><mrow>");
		tl_math_expression(p, from->next);
		tl_math_both(p, "}", "");
	}
	tl_math_both(p, "", all ? "" : "</mrow></munderover>");
	/* what is read as one thing behind the sign anyway */
	bool sure = n->first->kind == TL_NODE_NAME || n->first->kind == TL_NODE_INDEX ||
		    n->first->kind == TL_NODE_IF || n->first->kind == TL_NODE_CALL ||
		    n->first->kind == TL_NODE_DIV || n->first->kind == TL_NODE_BESIDE;
	if (!sum)
		tl_math_both(p, "", "<mspace width=\"0.17em\"/>");
	tl_math_both(p, sure ? " " : "\\left(", sure ? "" : "<mrow><mo>(</mo>");
	tl_math_expression(p, n->first);
	tl_math_both(p, sure ? "" : "\\right)", sure ? "" : "<mo>)</mo></mrow>");
}

/* As it is called in the text: a letter, or a word in upright type. */
static void function_name(printer *p, const tl_phrase *call)
{
	const char *text = p->e->source.text;
	tl_place at = {call->at.start, call->at.start};
	while (at.end < call->at.end && text[at.end] != '(' && text[at.end] != ' ')
		at.end++;
	if ((unsigned char)text[at.start] >= 0x80 || at.end - at.start < 3) {
		tl_math_name(p, at, "", false, NULL);
		return;
	}
	tl_math_both(p, "\\operatorname{", "<mi>");
	for (; at.start < at.end; at.start++) {
		tl_math_both(p, text[at.start] == '_' ? "\\" : "", "");
		tl_write(p->w, text + at.start, 1);
	}
	tl_math_both(p, "}", "</mi>");
}

static void call(printer *p, const tl_phrase *n)
{
	static const struct {
		const char *name, *latex, *mathml;
	} known[] = {{"sigmoid", "\\sigma", "<mi>σ</mi>"}, {"tanh", "\\tanh", "<mi>tanh</mi>"},
		     {"exp", "\\exp", "<mi>exp</mi>"},     {"log", "\\log", "<mi>log</mi>"},
		     {"sin", "\\sin", "<mi>sin</mi>"},     {"cos", "\\cos", "<mi>cos</mi>"},
		     {"max", "\\max", "<mi>max</mi>"},     {"min", "\\min", "<mi>min</mi>"}};
	static const struct looks_of {
		const char *name, *latex, *mathml;
	} bracketed[] = {{"sqrt", "\\sqrt{$1}", "<msqrt>$1</msqrt>"},
			 {"abs", "\\left|$1\\right|", "<mrow><mo>|</mo>$1<mo>|</mo></mrow>"},
			 {"floor", "\\lfloor $1\\rfloor", "<mrow><mo>⌊</mo>$1<mo>⌋</mo></mrow>"}};
	const tl_phrase *first = n->first;
	if (first && !first->next && (first->kind == TL_NODE_FOR || first->kind == TL_NODE_CHILD)) {
		generated(p, n);
		return;
	}
	for (size_t i = 0; i < sizeof bracketed / sizeof *bracketed; i++)
		if (!strcmp(bracketed[i].name, n->name)) {
			filled(p, p->as == TL_MATH_LATEX ? bracketed[i].latex : bracketed[i].mathml,
			       first);
			return;
		}
	const char *latex = NULL, *mathml = NULL;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i].name, n->name))
			latex = known[i].latex, mathml = known[i].mathml;
	if (latex) {
		tl_math_both(p, latex, mathml);
	} else {
		function_name(p, n);
	}
	tl_math_both(p, "\\left(", "<mrow><mo>(</mo>");
	list(p, first, ", ", "<mo>,</mo>");
	tl_math_both(p, "\\right)", "<mo>)</mo></mrow>");
}

/* 1e30 is a power of ten. */
static void number(printer *p, double x)
{
	char text[40];
	snprintf(text, sizeof text, "%.9g", x);
	char *power = strchr(text, 'e');
	if (power)
		*power = 0;
	bool one = power && !strcmp(text, "1");
	if (!one)
		tl_write_format(p->w, p->as == TL_MATH_LATEX ? "%s" : "<mn>%s</mn>", text);
	if (!power)
		return;
	tl_math_both(p, one ? "" : " \\cdot ", one ? "" : "<mo>·</mo>");
	int exponent = 0;
	if (sscanf(power + 1, "%d", &exponent) == 1)
		tl_write_format(p->w,
				p->as == TL_MATH_LATEX ? "10^{%d}"
						       : "<msup><mn>10</mn><mn>%d</mn></msup>",
				exponent);
}

static void node(printer *p, const tl_phrase *n)
{
	switch (n->kind) {
	case TL_NODE_NUMBER:
		number(p, n->number);
		return;
	case TL_NODE_NAME:
		tl_math_name(p, n->at, n->name, n->primed, NULL);
		return;
	case TL_NODE_CALL:
		call(p, n);
		return;
	case TL_NODE_INDEX:
		indexed(p, n);
		return;
	case TL_NODE_SLICE:
		part(p, n);
		return;
	case TL_NODE_IF:
		cases(p, n);
		return;
	case TL_NODE_AND:
		both_are_true(p, n);
		return;
	case TL_NODE_STACKED:
		tl_math_both(p, "\\begin{bmatrix} ", "<mrow><mo>[</mo><mtable><mtr><mtd>");
		list(p, n->first, " \\\\ ", "</mtd></mtr><mtr><mtd>");
		tl_math_both(p, " \\end{bmatrix}", "</mtd></mtr></mtable><mo>]</mo></mrow>");
		return;
	case TL_NODE_LIST:
		tl_math_both(p, "[", "<mo>[</mo>");
		list(p, n->first, ", ", "<mo>,</mo>");
		tl_math_both(p, "]", "<mo>]</mo>");
		return;
	default:
		for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
			if (looks[i].kind == n->kind)
				filled(p, p->as == TL_MATH_LATEX ? looks[i].latex : looks[i].mathml,
				       n->first);
	}
}

/* With the parentheses of the text, but where a form of its own makes them needless. */
void tl_math_expression(printer *p, const tl_phrase *n)
{
	if (n == p->left_out)
		return;
	if (!n->in_parentheses || n->kind == TL_NODE_DIV || n->kind == TL_NODE_IF) {
		without_parentheses(p, n);
		return;
	}
	tl_math_both(p, "\\left(", "<mrow><mo>(</mo>");
	node(p, n);
	tl_math_both(p, "\\right)", "<mo>)</mo></mrow>");
}

static void without_parentheses(printer *p, const tl_phrase *n)
{
	tl_math_both(p, "", "<mrow>");
	node(p, n);
	tl_math_both(p, "", "</mrow>");
}
