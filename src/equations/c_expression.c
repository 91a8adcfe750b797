/* Values as expressions in C: the calls that record.c makes, written down. */
#include "equations/c_expression.h"

#include <stdio.h>
#include <string.h>

static tl_form_kind kind_of(const tl_c_source *s, const tl_term *v)
{
	return tl_form_at(s->e, v->form)->kind;
}

static const char *tape(const tl_c_source *s)
{
	return s->weights ? "w->tape" : "x.tape";
}

/* Calls: name(a, b ...) with what stands behind the operands */

static void filled(tl_c_source *s, const tl_term *v)
{
	if (!tl_is_number(v)) {
		tl_c_expression(s, v);
		return;
	}
	tl_write_format(s->w, "tl_scalar(%s, ", tape(s));
	tl_c_number(s, v);
	tl_c_put(s, ")");
}

static void stretched(tl_c_source *s, const tl_term *v, tl_form_kind over)
{
	tl_form_kind k = kind_of(s, v);
	int rank = tl_form_rank(over);
	if (v->batched && !tl_is_number(v) && k == TL_FORM_NUMBER && rank > 1) {
		tl_c_put(s, "tl_reshape(");
		filled(s, v);
		tl_c_put(s, rank == 2 ? ", tl_dims(n, 1, 1))" : ", tl_dims(n, 1, 1, 1))");
	} else if (v->batched && k == TL_FORM_ROW && over == TL_FORM_MATRIX) {
		tl_c_put(s, "tl_expand_dims(");
		filled(s, v);
		tl_c_put(s, ", 1)");
	} else {
		filled(s, v);
	}
}

void tl_c_with_rows(tl_c_source *s, const tl_term *v)
{
	if (tl_is_number(v)) {
		tl_write_format(s->w, "tl_full(%s, tl_dims(n, 1), ", tape(s));
		tl_c_number(s, v);
		tl_c_put(s, ")");
	} else if (v->batched) {
		tl_c_expression(s, v);
	} else {
		tl_c_put(s, "tl_broadcast_to(");
		tl_c_expression(s, v);
		tl_c_put(s, ", ");
		tl_c_dims(s, v->form, true);
		tl_c_put(s, ")");
	}
}

static void call(tl_c_source *s, const char *name, const tl_term *a, const char *rest)
{
	tl_write_format(s->w, "%s(", name);
	filled(s, a);
	tl_c_put(s, rest);
}

/* name(a, number): of numbers known early */
static void with_constant(tl_c_source *s, const char *name, const tl_term *a, const tl_term *n,
			  const char *sign)
{
	tl_write_format(s->w, "%s(", name);
	tl_c_expression(s, a);
	tl_write_format(s->w, ", %s", sign);
	tl_c_number(s, n);
	tl_c_put(s, ")");
}

static bool pair_with_number(tl_c_source *s, const tl_term *v)
{
	bool left = tl_is_number(v->of[0]);
	if (!left && !tl_is_number(v->of[1]))
		return false;
	const tl_term *n = v->of[left ? 0 : 1], *a = v->of[left ? 1 : 0];
	bool one = n->op == TL_VALUE_NUMBER && n->number == 1;
	switch (v->op) {
	case TL_VALUE_ADD:
		with_constant(s, "tl_add_scalar", a, n, "");
		return true;
	case TL_VALUE_MUL:
		if (n->op == TL_VALUE_NUMBER && n->number == -1)
			call(s, "tl_neg", a, ")");
		else
			with_constant(s, "tl_scale", a, n, "");
		return true;
	case TL_VALUE_SUB:
		if (!left) {
			with_constant(s, "tl_add_scalar", a, n, "-");
		} else if (one) {
			call(s, "tl_one_minus", a, ")");
		} else {
			call(s, "tl_add_scalar(tl_neg", a, "), ");
			tl_c_number(s, n);
			tl_c_put(s, ")");
		}
		return true;
	case TL_VALUE_DIV:
		if (!left) {
			with_constant(s, "tl_scale", a, n, "1. / ");
		} else if (one) {
			call(s, "tl_reciprocal", a, ")");
		} else {
			call(s, "tl_scale(tl_reciprocal", a, "), ");
			tl_c_number(s, n);
			tl_c_put(s, ")");
		}
		return true;
	case TL_VALUE_POWER:
		if (left || n->op != TL_VALUE_NUMBER || (n->number != 2 && n->number != 0.5))
			return false;
		call(s, n->number == 2 ? "tl_square" : "tl_sqrt", a, ")");
		return true;
	default:
		return false;
	}
}

