/* An interpreter of expressions over small tensors: recursive, slow and plain. */
#include "rule_numbers.h"

#include "equations/rules.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef rule_numbers numbers;

static numbers expression(rule_names *e, const tl_phrase *p);

/* Names */

static rule_name *find(rule_names *e, const char *name)
{
	for (int i = e->count; i-- > 0;)
		if (!strcmp(e->name[i].name, name))
			return &e->name[i];
	return NULL;
}

static rule_name *push(rule_names *e, const char *name)
{
	if (e->count == RULE_NAMES)
		abort();
	rule_name *n = &e->name[e->count++];
	snprintf(n->name, sizeof n->name, "%s", name);
	n->known = true;
	return n;
}

rule_numbers *rule_name_add(rule_names *to, const char *name, const rule_numbers *is)
{
	rule_name *n = push(to, name);
	n->is = *is;
	return &n->is;
}

const rule_numbers *rule_name_find(const rule_names *of, const char *name)
{
	for (int i = of->count; i-- > 0;)
		if (of->name[i].known && !strcmp(of->name[i].name, name))
			return &of->name[i].is;
	return NULL;
}

static numbers one(double x)
{
	numbers n = {.shape = {.rank = 0}};
	n.at[0] = x;
	return n;
}

static numbers unknown(rule_names *e, const char *what)
{
	if (!*e->problem)
		snprintf(e->problem, sizeof e->problem, "%s", what);
	return one(NAN);
}

/* Elements */

static int64_t size_of(const tl_shape *s)
{
	int64_t n = 1;
	for (int i = 0; i < s->rank; i++)
		n *= s->dim[i];
	return n;
}

/* Where the element of `to` with this number is in `from`, which broadcasts to it. */
static int64_t place(const tl_shape *to, int64_t at, const tl_shape *from)
{
	int64_t place = 0, stride = 1;
	for (int i = (int)to->rank - 1, k = (int)from->rank - 1; k >= 0; i--, k--) {
		int64_t index = at % to->dim[i];
		at /= to->dim[i];
		place += from->dim[k] == 1 ? 0 : index * stride;
		stride *= from->dim[k];
	}
	return place;
}

static bool stretch(rule_names *e, tl_shape *s, const tl_shape *by)
{
	tl_shape both = s->rank > by->rank ? *s : *by;
	for (int i = 1; i <= s->rank && i <= by->rank; i++) {
		int64_t a = s->dim[s->rank - i], b = by->dim[by->rank - i];
		if (a != b && a != 1 && b != 1) {
			unknown(e, "shapes do not fit");
			return false;
		}
		both.dim[both.rank - i] = a == 1 ? b : a;
	}
	*s = both;
	return size_of(s) <= RULE_NUMBERS;
}

static double pair(tl_node_kind kind, double a, double b)
{
	switch (kind) {
	case TL_NODE_ADD:
		return a + b;
	case TL_NODE_SUB:
		return a - b;
	case TL_NODE_EACH:
	case TL_NODE_BESIDE:
		return a * b;
	case TL_NODE_DIV:
		return a / b;
	case TL_NODE_POWER:
		return pow(a, b);
	case TL_NODE_LESS:
		return a < b;
	case TL_NODE_LESS_EQUAL:
		return a <= b;
	case TL_NODE_GREATER:
		return a > b;
	case TL_NODE_GREATER_EQUAL:
		return a >= b;
	case TL_NODE_EQUAL:
		return a == b;
	case TL_NODE_NOT_EQUAL:
		return a != b;
	case TL_NODE_AND:
		return a != 0 && b != 0;
	default:
		return NAN;
	}
}

static numbers each(rule_names *e, const numbers *a, const numbers *b, tl_node_kind kind,
		    double (*of)(double, double))
{
	numbers y = {.shape = a->shape};
	if (!stretch(e, &y.shape, &b->shape))
		return unknown(e, "shapes do not fit");
	for (int64_t i = 0; i < size_of(&y.shape); i++) {
		double p = a->at[place(&y.shape, i, &a->shape)],
		       q = b->at[place(&y.shape, i, &b->shape)];
		y.at[i] = of ? of(p, q) : pair(kind, p, q);
	}
	return y;
}

