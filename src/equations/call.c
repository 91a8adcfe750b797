/* Calls: functions over units, functions of form, elementwise ops by their name, and what is
 * taken for each of several numbers or for each child. */
#include "equations/call.h"

#include "equations/apply.h"
#include "equations/parse.h"

#include <math.h>
#include <string.h>

enum { MOST = 1024 };

typedef struct values {
	tl_term **at;
	size_t count, room;
} values;

static bool put(tl_expander *x, values *v, tl_term *value)
{
	if (!value)
		return false;
	if (!tl_arena_reserve(&x->e->arena, &v->at, &v->room, v->count + 1, sizeof *v->at))
		return tl_script_no_memory(x->s);
	v->at[v->count++] = value;
	return true;
}

static tl_term *number_bound(tl_expander *x, const char *name, tl_place at, int k, tl_meaning *b)
{
	tl_term *v = tl_value_number(x, at, k);
	*b = (tl_meaning){.name = name, .value = v, .at = at, .next = x->frame->names};
	return v;
}

/* value for k = from .. to */
static bool each_number(tl_expander *x, const tl_phrase *n, values *out)
{
	const tl_phrase *value = n->first, *from = value->next, *to = from->next;
	tl_term *a = tl_expand_node(x, from), *b = a ? tl_expand_node(x, to) : NULL;
	int first, last;
	if (!b || !tl_whole(x, a, -MOST, MOST, &first) || !tl_whole(x, b, -MOST, MOST, &last))
		return false;
	tl_meaning *names = x->frame->names;
	for (int k = first; k <= last; k++) {
		tl_meaning *bound = tl_script_take(x->s, sizeof *bound);
		if (!bound || !number_bound(x, n->name, n->at, k, bound))
			return false;
		x->frame->names = bound;
		if (!put(x, out, tl_expand_node(x, value)))
			return false;
		x->frame->names = names;
	}
	return true;
}

/* value for each child, or for each of those the text counts */
static bool each_child(tl_expander *x, const tl_phrase *n, values *out)
{
	const tl_equations *e = x->e;
	int outer = x->child;
	tl_meaning *names = x->frame->names;
	if (!e->tree)
		return tl_script_fail(x->s, n->at, "say so above: tree",
				      "only the cell of a tree has children");
	if (!e->most_children) {
		if (outer != TL_NO_CHILD)
			return tl_script_fail(x->s, n->at, "count them: tree 2",
					      "a child of a child, where there is any number");
		if (n->name)
			return tl_script_fail(x->s, n->at, "count them: tree 2",
					      "children without number have no places");
		x->child = TL_EACH_IN_TURN;
		tl_term *v = tl_expand_node(x, n->first);
		x->child = outer;
		return put(x, out, v);
	}
	for (int k = 0; k < e->most_children; k++) {
		tl_meaning *bound = tl_script_take(x->s, sizeof *bound);
		x->child = k;
		if (!bound || (n->name && !number_bound(x, n->name, n->at, k, bound)))
			return false;
		x->frame->names = n->name ? bound : names;
		if (!put(x, out, tl_expand_node(x, n->first)))
			return false;
		x->frame->names = names;
	}
	x->child = outer;
	return true;
}

static bool arguments(tl_expander *x, const tl_phrase *call, values *out, bool *children)
{
	*children = false;
	for (const tl_phrase *a = call->first; a; a = a->next) {
		*children = *children || a->kind == TL_NODE_CHILD;
		bool fine = a->kind == TL_NODE_FOR     ? each_number(x, a, out)
			    : a->kind == TL_NODE_CHILD ? each_child(x, a, out)
						       : put(x, out, tl_expand_node(x, a));
		if (!fine)
			return false;
		if (out->count > MOST)
			return tl_script_fail(x->s, a->at, NULL, "these are too many");
	}
	return true;
}

