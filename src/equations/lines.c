/* The lines of a text in their order: options, states and what is required, then the equations. */
#include "equations/lines.h"

#include "equations/apply.h"
#include "equations/complete.h"
#include "equations/expand.h"
#include "equations/parse.h"

#include <math.h>
#include <string.h>

static bool is_common(const char *name)
{
	static const char *const names[] = {"in", "hidden", "t", "pi", "I"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* Options */

static bool option_list(tl_expander *x, tl_text_option *o, const tl_phrase *n)
{
	int count = 0;
	for (const tl_phrase *a = n->first; a; a = a->next)
		count++;
	o->type = TL_TEXT_LIST;
	o->list = tl_script_take(x->s, (size_t)(count + 1) * sizeof *o->list);
	if (!o->list)
		return false;
	o->count = 0;
	for (const tl_phrase *a = n->first; a; a = a->next) {
		tl_term *v = tl_expand_node(x, a);
		if (!v)
			return false;
		if (v->op != TL_VALUE_NUMBER || v->boolean)
			return tl_script_fail(x->s, a->at, NULL, "a list is of numbers");
		o->list[o->count++] = v->number;
	}
	return true;
}

static bool option_set(tl_expander *x, tl_text_option *o, const tl_phrase *n)
{
	if (n->kind == TL_NODE_LIST)
		return option_list(x, o, n);
	if (n->kind == TL_NODE_NAME && tl_is_builtin(n->name)) {
		o->type = TL_TEXT_FUNCTION;
		o->function = n->name;
		return true;
	}
	tl_term *v = tl_expand_node(x, n);
	if (!v)
		return false;
	if (v->op != TL_VALUE_NUMBER)
		return tl_script_fail(x->s, n->at, "a number, true, false, a list or a function",
				      "an option does not depend on this");
	o->type = v->boolean ? TL_TEXT_BOOLEAN : TL_TEXT_NUMBER;
	o->number = v->number;
	return true;
}

static bool option(tl_expander *x, const tl_entry *i)
{
	tl_equations *e = x->e;
	if (!i->value)
		return tl_script_fail(x->s, i->at, tl_script_text(x->s, "option %s = 1", i->name),
				      "an option has a default");
	if (tl_option_of(e, i->name) || is_common(i->name))
		return tl_script_fail(x->s, i->at, NULL, "%s has a meaning already", i->name);
	if (!tl_arena_reserve(&e->arena, &e->option, &e->options_room, e->options + 1,
			      sizeof *e->option))
		return tl_script_no_memory(x->s);
	tl_text_option o = {.name = i->name, .at = i->at};
	if (!option_set(x, &o, i->value))
		return false;
	o.activation = o.type == TL_TEXT_FUNCTION;
	for (size_t k = 0; k < e->options; k++)
		o.activation = o.activation && e->option[k].type != TL_TEXT_FUNCTION;
	e->option[e->options++] = o;
	return true;
}

/* The options given with the text, which are a text of their own. */
static bool options_given(tl_expander *x, const tl_entry *given, tl_script *source)
{
	for (const tl_entry *i = given; i; i = i->next) {
		tl_text_option *o = (tl_text_option *)tl_option_of(x->e, i->name);
		if (!o)
			return tl_script_fail(source, i->at, NULL, "the cell %s has no option %s",
					      x->e->syntax.name, i->name);
		tl_option_type was = o->type;
		tl_script *text = x->s;
		x->s = source;
		bool fine = option_set(x, o, i->value);
		x->s = text;
		if (!fine)
			return false;
		if (was != o->type)
			return tl_script_fail(source, i->value->at, NULL,
					      "the option %s is of another type", i->name);
	}
	return true;
}

/* States */

static bool state(tl_expander *x, const tl_entry *i)
{
	tl_equations *e = x->e;
	if (e->states == TL_MAX_STATES)
		return tl_script_fail(x->s, i->at, NULL, "a cell has at most %d states",
				      TL_MAX_STATES);
	for (int k = 0; k < e->states; k++)
		if (!strcmp(e->state[k].name, i->name))
			return tl_script_fail(x->s, i->at, NULL, "the state %s is there already",
					      i->name);
	if (tl_option_of(e, i->name) || is_common(i->name) || !strcmp(i->name, e->input))
		return tl_script_fail(x->s, i->at, NULL, "%s has a meaning already", i->name);
	tl_text_state *s = &e->state[e->states];
	*s = (tl_text_state){.name = i->name, .at = i->at};
	tl_size hidden = tl_size_hidden();
	s->form = i->shaped ? tl_form_of_shape(x, i->shape, "a state", 3)
			    : tl_form_new(e, TL_FORM_VECTOR, &hidden);
	if (!s->form)
		return false;
	if (i->value && i->value->kind == TL_NODE_NAME && !strcmp(i->value->name, "learned")) {
		s->learned = 1;
	} else if (i->value) {
		tl_term *v = tl_expand_node(x, i->value);
		if (!v)
			return false;
		if (v->op != TL_VALUE_NUMBER || v->boolean)
			return tl_script_fail(x->s, i->value->at, "a number, or learned",
					      "a state does not start so");
		s->start = v->number;
	}
	e->states++;
	return true;
}

static bool input(tl_expander *x, const tl_entry *i)
{
	if (i->next)
		return tl_script_fail(x->s, i->next->at, NULL, "a cell has one input");
	x->e->input = i->name;
	if (i->shaped)
		x->e->input_form = tl_form_of_shape(x, i->shape, "an input", 3);
	return x->e->input_form != 0;
}

/* require */

/* in = hidden makes the two sizes one. */
static bool is_same_sizes(const tl_phrase *n)
{
	const tl_phrase *a = n->first, *b = a ? a->next : NULL;
	return n->kind == TL_NODE_EQUAL && b && a->kind == TL_NODE_NAME &&
	       b->kind == TL_NODE_NAME &&
	       ((!strcmp(a->name, "in") && !strcmp(b->name, "hidden")) ||
		(!strcmp(a->name, "hidden") && !strcmp(b->name, "in")));
}

/* What a condition looks at, with its values: "open = 1.5". */
static const char *values_in(tl_expander *x, const tl_phrase *n, const char *text)
{
	const tl_text_option *o = n->kind == TL_NODE_NAME ? tl_option_of(x->e, n->name) : NULL;
	if (o && o->type == TL_TEXT_NUMBER && !strstr(text, o->name))
		text = tl_script_text(x->s, "%s%s%s = %g", text, *text ? ", " : "", o->name,
				      o->number);
	for (const tl_phrase *a = n->first; a; a = a->next)
		text = values_in(x, a, text);
	return text;
}

static bool require(tl_expander *x, const tl_line *line)
{
	tl_equations *e = x->e;
	for (const tl_phrase *n = line->value; n; n = n->next) {
		tl_term *v = tl_expand_node(x, n);
		if (!v)
			return false;
		if (!v->boolean)
			return tl_script_fail(x->s, n->at, "as in require 0 < leak ≤ 1",
					      "this is no condition");
		const char *with = values_in(x, n, "");
		if (v->op == TL_VALUE_NUMBER && v->number == 0)
			return tl_script_fail(x->s, n->at, NULL, "%s%sthis is required", with,
					      *with ? ": " : "");
		if (v->known > TL_KNOWN_MADE)
			return tl_script_fail(x->s, n->at, "of options, in and hidden",
					      "this is not known before a step");
		e->same_sizes = e->same_sizes || is_same_sizes(n);
		if (v->op == TL_VALUE_NUMBER)
			continue;
		if (!tl_arena_reserve(&e->arena, &e->require, &e->require_room, e->requires + 1,
				      sizeof *e->require) ||
		    !tl_arena_reserve(&e->arena, &e->required, &e->required_room, e->requires + 1,
				      sizeof *e->required))
			return tl_script_no_memory(x->s);
		e->require[e->requires] = v;
		e->required[e->requires ++] = tl_script_text(x->s, "%s:%d requires %s", x->s->file,
							     tl_script_line(x->s, n->at.start),
							     tl_script_slice(x->s, n->at));
	}
	return true;
}

static bool tree(tl_expander *x, const tl_line *line)
{
	x->e->tree = true;
	if (!line->value)
		return true;
	tl_term *v = tl_expand_node(x, line->value);
	return v && tl_whole(x, v, 1, 8, &x->e->most_children);
}

/* Equations */

static bool named(tl_expander *x, const char *name, tl_term *v, int state)
{
	tl_equations *e = x->e;
	if (!tl_arena_reserve(&e->arena, &e->named, &e->named_room, e->nameds + 1,
			      sizeof *e->named))
		return tl_script_no_memory(x->s);
	const char *site =
		tl_script_text(x->s, "%s:%d", x->s->file, tl_script_line(x->s, v->at.start));
	e->named[e->nameds++] = (tl_defined){name, site, v, state};
	return !x->s->failed;
}

/* A loop may give a name again; outside, lines are equations. */
static bool define(tl_expander *x, const tl_entry *i, tl_term *v)
{
	tl_meaning *b = x->text.names;
	while (b && strcmp(b->name, i->name))
		b = b->next;
	if (b && !x->loops)
		return tl_script_fail(x->s, i->at,
				      "lines are equations, not assignments: another "
				      "name (inside for it may change)",
				      "%s is already defined at line %d", i->name,
				      tl_script_line(x->s, b->at.start));
	if (!b &&
	    (tl_option_of(x->e, i->name) || is_common(i->name) || !strcmp(i->name, x->e->input)))
		return tl_script_fail(x->s, i->at, NULL, "%s has a meaning already", i->name);
	for (int k = 0; k < x->e->states; k++)
		if (!strcmp(x->e->state[k].name, i->name))
			return tl_script_fail(x->s, i->at, tl_script_text(x->s, "%s' = …", i->name),
					      "%s is a state: its new value has a '", i->name);
	if (tl_is_function(&x->e->syntax, i->name))
		return tl_script_fail(x->s, i->at, NULL, "%s is a function", i->name);
	if (!b) {
		if (!(b = tl_script_take(x->s, sizeof *b)))
			return false;
		*b = (tl_meaning){.name = i->name, .at = i->at, .next = x->text.names};
		x->text.names = b;
	}
	b->value = v;
	if (!v->name)
		v->name = i->name;
	return named(x, i->name, v, -1);
}

static bool next_state(tl_expander *x, const tl_entry *i, const tl_line *line, tl_term *v)
{
	tl_equations *e = x->e;
	int k = 0;
	while (k < e->states && strcmp(e->state[k].name, i->name))
		k++;
	if (k == e->states)
		return tl_script_fail(x->s, i->at, tl_script_text(x->s, "state %s", i->name),
				      "%s is not a state", i->name);
	if (e->state[k].next)
		return tl_script_fail(x->s, i->at, NULL, "%s' is there already, at line %d",
				      i->name, tl_script_line(x->s, e->state[k].next->at.start));
	if (v->boolean)
		return tl_script_fail(x->s, line->value->at, NULL, "a condition is no state");
	/* A number known early fills the state. */
	bool fills = v->known < TL_KNOWN_RUN && tl_form_at(e, v->form)->kind == TL_FORM_NUMBER;
	if (!fills && !tl_form_unify(e, v->form, e->state[k].form)) {
		bool vectors = tl_form_at(e, v->form)->kind == TL_FORM_VECTOR &&
			       tl_form_at(e, e->state[k].form)->kind == TL_FORM_VECTOR;
		return tl_script_fail(
			x->s, line->value->at,
			vectors ? "a matrix before a vector changes its size" : NULL,
			"%s is %s, and the state %s is %s", tl_script_slice(x->s, line->value->at),
			tl_form_text(e, v->form), i->name, tl_form_text(e, e->state[k].form));
	}
	e->state[k].next = v;
	return named(x, i->name, v, k);
}

/* (push, pop, keep) = softmax(A h'): as many numbers */
static bool taken_apart(tl_expander *x, const tl_line *line, tl_term *v)
{
	int count = 0, index = 0;
	for (const tl_entry *i = line->item; i; i = i->next)
		count++;
	if (!tl_make_vector(x, v->form))
		return false;
	const tl_form *f = tl_form_at(x->e, v->form);
	if (f->kind != TL_FORM_VECTOR || !tl_size_unify(x->e, f->dim[0], tl_size_of(count)))
		return tl_script_fail(x->s, line->value->at, NULL, "%s is %s, not %d numbers",
				      tl_script_slice(x->s, line->value->at),
				      tl_form_text(x->e, v->form), count);
	if (!named(x, "", v, -1))
		return false;
	for (const tl_entry *i = line->item; i; i = i->next) {
		tl_term *at = tl_value_number(x, i->at, index++);
		tl_term *part = at ? tl_apply_part(x, i->at, v, at) : NULL;
		if (!part || !define(x, i, part))
			return false;
	}
	return true;
}

static bool equation(tl_expander *x, const tl_line *line)
{
	const tl_entry *i = line->item;
	x->line = line->number;
	tl_term *v = tl_expand_node(x, line->value);
	if (!v)
		return false;
	if (i->shaped) {
		int form = tl_form_of_shape(x, i->shape, "a value", 3);
		if (!form || !tl_form_unify(x->e, v->form, form))
			return tl_script_fail(x->s, i->at, NULL, "%s is %s, not %s", i->name,
					      tl_form_text(x->e, v->form),
					      form ? tl_form_text(x->e, form) : "this");
	}
	return i->next     ? taken_apart(x, line, v)
	       : i->primed ? next_state(x, i, line, v)
			   : define(x, i, v);
}

static bool body(tl_expander *x, const tl_line *line);

static bool loop(tl_expander *x, const tl_line *line)
{
	const tl_phrase *from = line->value->first;
	int first, last;
	x->line = line->number;
	tl_term *a = tl_expand_node(x, from), *b = a ? tl_expand_node(x, from->next) : NULL;
	if (!b || !tl_whole(x, a, -1000, 1000, &first) || !tl_whole(x, b, -1000, 1000, &last))
		return false;
	tl_meaning *counter = tl_script_take(x->s, sizeof *counter);
	if (!counter)
		return false;
	*counter = (tl_meaning){.name = line->value->name, .at = line->at, .next = x->text.names};
	x->text.names = counter;
	x->loops++;
	for (int k = first; k <= last; k++)
		if (!(counter->value = tl_value_number(x, line->at, k)) || !body(x, line->body))
			return false;
	x->loops--;
	counter->name = ""; /* it ends with the loop */
	return true;
}

static bool body(tl_expander *x, const tl_line *line)
{
	for (; line; line = line->next)
		switch (line->kind) {
		case TL_LINE_EQUATION:
			if (!equation(x, line))
				return false;
			break;
		case TL_LINE_LOOP:
			if (!loop(x, line))
				return false;
			break;
		case TL_LINE_FUNCTION:
			break;
		default:
			if (x->loops)
				return tl_script_fail(x->s, line->at, NULL,
						      "declarations stand outside loops");
		}
	return true;
}

/* A function's name means that function and nothing else. */
static bool functions(tl_expander *x)
{
	const tl_line *first = x->e->syntax.line;
	for (const tl_line *l = first; l; l = l->next) {
		if (l->kind != TL_LINE_FUNCTION)
			continue;
		const char *name = l->item->name;
		bool taken =
			tl_option_of(x->e, name) || is_common(name) || !strcmp(name, x->e->input);
		for (int k = 0; k < x->e->states; k++)
			taken = taken || !strcmp(x->e->state[k].name, name);
		for (const tl_line *other = first; other != l; other = other->next)
			taken = taken || (other->kind == TL_LINE_FUNCTION &&
					  !strcmp(other->item->name, name));
		if (taken)
			return tl_script_fail(x->s, l->item->at, NULL, "%s has a meaning already",
					      name);
	}
	return true;
}

/* All of it */

static bool declarations(tl_expander *x, const tl_entry *options, tl_script *given)
{
	const tl_line *first = x->e->syntax.line;
	for (const tl_line *l = first; l; l = l->next)
		for (const tl_entry *i = l->kind == TL_LINE_OPTION ? l->item : NULL; i; i = i->next)
			if (!option(x, i))
				return false;
	if (!options_given(x, options, given))
		return false;
	for (const tl_line *l = first; l; l = l->next)
		if ((l->kind == TL_LINE_TREE && !tree(x, l)) ||
		    (l->kind == TL_LINE_REQUIRE && !require(x, l)) ||
		    (l->kind == TL_LINE_INPUT && !input(x, l->item)))
			return false;
	for (const tl_line *l = first; l; l = l->next)
		for (const tl_entry *i = l->kind == TL_LINE_STATE ? l->item : NULL; i; i = i->next)
			if (!state(x, i))
				return false;
	if (!functions(x))
		return false;
	tl_place start = {0, 1};
	return x->e->states || tl_script_fail(x->s, start, "state h", "a cell has a state");
}

bool tl_expand_text(tl_equations *e, const tl_entry *options, tl_script *given)
{
	tl_expander x = {.e = e, .s = &e->source, .child = TL_NO_CHILD, .expand = tl_expand};
	tl_size in = tl_size_in();
	x.frame = &x.text;
	e->input = "x";
	if (tl_form_new(e, TL_FORM_OPEN, NULL) != 0 || tl_form_new(e, TL_FORM_NUMBER, NULL) != 1 ||
	    !(e->input_form = tl_form_new(e, TL_FORM_VECTOR, &in)))
		return false;
	x.line = UINT32_MAX; /* in declarations all functions are known */
	return declarations(&x, options, given) && body(&x, e->syntax.line) && tl_complete(&x);
}
