/*
 * A cell that is not the library's, registered as a user would: a vanilla net of two states, one of
 * which is the sum of all that was shown. Being in the registry it goes through every test of
 * cells.
 */
#ifndef TL_TESTS_OWN_CELL_H
#define TL_TESTS_OWN_CELL_H

#include "suite.h"

struct own {
	tl_gate g;
	tl_tensor V;
};

static void own_weights(tl_weight_builder *w, void *into)
{
	struct own *p = into;
	p->g = tl_gate_weights(w, "g", NULL);
	p->V = tl_weight(w, "V", tl_dims(w->hidden), tl_init_constant(0.5));
}

/* h = cos(W x + U h + V s + b), s = 0.9 s + h */
static tl_state own_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct own *p = tl_cell_weights(cell, x.tape);
	tl_tensor a = tl_add(tl_gate_sum(&p->g, x, s.h), tl_mul(p->V, s.c));
	tl_tensor h = tl_tag(tl_cell_activate(cell, a, tl_cos), "h");
	return tl_state_of(h, tl_add(tl_scale(s.c, 0.9), h));
}

static const tl_cell_kind own_kind = {
	.name = "own",
	.doc = "a cell of the tests, 2026",
	.state = {"h", "s"},
	.weights_size = sizeof(struct own),
	.weights = own_weights,
	.step = own_step,
};

__attribute__((constructor)) static void own_register(void)
{
	if (tl_cell_kind_register(&own_kind))
		abort();
}

#endif
