/*
 * From the tree to values: names are looked up, options decide, loops are unrolled, functions
 * inlined. A name that nobody defines is a weight: a capital one a matrix, a small one by its first
 * letter; every other is taken for a slip.
 */
#include "equations/expand.h"

#include "equations/apply.h"
#include "equations/call.h"
#include "equations/parse.h"
#include "equations/weight.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DEEPEST = 256 };

/* Names */

static tl_meaning *bound(const tl_expander *x, const char *name)
{
	for (tl_meaning *b = x->frame->names; b; b = b->next)
		if (!strcmp(b->name, name))
			return b;
	for (tl_meaning *b = x->frame == &x->text ? NULL : x->text.names; b; b = b->next)
		if (!strcmp(b->name, name))
			return b;
	return NULL;
}

static tl_term *value_of(tl_expander *x, tl_meaning *b)
{
	if (b->value || !b->node)
		return b->value;
	tl_frame *frame = x->frame;
	uint32_t line = x->line;
	int child = x->child;
	x->frame = b->frame, x->line = b->line, x->child = b->child;
	tl_term *v = tl_expand_node(x, b->node);
	x->frame = frame, x->line = line, x->child = child;
	return b->value = v;
}

static const tl_entry *defined_in(const tl_line *l, const char *name, bool primed)
{
	for (; l; l = l->next) {
		const tl_entry *found =
			l->kind == TL_LINE_LOOP ? defined_in(l->body, name, primed) : NULL;
		for (const tl_entry *i = l->kind == TL_LINE_EQUATION ? l->item : NULL; i && !found;
		     i = i->next)
			found = !strcmp(i->name, name) && i->primed == primed ? i : NULL;
		if (found)
			return found;
	}
	return NULL;
}

static int state_of(const tl_equations *e, const char *name)
{
	for (int k = 0; k < e->states; k++)
		if (!strcmp(e->state[k].name, name))
			return k;
	return -1;
}

static int distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), row[32], last, old;
	if (n > 30 || m > 30)
		return 99;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		last = row[0];
		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			old = row[j];
			size_t best = last + (a[i - 1] != b[j - 1]);
			best = row[j] + 1 < best ? row[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			row[j] = best, last = old;
		}
	}
	return (int)row[m];
}

/* What may have been meant, and how weights are called. */
static tl_term *unknown_name(tl_expander *x, const tl_phrase *n, bool before_parenthesis)
{
	static const char *const functions[] = {"sigmoid",    "tanh",     "relu", "softmax",
						"exp",        "log",      "sqrt", "concat",
						"layer_norm", "softplus", "abs"};
	const char *near = NULL;
	if (before_parenthesis) {
		for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
			if (distance(functions[i], n->name) <= 2)
				near = functions[i];
		return tl_script_fail(x->s, n->at, near, "there is no function %s", n->name);
	}
	for (const tl_meaning *b = x->text.names; b; b = b->next)
		if (strlen(n->name) > 1 && distance(b->name, n->name) == 1)
			near = b->name;
	for (int k = 0; k < x->e->states; k++)
		if (strlen(n->name) > 1 && distance(x->e->state[k].name, n->name) == 1)
			near = x->e->state[k].name;
	return tl_script_fail(x->s, n->at,
			      tl_script_text(x->s,
					     "%s%ssmall names are weights only as b…, p…, "
					     "u…, w…, gain…; else: weight %s",
					     near ? near : "", near ? "? " : "", n->name),
			      "nothing defines %s", n->name);
}

