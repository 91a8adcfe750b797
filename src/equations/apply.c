/*
 * Operators and functions: which forms go together, what comes out, and what to say when they do
 * not. Unit by unit wants equal forms; only a number, a dimension of 1 and a row along a matrix
 * stretch.
 */
#include "equations/apply.h"

#include <math.h>
#include <string.h>

static tl_form_kind kind_of(const tl_expander *x, const tl_term *v)
{
	return tl_form_at(x->e, v->form)->kind;
}

static tl_size dim_of(const tl_expander *x, const tl_term *v, int k)
{
	return tl_form_at(x->e, v->form)->dim[k];
}

static const char *slice(tl_expander *x, const tl_term *v)
{
	return tl_script_slice(x->s, v->seen.end ? v->seen : v->at);
}

static const char *form_text(tl_expander *x, const tl_term *v)
{
	return tl_form_text(x->e, v->form);
}

static bool is_number(const tl_expander *x, const tl_term *v)
{
	return kind_of(x, v) == TL_FORM_NUMBER;
}

bool tl_make_vector(tl_expander *x, int form)
{
	if (tl_form_at(x->e, form)->kind != TL_FORM_OPEN)
		return true;
	tl_size n = tl_size_unknown(x->e);
	int made = tl_form_new(x->e, TL_FORM_VECTOR, &n);
	return made && tl_form_unify(x->e, form, made);
}

/* Numbers that are known early */

double tl_fold(tl_value_op op, const char *name, double a, double b)
{
	static const struct {
		const char *name;
		double (*f)(double);
	} functions[] = {{"exp", exp},   {"log", log},     {"sqrt", sqrt},  {"sin", sin},
			 {"cos", cos},   {"tanh", tanh},   {"abs", fabs},   {"floor", floor},
			 {"ceil", ceil}, {"log1p", log1p}, {"expm1", expm1}};
	switch (op) {
	case TL_VALUE_ADD:
		return a + b;
	case TL_VALUE_SUB:
		return a - b;
	case TL_VALUE_MUL:
		return a * b;
	case TL_VALUE_DIV:
		return a / b;
	case TL_VALUE_MOD:
		return a - b * floor(a / b);
	case TL_VALUE_POWER:
		return pow(a, b);
	case TL_VALUE_MAXIMUM:
		return a > b ? a : b;
	case TL_VALUE_MINIMUM:
		return a < b ? a : b;
	case TL_VALUE_LESS:
		return a < b;
	case TL_VALUE_LESS_EQUAL:
		return a <= b;
	case TL_VALUE_EQUAL:
		return a == b;
	case TL_VALUE_NOT_EQUAL:
		return a != b;
	case TL_VALUE_AND:
		return a != 0 && b != 0;
	case TL_VALUE_OR:
		return a != 0 || b != 0;
	case TL_VALUE_NOT:
		return a == 0;
	case TL_VALUE_STOP:
	case TL_VALUE_TRANSPOSED:
		return a;
	case TL_VALUE_APPLY:
		for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
			if (!strcmp(functions[i].name, name))
				return functions[i].f(a);
		return !strcmp(name, "sigmoid") ? 1 / (1 + exp(-a))
		       : !strcmp(name, "relu")  ? (a > 0 ? a : 0)
		       : !strcmp(name, "sign")  ? (a > 0) - (a < 0)
						: (double)NAN;
	default:
		return (double)NAN;
	}
}

bool tl_is_size(tl_expander *x, tl_term *v, tl_size *to)
{
	if (v->op == TL_VALUE_NUMBER)
		*to = tl_size_of(v->number);
	else if (v->op == TL_VALUE_SIZE)
		*to = v->from;
	else
		return tl_script_fail(x->s, v->at,
				      "sizes are made of in, hidden, options and numbers",
				      "%s is no size", slice(x, v));
	return true;
}

