/* The functions of a kind: its weights, its step, its start. */
#include "equations/record_cell.h"

#include "equations/record.h"

#include "cell/weights.h"
#include "graph/graph.h"
#include "ops/sparse.h"

#include <string.h>

size_t tl_record_size(const tl_equations *e)
{
	return sizeof(tl_bound) + (e->weights + e->values) * sizeof(tl_tensor) +
	       e->values * (sizeof(double) + sizeof(int32_t));
}

static tl_bound *bound_at(const tl_equations *e, void *memory)
{
	tl_bound *b = memory;
	b->weight = (tl_tensor *)(b + 1);
	b->value = b->weight + e->weights;
	b->number = (double *)(b->value + e->values);
	b->made = (int32_t *)(b->number + e->values);
	return b;
}

static tl_init init_of(tl_weight_builder *w, const tl_text_weight *weight)
{
	const char *s = weight->start;
	double a = weight->a, b = weight->b;
	return !strcmp(s, "constant")      ? tl_init_constant(a)
	       : !strcmp(s, "uniform")     ? tl_init_uniform(a, b)
	       : !strcmp(s, "normal")      ? tl_init_normal(a, b)
	       : !strcmp(s, "glorot")      ? tl_init_glorot_uniform()
	       : !strcmp(s, "he")          ? tl_init_he_normal()
	       : !strcmp(s, "orthogonal")  ? tl_init_orthogonal(a)
	       : !strcmp(s, "identity")    ? tl_init_identity(a)
	       : !strcmp(s, "sparse")      ? tl_init_sparse(b)
	       : !strcmp(s, "forget_bias") ? tl_init_forget_bias(w)
	       : !strcmp(s, "input_bias")  ? tl_init_input_bias(w)
	       : !strcmp(s, "update_bias") ? tl_init_update_bias(w)
					   : tl_init_chrono(a);
}

static tl_tensor weight(const tl_recorder *r, tl_weight_builder *w, const tl_text_weight *weight)
{
	bool number = tl_form_at(r->e, weight->form)->kind == TL_FORM_NUMBER;
	tl_shape shape = number ? TL_SCALAR : tl_shape_of(r, weight->form);
	const char *name = weight->name, *start = weight->start;
	if (tl_is_sparse(weight)) { /* stored as what is not zero */
		int64_t n = (int64_t)(weight->a * (double)shape.dim[1] + 0.5);
		shape = tl_dims(2, shape.dim[0], n < 1 ? 1 : n > shape.dim[1] ? shape.dim[1] : n);
	}
	if (weight->fixed)
		return tl_weight_fixed(w, name, shape,
				       start ? init_of(w, weight) : tl_init_glorot_uniform());
	bool matrix = shape.rank > 1 && weight->used;
	if (matrix && weight->recurrent)
		return tl_weight_recurrent_shaped(w, name, shape,
						  start             ? init_of(w, weight)
						  : shape.rank == 2 ? tl_init_orthogonal(1)
								    : tl_init_glorot_uniform());
	if (matrix)
		return tl_weight_input_shaped(
			w, name, shape, start ? init_of(w, weight) : tl_init_glorot_uniform());
	if (start)
		return tl_weight(w, name, shape, init_of(w, weight));
	return tl_weight(w, name, shape,
			 *name == 'b'                ? tl_init_bias(w)
			 : !strncmp(name, "gain", 4) ? tl_init_constant(1)
						     : tl_init_zeros());
}

void tl_record_weights(const tl_equations *e, tl_weight_builder *w, void *into)
{
	tl_recorder r = {
		.e = e, .cell = w->cell, .tape = w->tape, .in = w->in, .hidden = w->hidden};
	tl_bound *b = r.b = bound_at(e, into);
	b->step = TL_ONCE; /* what is computed now stays */
	for (size_t i = 0; i < e->weights; i++) {
		tl_tensor t = weight(&r, w, &e->weight[i]);
		/* A parameter that is a number has no axis, as in C; values here have one. */
		bool number = tl_form_at(e, e->weight[i].form)->kind == TL_FORM_NUMBER;
		b->weight[i] = number && w->tape ? tl_reshape(t, tl_dims(1)) : t;
	}
	for (size_t i = 0; i < e->values && w->tape; i++)
		if (e->value[i]->once)
			tl_tensor_of(&r, e->value[i]);
	if (w->tape)
		tl_stamp(w->tape, e->source.file);
	b->step = 0;
}