static void pair(tl_c_source *s, const tl_term *v)
{
	static const char *const names[] = {[TL_VALUE_ADD] = "tl_add",
					    [TL_VALUE_SUB] = "tl_sub",
					    [TL_VALUE_MUL] = "tl_mul",
					    [TL_VALUE_DIV] = "tl_div",
					    [TL_VALUE_POWER] = "tl_pow",
					    [TL_VALUE_MAXIMUM] = "tl_maximum",
					    [TL_VALUE_MINIMUM] = "tl_minimum",
					    [TL_VALUE_LESS] = "tl_less",
					    [TL_VALUE_LESS_EQUAL] = "tl_less_equal",
					    [TL_VALUE_EQUAL] = "tl_equal",
					    [TL_VALUE_NOT_EQUAL] = "tl_not_equal",
					    [TL_VALUE_AND] = "tl_mul",
					    [TL_VALUE_OR] = "tl_maximum"};
	tl_form_kind k = kind_of(s, v);
	if (pair_with_number(s, v))
		return;
	if (v->op == TL_VALUE_MOD) {
		tl_c_put(s, "tl_sub(");
		stretched(s, v->of[0], k);
		tl_c_put(s, ", tl_mul(");
		stretched(s, v->of[1], k);
		tl_c_put(s, ", tl_floor(tl_div(");
		stretched(s, v->of[0], k);
		tl_c_put(s, ", ");
		stretched(s, v->of[1], k);
		tl_c_put(s, "))))");
		return;
	}
	tl_write_format(s->w, "%s(", names[v->op]);
	stretched(s, v->of[0], k);
	tl_c_put(s, ", ");
	stretched(s, v->of[1], k);
	tl_c_put(s, ")");
}

static void choice(tl_c_source *s, const tl_term *v)
{
	tl_form_kind k = kind_of(s, v);
	if (!tl_is_number(v->of[1])) {
		tl_c_put(s, "tl_where(");
		stretched(s, v->of[1], k);
		tl_c_put(s, ", ");
		stretched(s, v->of[0], k);
		tl_c_put(s, ", ");
		stretched(s, v->of[2], k);
		tl_c_put(s, ")");
		return;
	}
	tl_c_put(s, "(");
	tl_c_number(s, v->of[1]);
	for (int side = 0; side < 3; side += 2) {
		const tl_term *a = v->of[side];
		tl_c_put(s, side ? " : " : " ? ");
		if (tl_is_number(a) && (k != TL_FORM_NUMBER || v->batched)) {
			tl_write_format(s->w, "tl_full(%s, ", tape(s));
			tl_c_dims(s, v->form, v->batched);
			tl_c_put(s, ", ");
			tl_c_number(s, a);
			tl_c_put(s, ")");
		} else if (v->batched && !a->batched) {
			tl_c_with_rows(s, a);
		} else {
			filled(s, a);
		}
	}
	tl_c_put(s, ")");
}

static void numbers_behind(tl_c_source *s, const char *name, const tl_term *v, int count)
{
	call(s, name, v->of[0], "");
	for (int i = 0; i < count; i++) {
		tl_c_put(s, ", ");
		tl_c_constant(s, i ? v->more : v->number);
	}
	tl_c_put(s, ")");
}

static void applied(tl_c_source *s, const tl_term *v)
{
	switch (v->op) {
	case TL_VALUE_NOT:
		call(s, "tl_one_minus", v->of[0], ")");
		return;
	case TL_VALUE_APPLY:
		tl_write_format(s->w, "tl_%s(", v->name);
		filled(s, v->of[0]);
		tl_c_put(s, ")");
		return;
	case TL_VALUE_ACTIVATE:
		tl_c_put(s, "tl_cell_activate(cell, ");
		filled(s, v->of[0]);
		tl_write_format(s->w, ", tl_%s)", v->name);
		return;
	case TL_VALUE_CLAMP:
		numbers_behind(s, "tl_clamp", v, 2);
		return;
	case TL_VALUE_LEAKY_RELU:
		numbers_behind(s, "tl_leaky_relu", v, 1);
		return;
	case TL_VALUE_ELU:
		numbers_behind(s, "tl_elu", v, 1);
		return;
	case TL_VALUE_HARD_SIGMOID:
		numbers_behind(s, "tl_hard_sigmoid", v, 2);
		return;
	case TL_VALUE_DROP:
		if (v->number < 0) {
			tl_c_put(s, "tl_cell_update_dropout(cell, ");
			filled(s, v->of[0]);
			tl_c_put(s, ")");
			return;
		}
		tl_write_format(s->w, "(tl_tape_is_training(%s) ? ", tape(s));
		numbers_behind(s, "tl_dropout", v, 1);
		tl_c_put(s, " : ");
		filled(s, v->of[0]);
		tl_c_put(s, ")");
		return;
	default:
		call(s, "tl_detach", v->of[0], ")");
		return;
	}
}

/* Products */