int tl_form_of_shape(tl_expander *x, const tl_phrase *sizes, const char *what, int most)
{
	static const tl_form_kind kinds[] = {TL_FORM_NUMBER, TL_FORM_VECTOR, TL_FORM_MATRIX,
					     TL_FORM_PICTURE, TL_FORM_KERNEL};
	tl_size dim[TL_MAX_RANK];
	int rank = 0;
	for (const tl_phrase *n = sizes; n; n = n->next) {
		if (rank == most) {
			tl_script_fail(x->s, n->at, NULL, "%s has at most %s sizes", what,
				       most == 3 ? "three" : "four");
			return 0;
		}
		tl_term *v = tl_expand_node(x, n);
		if (!v || !tl_is_size(x, v, &dim[rank++]))
			return 0;
	}
	return rank ? tl_form_new(x->e, kinds[rank], dim) : 1;
}

bool tl_whole(tl_expander *x, tl_term *v, double least, double most, int *to)
{
	double n = v->number;
	if (v->op != TL_VALUE_NUMBER || v->boolean)
		return tl_script_fail(x->s, v->at,
				      "it is known when the text is read: options and numbers",
				      "%s is not a number that is known here", slice(x, v));
	if (n != floor(n) || n < least || n > most)
		return tl_script_fail(x->s, v->at, NULL,
				      "%s is %g: a whole number from %g to %g is "
				      "wanted here",
				      slice(x, v), n, least, most);
	*to = (int)n;
	return true;
}

/* A size remains one under + - and times or by a number. */
static tl_term *size_pair(tl_expander *x, tl_place at, tl_value_op op, tl_term *a, tl_term *b)
{
	tl_size p, q, r;
	bool known = (a->op == TL_VALUE_NUMBER || a->op == TL_VALUE_SIZE) &&
		     (b->op == TL_VALUE_NUMBER || b->op == TL_VALUE_SIZE) && !a->boolean &&
		     !b->boolean;
	if (!known || !tl_is_size(x, a, &p) || !tl_is_size(x, b, &q))
		return NULL;
	if (op == TL_VALUE_ADD || op == TL_VALUE_SUB)
		r = tl_size_add(p, q, op == TL_VALUE_ADD ? 1 : -1);
	else if (op == TL_VALUE_DIV && b->op == TL_VALUE_NUMBER && b->number != 0)
		r = tl_size_add((tl_size){0}, p, 1 / b->number);
	else if (op != TL_VALUE_MUL || !tl_size_multiply(p, q, &r))
		return NULL;
	tl_term *v = tl_value_new(x, TL_VALUE_SIZE, at, 1, 0, NULL);
	if (v)
		v->from = r, v->known = TL_KNOWN_MADE;
	return v;
}

/* Unit by unit */

static tl_term *misfit(tl_expander *x, tl_place at, tl_term *a, tl_term *b)
{
	tl_form_kind k = kind_of(x, a), l = kind_of(x, b);
	const char *hint = NULL;
	tl_term *M = k == TL_FORM_MATRIX ? a : b, *v = M == a ? b : a;
	if (k == TL_FORM_VECTOR && l == TL_FORM_VECTOR)
		hint = "a matrix before one of them; or, if it is so: require in = hidden";
	else if (kind_of(x, M) == TL_FORM_MATRIX && kind_of(x, v) == TL_FORM_VECTOR &&
		 v->op == TL_VALUE_WEIGHT)
		hint = "small names are vectors; else declare it: weight b : [hidden, hidden]";
	else if (kind_of(x, M) == TL_FORM_MATRIX && kind_of(x, v) == TL_FORM_VECTOR)
		hint = M->op == TL_VALUE_WEIGHT
			       ? "the matrix product has no sign: W x"
			       : "along its columns: C ⊙ kᵀ; along its rows: (Cᵀ ⊙ kᵀ)ᵀ";
	return tl_script_fail(x->s, at, hint, "%s is %s and %s is %s", slice(x, a), form_text(x, a),
			      slice(x, b), form_text(x, b));
}

