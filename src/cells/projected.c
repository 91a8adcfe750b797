/* A large memory behind a small h: the recurrent weights see h only, so they are few. */
#include "cells/cell.h"

struct projected {
	tl_gate i, f, g, o;
	tl_tensor P;
};

static int64_t projection(const tl_cell_options *o)
{
	const tl_projection_options *e = o->extra;
	return e->projection ? e->projection : (o->hidden + 1) / 2;
}

static void projected_weights(tl_weights *w, void *into)
{
	struct projected *p = into;
	int64_t n = w->hidden, r = projection(w->options);
	p->i = tl_gate_weights_sized(w, "i", n, w->in, r, tl_input_bias(w));
	p->f = tl_gate_weights_sized(w, "f", n, w->in, r, tl_forget_bias(w));
	p->g = tl_gate_weights_sized(w, "g", n, w->in, r, tl_plain_bias(w));
	p->o = tl_gate_weights_sized(w, "o", n, w->in, r, tl_plain_bias(w));
	p->P = tl_weight_from(w, "P", r, n);
}

/* Sak, Senior & Beaufays 2014, eqs. 7-12, without peepholes and without the second projection. */
static tl_state projected_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct projected *p = tl_cell_weights(cell, x.tape);
	tl_tensor i = tl_observe(tl_sigmoid(tl_gate_sum(&p->i, x, s.h)), "i");
	tl_tensor f = tl_observe(tl_sigmoid(tl_gate_sum(&p->f, x, s.h)), "f");
	tl_tensor o = tl_observe(tl_sigmoid(tl_gate_sum(&p->o, x, s.h)), "o");
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->g, x, s.h), tl_tanh);
	tl_tensor c = tl_add(tl_mul(f, s.c), tl_mul(i, tl_cell_drop_update(cell, g)));
	tl_tensor m = tl_mul(o, tl_cell_activate(cell, c, tl_tanh));
	return tl_state_of(tl_linear(m, p->P), c);
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

const tl_cell_kind tl_cell_projected = {
	.name = "lstm_projected",
	.doc = "LSTM that shows a projection of its units: Sak, Senior & Beaufays 2014",
	.state = {"h", "c"},
	.weights_size = sizeof(struct projected),
	.weights = projected_weights,
	.step = projected_step,
	.state_shape = projected_shape,
	.refuse = projected_refuse,
	.extra_size = sizeof(tl_projection_options),
	.preset = &(const tl_projection_options){0},
};
