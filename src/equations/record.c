/*
 * Recording. A step walks the equations in their order; within one it records what its value needs,
 * each value once. Numbers that are known do not become tensors before they meet one. What depends
 * on weights alone is recorded when the weights come onto the tape.
 *
 * On the tape a number is [batch, 1], a vector and a row [batch, n], a matrix [batch, m, n]; what
 * does not depend on the batch is the same without it, a number then [1].
 */
#include "equations/record.h"

#include "equations/apply.h"

#include "graph/graph.h"
#include "ops/sparse.h"

#include <math.h>
#include <string.h>

enum { WIDEST_IDENTITY = 1 << 12 };

static tl_form_kind kind_of(const tl_recorder *r, const tl_term *v)
{
	return tl_form_at(r->e, v->form)->kind;
}

static int64_t size_at(const tl_recorder *r, tl_size size)
{
	return tl_size_at(r->e, size, r->in, r->hidden);
}

/* Without the batch. */
tl_shape tl_shape_of(const tl_recorder *r, int form)
{
	const tl_form *f = tl_form_at(r->e, form);
	tl_shape s = {.rank = tl_form_rank(f->kind)};
	for (int i = 0; i < s.rank; i++)
		s.dim[i] = size_at(r, f->dim[i]);
	return s.rank ? s : tl_dims(1);
}

tl_shape tl_batched(const tl_recorder *r, tl_shape s)
{
	for (int i = s.rank; i > 0 && i < TL_MAX_RANK; i--)
		s.dim[i] = s.dim[i - 1];
	s.dim[0] = r->batch;
	s.rank++;
	return s;
}

/* Numbers */

double tl_number_of(tl_recorder *r, const tl_term *v)
{
	tl_bound *b = r->b;
	if (v->op == TL_VALUE_NUMBER)
		return v->number;
	if (b->made[v->id] == b->step)
		return b->number[v->id];
	double n;
	if (v->op == TL_VALUE_SIZE) {
		tl_size size = tl_size_resolved(r->e, v->from);
		n = tl_size_value(&size, (double)r->in, (double)r->hidden);
	} else if (v->op == TL_VALUE_TIME) {
		n = r->time;
	} else if (v->op == TL_VALUE_IF) {
		n = tl_number_of(r, v->of[tl_number_of(r, v->of[1]) != 0 ? 0 : 2]);
	} else {
		double x = tl_number_of(r, v->of[0]),
		       y = v->count > 1 ? tl_number_of(r, v->of[1]) : 0;
		n = tl_fold(v->op, v->name, x, y);
	}
	b->made[v->id] = b->step;
	b->number[v->id] = n;
	return n;
}

/* Tensors that fit each other */

/* Reshaped so that it stretches over what is of this form: [batch, 1] over [batch, m, n]. */
static tl_tensor stretched(tl_recorder *r, const tl_term *v, tl_tensor t, tl_form_kind over)
{
	tl_form_kind k = kind_of(r, v);
	int rank = tl_form_rank(over);
	if (!v->batched || tl_form_rank(k) == rank)
		return t;
	if (k == TL_FORM_NUMBER && rank > 1) {
		tl_shape s = tl_dims(r->batch, 1, 1, 1);
		s.rank = rank + 1;
		for (int i = s.rank; i < TL_MAX_RANK; i++)
			s.dim[i] = 0;
		return tl_reshape(t, s);
	}
	return k == TL_FORM_ROW && over == TL_FORM_MATRIX ? tl_expand_dims(t, 1) : t;
}

static tl_tensor filled(tl_recorder *r, const tl_term *v)
{
	if (!tl_is_number(v))
		return tl_tensor_of(r, v);
	return tl_scalar(r->tape, tl_number_of(r, v));
}

/* With the batch, also what does not depend on it. */
static tl_tensor with_rows(tl_recorder *r, const tl_term *v)
{
	if (tl_is_number(v))
		return tl_full(r->tape, tl_dims(r->batch, 1), tl_number_of(r, v));
	tl_tensor t = tl_tensor_of(r, v);
	return v->batched ? t : tl_broadcast_to(t, tl_batched(r, tl_shape_of(r, v->form)));
}

/* Unit by unit */

