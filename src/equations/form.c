/*
 * Sizes and forms, and making two of them equal. Sizes are equal only if they are so for every in
 * and hidden, so that a text is right or wrong before it meets data.
 */
#include "equations/form.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_zero(double x)
{
	return fabs(x) < 1e-9;
}

tl_size tl_size_of(double number)
{
	tl_size a = {0};
	a.c[0][0] = number;
	return a;
}

tl_size tl_size_in(void)
{
	tl_size a = {0};
	a.c[1][0] = 1;
	return a;
}

tl_size tl_size_hidden(void)
{
	tl_size a = {0};
	a.c[0][1] = 1;
	return a;
}

tl_size tl_size_add(tl_size a, tl_size b, double times_b)
{
	for (int i = 0; i < TL_DEGREE; i++)
		for (int j = 0; j < TL_DEGREE; j++)
			a.c[i][j] += times_b * b.c[i][j];
	if (!a.var)
		a.var = b.var, a.by = times_b * b.by;
	else if (a.var == b.var)
		a.by += times_b * b.by;
	if (a.var && is_zero(a.by))
		a.var = 0, a.by = 0;
	return a;
}

static bool is_constant(tl_size a)
{
	for (int i = 0; i < TL_DEGREE; i++)
		for (int j = 0; j < TL_DEGREE; j++)
			if ((i || j) && !is_zero(a.c[i][j]))
				return false;
	return !a.var;
}

bool tl_size_multiply(tl_size a, tl_size b, tl_size *to)
{
	tl_size out = {0};
	if (is_constant(b)) {
		tl_size swap = a;
		a = b, b = swap;
	}
	if (is_constant(a)) {
		*to = tl_size_add(out, b, a.c[0][0]);
		return true;
	}
	if (a.var || b.var)
		return false;
	for (int i = 0; i < TL_DEGREE; i++)
		for (int j = 0; j < TL_DEGREE; j++)
			for (int k = 0; k < TL_DEGREE; k++)
				for (int l = 0; l < TL_DEGREE; l++) {
					double c = a.c[i][j] * b.c[k][l];
					if (is_zero(c))
						continue;
					if (i + k >= TL_DEGREE || j + l >= TL_DEGREE)
						return false;
					out.c[i + k][j + l] += c;
				}
	*to = out;
	return true;
}

tl_size tl_size_unknown(tl_equations *e)
{
	tl_size a = {.by = 1};
	if (!e->vars)
		e->vars = 1; /* 0 is none */
	if (!tl_arena_reserve(&e->arena, &e->solved, &e->vars_room, e->vars + 1,
			      sizeof *e->solved)) {
		tl_script_no_memory(&e->source);
		return tl_size_of(1);
	}
	a.var = (int)e->vars;
	e->solved[e->vars++] = a;
	return a;
}

tl_size tl_size_resolved(const tl_equations *e, tl_size a)
{
	while (a.var) {
		tl_size known = e->solved[a.var];
		if (known.var == a.var)
			break;
		double by = a.by;
		a.var = 0, a.by = 0;
		a = tl_size_add(a, known, by);
	}
	if (e->same_sizes) /* in is hidden */
		for (int i = 1; i < TL_DEGREE; i++)
			for (int j = 0; i + j < TL_DEGREE; j++) {
				a.c[0][i + j] += a.c[i][j];
				a.c[i][j] = 0;
			}
	return a;
}

bool tl_size_is(const tl_equations *e, tl_size a, double number)
{
	a = tl_size_resolved(e, a);
	return is_constant(a) && is_zero(a.c[0][0] - number);
}

bool tl_size_unify(tl_equations *e, tl_size a, tl_size b)
{
	a = tl_size_resolved(e, a);
	b = tl_size_resolved(e, b);
	if (a.var && b.var && a.var != b.var) { /* solved for a's, as something of b's */
		tl_size rest = tl_size_add(b, (tl_size){0}, 1), own = a;
		int var = own.var;
		double by = own.by;
		own.var = 0, own.by = 0;
		rest = tl_size_add(rest, own, -1);
		tl_size answer = tl_size_add((tl_size){0}, rest, 1 / by);
		e->solved[var] = answer;
		return true;
	}
	tl_size d = tl_size_add(a, b, -1);
	if (!d.var)
		return is_constant(d) && is_zero(d.c[0][0]);
	int var = d.var;
	double by = d.by;
	d.var = 0, d.by = 0;
	e->solved[var] = tl_size_add((tl_size){0}, d, -1 / by);
	return true;
}