static bool has(tl_expander *x, const tl_phrase *call, const values *v, size_t least, size_t most)
{
	if (v->count >= least && v->count <= most)
		return true;
	const char *many = most > 1 ? "s" : "";
	return least == most
		       ? tl_script_fail(x->s, call->at, NULL, "%s takes %zu value%s, not %zu",
					call->name, least, many, v->count)
		       : tl_script_fail(x->s, call->at, NULL, "%s takes %zu to %zu values, not %zu",
					call->name, least, most, v->count);
}

static bool is_number(tl_expander *x, tl_term *v, const tl_phrase *call)
{
	return (v->op == TL_VALUE_NUMBER && !v->boolean) ||
	       tl_script_fail(x->s, v->at, "an option or a number",
			      "%s wants a number that is known here", call->name);
}

/* Over the units of a vector */

static tl_term *over_units(tl_expander *x, const tl_phrase *call, tl_value_op op, tl_term *a)
{
	if (!tl_make_vector(x, a->form))
		return NULL;
	tl_form_kind k = tl_form_at(x->e, a->form)->kind;
	bool keeps = op == TL_VALUE_SOFTMAX || op == TL_VALUE_CUMSUM;
	if (k == TL_FORM_NUMBER && !keeps)
		return a;
	if (k != TL_FORM_VECTOR && !(k == TL_FORM_MATRIX && keeps) && !(k == TL_FORM_ROW && keeps))
		return tl_script_fail(x->s, a->at, keeps ? NULL : "of each row: C ones(n)",
				      "%s is of the units of a vector, and %s is %s", call->name,
				      tl_script_slice(x->s, a->at), tl_form_text(x->e, a->form));
	return tl_value_new(x, op, call->at, keeps ? a->form : 1, 1, &a);
}

/* sum, mean, max and min: of the units of one vector, of several values in each place, of children
 */
static tl_term *reduce(tl_expander *x, const tl_phrase *call, const values *v, bool children,
		       tl_value_op units, tl_value_op pair)
{
	const tl_equations *e = x->e;
	if (children && units != TL_VALUE_SUM)
		return tl_script_fail(x->s, call->at, "sum(... for each child)",
				      "of children there is the sum only");
	if (children && !e->most_children) {
		tl_term *sum = has(x, call, v, 1, 1)
				       ? tl_value_new(x, TL_VALUE_EACH_CHILD, call->at,
						      v->at[0]->form, 1, v->at)
				       : NULL;
		if (sum)
			sum->each_child = false, sum->batched = true, sum->known = TL_KNOWN_RUN;
		return sum;
	}
	bool generated = call->first && call->first->kind == TL_NODE_FOR;
	if (v->count == 1 && !generated && !children)
		return over_units(x, call, units, v->at[0]);
	if (!v->count)
		return tl_value_number(x, call->at, 0);
	if (units == TL_VALUE_MEAN && !generated && !has(x, call, v, 1, 1))
		return NULL;
	tl_phrase place = {.kind = TL_NODE_ADD, .at = call->at};
	for (size_t i = 1; i < v->count && children; i++)
		if (!tl_form_unify(x->e, v->at[0]->form, v->at[i]->form))
			return tl_script_fail(x->s, call->at, NULL, "children of different shapes");
	if (children) {
		tl_term *sum = tl_value_new(x, TL_VALUE_CHILDREN, call->at, v->at[0]->form,
					    (int)v->count, v->at);
		if (sum)
			sum->batched = true, sum->known = TL_KNOWN_RUN;
		return sum;
	}
	tl_term *all = v->at[0];
	for (size_t i = 1; i < v->count && all; i++)
		all = tl_apply_pair(x, &place, pair, all, v->at[i]);
	if (all && units == TL_VALUE_MEAN) {
		tl_term *n = tl_value_number(x, call->at, (double)v->count);
		all = n ? tl_apply_pair(x, &place, TL_VALUE_DIV, all, n) : NULL;
	}
	return all;
}

/* Of form */