static tl_term *primed_name(tl_expander *x, const tl_phrase *n)
{
	int k = state_of(x->e, n->name);
	if (k < 0)
		return tl_script_fail(x->s, n->at, n->name,
				      "%s is not a state, so it has no new value", n->name);
	if (x->e->state[k].next)
		return x->e->state[k].next;
	const tl_entry *later = defined_in(x->e->syntax.line, n->name, true);
	if (!later)
		return tl_script_fail(
			x->s, x->e->state[k].at,
			tl_script_text(x->s, "to keep it as it is: %s' = %s", n->name, n->name),
			"state %s gets no new value: no line begins with %s' =", n->name, n->name);
	int line = tl_script_line(x->s, later->at.start);
	return tl_script_fail(x->s, n->at,
			      tl_script_text(x->s,
					     "move line %d up, or write %s for the value before "
					     "the step",
					     line, n->name),
			      "%s' is used here and defined later, at line %d", n->name, line);
}

static tl_term *state_value(tl_expander *x, tl_place at, int k, int lag)
{
	const tl_equations *e = x->e;
	if (e->tree && x->child == TL_NO_CHILD)
		return tl_script_fail(x->s, at, "sum(h for each child)",
				      "of a tree's cell each child has its own state");
	if (e->tree)
		return tl_value_leaf(x, TL_VALUE_OF_CHILD, at, e->state[k].form, k, x->child);
	return tl_value_leaf(x, TL_VALUE_STATE, at, e->state[k].form, k, lag);
}

static tl_term *option_value(tl_expander *x, const tl_phrase *n, const tl_text_option *o)
{
	if (o->type == TL_TEXT_LIST)
		return tl_script_fail(x->s, n->at,
				      tl_script_text(x->s, "%s[0], count(%s)", n->name, n->name),
				      "%s is a list", n->name);
	tl_term *v = tl_value_number(x, n->at, o->number);
	if (v)
		v->boolean = o->type == TL_TEXT_BOOLEAN;
	return v;
}

static tl_term *size_value(tl_expander *x, tl_place at, tl_size size)
{
	tl_term *v = tl_value_new(x, TL_VALUE_SIZE, at, 1, 0, NULL);
	if (v)
		v->from = size, v->known = TL_KNOWN_MADE;
	return v;
}

/* What has a meaning in every text; NULL and *found false: nothing. */
static tl_term *common_name(tl_expander *x, const tl_phrase *n, bool *found)
{
	tl_equations *e = x->e;
	*found = true;
	if (!strcmp(n->name, e->input))
		return tl_value_leaf(x, TL_VALUE_INPUT, n->at, e->input_form, 0, 0);
	if (!strcmp(n->name, "in"))
		return size_value(x, n->at, tl_size_in());
	if (!strcmp(n->name, "hidden"))
		return size_value(x, n->at, tl_size_hidden());
	if (!strcmp(n->name, "pi"))
		return tl_value_number(x, n->at, 3.14159265358979323846);
	if (!strcmp(n->name, "t")) {
		tl_term *v = tl_value_new(x, TL_VALUE_TIME, n->at, 1, 0, NULL);
		if (v)
			v->known = TL_KNOWN_RECORDED, v->of_time = e->uses_time = true;
		return v;
	}
	if (!strcmp(n->name, "I")) {
		tl_size size = tl_size_unknown(e), dim[2] = {size, size};
		int form = tl_form_new(e, TL_FORM_MATRIX, dim);
		return form ? tl_value_leaf(x, TL_VALUE_IDENTITY, n->at, form, 0, 0) : NULL;
	}
	*found = false;
	return NULL;
}

/* Anything but a weight; *found false: nobody defines it. */
static tl_term *defined_name(tl_expander *x, const tl_phrase *n, bool *found)
{
	tl_meaning *b = bound(x, n->name);
	const tl_text_option *o = tl_option_of(x->e, n->name);
	int k = state_of(x->e, n->name);
	*found = true;
	if (b)
		return value_of(x, b);
	if (o)
		return option_value(x, n, o);
	if (k >= 0)
		return state_value(x, n->at, k, 1);
	return common_name(x, n, found);
}