/* Side by side: a number times anything, matrices, a matrix and a column. */
static numbers product(rule_names *e, const numbers *a, const numbers *b)
{
	if (!a->shape.rank || !b->shape.rank)
		return each(e, a, b, TL_NODE_BESIDE, NULL);
	int64_t n = b->shape.dim[0], columns = b->shape.rank == 2 ? b->shape.dim[1] : 1;
	if (a->shape.rank != 2 || a->shape.dim[1] != n)
		return unknown(e, "a product");
	numbers y = {.shape = tl_dims(a->shape.dim[0], columns)};
	for (int64_t i = 0; i < a->shape.dim[0]; i++)
		for (int64_t j = 0; j < columns; j++)
			for (int64_t k = 0; k < n; k++)
				y.at[i * columns + j] += a->at[i * n + k] * b->at[k * columns + j];
	if (b->shape.rank == 1)
		y.shape.rank = y.shape.dim[0] == 1 ? 0 : 1;
	return y;
}

static numbers transposed(rule_names *e, const numbers *x)
{
	int64_t n = x->shape.dim[0], m = x->shape.rank == 2 ? x->shape.dim[1] : 1;
	numbers y = {.shape = tl_dims(m, n)};
	if (x->shape.rank < 1 || x->shape.rank > 2)
		return unknown(e, "a transpose");
	for (int64_t i = 0; i < n; i++)
		for (int64_t j = 0; j < m; j++)
			y.at[j * n + i] = x->at[i * m + j];
	return y;
}

/* The place of x[i, j ...] and its shape; -1 where there is none such. */
static int64_t indexed(rule_names *e, const tl_phrase *index, const tl_shape *of, tl_shape *part)
{
	int64_t at = 0;
	*part = (tl_shape){.rank = of->rank};
	bool outside = false;
	int axis = 0;
	for (; index; index = index->next, axis++) {
		numbers i = expression(e, index);
		if (axis == of->rank || i.shape.rank)
			return unknown(e, "an index"), -1;
		outside = outside || i.at[0] < 0 || i.at[0] >= (double)of->dim[axis];
		at = at * of->dim[axis] + (outside ? 0 : (int64_t)i.at[0]);
	}
	part->rank = of->rank - axis;
	for (int k = 0; k < part->rank; k++)
		part->dim[k] = of->dim[axis + k];
	return outside ? -1 : at * size_of(part);
}

static numbers element(rule_names *e, const tl_phrase *p)
{
	numbers x = expression(e, p->first), y = {{0}, {0}};
	int64_t at = indexed(e, p->first->next, &x.shape, &y.shape);
	for (int64_t i = 0; at >= 0 && i < size_of(&y.shape); i++)
		y.at[i] = x.at[at + i];
	return y; /* 0 outside, as in a convolution */
}

/* How many values a name has that is an index: those of the axis where it stands alone. */
static int64_t range(rule_names *e, const tl_phrase *p, const char *name)
{
	int64_t n = -1;
	if (p->kind == TL_NODE_INDEX && p->first->kind == TL_NODE_NAME) {
		rule_name *base = find(e, p->first->name);
		int axis = 0;
		for (const tl_phrase *i = p->first->next; i && base; i = i->next, axis++)
			if (i->kind == TL_NODE_NAME && !strcmp(i->name, name) &&
			    axis < base->is.shape.rank)
				return base->is.shape.dim[axis];
	}
	for (const tl_phrase *k = p->first; k && n < 0; k = k->next)
		n = range(e, k, name);
	return n;
}

/* Functions */

static double softplus(double x)
{
	return log1p(exp(x));
}

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

static double sign(double x)
{
	return (x > 0) - (x < 0);
}

static const struct function {
	const char *name;
	double (*of)(double);
} functions[] = {{"abs", fabs},         {"sign", sign}, {"floor", floor}, {"ceil", ceil},
		 {"round", rint},       {"exp", exp},   {"log", log},     {"sqrt", sqrt},
		 {"sin", sin},          {"cos", cos},   {"tan", tan},     {"asin", asin},
		 {"acos", acos},        {"atan", atan}, {"sinh", sinh},   {"cosh", cosh},
		 {"tanh", tanh},        {"erf", erf},   {"erfc", erfc},   {"sigmoid", sigmoid},
		 {"softplus", softplus}};

typedef struct reduction {
	const char *name;
	double start, (*with)(double, double);
} reduction;

static double plus(double a, double b)
{
	return a + b;
}

static const reduction reductions[] = {
	{"sum", 0, plus}, {"mean", 0, plus}, {"max", -INFINITY, fmax}, {"min", INFINITY, fmin}};

