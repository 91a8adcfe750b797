/* What is left when all lines are read: states that lack a new value, older values, sizes that no
 * place has settled, weights that no equation has. */
#include "equations/complete.h"

#include <math.h>
#include <string.h>

/* Learned starts, and the older values that are asked for. */
static bool states_complete(tl_expander *x)
{
	tl_equations *e = x->e;
	for (int k = 0; k < e->states; k++) {
		tl_text_state *s = &e->state[k];
		if (!s->next)
			return tl_script_fail(
				x->s, s->at,
				tl_script_text(x->s, "to keep it as it is: %s' = %s", s->name,
					       s->name),
				"state %s gets no new value: no line begins with %s' =", s->name,
				s->name);
		if (!s->learned)
			continue;
		if (!tl_arena_reserve(&e->arena, &e->weight, &e->weights_room, e->weights + 1,
				      sizeof *e->weight))
			return tl_script_no_memory(x->s);
		e->weight[e->weights] =
			(tl_text_weight){.name = tl_script_text(x->s, "%s_0", s->name),
					 .at = s->at,
					 .form = s->form,
					 .start = "constant"};
		s->learned = (int)++e->weights;
	}
	e->own_states = e->states;
	for (int of = -1; of < e->own_states; of++) {
		int oldest = 0;
		for (size_t i = 0; i < e->values; i++) {
			const tl_term *v = e->value[i];
			bool is = of < 0 ? v->op == TL_VALUE_INPUT
					 : v->op == TL_VALUE_STATE && v->index == of;
			oldest = is && v->lag > oldest ? v->lag : oldest;
		}
		for (int lag = of < 0 ? 1 : 2; lag <= oldest; lag++) {
			if (e->states == TL_MAX_STATES)
				return tl_script_fail(
					x->s, (tl_place){0, 1}, NULL,
					"with their older values these are more than %d "
					"states",
					TL_MAX_STATES);
			const tl_text_state *s = of < 0 ? NULL : &e->state[of];
			e->state[e->states++] = (tl_text_state){
				.name = tl_script_text(x->s, "%s_%d", s ? s->name : e->input, lag),
				.form = s ? s->form : e->input_form,
				.start = s ? s->start : 0,
				.learned = s ? s->learned : 0,
				.of = of,
				.lag = lag};
		}
	}
	return true;
}

/* Nothing may be left open. */
static bool all_known(tl_expander *x)
{
	tl_equations *e = x->e;
	for (size_t i = 0; i < e->weights; i++) {
		const tl_text_weight *w = &e->weight[i];
		const tl_form *f = tl_form_at(e, w->form);
		bool open = f->kind == TL_FORM_OPEN;
		for (int k = 0; k < tl_form_rank(f->kind); k++)
			open = open || tl_size_resolved(e, f->dim[k]).var;
		if (open)
			return tl_script_fail(x->s, w->at,
					      tl_script_text(x->s,
							     "say it: weight %s : [hidden, in]; "
							     "or name a value with its size: "
							     "m : [64] = …",
							     w->name),
					      "the shape of %s is not determined: %s", w->name,
					      tl_form_text(e, w->form));
	}
	for (size_t i = 0; i < e->values; i++) {
		const tl_form *f = tl_form_at(e, e->value[i]->form);
		bool open = f->kind == TL_FORM_OPEN;
		for (int k = 0; k < tl_form_rank(f->kind); k++)
			open = open || tl_size_resolved(e, f->dim[k]).var;
		if (open)
			return tl_script_fail(x->s, e->value[i]->at, NULL,
					      "the shape of %s is not determined: %s",
					      tl_script_slice(x->s, e->value[i]->at),
					      tl_form_text(e, e->value[i]->form));
	}
	return true;
}