double tl_size_value(const tl_size *a, double in, double hidden)
{
	double x = 0;
	for (int i = TL_DEGREE - 1; i >= 0; i--) {
		double of_hidden = 0;
		for (int j = TL_DEGREE - 1; j >= 0; j--)
			of_hidden = of_hidden * hidden + a->c[i][j];
		x = x * in + of_hidden;
	}
	return x;
}

int64_t tl_size_at(const tl_equations *e, tl_size a, int64_t in, int64_t hidden)
{
	if (a.var || e->same_sizes)
		a = tl_size_resolved(e, a);
	double x = tl_size_value(&a, (double)in, (double)hidden);
	double whole = floor(x + 0.5);
	return a.var || !(fabs(x - whole) < 1e-6) || whole < 0 || whole > 2147483647.
		       ? -1
		       : (int64_t)whole;
}

static size_t put_factor(char *text, size_t room, const char *name, int power)
{
	if (!power)
		return 0;
	return (size_t)snprintf(text, room, power > 1 ? " %s^%d" : " %s", name, power);
}

const char *tl_size_text(tl_equations *e, tl_size a)
{
	char text[160] = "";
	size_t used = 0;
	a = tl_size_resolved(e, a);
	for (int i = TL_DEGREE - 1; i >= 0; i--)
		for (int j = TL_DEGREE - 1; j >= 0; j--) {
			double c = a.c[i][j];
			if (is_zero(c) || used > 100)
				continue;
			bool unit = (i || j) && is_zero(fabs(c) - 1);
			double part = 1 / fabs(c);
			bool quotient = (i || j) && !unit && part > 1.5 &&
					is_zero(part - floor(part + 0.5));
			used += (size_t)snprintf(text + used, sizeof text - used, "%s",
						 c < 0  ? " -"
						 : used ? " +"
							: "");
			if (!unit && !quotient)
				used += (size_t)snprintf(text + used, sizeof text - used, " %.6g",
							 fabs(c));
			used += put_factor(text + used, sizeof text - used, "in", i);
			used += put_factor(text + used, sizeof text - used, "hidden", j);
			if (quotient)
				used += (size_t)snprintf(text + used, sizeof text - used, " / %.6g",
							 part);
		}
	if (a.var)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s ?", used ? " +" : "");
	return tl_script_text(&e->source, "%s", used ? text + 1 : "0");
}

int tl_form_rank(tl_form_kind kind)
{
	static const int rank[] = {0, 0, 1, 1, 2, 3, 4};
	return rank[kind];
}

int tl_form_new(tl_equations *e, tl_form_kind kind, const tl_size *dim)
{
	if (!tl_arena_reserve(&e->arena, &e->form, &e->forms_room, e->forms + 1, sizeof *e->form)) {
		tl_script_no_memory(&e->source);
		return 0;
	}
	tl_form *f = &e->form[e->forms];
	*f = (tl_form){.kind = kind};
	for (int i = 0; i < tl_form_rank(kind); i++)
		f->dim[i] = dim[i];
	return (int)e->forms++;
}

tl_form *tl_form_at(const tl_equations *e, int form)
{
	while (e->form[form].is)
		form = e->form[form].is;
	return &e->form[form];
}

bool tl_form_unify(tl_equations *e, int a, int b)
{
	tl_form *f = tl_form_at(e, a), *g = tl_form_at(e, b);
	if (f == g)
		return true;
	if (f->kind == TL_FORM_OPEN) {
		f->is = (int)(g - e->form);
		return true;
	}
	if (g->kind == TL_FORM_OPEN) {
		g->is = (int)(f - e->form);
		return true;
	}
	if (f->kind != g->kind)
		return false;
	for (int i = 0; i < tl_form_rank(f->kind); i++)
		if (!tl_size_unify(e, f->dim[i], g->dim[i]))
			return false;
	return true;
}

const char *tl_form_text(tl_equations *e, int form)
{
	tl_form *f = tl_form_at(e, form);
	int rank = tl_form_rank(f->kind);
	if (f->kind == TL_FORM_OPEN)
		return "of a shape that is not known yet";
	if (f->kind == TL_FORM_NUMBER)
		return "a number";
	const char *text = f->kind == TL_FORM_ROW ? "a row [" : "[";
	for (int i = 0; i < rank; i++)
		text = tl_script_text(&e->source, "%s%s%s", text, i ? ", " : "",
				      tl_size_text(e, f->dim[i]));
	return tl_script_text(&e->source, "%s]", text);
}