/* z a + (1 - z) b, in either order, is one op. */
static bool is_blend(const tl_term *v, const tl_term **z, const tl_term **a, const tl_term **b)
{
	const tl_term *p = v->of[0], *q = v->of[1];
	if (p->op != TL_VALUE_MUL || q->op != TL_VALUE_MUL)
		return false;
	for (int side = 0; side < 2; side++, p = v->of[1], q = v->of[0])
		for (int i = 0; i < 2; i++) {
			const tl_term *minus = q->of[i];
			if (minus->op != TL_VALUE_SUB || minus->of[0]->op != TL_VALUE_NUMBER ||
			    minus->of[0]->number != 1 || tl_is_number(minus))
				continue;
			for (int j = 0; j < 2; j++)
				if (p->of[j] == minus->of[1] && p->of[1 - j] != minus &&
				    !tl_is_number(p->of[1 - j]) && !tl_is_number(q->of[1 - i])) {
					*z = p->of[j], *a = p->of[1 - j], *b = q->of[1 - i];
					return true;
				}
		}
	return false;
}

static tl_tensor scaled(tl_tensor t, double by)
{
	return by == 1 ? t : by == -1 ? tl_neg(t) : tl_scale(t, by);
}

static tl_tensor power(tl_tensor t, double n)
{
	return n == 2     ? tl_square(t)
	       : n == 1   ? t
	       : n == 3   ? tl_mul(tl_square(t), t)
	       : n == 0.5 ? tl_sqrt(t)
	       : n == -1  ? tl_reciprocal(t)
	       : n == -2  ? tl_reciprocal(tl_square(t))
			  : tl_pow(t, tl_scalar(t.tape, n));
}

/* One of the two is a number that is known. False: there is no op for it, it becomes a tensor. */
static bool with_number(tl_recorder *r, const tl_term *v, tl_tensor *to)
{
	bool left = tl_is_number(v->of[0]);
	if (!left && !tl_is_number(v->of[1]))
		return false;
	double n = tl_number_of(r, v->of[left ? 0 : 1]);
	const tl_term *o = v->of[left ? 1 : 0];
	switch (v->op) {
	case TL_VALUE_ADD:
		*to = tl_tensor_of(r, o);
		*to = n != 0 ? tl_add_scalar(*to, n) : *to; /* a term that an option leaves out */
		return true;
	case TL_VALUE_MUL:
		*to = scaled(tl_tensor_of(r, o), n);
		return true;
	case TL_VALUE_SUB:
		*to = !left    ? tl_add_scalar(tl_tensor_of(r, o), -n)
		      : n == 1 ? tl_one_minus(tl_tensor_of(r, o))
			       : tl_add_scalar(tl_neg(tl_tensor_of(r, o)), n);
		return true;
	case TL_VALUE_DIV:
		*to = left ? scaled(tl_reciprocal(tl_tensor_of(r, o)), n)
			   : scaled(tl_tensor_of(r, o), 1 / n);
		return true;
	case TL_VALUE_POWER:
		if (!left)
			*to = power(tl_tensor_of(r, o), n);
		return !left;
	default:
		return false;
	}
}

static tl_tensor pair(tl_recorder *r, const tl_term *v)
{
	const tl_term *z, *p, *q;
	tl_form_kind k = kind_of(r, v);
	tl_tensor done;
	if (v->op == TL_VALUE_ADD && is_blend(v, &z, &p, &q)) {
		tl_tensor g = stretched(r, z, tl_tensor_of(r, z), k), u = tl_tensor_of(r, p);
		return tl_blend(g, stretched(r, p, u, k), stretched(r, q, tl_tensor_of(r, q), k));
	}
	if (with_number(r, v, &done))
		return done;
	/* What depends on the state comes first: the rest stands then where it is used, and is
	 * summed there in one go with it. */
	bool turned = v->of[1]->of_state && !v->of[0]->of_state;
	tl_tensor t[2];
	for (int i = 0; i < 2; i++) {
		const tl_term *o = v->of[i ^ turned];
		t[i ^ turned] = stretched(r, o, filled(r, o), k);
	}
	tl_tensor a = t[0], b = t[1];
	switch (v->op) {
	case TL_VALUE_ADD:
		return tl_add(a, b);
	case TL_VALUE_SUB:
		return tl_sub(a, b);
	case TL_VALUE_MUL:
		return tl_mul(a, b);
	case TL_VALUE_DIV:
		return tl_div(a, b);
	case TL_VALUE_MOD:
		return tl_sub(a, tl_mul(b, tl_floor(tl_div(a, b))));
	case TL_VALUE_POWER:
		return tl_pow(a, b);
	case TL_VALUE_MAXIMUM:
		return tl_maximum(a, b);
	case TL_VALUE_MINIMUM:
		return tl_minimum(a, b);
	case TL_VALUE_LESS:
		return tl_less(a, b);
	case TL_VALUE_LESS_EQUAL:
		return tl_less_equal(a, b);
	case TL_VALUE_EQUAL:
		return tl_equal(a, b);
	case TL_VALUE_NOT_EQUAL:
		return tl_not_equal(a, b);
	case TL_VALUE_AND:
		return tl_mul(a, b);
	default:
		return tl_maximum(a, b); /* or */
	}
}