static tl_term *name(tl_expander *x, const tl_phrase *n)
{
	bool found, fixed;
	if (n->primed)
		return primed_name(x, n);
	tl_term *v = defined_name(x, n, &found);
	if (found)
		return v;
	const tl_entry *later = defined_in(x->e->syntax.line, n->name, false);
	if (later && later->at.start > n->at.start)
		return tl_script_fail(x->s, n->at, NULL,
				      "%s is used here and defined later, at line "
				      "%d",
				      n->name, tl_script_line(x->s, later->at.start));
	char after = n->at.end < x->s->length ? x->s->text[n->at.end] : 0;
	bool weight_like = tl_declared(x, n->name, false, &fixed) || tl_is_small_weight(n->name);
	if (isupper((unsigned char)*n->name) && !weight_like && after == '(' &&
	    tl_is_builtin(
		    tl_script_text(x->s, "%c%s", tolower((unsigned char)*n->name), n->name + 1)))
		return tl_script_fail(x->s, n->at,
				      tl_script_text(x->s, "the function is %c%s",
						     tolower((unsigned char)*n->name), n->name + 1),
				      "%s would be a matrix of weights before (...)", n->name);
	if (!strcmp(n->name, "Sigma") && !weight_like)
		return tl_script_fail(x->s, n->at, "sums are sum(v), sum(h[t - k] for k = 1..3)",
				      "Σ would be a matrix of weights");
	if (!weight_like && !isupper((unsigned char)*n->name))
		return unknown_name(x, n, after == '(');
	return tl_weight_of(x, n->name, n->name, false, n->at);
}

/* Brackets: parts of values, elements of lists, older values, indexed weights */

/* h[t - k], x[t - k] */
static tl_term *older(tl_expander *x, const tl_phrase *n, bool *is_time)
{
	const tl_phrase *base = n->first, *index = base->next, *first = index;
	*is_time = index->kind == TL_NODE_NAME && !strcmp(index->name, "t");
	if (index->kind == TL_NODE_SUB || index->kind == TL_NODE_ADD)
		first = index->first;
	*is_time = first->kind == TL_NODE_NAME && !strcmp(first->name, "t") && !bound(x, "t");
	if (!*is_time)
		return NULL;
	int k = base->kind == TL_NODE_NAME ? state_of(x->e, base->name) : -1, lag = 0;
	bool input = base->kind == TL_NODE_NAME && !strcmp(base->name, x->e->input);
	if (base->primed || (k < 0 && !input))
		return tl_script_fail(x->s, n->at, "name it as a state to keep it",
				      "only states and x have older values");
	if (x->e->tree)
		return tl_script_fail(x->s, n->at, NULL, "in a tree there are no older values");
	if (index->kind == TL_NODE_SUB) {
		tl_term *v = tl_expand_node(x, first->next);
		if (!v || !tl_whole(x, v, 0, 64, &lag))
			return NULL;
	}
	if (index->kind == TL_NODE_ADD || (!lag && !input))
		return tl_script_fail(
			x->s, index->at,
			tl_script_text(x->s, "older states are %s[t - 1], %s[t - 2], …", base->name,
				       base->name),
			"%s is not known yet at step t", tl_script_slice(x->s, n->at));
	return input ? tl_value_leaf(x, TL_VALUE_INPUT, n->at, x->e->input_form, 0, lag)
		     : state_value(x, n->at, k, lag);
}

/* U_f[k][l] of a weight: "U_f01"; 0: it is no weight. */
static bool indexed_name(tl_expander *x, const tl_phrase *n, const char **base, char full[64])
{
	if (n->kind == TL_NODE_NAME) {
		*base = n->name;
		snprintf(full, 64, "%s%s", n->name, strchr(n->name, '_') ? "" : "_");
		return true;
	}
	if (n->kind != TL_NODE_INDEX || !indexed_name(x, n->first, base, full))
		return false;
	int k;
	tl_term *v = tl_expand_node(x, n->first->next);
	if (!v || !tl_whole(x, v, 0, 9999, &k))
		return false;
	size_t used = strlen(full);
	snprintf(full + used, 64 - used, "%d", k);
	return true;
}