static tl_tensor outer(tl_recorder *r, const tl_term *v, int form)
{
	tl_shape s = tl_batched(r, tl_shape_of(r, form));
	tl_tensor t =
		tl_is_number(v) ? tl_full(r->tape, s, tl_number_of(r, v)) : tl_tensor_of(r, v);
	if (!tl_is_number(v) && !v->batched)
		t = tl_broadcast_to(t, s);
	else if (!tl_is_number(v)) { /* a dimension of 1 may have been meant to stretch */
		tl_shape is = tl_tensor_shape(t);
		if (is.rank == s.rank && memcmp(is.dim, s.dim, (size_t)s.rank * sizeof *s.dim) != 0)
			t = tl_broadcast_to(t, s);
	}
	return tl_form_at(r->e, form)->kind == TL_FORM_PICTURE
		       ? tl_reshape(t, tl_dims(r->batch, -1))
		       : t;
}

tl_state tl_record_step(const tl_equations *e, const tl_cell *cell, tl_tensor x,
			const tl_state *states, int count)
{
	const tl_cell_options *o = tl_cell_get_options(cell);
	int t = tl_tape_step(x.tape);
	tl_recorder r = {.e = e,
			 .cell = cell,
			 .tape = x.tape,
			 .in = o->in,
			 .hidden = o->hidden,
			 .batch = tl_tensor_dim(x, 0),
			 .time = t < 0 ? 0 : t,
			 .children = count,
			 .x = x,
			 .state = states};
	tl_state next = {.count = e->states};
	tl_bound *b = r.b = (tl_bound *)tl_cell_weights(cell, x.tape);
	if (!b || tl_tape_status(x.tape))
		return next;
	b->step++;
	for (size_t i = 0; i < e->nameds; i++) {
		const tl_defined *n = &e->named[i];
		if (n->state >= 0)
			*tl_state_at(&next, n->state) =
				outer(&r, n->value, e->state[n->state].form);
		else if (*n->name && !tl_is_number(n->value) && n->value->batched)
			tl_tag(tl_tensor_of(&r, n->value), n->name);
		tl_stamp(x.tape, n->site);
	}
	for (int k = e->own_states; k < e->states; k++) {
		int of = e->state[k].of, lag = e->state[k].lag;
		tl_state s = states[0];
		*tl_state_at(&next, k) =
			of < 0 && lag == 1 ? x : *tl_state_at(&s, tl_older_state(e, of, lag - 1));
	}
	return next;
}

tl_tensor tl_record_start(const tl_equations *e, const tl_cell *cell, tl_tape *tape, int k,
			  tl_shape shape)
{
	const tl_text_state *s = &e->state[k];
	const tl_bound *b = tl_cell_weights(cell, tape);
	if (!s->learned || !b)
		return tl_full(tape, shape, s->start);
	tl_tensor t = b->weight[s->learned - 1];
	if (tl_form_at(e, s->form)->kind == TL_FORM_PICTURE)
		t = tl_reshape(t, tl_dims(-1));
	return tl_broadcast_to(t, shape);
}

tl_shape tl_record_outer_shape(const tl_equations *e, int form, int64_t in, int64_t hidden)
{
	tl_recorder r = {.e = e, .in = in, .hidden = hidden};
	tl_shape s = tl_shape_of(&r, form);
	if (s.rank < 3)
		return s;
	double all = (double)s.dim[0] * (double)s.dim[1] * (double)s.dim[2];
	return tl_dims(all < 2147483648. ? s.dim[0] * s.dim[1] * s.dim[2] : INT32_MAX);
}

const char *tl_record_problem(const tl_equations *e, int64_t in, int64_t hidden)
{
	void *memory = e->requires ? tl_alloc_zero(tl_record_size(e)) : NULL;
	const char *problem = e->requires && !memory ? "out of memory" : NULL;
	tl_recorder r = {
		.e = e, .in = in, .hidden = hidden, .b = memory ? bound_at(e, memory) : NULL};
	if (memory)
		r.b->step = 1;
	for (size_t i = 0; i < e->requires && !problem; i++)
		if (tl_number_of(&r, e->require[i]) == 0)
			problem = e->required[i];
	tl_free(memory);
	for (size_t i = 0; i < e->checks && !problem; i++)
		if (tl_size_at(e, e->check[i].size, in, hidden) < e->check[i].least)
			problem = e->check[i].otherwise;
	return problem;
}
