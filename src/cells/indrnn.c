/*
 * Units that hear only themselves: u is a vector. Layers are stacked for units to meet: one alone
 * does not learn the adding problem of 100 steps, two of 64 units with chrono = 100 do.
 */
#include "cell/cell.h"
#include "cells/registry.h"

#include <math.h>

struct indrnn {
	tl_tensor W, u, b;
};

/* Section 4.1: what comes in is still half there, or has at most doubled, after `chrono` steps. */
static tl_init start_of_u(tl_weight_builder *w)
{
	double longest = w->options->chrono;
	if (!w->options->recurrent_init.fill)
		tl_weights_take(w, TL_OPTION_CHRONO);
	return longest != 0 ? tl_init_uniform(pow(0.5, 1 / longest), pow(2, 1 / longest))
			    : tl_init_uniform(0, 1);
}

static void indrnn_weights(tl_weight_builder *w, void *into)
{
	struct indrnn *p = into;
	p->W = tl_weight_input(w, "W", w->hidden, w->in);
	p->u = tl_weight_recurrent_shaped(w, "u", tl_dims(w->hidden), start_of_u(w));
	p->b = tl_weight_bias(w, "b", w->hidden);
}

/* Li et al. 2018, eq. 2 */
static tl_state indrnn_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct indrnn *p = tl_cell_weights(cell, x.tape);
	tl_tensor a = tl_add(tl_linear(x, p->W, p->b), tl_mul(p->u, s.h));
	return tl_state_of(tl_cell_activate(cell, a, tl_relu));
}

const tl_cell_kind tl_cell_indrnn = {
	.name = "indrnn",
	.doc = "independently recurrent net, h = relu(W x + u h + b); stack two or more, with "
	       "chrono for "
	       "100 steps: Li et al. 2018",
	.state = {"h"},
	.weights_size = sizeof(struct indrnn),
	.weights = indrnn_weights,
	.step = indrnn_step,
};