/* Sizes that are whole, and above 0, for some in and hidden only. */
static bool check(tl_expander *x, tl_size size, int64_t least, tl_place at)
{
	tl_equations *e = x->e;
	size = tl_size_resolved(e, size);
	bool whole = true, constant = true, enough = size.c[0][0] >= (double)least;
	for (int i = 0; i < TL_DEGREE; i++)
		for (int j = 0; j < TL_DEGREE; j++) {
			double c = size.c[i][j];
			whole = whole && c == floor(c) && (c >= 0 || (!i && !j));
			constant = constant && ((!i && !j) || c == 0);
			/* in and hidden are 1 at least */
			enough = enough || ((i || j) && c + size.c[0][0] >= (double)least);
		}
	if (constant && !(whole && enough && size.c[0][0] <= INT32_MAX))
		return tl_script_fail(x->s, at, NULL,
				      "a size here is %s: a whole number of at least %d is wanted",
				      tl_size_text(e, size), (int)least);
	bool sure = whole && enough;
	for (size_t k = 0; k < e->checks && !sure; k++) {
		tl_size d = tl_size_add(e->check[k].size, size, -1);
		sure = tl_size_is(e, d, 0) && e->check[k].least >= least;
	}
	if (sure)
		return true;
	if (!tl_arena_reserve(&e->arena, &e->check, &e->check_room, e->checks + 1,
			      sizeof *e->check))
		return tl_script_no_memory(x->s);
	e->check[e->checks++] = (struct tl_check){
		size, least,
		tl_script_text(x->s, "%s:%d: %s is not a whole number of at least %d, for %s",
			       x->s->file, tl_script_line(x->s, at.start), tl_size_text(e, size),
			       (int)least, tl_script_slice(x->s, at))};
	return true;
}

static bool all_checked(tl_expander *x)
{
	tl_equations *e = x->e;
	for (size_t i = 0; i < e->values; i++) {
		const tl_term *v = e->value[i];
		tl_form f = *tl_form_at(e, v->form);
		for (int k = 0; k < tl_form_rank(f.kind); k++)
			if (!check(x, f.dim[k], 1, v->at))
				return false;
		if (v->op != TL_VALUE_SLICE && v->op != TL_VALUE_PART)
			continue;
		tl_size of = tl_form_at(e, v->of[0]->form)->dim[0];
		tl_size end =
			v->op == TL_VALUE_SLICE ? v->to : tl_size_add(v->from, tl_size_of(1), 1);
		of = tl_size_resolved(e, of), end = tl_size_resolved(e, end);
		if (!check(x, v->from, 0, v->at) || !check(x, tl_size_add(of, end, -1), 0, v->at))
			return false;
	}
	return true;
}

/* A sparse matrix is kept as what is not zero of it: it stands before a vector, and nowhere else.
 */
static bool sparse_alone(tl_expander *x)
{
	const tl_equations *e = x->e;
	for (size_t i = 0; i < e->weights; i++) {
		const tl_text_weight *w = &e->weight[i];
		if (!tl_is_sparse(w))
			continue;
		if (!w->fixed || tl_form_at(e, w->form)->kind != TL_FORM_MATRIX)
			return tl_script_fail(x->s, w->at, "fixed W = sparse(0.1, 0.9)",
					      "only fixed matrices are sparse");
		const tl_form *f = tl_form_at(e, w->form);
		if (!tl_size_unify(x->e, f->dim[0], f->dim[1]))
			return tl_script_fail(x->s, w->at, NULL,
					      "%s is %s: only square matrices "
					      "are sparse",
					      w->name, tl_form_text(x->e, w->form));
		for (size_t k = 0; k < e->values; k++)
			for (int j = 0; j < e->value[k]->count; j++) {
				const tl_term *o = e->value[k]->of[j];
				if (o->op == TL_VALUE_WEIGHT && o->index == (int)i &&
				    (j || e->value[k]->op != TL_VALUE_MATRIX_VECTOR))
					return tl_script_fail(x->s, o->at, NULL,
							      "%s is sparse: it stands before a "
							      "vector only",
							      w->name);
			}
	}
	return true;
}