static tl_term *fill(tl_expander *x, const tl_phrase *call, const values *v, double with)
{
	tl_size dim[2];
	if (!has(x, call, v, 1, 2))
		return NULL;
	for (size_t i = 0; i < v->count; i++)
		if (!tl_is_size(x, v->at[i], &dim[i]))
			return NULL;
	int form = tl_form_new(x->e, v->count == 1 ? TL_FORM_VECTOR : TL_FORM_MATRIX, dim);
	tl_term *f = form ? tl_value_new(x, TL_VALUE_FILL, call->at, form, 0, NULL) : NULL;
	if (f)
		f->number = with, f->known = TL_KNOWN_RUN;
	return f;
}

/* reshape(v, n) and reshape(v, m, n): row by row */
static tl_term *reshape(tl_expander *x, const tl_phrase *call, const values *v)
{
	tl_size dim[2], units = {0}, is;
	if (!has(x, call, v, 2, 3) || !tl_make_vector(x, v->at[0]->form))
		return NULL;
	for (size_t i = 1; i < v->count; i++)
		if (!tl_is_size(x, v->at[i], &dim[i - 1]))
			return NULL;
	const tl_form *f = tl_form_at(x->e, v->at[0]->form);
	bool fits = v->count == 2 || tl_size_multiply(dim[0], dim[1], &units);
	units = v->count == 2 ? dim[0] : units;
	is = f->kind == TL_FORM_VECTOR ? f->dim[0] : (tl_size){0};
	if (f->kind == TL_FORM_MATRIX)
		fits = fits && tl_size_multiply(tl_size_resolved(x->e, f->dim[0]),
						tl_size_resolved(x->e, f->dim[1]), &is);
	fits = fits && (f->kind == TL_FORM_VECTOR || f->kind == TL_FORM_MATRIX);
	if (!fits || !tl_size_unify(x->e, is, units))
		return tl_script_fail(
			x->s, call->at, NULL, "%s is %s: that are not as many numbers",
			tl_script_slice(x->s, v->at[0]->at), tl_form_text(x->e, v->at[0]->form));
	int form = tl_form_new(x->e, v->count == 2 ? TL_FORM_VECTOR : TL_FORM_MATRIX, dim);
	return form ? tl_value_new(x, TL_VALUE_RESHAPE, call->at, form, 1, v->at) : NULL;
}

static tl_term *rows(tl_expander *x, const tl_phrase *call, const values *v)
{
	tl_size dim[2];
	if (!v->count)
		return tl_script_fail(x->s, call->at, NULL, "there are no rows");
	for (size_t i = 0; i < v->count; i++)
		if (!tl_make_vector(x, v->at[i]->form) ||
		    tl_form_at(x->e, v->at[i]->form)->kind != TL_FORM_VECTOR ||
		    !tl_form_unify(x->e, v->at[0]->form, v->at[i]->form))
			return tl_script_fail(x->s, v->at[i]->at, NULL,
					      "rows are vectors of one size, and this is %s",
					      tl_form_text(x->e, v->at[i]->form));
	dim[0] = tl_size_of((double)v->count);
	dim[1] = tl_form_at(x->e, v->at[0]->form)->dim[0];
	int form = tl_form_new(x->e, TL_FORM_MATRIX, dim);
	return form ? tl_value_new(x, TL_VALUE_ROWS, call->at, form, (int)v->count, v->at) : NULL;
}

/* count(period), count(v) */
static tl_term *count(tl_expander *x, const tl_phrase *call)
{
	const tl_phrase *a = call->first;
	if (!a || a->next)
		return tl_script_fail(x->s, call->at, NULL, "count takes one value");
	const tl_text_option *o = a->kind == TL_NODE_NAME ? tl_option_of(x->e, a->name) : NULL;
	if (o && o->type == TL_TEXT_LIST)
		return tl_value_number(x, call->at, o->count);
	tl_term *v = tl_expand_node(x, a);
	if (!v || !tl_make_vector(x, v->form))
		return NULL;
	const tl_form *f = tl_form_at(x->e, v->form);
	if (f->kind != TL_FORM_VECTOR)
		return tl_script_fail(x->s, a->at, NULL, "count is of lists and vectors");
	tl_term *n = tl_value_new(x, TL_VALUE_SIZE, call->at, 1, 0, NULL);
	if (n)
		n->from = f->dim[0], n->known = TL_KNOWN_MADE;
	return n;
}