static tl_term *list_element(tl_expander *x, const tl_phrase *n, const tl_text_option *o)
{
	int k;
	tl_term *v = tl_expand_node(x, n->first->next);
	if (!v || !tl_whole(x, v, 0, o->count - 1, &k))
		return NULL;
	return tl_value_number(x, n->at, o->list[k]);
}

static tl_term *indexed(tl_expander *x, const tl_phrase *n)
{
	const tl_phrase *root = n->first;
	while (root->kind == TL_NODE_INDEX)
		root = root->first;
	bool is_time, found = root->kind != TL_NODE_NAME || root->primed;
	const tl_text_option *o =
		root->kind == TL_NODE_NAME ? tl_option_of(x->e, root->name) : NULL;
	tl_term *v = older(x, n, &is_time);
	if (is_time || x->s->failed)
		return v;
	if (o && o->type == TL_TEXT_LIST && root == n->first && !bound(x, root->name))
		return list_element(x, n, o);
	if (!found) {
		found = bound(x, root->name) || o || state_of(x->e, root->name) >= 0;
		if (!found)
			common_name(x, root, &found);
	}
	if (found) {
		tl_term *of = tl_expand_node(x, n->first);
		tl_term *index = of ? tl_expand_node(x, n->first->next) : NULL;
		return index ? tl_apply_part(x, n->at, of, index) : NULL;
	}
	const char *base;
	char full[64];
	bool fixed;
	if (!indexed_name(x, n, &base, full))
		return NULL;
	if (strlen(full) > 24)
		return tl_script_fail(x->s, n->at, NULL, "the name %s is too long", full);
	if (!isupper((unsigned char)*base) && !tl_is_small_weight(base) &&
	    !tl_declared(x, base, true, &fixed))
		return unknown_name(x, root, false);
	return tl_weight_of(x, tl_script_text(x->s, "%s", full), base, true, n->at);
}

static tl_term *sliced(tl_expander *x, const tl_phrase *n)
{
	const tl_phrase *next = n->first->next;
	tl_term *of = tl_expand_node(x, n->first), *from = NULL, *to = NULL;
	if (of && n->has_from)
		from = tl_expand_node(x, next), next = next->next;
	if (of && n->has_to && (!n->has_from || from))
		to = tl_expand_node(x, next);
	return of && (from || !n->has_from) && (to || !n->has_to)
		       ? tl_apply_slice(x, n->at, of, from, to)
		       : NULL;
}

/* Nodes */

static tl_term *choice(tl_expander *x, const tl_phrase *n)
{
	const tl_phrase *a = n->first, *c = a->next, *b = c->next;
	tl_term *when = tl_expand_node(x, c);
	if (!when)
		return NULL;
	if (!when->boolean)
		return tl_script_fail(x->s, c->at, NULL, "this is no condition");
	if (when->op == TL_VALUE_NUMBER) /* the other branch is not there */
		return tl_expand_node(x, when->number != 0 ? a : b);
	tl_term *yes = tl_expand_node(x, a), *no = yes ? tl_expand_node(x, b) : NULL;
	return no ? tl_apply_if(x, n->at, yes, when, no) : NULL;
}

static tl_term *stacked(tl_expander *x, const tl_phrase *n)
{
	tl_term *of[64];
	int count = 0;
	for (const tl_phrase *a = n->first; a; a = a->next) {
		if (count == 64)
			return tl_script_fail(x->s, a->at, NULL, "these are too many");
		if (a->kind == TL_NODE_FOR || a->kind == TL_NODE_CHILD)
			return tl_script_fail(x->s, a->at, "concat(... for k = 0..3)",
					      "in brackets stand single values");
		if (!(of[count++] = tl_expand_node(x, a)))
			return NULL;
	}
	return tl_apply_concat(x, n->at, of, count);
}

static tl_term *pair(tl_expander *x, const tl_phrase *n, tl_value_op op, bool swap)
{
	tl_term *a = tl_expand_node(x, n->first), *b = a ? tl_expand_node(x, n->first->next) : NULL;
	return b ? tl_apply_pair(x, n, op, swap ? b : a, swap ? a : b) : NULL;
}