/* The form that two come to, unit by unit; 0: they do not. */
static int common_form(tl_expander *x, tl_term *a, tl_term *b)
{
	tl_equations *e = x->e;
	tl_form_kind k = kind_of(x, a), l = kind_of(x, b);
	/* A number known early says nothing of what it meets. */
	if (k == TL_FORM_NUMBER && (l != TL_FORM_OPEN || a->known < TL_KNOWN_RUN))
		return b->form;
	if (l == TL_FORM_NUMBER && (k != TL_FORM_OPEN || b->known < TL_KNOWN_RUN))
		return a->form;
	if (k == TL_FORM_ROW && l == TL_FORM_MATRIX)
		return tl_size_unify(e, dim_of(x, a, 0), dim_of(x, b, 1)) ? b->form : 0;
	if (k == TL_FORM_MATRIX && l == TL_FORM_ROW)
		return tl_size_unify(e, dim_of(x, a, 1), dim_of(x, b, 0)) ? a->form : 0;
	if (k != l || k == TL_FORM_OPEN)
		return tl_form_unify(e, a->form, b->form) ? a->form : 0;
	tl_size dim[TL_MAX_RANK];
	int rank = tl_form_rank(k);
	bool stretched = false;
	for (int i = 0; i < rank; i++) {
		tl_size p = dim_of(x, a, i), q = dim_of(x, b, i);
		bool one = tl_size_is(e, p, 1), other = tl_size_is(e, q, 1);
		dim[i] = one ? q : p;
		stretched = stretched || one != other;
		if (one == other && !tl_size_unify(e, p, q))
			return 0;
	}
	return stretched ? tl_form_new(e, k, dim) : a->form;
}

static bool no_boolean(tl_expander *x, tl_term *v)
{
	return !v->boolean || tl_script_fail(x->s, v->at, "value if condition else value",
					     "a condition is not a number");
}

static tl_term *folded(tl_expander *x, tl_place at, tl_value_op op, const char *name, tl_term *a,
		       tl_term *b, bool boolean)
{
	double n = tl_fold(op, name, a->number, b ? b->number : 0);
	if (!isfinite(n))
		return tl_script_fail(x->s, at, NULL, "this has no finite value");
	tl_term *v = tl_value_number(x, at, n);
	if (v)
		v->boolean = boolean;
	return v;
}

tl_term *tl_apply_pair(tl_expander *x, const tl_phrase *n, tl_value_op op, tl_term *a, tl_term *b)
{
	bool logic = op == TL_VALUE_AND || op == TL_VALUE_OR;
	bool boolean = logic || (op >= TL_VALUE_LESS && op <= TL_VALUE_NOT_EQUAL);
	bool both = a->boolean && b->boolean;
	if (logic && !both)
		return tl_script_fail(x->s, a->boolean ? b->at : a->at, NULL,
				      "this is no condition");
	bool same = op == TL_VALUE_EQUAL || op == TL_VALUE_NOT_EQUAL;
	if (!logic && !(same && both) && (!no_boolean(x, a) || !no_boolean(x, b)))
		return NULL;
	if (a->op == TL_VALUE_NUMBER && b->op == TL_VALUE_NUMBER)
		return folded(x, n->at, op, NULL, a, b, boolean);
	tl_term *size = size_pair(x, n->at, op, a, b);
	if (size || x->s->failed)
		return size;
	int form = common_form(x, a, b);
	if (!form) {
		const tl_phrase *left = n->first;
		if (n->kind == TL_NODE_EACH && left && a->op == TL_VALUE_WEIGHT &&
		    kind_of(x, a) == TL_FORM_MATRIX && kind_of(x, b) == TL_FORM_VECTOR)
			return tl_script_fail(
				x->s, n->at,
				tl_script_text(x->s,
					       "the matrix product has no sign: "
					       "%s %s",
					       slice(x, a), slice(x, b)),
				"⊙ is unit by unit, but %s is a matrix and %s a vector",
				slice(x, a), slice(x, b));
		return misfit(x, n->at, a, b);
	}
	tl_term *v = tl_value_new(x, op, n->at, form, 2, (tl_term *[]){a, b});
	if (v)
		v->boolean = boolean;
	return v;
}

tl_term *tl_apply_each(tl_expander *x, tl_value_op op, tl_place at, tl_term *a)
{
	if (op == TL_VALUE_NOT && !a->boolean)
		return tl_script_fail(x->s, a->at, NULL, "this is no condition");
	if (op != TL_VALUE_NOT && !no_boolean(x, a))
		return NULL;
	if (a->op == TL_VALUE_NUMBER && op == TL_VALUE_NOT)
		return folded(x, at, op, NULL, a, NULL, true);
	tl_term *v = tl_value_new(x, op, at, a->form, 1, &a);
	if (v)
		v->boolean = a->boolean;
	return v;
}