/* conv(W, picture, kernel): square, of odd size, as many rows and columns as before */
static tl_term *conv(tl_expander *x, const tl_phrase *call)
{
	const tl_phrase *w = call->first, *p = w ? w->next : NULL, *k = p ? p->next : NULL;
	if (!k || k->next)
		return tl_script_fail(x->s, call->at, "conv(W, x, 3)", "conv takes three values");
	tl_term *size = tl_expand_node(x, k), *picture = size ? tl_expand_node(x, p) : NULL;
	int n;
	if (!picture || !tl_whole(x, size, 1, 1001, &n))
		return NULL;
	if (n % 2 == 0)
		return tl_script_fail(x->s, k->at, NULL, "the kernel's size is odd");
	const tl_form *f = tl_form_at(x->e, picture->form);
	if (f->kind != TL_FORM_PICTURE)
		return tl_script_fail(x->s, p->at, "input x : [in, rows, columns]",
				      "%s is %s, not a picture", tl_script_slice(x->s, p->at),
				      tl_form_text(x->e, picture->form));
	tl_size dim[4] = {tl_size_of(0), f->dim[0], tl_size_of(n), tl_size_of(n)};
	tl_size out[3] = {tl_size_of(0), f->dim[1], f->dim[2]};
	dim[0] = tl_size_unknown(x->e);
	x->kernel = true;
	tl_term *W = tl_expand_node(x, w);
	x->kernel = false;
	int want = W ? tl_form_new(x->e, TL_FORM_KERNEL, dim) : 0;
	if (!want)
		return NULL;
	if (!tl_form_unify(x->e, W->form, want))
		return tl_script_fail(x->s, w->at, NULL, "%s is %s, not %s",
				      tl_script_slice(x->s, w->at), tl_form_text(x->e, W->form),
				      tl_form_text(x->e, want));
	if (W->op == TL_VALUE_WEIGHT) {
		x->e->weight[W->index].recurrent |= picture->of_state;
		x->e->weight[W->index].used = true;
	}
	out[0] = dim[0];
	int form = tl_form_new(x->e, TL_FORM_PICTURE, out);
	return form ? tl_value_new(x, TL_VALUE_CONV, call->at, form, 2, (tl_term *[]){W, picture})
		    : NULL;
}

static tl_term *layer_norm(tl_expander *x, const tl_phrase *call, const values *v)
{
	if (!has(x, call, v, 2, 2))
		return NULL;
	if (!tl_make_vector(x, v->at[0]->form) ||
	    !tl_form_unify(x->e, v->at[0]->form, v->at[1]->form) ||
	    tl_form_at(x->e, v->at[0]->form)->kind != TL_FORM_VECTOR)
		return tl_script_fail(x->s, call->at, "layer_norm(v, gain_v)",
				      "the normalised is %s and its gain %s",
				      tl_form_text(x->e, v->at[0]->form),
				      tl_form_text(x->e, v->at[1]->form));
	return tl_value_new(x, TL_VALUE_LAYER_NORM, call->at, v->at[0]->form, 2, v->at);
}

/* Elementwise ops with numbers of their own */
static tl_term *with_numbers(tl_expander *x, const tl_phrase *call, const values *v, tl_value_op op,
			     size_t least, size_t most, double a, double b)
{
	if (!has(x, call, v, least, most))
		return NULL;
	for (size_t i = 1; i < v->count; i++)
		if (!is_number(x, v->at[i], call))
			return NULL;
	tl_term *r = tl_apply_each(x, op, call->at, v->at[0]);
	if (r) {
		r->number = v->count > 1 ? v->at[1]->number : a;
		r->more = v->count > 2 ? v->at[2]->number : b;
		r->known = TL_KNOWN_RUN;
	}
	return r;
}