static void product(tl_c_source *s, const tl_term *v)
{
	const tl_term *a = v->of[0], *b = v->of[1];
	bool vector = v->op == TL_VALUE_MATRIX_VECTOR;
	switch (v->op) {
	case TL_VALUE_ROW_VECTOR:
		tl_c_put(s, "tl_sum(tl_mul(");
		tl_c_expression(s, a);
		tl_c_put(s, ", ");
		tl_c_expression(s, b);
		tl_write_format(s->w, "), tl_keepdims(tl_axes(%d)))", a->batched || b->batched);
		return;
	case TL_VALUE_VECTOR_ROW:
		tl_c_put(s, "tl_mul(tl_expand_dims(");
		tl_c_expression(s, a);
		tl_write_format(s->w, ", %d), tl_expand_dims(", a->batched ? 2 : 1);
		tl_c_expression(s, b);
		tl_write_format(s->w, ", %d))", b->batched ? 1 : 0);
		return;
	case TL_VALUE_ROW_MATRIX:
		tl_c_put(s, "tl_reshape(tl_matmul(tl_expand_dims(");
		if (b->batched)
			tl_c_with_rows(s, a);
		else
			tl_c_expression(s, a);
		tl_write_format(s->w, ", %d), ", a->batched || b->batched);
		tl_c_expression(s, b);
		tl_c_put(s, "), ");
		tl_c_dims(s, v->form, v->batched);
		tl_c_put(s, ")");
		return;
	default:
		break;
	}
	if (vector && !a->batched && b->batched) {
		tl_c_put(s, "tl_linear(");
		tl_c_expression(s, b);
		tl_c_put(s, ", ");
		tl_c_expression(s, a);
		tl_c_put(s, ", TL_NONE)");
	} else if (vector) {
		tl_c_put(s, "tl_reshape(tl_matmul(");
		tl_c_expression(s, a);
		tl_c_put(s, ", tl_expand_dims(");
		tl_c_expression(s, b);
		tl_write_format(s->w, ", %d)), ", b->batched ? 2 : 1);
		tl_c_dims(s, v->form, v->batched);
		tl_c_put(s, ")");
	} else if (a->batched && !b->batched) {
		tl_c_put(s, "tl_linear(");
		tl_c_expression(s, a);
		call(s, ", tl_transpose", b, "), TL_NONE)");
	} else if (!a->batched && b->batched) {
		call(s, "tl_transpose(tl_linear(tl_transpose", b, "), ");
		tl_c_expression(s, a);
		tl_c_put(s, ", TL_NONE))");
	} else {
		tl_c_put(s, "tl_matmul(");
		tl_c_expression(s, a);
		tl_c_put(s, ", ");
		tl_c_expression(s, b);
		tl_c_put(s, ")");
	}
}

/* Parts and wholes */

static void joined(tl_c_source *s, const tl_term *v)
{
	bool rows = v->op == TL_VALUE_ROWS;
	tl_c_put(s, rows ? "tl_stack((const tl_tensor[]){" : "tl_concat((const tl_tensor[]){");
	for (int i = 0; i < v->count; i++) {
		const tl_term *a = v->of[i];
		bool row = kind_of(s, a) == TL_FORM_ROW;
		tl_c_put(s, i ? ", " : "");
		tl_c_put(s, row ? "tl_expand_dims(" : "");
		if (v->batched) {
			tl_c_with_rows(s, a);
		} else if (tl_is_number(a)) {
			tl_write_format(s->w, "tl_full(%s, tl_dims(1), ", tape(s));
			tl_c_number(s, a);
			tl_c_put(s, ")");
		} else {
			tl_c_expression(s, a);
		}
		if (row)
			tl_write_format(s->w, ", %d)", v->batched);
	}
	tl_write_format(s->w, "}, %d, %d)", v->count, v->batched);
}

static void sliced(tl_c_source *s, const tl_term *v)
{
	bool part = v->op == TL_VALUE_PART, reshaped = part && kind_of(s, v) != TL_FORM_NUMBER;
	if (reshaped)
		tl_c_put(s, "tl_reshape(");
	call(s, "tl_slice", v->of[0], "");
	tl_write_format(s->w, ", %d, ", v->of[0]->batched);
	tl_c_size(s, v->from);
	tl_c_put(s, ", ");
	tl_c_size(s, part ? tl_size_add(v->from, tl_size_of(1), 1) : v->to);
	tl_c_put(s, ", 1)");
	if (reshaped) {
		tl_c_put(s, ", ");
		tl_c_dims(s, v->form, v->batched);
		tl_c_put(s, ")");
	}
}

