/* Numbers, sizes, shapes and names in C. */
#include "equations/c_number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 1 << 22 };

void tl_c_put(tl_c_source *s, const char *text)
{
	if (s->w->length > LONGEST)
		s->problem = "written out it is too long";
	else
		tl_write_text(s->w, text);
}

/* Names */

const char *tl_c_identifier(tl_c_source *s, const char *name)
{
	static const char *const taken[] = {
		"auto",    "break",  "case",     "char",   "const",    "continue", "default",
		"do",      "double", "else",     "enum",   "extern",   "float",    "for",
		"goto",    "if",     "inline",   "int",    "long",     "register", "restrict",
		"return",  "short",  "signed",   "sizeof", "static",   "struct",   "switch",
		"typedef", "union",  "unsigned", "void",   "volatile", "while",    "bool",
		"true",    "false",  "x",        "s",      "p",        "w",        "o",
		"n",       "t",      "in",       "hidden", "cell",     "child",    "count",
		"k",       "tape",   "main",     "log",    "exp",      "floor",    "fmod",
		"sqrt",    "asm",    "into",     "gamma",  "pow",      "y0",       "y1",
		"j0",      "j1",     "yn",       "jn",     "signal",   "index",    "div",
		"time",    "clock"};
	char text[48];
	bool clash = false;
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		clash = clash || !strcmp(taken[i], name);
	snprintf(text, sizeof text, "%.40s%s", name, clash ? "_" : "");
	for (int turn = 2, again = 1; again; turn++) {
		again = 0;
		for (int i = 0; i < s->name_count; i++)
			again = again || !strcmp(s->names[i], text);
		if (again)
			snprintf(text, sizeof text, "%.32s_%d", name, turn);
	}
	return strcpy(s->names[s->name_count++], text);
}

/* Numbers */

void tl_c_constant(tl_c_source *s, double x)
{
	char text[40];
	snprintf(text, sizeof text, "%.17g", x);
	char shorter[40];
	for (int digits = 1; digits < 17; digits++) {
		snprintf(shorter, sizeof shorter, "%.*g", digits, x);
		double back = 0;
		if (sscanf(shorter, "%lf", &back) == 1 && back == x) {
			strcpy(text, shorter);
			break;
		}
	}
	for (char *c = text; *c; c++) /* whatever the locale */
		*c = *c == ',' ? '.' : *c;
	tl_c_put(s, text);
}

/* 2 * hidden + in, or 3 * hidden / 4 */
void tl_c_size(tl_c_source *s, tl_size a)
{
	int terms = 0;
	a = tl_size_resolved(s->e, a);
	for (int i = TL_DEGREE - 1; i >= 0; i--)
		for (int j = TL_DEGREE - 1; j >= 0; j--) {
			double c = a.c[i][j], times = fabs(c);
			int part = 1, powers = 0;
			if (times < 1e-9)
				continue;
			while (part < 4096 && fabs(times * part - floor(times * part + 0.5)) > 1e-9)
				part++;
			times = floor(times * part + 0.5);
			tl_write_text(s->w, c < 0 ? (terms ? " - " : "-") : terms ? " + " : "");
			if (times != 1 || !(i || j))
				tl_write_format(s->w, "%.0f%s", times, i || j ? " * " : "");
			for (; powers < i + j; powers++)
				tl_write_format(s->w, "%s%s", powers ? " * " : "",
						powers < i ? "in" : "hidden");
			if (part > 1)
				tl_write_format(s->w, " / %d", part);
			terms++;
		}
	if (!terms)
		tl_c_put(s, "0");
}