/* drop(v): a place of update_dropout; drop(v, rate): one of its own */
static tl_term *drop(tl_expander *x, const tl_phrase *call, const values *v)
{
	if (!has(x, call, v, 1, 2) || (v->count == 2 && !is_number(x, v->at[1], call)))
		return NULL;
	double rate = v->count == 2 ? v->at[1]->number : -1;
	if (v->count == 2 && !(rate >= 0 && rate < 1))
		return tl_script_fail(x->s, v->at[1]->at, NULL,
				      "a dropout rate is at least 0 and less than 1");
	if (rate == 0)
		return v->at[0];
	tl_term *d = tl_apply_each(x, TL_VALUE_DROP, call->at, v->at[0]);
	if (d)
		d->number = rate, d->known = TL_KNOWN_RUN;
	return d;
}

static tl_term *elementwise(tl_expander *x, const tl_phrase *call, const char *name,
			    bool activation, const values *v)
{
	if (!has(x, call, v, 1, 1))
		return NULL;
	tl_term *a = v->at[0];
	double known = a->op == TL_VALUE_NUMBER && !activation && !a->boolean
			       ? tl_fold(TL_VALUE_APPLY, name, a->number, 0)
			       : (double)NAN;
	if (isfinite(known))
		return tl_value_number(x, call->at, known);
	tl_value_op op = activation ? TL_VALUE_ACTIVATE : TL_VALUE_APPLY;
	tl_term *r = tl_apply_each(x, op, call->at, a);
	if (r) {
		r->name = name;
		if (activation || isnan(tl_fold(op, name, 0.5, 0)))
			r->known = TL_KNOWN_RUN;
	}
	return r;
}

static tl_term *log_sigmoid(tl_expander *x, const tl_phrase *call, const values *v)
{
	if (!has(x, call, v, 1, 1))
		return NULL;
	tl_term *minus = tl_value_number(x, call->at, -1);
	tl_term *a = minus ? tl_apply_beside(x, call->at, minus, v->at[0]) : NULL;
	a = a ? tl_apply_each(x, TL_VALUE_APPLY, call->at, a) : NULL;
	if (a)
		a->name = "softplus", a->known = TL_KNOWN_RUN;
	return a ? tl_apply_beside(x, call->at, minus, a) : NULL;
}