static void over_units(tl_c_source *s, const tl_term *v)
{
	static const char *const names[] = {[TL_VALUE_SUM] = "tl_sum",
					    [TL_VALUE_MEAN] = "tl_mean",
					    [TL_VALUE_MAX] = "tl_max",
					    [TL_VALUE_MIN] = "tl_min",
					    [TL_VALUE_SOFTMAX] = "tl_softmax",
					    [TL_VALUE_CUMSUM] = "tl_cumsum",
					    [TL_VALUE_LAYER_NORM] = "tl_layer_norm"};
	int last = tl_form_rank(kind_of(s, v->of[0])) - !v->of[0]->batched;
	call(s, names[v->op], v->of[0], ", ");
	if (v->op == TL_VALUE_LAYER_NORM) {
		tl_c_expression(s, v->of[1]);
		tl_c_put(s, ", TL_NONE, 0)");
	} else {
		bool keeps = v->op == TL_VALUE_SOFTMAX || v->op == TL_VALUE_CUMSUM;
		tl_write_format(s->w, keeps ? "%d)" : "tl_keepdims(tl_axes(%d)))", last);
	}
}

/* Leaves */

static void inner(tl_c_source *s, int form, const char *text)
{
	bool picture = tl_form_at(s->e, form)->kind == TL_FORM_PICTURE;
	tl_write_format(s->w, "%s%s", picture ? "tl_reshape(" : "", text);
	if (picture) {
		tl_c_put(s, ", ");
		tl_c_dims(s, form, true);
		tl_c_put(s, ")");
	}
}

void tl_c_state(char to[64], const char *of, int k)
{
	if (k < 2)
		snprintf(to, 64, "%s.%s", of, k ? "c" : "h");
	else
		snprintf(to, 64, "%s.more[%d]", of, k - 2);
}

static void leaf(tl_c_source *s, const tl_term *v)
{
	char text[64] = "x", child[32];
	switch (v->op) {
	case TL_VALUE_INPUT:
		if (v->lag)
			tl_c_state(text, "s", tl_older_state(s->e, -1, v->lag));
		break;
	case TL_VALUE_STATE:
		tl_c_state(text, "s",
			   v->lag > 1 ? tl_older_state(s->e, v->index, v->lag) : v->index);
		break;
	case TL_VALUE_OF_CHILD:
		snprintf(child, sizeof child, v->lag < 0 ? "child[k]" : "child[%d]", v->lag);
		tl_c_state(text, child, v->index);
		break;
	case TL_VALUE_WEIGHT:
		tl_write_format(s->w, "p->%s", s->e->weight[v->index].name);
		return;
	case TL_VALUE_FILL:
		tl_write_format(s->w, "tl_full(%s, ", tape(s));
		tl_c_dims(s, v->form, false);
		tl_c_put(s, ", ");
		tl_c_constant(s, v->number);
		tl_c_put(s, ")");
		return;
	default:
		tl_write_format(s->w, "identity(%s, ", tape(s));
		tl_c_size(s, tl_form_at(s->e, v->form)->dim[0]);
		tl_c_put(s, ")");
		return;
	}
	inner(s, v->form, text);
}

void tl_c_expression(tl_c_source *s, const tl_term *v)
{
	const tl_c_variable *known = &s->of[v->id];
	if (tl_is_number(v)) {
		filled(s, v);
	} else if (known->written) {
		tl_write_format(s->w, "%s%s", v->once ? "p->" : "", known->name);
	} else if (v->op <= TL_VALUE_IDENTITY) {
		leaf(s, v);
	} else if (v->op <= TL_VALUE_OR) {
		pair(s, v);
	} else if (v->op == TL_VALUE_IF) {
		choice(s, v);
	} else if (v->op >= TL_VALUE_NOT && v->op <= TL_VALUE_STOP) {
		applied(s, v);
	} else if (v->op == TL_VALUE_CONV) {
		tl_c_put(s, "tl_conv2d(");
		tl_c_with_rows(s, v->of[1]);
		tl_c_put(s, ", ");
		tl_c_expression(s, v->of[0]);
		int half = (int)tl_form_at(s->e, v->of[0]->form)->dim[2].c[0][0] / 2;
		tl_write_format(s->w, ", &(tl_conv_options){.padding = {%d, %d}})", half, half);
	} else if (v->op >= TL_VALUE_MATRIX_VECTOR && v->op <= TL_VALUE_VECTOR_ROW) {
		product(s, v);
	} else if (v->op >= TL_VALUE_SUM && v->op <= TL_VALUE_LAYER_NORM) {
		over_units(s, v);
	} else if (v->op == TL_VALUE_TRANSPOSED) {
		if (kind_of(s, v) == TL_FORM_MATRIX)
			call(s, "tl_transpose", v->of[0], ")");
		else
			filled(s, v->of[0]);
	} else if (v->op == TL_VALUE_CONCAT || v->op == TL_VALUE_ROWS) {
		joined(s, v);
	} else if (v->op == TL_VALUE_RESHAPE) {
		call(s, "tl_reshape", v->of[0], ", ");
		tl_c_dims(s, v->form, v->batched);
		tl_c_put(s, ")");
	} else {
		sliced(s, v);
	}
}