/* sum(... for i, j), sum(... for j = 0..i) */
static void over(rule_names *e, const tl_phrase *value, const tl_phrase *f, const tl_phrase *name,
		 const reduction *r, numbers *all, int64_t *count)
{
	int64_t from = 0, to = -1;
	if (!f->name && !name) { /* all names have a value */
		numbers v = expression(e, value);
		*all = *count ? each(e, all, &v, TL_NODE_ADD, r->with) : v;
		++*count;
		return;
	}
	if (f->name) {
		from = (int64_t)expression(e, name).at[0];
		to = (int64_t)expression(e, name->next).at[0];
	} else if ((to = range(e, value, name->name) - 1) < -1) {
		unknown(e, name->name);
	}
	tl_phrase inner = *f;
	inner.name = NULL;
	for (int64_t i = from; i <= to; i++) {
		int before = e->count;
		numbers is = one((double)i);
		rule_name_add(e, f->name ? f->name : name->name, &is);
		over(e, value, &inner, f->name ? NULL : name->next, r, all, count);
		e->count = before;
	}
}

static numbers reduced(rule_names *e, const tl_phrase *call, const reduction *r)
{
	numbers all = one(r->start);
	int64_t count = 0;
	if (call->first->kind == TL_NODE_FOR) {
		over(e, call->first->first, call->first, call->first->first->next, r, &all, &count);
	} else {
		numbers v = expression(e, call->first);
		for (; count < size_of(&v.shape); count++)
			all.at[0] = r->with(all.at[0], v.at[count]);
	}
	for (int64_t i = 0; *r->name == 'm' && r->with == plus && i < size_of(&all.shape); i++)
		all.at[i] /= (double)count;
	return all;
}

/* An op that has an equation of its own; `to` is the shape of the result, or NULL. */
static numbers op(rule_names *e, const tl_phrase *call, const tl_shape *to)
{
	const tl_op *o = tl_op_find(call->name);
	if (!o || !o->equation)
		return unknown(e, call->name);
	rule_names *inner = calloc(1, sizeof *inner);
	const char *name = o->operands ? o->operands : "x";
	for (const tl_phrase *a = call->first; a && *name; a = a->next) {
		int n = (int)strcspn(name, ", ");
		char text[32];
		snprintf(text, sizeof text, "%.*s", n, name);
		numbers v = expression(e, a);
		rule_name_add(inner, text, &v);
		name += n + (int)strspn(name + n, ", ");
	}
	if (to) {
		rule_name *y = push(inner, "y");
		y->known = false, y->is.shape = *to;
	}
	rule_evaluate(inner, o->equation);
	const numbers *y = rule_name_find(inner, "y");
	numbers is = y ? *y : one(NAN);
	if (*inner->problem)
		unknown(e, inner->problem);
	free(inner);
	return is;
}

static numbers called(rule_names *e, const tl_phrase *call)
{
	bool single = call->first && !call->first->next;
	for (size_t i = 0; single && i < sizeof reductions / sizeof *reductions; i++)
		if (!strcmp(reductions[i].name, call->name))
			return reduced(e, call, &reductions[i]);
	for (size_t i = 0; single && i < sizeof functions / sizeof *functions; i++)
		if (!strcmp(functions[i].name, call->name)) {
			numbers x = expression(e, call->first);
			for (int64_t k = 0; k < size_of(&x.shape); k++)
				x.at[k] = functions[i].of(x.at[k]);
			return x;
		}
	double (*two)(double, double) = !strcmp(call->name, "max")     ? fmax
					: !strcmp(call->name, "min")   ? fmin
					: !strcmp(call->name, "atan2") ? atan2
								       : NULL;
	if (!two || single || !call->first)
		return op(e, call, NULL);
	numbers a = expression(e, call->first), b = expression(e, call->first->next);
	return each(e, &a, &b, TL_NODE_ADD, two);
}

static numbers chosen(rule_names *e, const tl_phrase *p)
{
	numbers a = expression(e, p->first), c = expression(e, p->first->next),
		b = expression(e, p->first->next->next), y = {.shape = a.shape};
	if (!stretch(e, &y.shape, &b.shape) || !stretch(e, &y.shape, &c.shape))
		return unknown(e, "shapes do not fit");
	for (int64_t i = 0; i < size_of(&y.shape); i++)
		y.at[i] = c.at[place(&y.shape, i, &c.shape)] != 0
				  ? a.at[place(&y.shape, i, &a.shape)]
				  : b.at[place(&y.shape, i, &b.shape)];
	return y;
}

