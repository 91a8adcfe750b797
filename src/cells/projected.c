/* A large memory behind a small h: the recurrent weights see h only, so they are few. */
#include "cell/cell.h"
#include "cells/registry.h"

struct projected {
	tl_gate i, f, g, o;
	tl_tensor p_i, p_f, p_o; /* with peepholes */
	tl_tensor P;
};

static int64_t projection(const tl_cell_options *o)
{
	const tl_projection_options *e = o->extra;
	return e->projection ? e->projection : (o->hidden + 1) / 2;
}

static tl_tensor peephole(tl_weight_builder *w, const char *name)
{
	return tl_weight(w, name, tl_dims(w->hidden), tl_init_zeros());
}

static void projected_weights(tl_weight_builder *w, void *into)
{
	struct projected *p = into;
	int64_t n = w->hidden, r = projection(w->options);
	p->i = tl_gate_weights(w, "i",
			       &(tl_gate_options){.recurrent = r, .bias = tl_init_input_bias(w)});
	p->f = tl_gate_weights(w, "f",
			       &(tl_gate_options){.recurrent = r, .bias = tl_init_forget_bias(w)});
	p->g = tl_gate_weights(w, "g", &(tl_gate_options){.recurrent = r});
	p->o = tl_gate_weights(w, "o", &(tl_gate_options){.recurrent = r});
	if (((const tl_projection_options *)w->extra)->peepholes) {
		p->p_i = peephole(w, "p_i");
		p->p_f = peephole(w, "p_f");
		p->p_o = peephole(w, "p_o");
	}
	p->P = tl_weight_input(w, "P", r, n);
}

/* sigma(W x + U h + p . c + b), the memory only with peepholes */
static tl_tensor gate(const tl_gate *g, tl_tensor x, tl_tensor h, tl_tensor p, tl_tensor c)
{
	tl_tensor sum = tl_gate_sum(g, x, h);
	return tl_sigmoid(p.id ? tl_add(sum, tl_mul(p, c)) : sum);
}

/* Sak, Senior & Beaufays 2014, eqs. 7-12, without the second projection. */
static tl_state projected_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct projected *p = tl_cell_weights(cell, x.tape);
	tl_tensor i = tl_tag(gate(&p->i, x, s.h, p->p_i, s.c), "i");
	tl_tensor f = tl_tag(gate(&p->f, x, s.h, p->p_f, s.c), "f");
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->g, x, s.h), tl_tanh);
	tl_tensor c = tl_add(tl_mul(f, s.c), tl_mul(i, tl_cell_update_dropout(cell, g)));
	tl_tensor o = tl_tag(gate(&p->o, x, s.h, p->p_o, c), "o");
	tl_tensor m = tl_mul(o, tl_cell_activate(cell, c, tl_tanh));
	return tl_state_of(tl_linear(m, p->P, TL_NONE), c);
}

static tl_shape projected_shape(const tl_cell_options *o, int k)
{
	return tl_dims(k ? o->hidden : projection(o));
}

static const char *projected_refuse(const tl_cell_options *o)
{
	return tl_size_fits(projection(o)) ? NULL
					   : "options: projection is not negative, less than 2^31";
}

static const tl_member members[] = {
	TL_MEMBER(tl_projection_options, projection, TL_MEMBER_INT64),
	TL_MEMBER(tl_projection_options, peepholes, TL_MEMBER_BOOL),
	{0},
};

const tl_cell_kind tl_cell_projected = {
	.name = "lstm_projected",
	.doc = "LSTM that shows a projection of its units: Sak, Senior & Beaufays 2014 (their "
	       "peepholes "
	       "by option; without their second projection)",
	.state = {"h", "c"},
	.weights_size = sizeof(struct projected),
	.weights = projected_weights,
	.step = projected_step,
	.state_shape = projected_shape,
	.validate = projected_refuse,
	.extra_size = sizeof(tl_projection_options),
	.extra_members = members,
	.extra_default = &(const tl_projection_options){0},
	.example = &(const tl_cell_options){.in = 3,
					    .hidden = 4,
					    .extra = &(const tl_projection_options){2, true}},
};