tl_term *tl_apply_if(tl_expander *x, tl_place at, tl_term *a, tl_term *c, tl_term *b)
{
	if (a->boolean != b->boolean)
		return tl_script_fail(x->s, at, NULL, "one of two values is a condition");
	if (!is_number(x, c) && kind_of(x, a) == TL_FORM_NUMBER &&
	    kind_of(x, b) == TL_FORM_NUMBER) { /* numbers for each unit */
		tl_term *v = tl_value_new(x, TL_VALUE_IF, at, c->form, 3, (tl_term *[]){a, c, b});
		return v;
	}
	int form = common_form(x, a, b);
	if (!form)
		return misfit(x, at, a, b);
	tl_term *v = tl_value_new(x, TL_VALUE_IF, at, form, 3, (tl_term *[]){a, c, b});
	if (v && c->known == TL_KNOWN_RUN && !is_number(x, c)) {
		int wide = common_form(x, v, c);
		if (!wide)
			return misfit(x, at, v, c);
		v->form = wide;
	}
	if (v)
		v->boolean = a->boolean;
	return v;
}

/* Products */

tl_term *tl_apply_transposed(tl_expander *x, tl_place at, tl_term *a)
{
	tl_size dim[2];
	if (!tl_make_vector(x, a->form))
		return NULL;
	tl_form_kind k = kind_of(x, a), to;
	if (k == TL_FORM_VECTOR || k == TL_FORM_ROW) {
		to = k == TL_FORM_VECTOR ? TL_FORM_ROW : TL_FORM_VECTOR;
		dim[0] = dim_of(x, a, 0);
	} else if (k == TL_FORM_MATRIX) {
		to = k;
		dim[0] = dim_of(x, a, 1), dim[1] = dim_of(x, a, 0);
	} else {
		return tl_script_fail(x->s, at, NULL,
				      "%s is %s: only vectors and matrices are "
				      "transposed",
				      slice(x, a), form_text(x, a));
	}
	int form = tl_form_new(x->e, to, dim);
	return form ? tl_value_new(x, TL_VALUE_TRANSPOSED, at, form, 1, &a) : NULL;
}

/* Where the sizes between two factors differ, the weight is named with where it got its own. */
static tl_term *misfit_between(tl_expander *x, tl_place at, tl_term *a, tl_term *b)
{
	const tl_text_weight *w = a->op == TL_VALUE_WEIGHT ? &x->e->weight[a->index] : NULL;
	if (!w)
		return tl_script_fail(x->s, at, NULL, "%s is %s and stands before %s, which is %s",
				      slice(x, a), form_text(x, a), slice(x, b), form_text(x, b));
	return tl_script_fail(
		x->s, at, "two matrices need two names", "%s is %s at %d:%d, and %s here is %s",
		w->name, form_text(x, a), tl_script_line(x->s, w->shaped.start),
		tl_script_column(x->s, w->shaped.start), slice(x, b), form_text(x, b));
}

static tl_term *no_product(tl_expander *x, tl_place at, tl_term *a, tl_term *b)
{
	const char *p = slice(x, a), *q = slice(x, b);
	bool vectors = kind_of(x, a) <= TL_FORM_VECTOR && kind_of(x, b) <= TL_FORM_VECTOR;
	const char *hint =
		!vectors ? NULL
		: a->op == TL_VALUE_WEIGHT
			? tl_script_text(x->s, "unit by unit: %s ⊙ %s; one number: %sᵀ %s", p, q, p,
					 q)
			: tl_script_text(
				  x->s,
				  "unit by unit: %s ⊙ %s; one number: %sᵀ %s; a matrix: %s %sᵀ", p,
				  q, p, q, p, q);
	if (vectors)
		return tl_script_fail(x->s, at, hint,
				      "%s and %s are vectors, and side by side two "
				      "vectors have no product",
				      p, q);
	return tl_script_fail(x->s, at, hint,
			      "%s is %s and %s is %s: side by side they have no "
			      "product",
			      p, form_text(x, a), q, form_text(x, b));
}