static tl_tensor choice(tl_recorder *r, const tl_term *v)
{
	if (tl_is_number(v->of[1])) {
		const tl_term *taken = v->of[tl_number_of(r, v->of[1]) != 0 ? 0 : 2];
		tl_form_kind k = kind_of(r, v);
		if (tl_is_number(taken) && k != TL_FORM_NUMBER) { /* a number for each unit */
			tl_shape s = tl_shape_of(r, v->form);
			return tl_full(r->tape, v->batched ? tl_batched(r, s) : s,
				       tl_number_of(r, taken));
		}
		return tl_is_number(taken) && v->batched ? with_rows(r, taken) : filled(r, taken);
	}
	tl_form_kind k = kind_of(r, v);
	tl_tensor c = stretched(r, v->of[1], tl_tensor_of(r, v->of[1]), k);
	tl_tensor a = stretched(r, v->of[0], filled(r, v->of[0]), k);
	return tl_where(c, a, stretched(r, v->of[2], filled(r, v->of[2]), k));
}

static tl_tensor each(tl_recorder *r, const tl_term *v)
{
	tl_tensor t = filled(r, v->of[0]);
	switch (v->op) {
	case TL_VALUE_NOT:
		return tl_one_minus(t);
	case TL_VALUE_APPLY:
		return v->function(t);
	case TL_VALUE_ACTIVATE:
		return tl_cell_activate(r->cell, t, v->function);
	case TL_VALUE_CLAMP:
		return tl_clamp(t, v->number, v->more);
	case TL_VALUE_LEAKY_RELU:
		return tl_leaky_relu(t, v->number);
	case TL_VALUE_ELU:
		return tl_elu(t, v->number);
	case TL_VALUE_HARD_SIGMOID:
		return tl_hard_sigmoid(t, v->number, v->more);
	case TL_VALUE_DROP:
		return v->number < 0                  ? tl_cell_update_dropout(r->cell, t)
		       : tl_tape_is_training(r->tape) ? tl_dropout(t, v->number)
						      : t;
	default:
		return tl_detach(t); /* stop */
	}
}

/* Products */

/* The last axis of t is summed with M's columns, whatever stands before it. */
static tl_tensor linear(tl_recorder *r, const tl_term *M, tl_tensor t)
{
	const tl_text_weight *w = M->op == TL_VALUE_WEIGHT ? &r->e->weight[M->index] : NULL;
	bool sparse = w && tl_is_sparse(w);
	return sparse ? tl_sparse_linear(t, tl_tensor_of(r, M))
		      : tl_linear(t, tl_tensor_of(r, M), TL_NONE);
}

static tl_tensor matrix_vector(tl_recorder *r, const tl_term *v)
{
	const tl_term *a = v->of[0], *b = v->of[1];
	tl_tensor t = tl_tensor_of(r, b);
	if (!a->batched && b->batched)
		return linear(r, a, t);
	int64_t rows = tl_shape_of(r, v->form).dim[0];
	if (!a->batched) /* one row that is no batch */
		return tl_reshape(linear(r, a, tl_expand_dims(t, 0)), tl_dims(rows));
	if (!b->batched)
		return tl_reshape(tl_linear(tl_tensor_of(r, a), tl_expand_dims(t, 0), TL_NONE),
				  tl_dims(r->batch, rows));
	return tl_reshape(tl_matmul(tl_tensor_of(r, a), tl_expand_dims(t, 2)),
			  tl_dims(r->batch, rows));
}

static tl_tensor matrix_matrix(tl_recorder *r, const tl_term *v)
{
	const tl_term *a = v->of[0], *b = v->of[1];
	tl_tensor t = tl_tensor_of(r, b);
	if (a->batched && !b->batched)
		return tl_linear(tl_tensor_of(r, a), tl_transpose(t), TL_NONE);
	if (!a->batched && b->batched)
		return tl_transpose(linear(r, a, tl_transpose(t)));
	return tl_matmul(tl_tensor_of(r, a), t);
}

static tl_tensor row_matrix(tl_recorder *r, const tl_term *v)
{
	const tl_term *a = v->of[0], *b = v->of[1];
	int64_t columns = tl_shape_of(r, v->form).dim[0];
	tl_tensor t = tl_tensor_of(r, b);
	if (!b->batched && a->batched)
		return tl_linear(tl_tensor_of(r, a), tl_transpose(t), TL_NONE);
	if (!b->batched)
		return tl_reshape(tl_matmul(tl_expand_dims(tl_tensor_of(r, a), 0), t),
				  tl_dims(columns));
	return tl_reshape(tl_matmul(tl_expand_dims(with_rows(r, a), 1), t),
			  tl_dims(r->batch, columns));
}

