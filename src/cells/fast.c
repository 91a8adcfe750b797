/* Small nets for small machines: a vanilla net with a learned share of its past, and a GRU whose
 * two equations have the same matrices, which may be products of thin ones. */
#include "cell/cell.h"
#include "cells/registry.h"

struct fast_rnn {
	tl_gate h;
	tl_tensor alpha, beta; /* before a sigmoid, which keeps them in (0, 1) */
};

static void fast_rnn_weights(tl_weight_builder *w, void *into)
{
	struct fast_rnn *p = into;
	p->h = tl_gate_weights(w, "h", NULL);
	p->alpha = tl_weight(w, "alpha", TL_SCALAR, tl_init_constant(-3));
	p->beta = tl_weight(w, "beta", TL_SCALAR, tl_init_constant(3));
}

/* Kusupati et al. 2018, FastRNN */
static tl_state fast_rnn_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct fast_rnn *p = tl_cell_weights(cell, x.tape);
	tl_tensor g = tl_cell_activate(cell, tl_gate_sum(&p->h, x, s.h), tl_tanh);
	g = tl_mul(tl_sigmoid(p->alpha), tl_cell_update_dropout(cell, g));
	return tl_state_of(tl_add(g, tl_mul(tl_sigmoid(p->beta), s.h)));
}

const tl_cell_kind tl_cell_fast_rnn = {
	.name = "fast_rnn",
	.doc = "FastRNN, a vanilla net with a residual: Kusupati et al. 2018",
	.state = {"h"},
	.weights_size = sizeof(struct fast_rnn),
	.weights = fast_rnn_weights,
	.step = fast_rnn_step,
};

struct fast_grnn {
	tl_tensor W, W_2, U, U_2; /* the second of each only with a rank: then W means W W_2^T */
	tl_tensor b_z, b_h, zeta, nu;
};

static void fast_grnn_weights(tl_weight_builder *w, void *into)
{
	struct fast_grnn *p = into;
	const tl_fastgrnn_options *o = w->extra;
	int64_t n = w->hidden, r = o->rank_input, q = o->rank_recurrent;
	p->W = tl_weight_input(w, r ? "W_1" : "W", n, r ? r : w->in);
	if (r)
		p->W_2 = tl_weight_input(w, "W_2", w->in, r);
	p->U = tl_weight_recurrent(w, q ? "U_1" : "U", n, q ? q : n);
	if (q)
		p->U_2 = tl_weight_recurrent(w, "U_2", n, q);
	p->b_z = tl_weight(w, "b_z", tl_dims(n), tl_init_forget_bias(w));
	p->b_h = tl_weight_bias(w, "b_h", n);
	p->zeta = tl_weight(w, "zeta", TL_SCALAR, tl_init_constant(1));
	p->nu = tl_weight(w, "nu", TL_SCALAR, tl_init_constant(-4));
}

static tl_tensor product(tl_tensor x, tl_tensor left, tl_tensor right)
{
	return tl_linear(right.id ? tl_matmul(x, right) : x, left, TL_NONE);
}

/* Kusupati et al. 2018, FastGRNN */
static tl_state fast_grnn_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct fast_grnn *p = tl_cell_weights(cell, x.tape);
	tl_tensor a = tl_add(product(x, p->W, p->W_2), product(s.h, p->U, p->U_2));
	tl_tensor z = tl_tag(tl_sigmoid(tl_add(a, p->b_z)), "z");
	tl_tensor g = tl_cell_activate(cell, tl_add(a, p->b_h), tl_tanh);
	tl_tensor in = tl_add(tl_mul(tl_sigmoid(p->zeta), tl_one_minus(z)), tl_sigmoid(p->nu));
	return tl_state_of(tl_add(tl_mul(in, tl_cell_update_dropout(cell, g)), tl_mul(z, s.h)));
}

static const char *fast_refuse(const tl_cell_options *o)
{
	const tl_fastgrnn_options *e = o->extra;
	return e->rank_input < 0 || e->rank_recurrent < 0 ? "options: a rank is not negative"
							  : NULL;
}

static const tl_member members[] = {
	TL_MEMBER(tl_fastgrnn_options, rank_input, TL_MEMBER_INT64),
	TL_MEMBER(tl_fastgrnn_options, rank_recurrent, TL_MEMBER_INT64),
	{0},
};

const tl_cell_kind tl_cell_fast_grnn = {
	.name = "fast_grnn",
	.doc = "FastGRNN, a gated net with shared, thin matrices: Kusupati et al. 2018",
	.state = {"h"},
	.weights_size = sizeof(struct fast_grnn),
	.weights = fast_grnn_weights,
	.step = fast_grnn_step,
	.validate = fast_refuse,
	.extra_size = sizeof(tl_fastgrnn_options),
	.extra_members = members,
	.extra_default = &(const tl_fastgrnn_options){0, 0},
	.example = &(const tl_cell_options){.in = 3,
					    .hidden = 4,
					    .extra = &(const tl_fastgrnn_options){2, 1}},
};