/* Matrices whose product is with a state, or with what comes of one, are recurrent: so they start.
 */
static void mark_recurrent(tl_expander *x, tl_term *v, bool recurrent)
{
	if (v->op == TL_VALUE_WEIGHT) {
		x->e->weight[v->index].recurrent |= recurrent;
		x->e->weight[v->index].used = true;
		return;
	}
	for (int i = 0; i < v->count && !v->batched; i++)
		mark_recurrent(x, v->of[i], recurrent);
}

static void shaped_at(tl_expander *x, tl_term *v, tl_place at)
{
	tl_text_weight *w = v->op == TL_VALUE_WEIGHT ? &x->e->weight[v->index] : NULL;
	if (w && !w->shaped.end)
		w->shaped = at;
}

static tl_term *matrix_times(tl_expander *x, tl_place at, tl_term *a, tl_term *b)
{
	if (!tl_make_vector(x, b->form))
		return NULL;
	tl_form_kind l = kind_of(x, b);
	bool row = kind_of(x, a) == TL_FORM_ROW;
	tl_size inner = dim_of(x, a, row ? 0 : 1), dim[2];
	if (l != TL_FORM_VECTOR && l != TL_FORM_MATRIX)
		return no_product(x, at, a, b);
	shaped_at(x, a, at);
	if (!tl_size_unify(x->e, inner, dim_of(x, b, 0)))
		return misfit_between(x, at, a, b);
	if (!row && !a->batched)
		mark_recurrent(x, a, b->of_state);
	tl_value_op op;
	tl_form_kind to;
	if (row) {
		op = l == TL_FORM_VECTOR ? TL_VALUE_ROW_VECTOR : TL_VALUE_ROW_MATRIX;
		to = l == TL_FORM_VECTOR ? TL_FORM_NUMBER : TL_FORM_ROW;
		if (l == TL_FORM_MATRIX)
			dim[0] = dim_of(x, b, 1);
	} else {
		op = l == TL_FORM_VECTOR ? TL_VALUE_MATRIX_VECTOR : TL_VALUE_MATRIX_MATRIX;
		to = l;
		dim[0] = dim_of(x, a, 0);
		if (l == TL_FORM_MATRIX)
			dim[1] = dim_of(x, b, 1);
	}
	int form = to == TL_FORM_NUMBER ? 1 : tl_form_new(x->e, to, dim);
	return form ? tl_value_new(x, op, at, form, 2, (tl_term *[]){a, b}) : NULL;
}

tl_term *tl_apply_beside(tl_expander *x, tl_place at, tl_term *a, tl_term *b)
{
	if (!no_boolean(x, a) || !no_boolean(x, b))
		return NULL;
	tl_form_kind k = kind_of(x, a), l = kind_of(x, b);
	if (k == TL_FORM_NUMBER || l == TL_FORM_NUMBER) {
		if (a->op == TL_VALUE_NUMBER && b->op == TL_VALUE_NUMBER)
			return folded(x, at, TL_VALUE_MUL, NULL, a, b, false);
		tl_term *size = size_pair(x, at, TL_VALUE_MUL, a, b);
		if (size || x->s->failed)
			return size;
		/* Beside a number anything keeps its form, also one that is not known yet. */
		int form = k == TL_FORM_NUMBER ? b->form : a->form;
		return tl_value_new(x, TL_VALUE_MUL, at, form, 2, (tl_term *[]){a, b});
	}
	if (k == TL_FORM_MATRIX || k == TL_FORM_ROW)
		return matrix_times(x, at, a, b);
	if (l == TL_FORM_ROW && (k == TL_FORM_VECTOR || k == TL_FORM_OPEN)) {
		if (!tl_make_vector(x, a->form))
			return NULL;
		tl_size dim[2] = {dim_of(x, a, 0), dim_of(x, b, 0)};
		int form = tl_form_new(x->e, TL_FORM_MATRIX, dim);
		return form ? tl_value_new(x, TL_VALUE_VECTOR_ROW, at, form, 2, (tl_term *[]){a, b})
			    : NULL;
	}
	return no_product(x, at, a, b);
}