void tl_c_number(tl_c_source *s, const tl_term *v)
{
	static const struct {
		tl_value_op op;
		const char *before, *between, *after;
	} pairs[] = {
		{TL_VALUE_ADD, "(", " + ", ")"},         {TL_VALUE_SUB, "(", " - ", ")"},
		{TL_VALUE_MUL, "", " * ", ""},           {TL_VALUE_DIV, "(", " / (double)(", "))"},
		{TL_VALUE_POWER, "pow(", ", ", ")"},     {TL_VALUE_MAXIMUM, "fmax(", ", ", ")"},
		{TL_VALUE_MINIMUM, "fmin(", ", ", ")"},  {TL_VALUE_LESS, "(", " < ", ")"},
		{TL_VALUE_LESS_EQUAL, "(", " <= ", ")"}, {TL_VALUE_EQUAL, "(", " == ", ")"},
		{TL_VALUE_NOT_EQUAL, "(", " != ", ")"},  {TL_VALUE_AND, "(", " && ", ")"},
		{TL_VALUE_OR, "(", " || ", ")"}};
	const tl_term *a = v->count > 0 ? v->of[0] : NULL, *b = v->count > 1 ? v->of[1] : NULL;
	switch (v->op) {
	case TL_VALUE_NUMBER:
		tl_c_constant(s, v->number);
		return;
	case TL_VALUE_TIME:
		tl_c_put(s, "t");
		return;
	case TL_VALUE_SIZE:
		tl_c_put(s, "(");
		tl_c_size(s, v->from);
		tl_c_put(s, ")");
		return;
	case TL_VALUE_NOT:
		tl_c_put(s, "!");
		break;
	case TL_VALUE_MOD:
		if (a->op == TL_VALUE_TIME && b->op == TL_VALUE_NUMBER && b->number >= 1 &&
		    b->number == floor(b->number) && b->number < 1e9) {
			tl_write_format(s->w, "t %% %.0f", b->number);
			return;
		}
		tl_c_put(s, "(");
		tl_c_number(s, a);
		tl_c_put(s, " - ");
		tl_c_number(s, b);
		tl_c_put(s, " * floor(");
		tl_c_number(s, a);
		tl_c_put(s, " / (double)");
		tl_c_number(s, b);
		tl_c_put(s, "))");
		return;
	case TL_VALUE_IF:
		tl_c_put(s, "(");
		tl_c_number(s, b);
		tl_c_put(s, " ? ");
		tl_c_number(s, a);
		tl_c_put(s, " : ");
		tl_c_number(s, v->of[2]);
		tl_c_put(s, ")");
		return;
	case TL_VALUE_APPLY:
		tl_write_text(s->w, !strcmp(v->name, "sigmoid") ? "1 / (1 + exp(-"
				    : !strcmp(v->name, "relu")  ? "fmax(0, "
				    : !strcmp(v->name, "abs")   ? "fabs"
				    : !strcmp(v->name, "sign")  ? "copysign(1, "
								: v->name);
		break;
	default:
		for (size_t i = 0; i < sizeof pairs / sizeof *pairs && b; i++)
			if (pairs[i].op == v->op) {
				tl_c_put(s, pairs[i].before);
				tl_c_number(s, a);
				tl_c_put(s, pairs[i].between);
				tl_c_number(s, b);
				tl_c_put(s, pairs[i].after);
				return;
			}
	}
	tl_c_put(s, "(");
	tl_c_number(s, a);
	tl_c_put(s, ")");
	if (v->op == TL_VALUE_APPLY)
		tl_c_put(s, !strcmp(v->name, "sigmoid")                            ? "))"
			    : !strcmp(v->name, "relu") || !strcmp(v->name, "sign") ? ")"
										   : "");
}

/* Shapes */

void tl_c_dims(tl_c_source *s, int form, bool batched)
{
	const tl_form *f = tl_form_at(s->e, form);
	int rank = tl_form_rank(f->kind);
	tl_c_put(s, batched ? "tl_dims(n" : "tl_dims(");
	for (int i = 0; i < rank; i++) {
		tl_c_put(s, i || batched ? ", " : "");
		tl_c_size(s, f->dim[i]);
	}
	tl_c_put(s, rank ? ")" : batched ? ", 1)" : "1)");
}
