/* Making values; what a value is known from follows from its operands. */
#include "equations/term.h"

#include <string.h>

enum { MOST_VALUES = 1 << 15 };

const tl_text_option *tl_option_of(const tl_equations *e, const char *name)
{
	for (size_t i = 0; i < e->options; i++)
		if (!strcmp(e->option[i].name, name))
			return &e->option[i];
	return NULL;
}

/* Values */

tl_term *tl_value_new(tl_expander *x, tl_value_op op, tl_place at, int form, int count,
		      tl_term *const *of)
{
	tl_equations *e = x->e;
	if (e->values == MOST_VALUES)
		return tl_script_fail(x->s, at, NULL,
				      "with loops and functions written out this "
				      "text is too long");
	tl_term *v = tl_script_take(x->s, sizeof *v);
	if (!v || !tl_arena_reserve(&e->arena, &e->value, &e->values_room, e->values + 1,
				    sizeof *e->value))
		return tl_script_no_memory(x->s);
	*v = (tl_term){.op = op, .form = form, .at = at, .count = count};
	v->of = count ? tl_script_take(x->s, (size_t)count * sizeof *v->of) : NULL;
	if (count && !v->of)
		return NULL;
	for (int i = 0; i < count; i++) {
		const tl_term *o = v->of[i] = of[i];
		v->batched |= o->batched;
		v->of_state |= o->of_state;
		v->each_child |= o->each_child;
		v->of_time |= o->of_time;
		v->known = o->known > v->known ? o->known : v->known;
	}
	/* Products and all that changes the form is done by tensors. */
	if (op >= TL_VALUE_MATRIX_VECTOR && op != TL_VALUE_TRANSPOSED)
		v->known = TL_KNOWN_RUN;
	v->id = (int)e->values;
	e->value[e->values++] = v;
	return v;
}

tl_term *tl_value_number(tl_expander *x, tl_place at, double number)
{
	tl_term *v = tl_value_new(x, TL_VALUE_NUMBER, at, 1, 0, NULL);
	if (v)
		v->number = number;
	return v;
}

tl_term *tl_value_leaf(tl_expander *x, tl_value_op op, tl_place at, int form, int index, int lag)
{
	tl_term *v = tl_value_new(x, op, at, form, 0, NULL);
	if (v) {
		v->index = index, v->lag = lag;
		v->known = TL_KNOWN_RUN;
		v->batched = op != TL_VALUE_WEIGHT && op != TL_VALUE_IDENTITY;
		v->of_state = op == TL_VALUE_STATE || op == TL_VALUE_OF_CHILD;
		v->each_child = op == TL_VALUE_OF_CHILD && lag == TL_EACH_IN_TURN;
	}
	return v;
}
