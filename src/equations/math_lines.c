/*
 * Lines of equations, aligned at their signs: a LaTeX align* or a table of MathML. How an
 * expression looks is math.c's.
 */
#include "equations/math_lines.h"

#include <string.h>

typedef tl_math_printer printer;

/* "# eq. 7" behind an equation is its number. */
static void equation_number(printer *p, const tl_line *l)
{
	const char *at = p->e->source.text + l->at.end;
	while (*at == ' ')
		at++;
	if (strncmp(at, "# eq. ", 6) != 0)
		return;
	at += 6;
	int length = (int)strspn(at, "0123456789abcdefghijklmnopqrstuvwxyz.-");
	if (length && p->as == TL_MATH_LATEX)
		tl_write_format(p->w, " \\tag{%.*s}", length, at);
	else if (length)
		tl_write_format(p->w, "</mtd><mtd><mtext>(%.*s)</mtext>", length, at);
}

static void left_side(printer *p, const tl_line *l)
{
	const tl_entry *i = l->item;
	bool function = l->kind == TL_LINE_FUNCTION, several = !function && i->next;
	if (!several)
		tl_math_name(p, i->at, function ? "" : i->name, i->primed, NULL);
	if (!several && !function)
		return;
	tl_math_both(p, "(", "<mo>(</mo>");
	for (const tl_entry *k = function ? i->next : i; k; k = k->next) {
		tl_math_name(p, k->at, function ? "" : k->name, k->primed, NULL);
		if (k->next)
			tl_math_both(p, ", ", "<mo>,</mo>");
	}
	tl_math_both(p, ")", "<mo>)</mo>");
}

static void lines(printer *p, const tl_line *l, bool *begun)
{
	for (; l; l = l->next) {
		if (l->kind != TL_LINE_EQUATION && l->kind != TL_LINE_FUNCTION &&
		    l->kind != TL_LINE_LOOP)
			continue;
		tl_math_both(p, *begun ? " \\\\\n" : "", "<mtr><mtd style=\"text-align: right\">");
		*begun = true;
		if (l->kind == TL_LINE_LOOP) {
			const tl_phrase *from = l->value->first;
			tl_write_format(
				p->w,
				p->as == TL_MATH_LATEX
					? "&\\text{for } %s = "
					: "</mtd><mtd style=\"text-align: "
					  "left\"><mtext>for&#xa0;</mtext><mi>%s</mi><mo>=</mo>",
				l->value->name);
			tl_math_expression(p, from);
			tl_math_both(p, ", \\dots, ", "<mo>,</mo><mo>…</mo><mo>,</mo>");
			tl_math_expression(p, from->next);
			tl_math_both(p, ":", "<mo>:</mo></mtd></mtr>\n");
			lines(p, l->body, begun);
			continue;
		}
		left_side(p, l);
		tl_math_both(p, " &= ", "</mtd><mtd style=\"text-align: left\"><mo>=</mo>");
		tl_math_expression(p, l->value);
		equation_number(p, l);
		tl_math_both(p, "", "</mtd></mtr>\n");
	}
}

static void begin(printer *p)
{
	tl_math_both(p, "\\begin{align*}\n",
		     "<math xmlns=\"http://www.w3.org/1998/Math/MathML\" display=\"block\">\n"
		     "<mtable displaystyle=\"true\">\n");
}

static void end(printer *p)
{
	tl_math_both(p, "\n\\end{align*}\n", "</mtable>\n</math>\n");
}

void tl_write_math(tl_writer *w, const tl_equations *e, tl_math as)
{
	printer p = {.w = w, .e = e, .as = as};
	bool begun = false;
	begin(&p);
	lines(&p, e->syntax.line, &begun);
	end(&p);
}

/* Words of a comment, behind an equation. */
static void note(printer *p, tl_place at)
{
	const char *text = p->e->source.text;
	tl_math_both(p, "\\quad\\text{", "</mtd><mtd style=\"text-align: left\"><mtext>");
	for (uint32_t i = at.start; i < at.end; i++) {
		char c = text[i];
		if (p->as == TL_MATH_LATEX && strchr("#$%&_{}", c))
			tl_write_format(p->w, "\\%c", c);
		else if (p->as == TL_MATH_LATEX && strchr("\\^~", c))
			tl_write_format(p->w, "\\char%d ", c);
		else if (p->as == TL_MATH_MATHML && strchr("&<>", c))
			tl_write_text(p->w, c == '&' ? "&amp;" : c == '<' ? "&lt;" : "&gt;");
		else
			tl_write(p->w, &c, 1);
	}
	tl_math_both(p, "}", "</mtext>");
}

void tl_write_rules(tl_writer *w, const tl_script *s, const tl_rule *rules, const char *operands,
		    tl_math as)
{
	tl_equations none = {.source = *s, .input = ""};
	printer p = {.w = w, .e = &none, .as = as, .operands = operands};
	begin(&p);
	for (const tl_rule *r = rules; r; r = r->next) {
		tl_math_both(&p, r == rules ? "" : " \\\\\n",
			     "<mtr><mtd style=\"text-align: right\">");
		tl_math_expression(&p, r->left);
		tl_math_both(&p, " &= ", "</mtd><mtd style=\"text-align: left\"><mo>=</mo>");
		tl_math_expression(&p, r->right);
		if (r->note.end)
			note(&p, r->note);
		tl_math_both(&p, "", "</mtd></mtr>\n");
	}
	end(&p);
}
