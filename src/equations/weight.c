/* Weights: names that no line defines. What they are called says what they are, a declaration may
 * say more, and each stands in one equation unless it is declared. */
#include "equations/weight.h"

#include "equations/apply.h"
#include "equations/parse.h"

#include <ctype.h>
#include <string.h>

enum { MOST_WEIGHTS = 1024 };

const tl_entry *tl_declared(const tl_expander *x, const char *name, bool indexed, bool *fixed)
{
	for (const tl_line *l = x->e->syntax.line; l; l = l->next)
		if (l->kind == TL_LINE_WEIGHT || l->kind == TL_LINE_FIXED)
			for (const tl_entry *i = l->item; i; i = i->next)
				if (!strcmp(i->name, name) && indexed == (i->index != NULL)) {
					*fixed = l->kind == TL_LINE_FIXED;
					return i;
				}
	return NULL;
}

bool tl_is_small_weight(const char *name)
{
	static const char *const stems[] = {"b", "p", "u", "w", "gain"};
	size_t n = strcspn(name, "_0123456789");
	for (size_t i = 0; i < sizeof stems / sizeof *stems; i++)
		if (n == strlen(stems[i]) && !strncmp(name, stems[i], n))
			return true;
	return false;
}

static bool start_of(tl_expander *x, tl_text_weight *w, const tl_phrase *n)
{
	static const struct {
		const char *name;
		int least, most;
		double a, b;
	} known[] = {
		{"uniform", 2, 2, 0, 0},    {"normal", 2, 2, 0, 0},     {"glorot", 0, 0, 0, 0},
		{"he", 0, 0, 0, 0},         {"orthogonal", 0, 1, 1, 0}, {"identity", 0, 1, 1, 0},
		{"chrono", 1, 1, 0, 0},     {"sparse", 2, 2, 0, 0},     {"forget_bias", 0, 0, 0, 0},
		{"input_bias", 0, 0, 0, 0}, {"update_bias", 0, 0, 0, 0}};
	const tl_phrase *args = NULL;
	if (n->kind == TL_NODE_IF) {
		tl_term *when = tl_expand_node(x, n->first->next);
		if (when && (when->op != TL_VALUE_NUMBER || !when->boolean))
			return tl_script_fail(x->s, n->first->next->at, "a condition of options",
					      "this is not known when the text is read");
		return when && start_of(x, w, when->number != 0 ? n->first : n->first->next->next);
	}
	if (n->kind == TL_NODE_CALL)
		args = n->first;
	if (n->kind == TL_NODE_NAME || n->kind == TL_NODE_CALL)
		for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
			if (strcmp(known[i].name, n->name) != 0)
				continue;
			double number[2] = {known[i].a, known[i].b};
			int count = 0;
			for (; args && count < 2; args = args->next) {
				tl_term *v = tl_expand_node(x, args);
				if (!v)
					return false;
				if (v->op != TL_VALUE_NUMBER)
					return tl_script_fail(x->s, args->at,
							      "numbers and options are",
							      "this is not known when the text is "
							      "read");
				number[count++] = v->number;
			}
			if (args || count < known[i].least || count > known[i].most)
				return tl_script_fail(x->s, n->at, NULL, "%s takes %d numbers",
						      known[i].name, known[i].most);
			w->start = known[i].name, w->a = number[0], w->b = number[1];
			return true;
		}
	if (n->kind == TL_NODE_CALL && !tl_is_function(&x->e->syntax, n->name))
		return tl_script_fail(x->s, n->at,
				      "uniform(a, b), normal(m, s), glorot, he, orthogonal(g), "
				      "identity(s), chrono(T), sparse(density, radius)",
				      "no weight starts as %s", n->name);
	tl_term *v = tl_expand_node(x, n);
	if (!v)
		return false;
	if (v->op != TL_VALUE_NUMBER || v->boolean)
		return tl_script_fail(x->s, n->at,
				      "a number, uniform(a, b), normal(m, s), glorot, "
				      "orthogonal, …",
				      "weights do not start so");
	w->start = "constant", w->a = v->number;
	return true;
}

static tl_text_weight *weight_made(tl_expander *x, const char *full, const char *name, bool indexed,
				   tl_place at)
{
	tl_equations *e = x->e;
	bool fixed = false;
	const tl_entry *i = tl_declared(x, name, indexed, &fixed);
	if (e->weights == MOST_WEIGHTS || !tl_arena_reserve(&e->arena, &e->weight, &e->weights_room,
							    e->weights + 1, sizeof *e->weight))
		return e->weights == MOST_WEIGHTS
			       ? tl_script_fail(x->s, at, NULL, "these are too many weights")
			       : tl_script_no_memory(x->s);
	tl_size dim[2] = {tl_size_unknown(e), tl_size_unknown(e)};
	bool capital = isupper((unsigned char)*name);
	int form = i && i->shaped ? tl_form_of_shape(x, i->shape, "a shape", TL_MAX_RANK)
		   : x->kernel    ? tl_form_new(e, TL_FORM_OPEN, dim)
		   : capital      ? tl_form_new(e, TL_FORM_MATRIX, dim)
				  : tl_form_new(e, TL_FORM_OPEN, dim);
	if (!form || x->s->failed)
		return NULL;
	tl_text_weight *w = &e->weight[e->weights];
	*w = (tl_text_weight){.name = full,
			      .at = i ? i->at : at,
			      .form = form,
			      .declared = i,
			      .fixed = fixed,
			      .line = x->line,
			      .call = x->frame->call};
	if (i && i->shaped)
		w->shaped = i->at;
	if (i && i->value && !start_of(x, w, i->value))
		return NULL;
	tl_term *v = tl_value_leaf(x, TL_VALUE_WEIGHT, at, form, (int)e->weights, 0);
	if (!v)
		return NULL;
	w = &e->weight[e->weights++];
	w->value = v;
	v->name = full;
	return w;
}

static tl_term *weight_again(tl_expander *x, tl_text_weight *w, tl_place at)
{
	const char *name = w->name;
	if (!w->declared && w->line != x->line)
		return tl_script_fail(x->s, at,
				      tl_script_text(x->s,
						     "a slip? If both share it, say so above: "
						     "weight %s",
						     name),
				      "%s stands in two equations (also %d:%d)", name,
				      tl_script_line(x->s, w->at.start),
				      tl_script_column(x->s, w->at.start));
	if (!w->declared && w->call != x->frame->call)
		return tl_script_fail(x->s, at,
				      tl_script_text(x->s,
						     "pass it as an argument; index it: %s[k]; "
						     "or say that it is shared: weight %s",
						     name, name),
				      "each call of this function would share %s", name);
	/* A leaf for each place, so that messages show that one. */
	tl_term *v = tl_value_leaf(x, TL_VALUE_WEIGHT, at, w->form, w->value->index, 0);
	if (v)
		v->name = name;
	return v;
}

tl_term *tl_weight_of(tl_expander *x, const char *full, const char *name, bool indexed, tl_place at)
{
	for (size_t i = 0; i < x->e->weights; i++)
		if (!strcmp(x->e->weight[i].name, full))
			return weight_again(x, &x->e->weight[i], at);
	tl_text_weight *w = weight_made(x, full, name, indexed, at);
	return w ? w->value : NULL;
}