/* Parts and wholes */

tl_term *tl_apply_concat(tl_expander *x, tl_place at, tl_term **of, int count)
{
	tl_size dim[TL_MAX_RANK] = {0}, total = tl_size_of(0);
	tl_form_kind to = TL_FORM_VECTOR;
	for (int i = 0; i < count; i++) {
		if (!no_boolean(x, of[i]) || !tl_make_vector(x, of[i]->form))
			return NULL;
		if (kind_of(x, of[i]) > TL_FORM_VECTOR)
			to = TL_FORM_MATRIX;
	}
	for (int i = 0; i < count; i++) {
		tl_form_kind k = kind_of(x, of[i]);
		bool fits = to == TL_FORM_VECTOR ? k <= TL_FORM_VECTOR
						 : k == TL_FORM_ROW || k == TL_FORM_MATRIX;
		tl_size across = to == TL_FORM_MATRIX && fits
					 ? dim_of(x, of[i], k == TL_FORM_ROW ? 0 : 1)
					 : tl_size_of(0);
		if (fits && !i)
			dim[1] = across;
		if (!fits || !tl_size_unify(x->e, dim[1], across))
			return tl_script_fail(x->s, of[i]->at, NULL,
					      "%s is %s: it does not go below %s, which is %s",
					      slice(x, of[i]), form_text(x, of[i]), slice(x, of[0]),
					      form_text(x, of[0]));
		bool one = k == TL_FORM_NUMBER || (to == TL_FORM_MATRIX && k == TL_FORM_ROW);
		total = tl_size_add(
			tl_size_resolved(x->e, total),
			one ? tl_size_of(1) : tl_size_resolved(x->e, dim_of(x, of[i], 0)), 1);
	}
	dim[0] = total;
	int form = tl_form_new(x->e, to, dim);
	return form ? tl_value_new(x, TL_VALUE_CONCAT, at, form, count, of) : NULL;
}

/* Vectors and matrices have parts. */
static bool has_parts(tl_expander *x, tl_place at, tl_term *of)
{
	tl_form_kind k = kind_of(x, of);
	return k == TL_FORM_VECTOR || k == TL_FORM_MATRIX ||
	       tl_script_fail(x->s, at, NULL, "%s is %s: parts are taken of vectors and matrices",
			      slice(x, of), form_text(x, of));
}

tl_term *tl_apply_slice(tl_expander *x, tl_place at, tl_term *of, tl_term *from, tl_term *to)
{
	tl_size dim[TL_MAX_RANK], a = tl_size_of(0), b;
	if (!tl_make_vector(x, of->form))
		return NULL;
	tl_form_kind k = kind_of(x, of);
	if (!has_parts(x, at, of))
		return NULL;
	b = dim_of(x, of, 0);
	if ((from && !tl_is_size(x, from, &a)) || (to && !tl_is_size(x, to, &b)))
		return NULL;
	dim[0] = tl_size_add(tl_size_resolved(x->e, b), tl_size_resolved(x->e, a), -1);
	if (k == TL_FORM_MATRIX)
		dim[1] = dim_of(x, of, 1);
	int form = tl_form_new(x->e, k, dim);
	tl_term *v = form ? tl_value_new(x, TL_VALUE_SLICE, at, form, 1, &of) : NULL;
	if (v)
		v->from = a, v->to = b;
	return v;
}

tl_term *tl_apply_part(tl_expander *x, tl_place at, tl_term *of, tl_term *index)
{
	tl_size a, dim[1];
	if (!tl_make_vector(x, of->form) || !tl_is_size(x, index, &a))
		return NULL;
	tl_form_kind k = kind_of(x, of);
	if (!has_parts(x, at, of))
		return NULL;
	if (k == TL_FORM_MATRIX)
		dim[0] = dim_of(x, of, 1);
	int form = k == TL_FORM_VECTOR ? 1 : tl_form_new(x->e, TL_FORM_VECTOR, dim);
	tl_term *v = form ? tl_value_new(x, TL_VALUE_PART, at, form, 1, &of) : NULL;
	if (v)
		v->from = a;
	return v;
}