static numbers expression(rule_names *e, const tl_phrase *p)
{
	const rule_numbers *is;
	numbers a, b;
	switch (p->kind) {
	case TL_NODE_NUMBER:
		return one(p->number);
	case TL_NODE_NAME:
		is = rule_name_find(e, p->name);
		return is ? *is : unknown(e, p->name);
	case TL_NODE_CALL:
		return called(e, p);
	case TL_NODE_INDEX:
		return element(e, p);
	case TL_NODE_IF:
		return chosen(e, p);
	case TL_NODE_NEG:
		a = one(0), b = expression(e, p->first);
		return each(e, &a, &b, TL_NODE_SUB, NULL);
	case TL_NODE_TRANSPOSED:
		a = expression(e, p->first);
		return transposed(e, &a);
	default:
		if (!p->first || !p->first->next)
			return unknown(e, "what this is");
		a = expression(e, p->first), b = expression(e, p->first->next);
		return p->kind == TL_NODE_BESIDE ? product(e, &a, &b)
						 : each(e, &a, &b, p->kind, NULL);
	}
}

/* Lines */

/* LEFT[i, j] = RIGHT for every i and j. */
static void assign(rule_names *e, const tl_rule *r, const tl_phrase *index, numbers *to)
{
	while (index && (index->kind != TL_NODE_NAME || rule_name_find(e, index->name)))
		index = index->next;
	const tl_phrase *free_name = index;
	/* dx[start + step i]: an index inside */
	for (const tl_phrase *i = r->left->first->next; i && !free_name; i = i->next)
		for (const tl_phrase *k = i->first; k && !free_name;
		     k = k->kind == TL_NODE_BESIDE ? k->first : k->next)
			if (k->kind == TL_NODE_BESIDE && k->first->next->kind == TL_NODE_NAME &&
			    !rule_name_find(e, k->first->next->name))
				free_name = k->first->next;
	if (free_name) {
		int64_t n = range(e, r->left, free_name->name);
		n = n < 0 ? range(e, r->right, free_name->name) : n;
		if (n < 0)
			unknown(e, free_name->name);
		for (int64_t i = 0; i < n; i++) {
			int before = e->count;
			numbers is = one((double)i);
			rule_name_add(e, free_name->name, &is);
			assign(e, r, index ? index->next : NULL, to);
			e->count = before;
		}
		return;
	}
	tl_shape part;
	int64_t at = indexed(e, r->left->first->next, &to->shape, &part);
	numbers v = expression(e, r->right);
	tl_shape all = part;
	if (at < 0 || !stretch(e, &all, &v.shape) || size_of(&all) != size_of(&part))
		unknown(e, "the left side");
	for (int64_t i = 0; at >= 0 && i < size_of(&part) && !*e->problem; i++)
		to->at[at + i] = v.at[place(&part, i, &v.shape)];
}

static void line(rule_names *e, const tl_rule *r)
{
	const char *name = r->left->kind == TL_NODE_INDEX ? r->left->first->name : r->left->name;
	const rule_name *target = find(e, name);
	numbers v = {{0}, {0}};
	if (r->left->kind == TL_NODE_INDEX && target) {
		v.shape = target->is.shape;
		assign(e, r, r->left->first->next, &v);
	} else if (r->left->kind == TL_NODE_NAME) {
		const char *function = r->right->kind == TL_NODE_CALL ? r->right->name : "";
		v = target && strstr(function, "conv") ? op(e, r->right, &target->is.shape)
						       : expression(e, r->right);
	} else {
		unknown(e, "the left side");
	}
	rule_name_add(e, name, &v);
}

bool rule_evaluate(rule_names *names, const char *text)
{
	tl_arena arena = {0};
	tl_error error = {0};
	tl_script s = {.file = "rule",
		       .text = text,
		       .length = strlen(text),
		       .arena = &arena,
		       .error = &error};
	numbers pi = one(acos(-1));
	rule_name_add(names, "pi", &pi);
	const tl_rule *r = tl_parse_rules(&s);
	if (!r)
		unknown(names, error.text);
	for (; r && !*names->problem; r = r->next)
		line(names, r);
	tl_arena_finish(&arena);
	return !*names->problem;
}

rule_numbers rule_sum_to(const rule_numbers *x, tl_shape shape)
{
	numbers y = {.shape = shape};
	if (size_of(&x->shape) < size_of(&shape)) { /* one number of all */
		for (int64_t i = 0; i < size_of(&shape); i++)
			y.at[i] = x->at[place(&shape, i, &x->shape)];
		return y;
	}
	for (int64_t i = 0; i < size_of(&x->shape); i++)
		y.at[place(&x->shape, i, &shape)] += x->at[i];
	return y;
}