static tl_tensor vector_row(tl_recorder *r, const tl_term *v)
{
	const tl_term *a = v->of[0], *b = v->of[1];
	return tl_mul(tl_expand_dims(tl_tensor_of(r, a), a->batched ? 2 : 1),
		      tl_expand_dims(tl_tensor_of(r, b), b->batched ? 1 : 0));
}

static tl_tensor conv(tl_recorder *r, const tl_term *v)
{
	int64_t half = tl_shape_of(r, v->of[0]->form).dim[2] / 2;
	tl_tensor W = tl_tensor_of(r, v->of[0]), t = with_rows(r, v->of[1]);
	return tl_conv2d(t, W, &(tl_conv_options){.padding = {half, half}});
}

/* Parts and wholes */

static tl_tensor concat(tl_recorder *r, const tl_term *v)
{
	tl_tensor *of = tl_arena_take(&r->tape->attrs, (size_t)v->count * sizeof *of, 16);
	if (!of) {
		tl_report_memory(r->tape, "concat");
		return (tl_tensor){r->tape, 0, 0};
	}
	bool rows = v->op == TL_VALUE_ROWS;
	for (int i = 0; i < v->count; i++) {
		const tl_term *o = v->of[i];
		of[i] = v->batched        ? with_rows(r, o)
			: tl_is_number(o) ? tl_full(r->tape, tl_dims(1), tl_number_of(r, o))
					  : tl_tensor_of(r, o);
		if (kind_of(r, o) == TL_FORM_ROW)
			of[i] = tl_expand_dims(of[i], v->batched);
	}
	return rows            ? tl_stack(of, v->count, v->batched)
	       : v->count == 1 ? of[0]
			       : tl_concat(of, v->count, v->batched);
}

static tl_tensor slice(tl_recorder *r, const tl_term *v)
{
	int axis = v->of[0]->batched;
	int64_t from = size_at(r, v->from);
	int64_t to = v->op == TL_VALUE_PART ? from + 1 : size_at(r, v->to);
	tl_tensor t = tl_slice(tl_tensor_of(r, v->of[0]), axis, from, to, 1);
	if (v->op == TL_VALUE_SLICE || kind_of(r, v) == TL_FORM_NUMBER)
		return t;
	tl_shape s = tl_shape_of(r, v->form);
	return tl_reshape(t, v->batched ? tl_batched(r, s) : s);
}

static tl_tensor identity(tl_recorder *r, const tl_term *v)
{
	int64_t n = tl_shape_of(r, v->form).dim[0];
	double *data = n > 0 && n <= WIDEST_IDENTITY ? tl_alloc_zero((size_t)(n * n) * sizeof *data)
						     : NULL;
	if (!data) {
		tl_report(r->tape, TL_ERROR_ARGUMENT, "I is at most 4096 wide",
			  "%s: there is no identity of %lld x %lld", r->e->syntax.name,
			  (long long)n, (long long)n);
		return (tl_tensor){r->tape, 0, 0};
	}
	for (int64_t i = 0; i < n; i++)
		data[i * n + i] = 1;
	tl_tensor t = tl_constant_double(r->tape, tl_dims(n, n), data);
	tl_free(data);
	return t;
}

/* Leaves */

/* A state or x as the equations see it: pictures are rows outside. */
static tl_tensor inner(tl_recorder *r, tl_tensor t, int form)
{
	return tl_form_at(r->e, form)->kind == TL_FORM_PICTURE
		       ? tl_reshape(t, tl_batched(r, tl_shape_of(r, form)))
		       : t;
}

static tl_tensor leaf(tl_recorder *r, const tl_term *v)
{
	tl_state s = r->state ? r->state[0] : (tl_state){0};
	switch (v->op) {
	case TL_VALUE_INPUT:
		return inner(r, v->lag ? *tl_state_at(&s, tl_older_state(r->e, -1, v->lag)) : r->x,
			     v->form);
	case TL_VALUE_STATE: {
		int k = v->lag > 1 ? tl_older_state(r->e, v->index, v->lag) : v->index;
		return inner(r, *tl_state_at(&s, k), v->form);
	}
	case TL_VALUE_OF_CHILD:
		s = r->state[v->lag < 0 ? r->child : v->lag];
		return inner(r, *tl_state_at(&s, v->index), v->form);
	case TL_VALUE_WEIGHT:
		return r->b->weight[v->index];
	case TL_VALUE_FILL:
		return tl_full(r->tape, tl_shape_of(r, v->form), v->number);
	default:
		return identity(r, v);
	}
}