static tl_term *expanded(tl_expander *x, const tl_phrase *n)
{
	tl_term *a, *b;
	switch (n->kind) {
	case TL_NODE_NUMBER:
		return tl_value_number(x, n->at, n->number);
	case TL_NODE_TRUE:
	case TL_NODE_FALSE:
		a = tl_value_number(x, n->at, n->kind == TL_NODE_TRUE);
		if (a)
			a->boolean = true;
		return a;
	case TL_NODE_NAME:
		return name(x, n);
	case TL_NODE_CALL:
		return tl_apply_call(x, n);
	case TL_NODE_ADD:
		return pair(x, n, TL_VALUE_ADD, false);
	case TL_NODE_SUB:
		return pair(x, n, TL_VALUE_SUB, false);
	case TL_NODE_EACH:
		return pair(x, n, TL_VALUE_MUL, false);
	case TL_NODE_DIV:
		return pair(x, n, TL_VALUE_DIV, false);
	case TL_NODE_MOD:
		return pair(x, n, TL_VALUE_MOD, false);
	case TL_NODE_POWER:
		return pair(x, n, TL_VALUE_POWER, false);
	case TL_NODE_LESS:
		return pair(x, n, TL_VALUE_LESS, false);
	case TL_NODE_LESS_EQUAL:
		return pair(x, n, TL_VALUE_LESS_EQUAL, false);
	case TL_NODE_GREATER:
		return pair(x, n, TL_VALUE_LESS, true);
	case TL_NODE_GREATER_EQUAL:
		return pair(x, n, TL_VALUE_LESS_EQUAL, true);
	case TL_NODE_EQUAL:
		return pair(x, n, TL_VALUE_EQUAL, false);
	case TL_NODE_NOT_EQUAL:
		return pair(x, n, TL_VALUE_NOT_EQUAL, false);
	case TL_NODE_AND:
		return pair(x, n, TL_VALUE_AND, false);
	case TL_NODE_OR:
		return pair(x, n, TL_VALUE_OR, false);
	case TL_NODE_NOT:
		a = tl_expand_node(x, n->first);
		return a ? tl_apply_each(x, TL_VALUE_NOT, n->at, a) : NULL;
	case TL_NODE_NEG:
		b = tl_value_number(x, n->at, -1);
		a = b ? tl_expand_node(x, n->first) : NULL;
		return a ? tl_apply_beside(x, n->at, b, a) : NULL;
	case TL_NODE_BESIDE: /* from the right */
		b = tl_expand_node(x, n->first->next);
		a = b ? tl_expand_node(x, n->first) : NULL;
		return a ? tl_apply_beside(x, n->at, a, b) : NULL;
	case TL_NODE_TRANSPOSED:
		a = tl_expand_node(x, n->first);
		return a ? tl_apply_transposed(x, n->at, a) : NULL;
	case TL_NODE_INDEX:
		return indexed(x, n);
	case TL_NODE_SLICE:
		return sliced(x, n);
	case TL_NODE_STACKED:
		return stacked(x, n);
	case TL_NODE_IF:
		return choice(x, n);
	case TL_NODE_LIST:
		return tl_script_fail(x->s, n->at, n->first && n->first->next ? "[x; h]" : NULL,
				      n->first && n->first->next
					      ? "vectors on top of each other take a semicolon"
					      : "a list is the default of an option");
	case TL_NODE_FOR:
	case TL_NODE_CHILD:
		break;
	}
	return tl_script_fail(x->s, n->at, "as in sum(... for k = 0..3)",
			      "several values stand where one is wanted");
}

tl_term *tl_expand(tl_expander *x, const tl_phrase *n)
{
	if (++x->depth > DEEPEST)
		return tl_script_fail(x->s, n->at, NULL, "functions are nested too deeply");
	tl_term *v = expanded(x, n);
	if (v)
		v->seen = n->at;
	x->depth--;
	return v;
}