/* Declared and never met: it would be missing without a word. */
static bool all_used(tl_expander *x)
{
	const tl_equations *e = x->e;
	for (const tl_line *l = e->syntax.line; l; l = l->next)
		for (const tl_entry *i =
			     l->kind == TL_LINE_WEIGHT || l->kind == TL_LINE_FIXED ? l->item : NULL;
		     i; i = i->next) {
			bool used = false;
			uint32_t n = i->at.end - i->at.start;
			for (size_t k = 0; k < e->weights; k++)
				used = used || e->weight[k].declared == i;
			/* It may stand in a branch that the options leave out. */
			for (uint32_t at = l->at.end; at + n <= x->s->length && !used; at++)
				used = !memcmp(x->s->text + at, x->s->text + i->at.start, n);
			if (!used)
				return tl_script_fail(x->s, i->at, NULL, "%s stands in no equation",
						      i->name);
		}
	return true;
}

/* Sums */

static bool is_sum(const tl_term *v)
{
	return v->op == TL_VALUE_ADD && v->known == TL_KNOWN_RUN;
}

/* Of one form, and no numbers that are known. */
static bool alike(const tl_equations *e, const tl_term *v, const tl_term *o)
{
	const tl_form *f = tl_form_at(e, v->form), *g = tl_form_at(e, o->form);
	bool same = o->known == TL_KNOWN_RUN && f->kind == g->kind;
	for (int k = 0; same && k < tl_form_rank(f->kind); k++)
		same = tl_size_is(e, tl_size_add(f->dim[k], g->dim[k], -1), 0);
	return same;
}

/* Makes `a` the sum of these and moves it to where it stands right before v: behind both. */
static void sum_again(tl_equations *e, tl_term *a, tl_term *p, tl_term *q, const tl_term *v)
{
	a->of[0] = p, a->of[1] = q;
	a->batched = p->batched || q->batched;
	a->of_state = p->of_state || q->of_state;
	a->of_time = p->of_time || q->of_time;
	a->each_child = p->each_child || q->each_child;
	for (; a->id + 1 < v->id; a->id++) {
		e->value[a->id] = e->value[a->id + 1];
		e->value[a->id]->id--;
	}
	e->value[a->id] = a;
}

/*
 * (W x + U h) + b is computed as (W x + b) + U h: what does not depend on the state is summed by
 * itself, so that it can be computed for all steps at once.
 */
static void regroup(tl_equations *e, tl_term *v)
{
	while (is_sum(v) && is_sum(v->of[0]) && v->of[0]->uses == 1) {
		tl_term *a = v->of[0], *p = a->of[0], *q = a->of[1], *b = v->of[1];
		if (!a->of_state || b->of_state || !alike(e, v, a) || !alike(e, v, p) ||
		    !alike(e, v, q) || !alike(e, v, b))
			return;
		if (!q->of_state) {
			sum_again(e, a, q, b, v);
			v->of[0] = p, v->of[1] = a;
			return;
		}
		sum_again(e, a, p, b, v);
		v->of[1] = q;
		v = a;
	}
}

static void regroup_sums(tl_equations *e)
{
	for (size_t i = 0; i < e->values; i++)
		for (int k = 0; k < e->value[i]->count; k++)
			e->value[i]->of[k]->uses++;
	for (size_t i = 0; i < e->nameds; i++)
		e->named[i].value->uses++;
	for (size_t i = e->values; i > 0; i--)
		regroup(e, e->value[i - 1]);
}

/* What recording would look up at each step. */
static void look_up(tl_equations *e)
{
	for (size_t i = 0; i < e->forms; i++)
		for (int k = 0; k < tl_form_rank(e->form[i].kind); k++)
			e->form[i].dim[k] = tl_size_resolved(e, e->form[i].dim[k]);
	for (size_t i = 0; i < e->values; i++) {
		tl_term *v = e->value[i];
		if (v->op == TL_VALUE_APPLY || v->op == TL_VALUE_ACTIVATE)
			v->function = tl_activation_find(v->name);
	}
}

bool tl_complete(tl_expander *x)
{
	tl_equations *e = x->e;
	if (!states_complete(x))
		return false;
	look_up(e);
	regroup_sums(e);
	for (size_t i = 0; i < e->values; i++) {
		tl_term *v = e->value[i];
		v->once = v->known == TL_KNOWN_RUN && !v->batched && !v->of_time;
	}
	return sparse_alone(x) && all_known(x) && all_used(x) && all_checked(x);
}