static tl_tensor children_sum(tl_recorder *r, const tl_term *v)
{
	int count = r->children;
	tl_tensor sum = TL_NONE;
	if (v->op == TL_VALUE_CHILDREN && count > v->count) {
		tl_report(r->tape, TL_ERROR_ARGUMENT, "its text says how many, as in tree 2",
			  "%s: %d children, at most %d", r->e->syntax.name, count, v->count);
		return (tl_tensor){r->tape, 0, 0};
	}
	for (int k = 0; k < count; k++) {
		r->child = k;
		r->child_step = --r->b->child_steps;
		tl_tensor t = with_rows(r, v->of[v->op == TL_VALUE_CHILDREN ? k : 0]);
		sum = k ? tl_add(sum, t) : t;
	}
	return count ? sum : tl_zeros(r->tape, tl_batched(r, tl_shape_of(r, v->form)));
}

static tl_tensor over_units(tl_recorder *r, const tl_term *v)
{
	tl_tensor t = filled(r, v->of[0]);
	int last = tl_form_rank(kind_of(r, v->of[0])) - !v->of[0]->batched;
	switch (v->op) {
	case TL_VALUE_SUM:
		return tl_sum(t, tl_keepdims(tl_axes(last)));
	case TL_VALUE_MEAN:
		return tl_mean(t, tl_keepdims(tl_axes(last)));
	case TL_VALUE_MAX:
		return tl_max(t, tl_keepdims(tl_axes(last)));
	case TL_VALUE_MIN:
		return tl_min(t, tl_keepdims(tl_axes(last)));
	case TL_VALUE_SOFTMAX:
		return tl_softmax(t, last);
	case TL_VALUE_CUMSUM:
		return tl_cumsum(t, last);
	default:
		return tl_layer_norm(t, tl_tensor_of(r, v->of[1]), TL_NONE, 0);
	}
}

static tl_tensor made(tl_recorder *r, const tl_term *v)
{
	if (v->op <= TL_VALUE_IDENTITY)
		return leaf(r, v);
	if (v->op <= TL_VALUE_OR)
		return pair(r, v);
	if (v->op >= TL_VALUE_SUM && v->op <= TL_VALUE_LAYER_NORM)
		return over_units(r, v);
	switch (v->op) {
	case TL_VALUE_IF:
		return choice(r, v);
	case TL_VALUE_MATRIX_VECTOR:
		return matrix_vector(r, v);
	case TL_VALUE_MATRIX_MATRIX:
		return matrix_matrix(r, v);
	case TL_VALUE_ROW_VECTOR: {
		bool rows = v->of[0]->batched || v->of[1]->batched;
		return tl_sum(tl_mul(tl_tensor_of(r, v->of[0]), tl_tensor_of(r, v->of[1])),
			      tl_keepdims(tl_axes(rows)));
	}
	case TL_VALUE_ROW_MATRIX:
		return row_matrix(r, v);
	case TL_VALUE_VECTOR_ROW:
		return vector_row(r, v);
	case TL_VALUE_CONV:
		return conv(r, v);
	case TL_VALUE_TRANSPOSED: {
		tl_tensor t = filled(r, v->of[0]);
		return kind_of(r, v) == TL_FORM_MATRIX ? tl_transpose(t) : t;
	}
	case TL_VALUE_CONCAT:
	case TL_VALUE_ROWS:
		return concat(r, v);
	case TL_VALUE_RESHAPE: {
		tl_shape s = tl_shape_of(r, v->form);
		return tl_reshape(tl_tensor_of(r, v->of[0]), v->batched ? tl_batched(r, s) : s);
	}
	case TL_VALUE_SLICE:
	case TL_VALUE_PART:
		return slice(r, v);
	case TL_VALUE_EACH_CHILD:
	case TL_VALUE_CHILDREN:
		return children_sum(r, v);
	default:
		return each(r, v);
	}
}

tl_tensor tl_tensor_of(tl_recorder *r, const tl_term *v)
{
	tl_bound *b = r->b;
	if (tl_is_number(v))
		return tl_scalar(r->tape, tl_number_of(r, v));
	int32_t now = v->each_child ? r->child_step : b->step;
	if (b->made[v->id] == TL_ONCE || b->made[v->id] == now)
		return b->value[v->id];
	tl_tensor t = made(r, v);
	b->value[v->id] = t;
	b->made[v->id] = now;
	return t;
}