static tl_term *builtin(tl_expander *x, const tl_phrase *call, const char *name, bool activation)
{
	values v = {0};
	bool children;
	if (!strcmp(name, "count"))
		return count(x, call);
	if (!strcmp(name, "conv"))
		return conv(x, call);
	if (!arguments(x, call, &v, &children))
		return NULL;
	bool sum = !strcmp(name, "sum");
	if (children && !sum)
		return tl_script_fail(x->s, call->at, "sum(... for each child)",
				      "of children there is the sum only");
	if (sum)
		return reduce(x, call, &v, children, TL_VALUE_SUM, TL_VALUE_ADD);
	if (!strcmp(name, "mean"))
		return reduce(x, call, &v, false, TL_VALUE_MEAN, TL_VALUE_ADD);
	if (!strcmp(name, "max"))
		return reduce(x, call, &v, false, TL_VALUE_MAX, TL_VALUE_MAXIMUM);
	if (!strcmp(name, "min"))
		return reduce(x, call, &v, false, TL_VALUE_MIN, TL_VALUE_MINIMUM);
	if (!strcmp(name, "softmax") || !strcmp(name, "cumsum"))
		return has(x, call, &v, 1, 1)
			       ? over_units(x, call,
					    *name == 's' ? TL_VALUE_SOFTMAX : TL_VALUE_CUMSUM,
					    v.at[0])
			       : NULL;
	if (!strcmp(name, "layer_norm"))
		return layer_norm(x, call, &v);
	if (!strcmp(name, "concat"))
		return v.count ? tl_apply_concat(x, call->at, v.at, (int)v.count)
			       : tl_script_fail(x->s, call->at, NULL, "there is nothing to join");
	if (!strcmp(name, "rows"))
		return rows(x, call, &v);
	if (!strcmp(name, "ones") || !strcmp(name, "zeros"))
		return fill(x, call, &v, *name == 'o');
	if (!strcmp(name, "reshape"))
		return reshape(x, call, &v);
	if (!strcmp(name, "drop"))
		return drop(x, call, &v);
	if (!strcmp(name, "stop"))
		return has(x, call, &v, 1, 1) ? tl_apply_each(x, TL_VALUE_STOP, call->at, v.at[0])
					      : NULL;
	if (!strcmp(name, "clamp"))
		return with_numbers(x, call, &v, TL_VALUE_CLAMP, 3, 3, 0, 0);
	if (!strcmp(name, "leaky_relu"))
		return with_numbers(x, call, &v, TL_VALUE_LEAKY_RELU, 1, 2, 0.01, 0);
	if (!strcmp(name, "elu"))
		return with_numbers(x, call, &v, TL_VALUE_ELU, 1, 2, 1, 0);
	if (!strcmp(name, "hard_sigmoid"))
		return with_numbers(x, call, &v, TL_VALUE_HARD_SIGMOID, 1, 3, 1. / 6, 0.5);
	if (!strcmp(name, "log_sigmoid"))
		return log_sigmoid(x, call, &v);
	return elementwise(x, call, name, activation, &v);
}

/* The text's own functions: their bodies, with arguments that are expanded where they are used. */

static const tl_line *function_above(const tl_expander *x, const char *name, const tl_line *from)
{
	for (; from && from->number < x->line; from = from->next)
		if (from->kind == TL_LINE_FUNCTION && !strcmp(from->item->name, name))
			return from;
	return NULL;
}

static tl_term *own_function(tl_expander *x, const tl_phrase *call)
{
	const tl_line *f = function_above(x, call->name, x->e->syntax.line);
	if (!f)
		return tl_script_fail(x->s, call->at,
				      "functions stand above the lines that use "
				      "them",
				      "%s is not defined yet", call->name);
	tl_frame *frame = tl_script_take(x->s, sizeof *frame), *caller = x->frame;
	if (!frame)
		return NULL;
	frame->call = ++x->calls;
	const tl_entry *parameter = f->item->next;
	const tl_phrase *a = call->first;
	for (; parameter && a; parameter = parameter->next, a = a->next) {
		tl_meaning *b = tl_script_take(x->s, sizeof *b);
		if (!b)
			return NULL;
		if (a->kind == TL_NODE_FOR || a->kind == TL_NODE_CHILD)
			return tl_script_fail(x->s, a->at, NULL, "%s takes single values",
					      call->name);
		*b = (tl_meaning){.name = parameter->name,
				  .node = a,
				  .frame = caller,
				  .line = x->line,
				  .child = x->child,
				  .at = a->at,
				  .next = frame->names};
		frame->names = b;
	}
	if (parameter || a)
		return tl_script_fail(x->s, call->at, NULL, "%s takes another number of values",
				      call->name);
	uint32_t line = x->line;
	x->frame = frame, x->line = f->number;
	tl_term *v = tl_expand_node(x, f->value);
	x->frame = caller, x->line = line;
	return v;
}

tl_term *tl_apply_call(tl_expander *x, const tl_phrase *call)
{
	const tl_text_option *o = tl_option_of(x->e, call->name);
	if (o && o->type == TL_TEXT_FUNCTION)
		return builtin(x, call, o->function, o->activation);
	return tl_is_builtin(call->name) ? builtin(x, call, call->name, false)
					 : own_function(x, call);
}
