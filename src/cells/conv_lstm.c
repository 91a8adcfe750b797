/*
 * An LSTM over pictures: every product with a matrix is a convolution that keeps the size. A
 * picture of channels, rows and columns is one row of numbers to the outside, so that sequences of
 * them are [steps, batch, size] like all others; inside it is looked at as what it is.
 */
#include "cell/cell.h"
#include "cells/registry.h"

enum { LARGEST = (1 << 15) - 1 };

struct conv_gate {
	tl_tensor W, U, b;
};

struct conv_lstm {
	struct conv_gate i, f, g, o;
	tl_tensor p_i, p_f, p_o;
};

static struct conv_gate gate_weights(tl_weight_builder *w, const char *W, const char *U,
				     const char *b, tl_init bias)
{
	const tl_conv_cell_options *o = w->extra;
	int64_t k = o->kernel;
	struct conv_gate g;
	g.W = tl_weight_input_shaped(w, W, tl_dims(w->hidden, w->in, k, k),
				     tl_init_glorot_uniform());
	g.U = tl_weight_recurrent_shaped(w, U, tl_dims(w->hidden, w->hidden, k, k),
					 tl_init_glorot_uniform());
	g.b = tl_weight(w, b, tl_dims(w->hidden, 1, 1), bias);
	return g;
}

static tl_tensor peephole(tl_weight_builder *w, const char *name)
{
	const tl_conv_cell_options *o = w->extra;
	return tl_weight(w, name, tl_dims(w->hidden, o->rows, o->columns), tl_init_zeros());
}

static void conv_lstm_weights(tl_weight_builder *w, void *into)
{
	struct conv_lstm *p = into;
	p->i = gate_weights(w, "W_i", "U_i", "b_i", tl_init_input_bias(w));
	p->f = gate_weights(w, "W_f", "U_f", "b_f", tl_init_forget_bias(w));
	p->g = gate_weights(w, "W_g", "U_g", "b_g", tl_init_bias(w));
	p->o = gate_weights(w, "W_o", "U_o", "b_o", tl_init_bias(w));
	p->p_i = peephole(w, "p_i");
	p->p_f = peephole(w, "p_f");
	p->p_o = peephole(w, "p_o");
}

static tl_tensor gate_sum(const struct conv_gate *g, int64_t kernel, tl_tensor x, tl_tensor h)
{
	tl_conv_options same = {.padding = {kernel / 2, kernel / 2}};
	return tl_add(tl_add(tl_conv2d(x, g->W, &same), tl_conv2d(h, g->U, &same)), g->b);
}

static tl_tensor as_picture(tl_tensor x, int64_t channels, const tl_conv_cell_options *o)
{
	return tl_reshape(x, tl_dims(tl_tensor_dim(x, 0), channels, o->rows, o->columns));
}

static tl_tensor as_row(tl_tensor x)
{
	return tl_reshape(x, tl_dims(tl_tensor_dim(x, 0), -1));
}

/* Shi et al. 2015, eq. 3 */
static tl_state conv_lstm_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct conv_lstm *p = tl_cell_weights(cell, x.tape);
	const tl_conv_cell_options *e = tl_cell_extra(cell);
	int64_t k = e->kernel, n = cell->options.hidden;
	tl_tensor h = as_picture(s.h, n, e), c = as_picture(s.c, n, e);
	x = as_picture(x, cell->options.in, e);
	tl_tensor i = tl_sigmoid(tl_add(gate_sum(&p->i, k, x, h), tl_mul(p->p_i, c)));
	tl_tensor f = tl_sigmoid(tl_add(gate_sum(&p->f, k, x, h), tl_mul(p->p_f, c)));
	tl_tensor g = tl_cell_activate(cell, gate_sum(&p->g, k, x, h), tl_tanh);
	c = tl_add(tl_mul(f, c), tl_mul(i, tl_cell_update_dropout(cell, g)));
	tl_tensor o = tl_sigmoid(tl_add(gate_sum(&p->o, k, x, h), tl_mul(p->p_o, c)));
	h = tl_mul(o, tl_cell_activate(cell, c, tl_tanh));
	tl_tag(i, "i"), tl_tag(f, "f"), tl_tag(o, "o");
	return tl_state_of(as_row(h), as_row(c));
}

static tl_shape row_of(const tl_cell_options *options, int64_t channels)
{
	const tl_conv_cell_options *o = options->extra;
	return tl_dims(channels * o->rows * o->columns);
}

static tl_shape conv_lstm_state(const tl_cell_options *o, int k)
{
	(void)k;
	return row_of(o, o->hidden);
}

static tl_shape conv_lstm_input(const tl_cell_options *o)
{
	return row_of(o, o->in);
}

static const tl_conv_cell_options preset = {.rows = 8, .columns = 8, .kernel = 3};

static void conv_lstm_defaults(void *extra)
{
	tl_conv_cell_options *e = extra;
	e->rows = e->rows ? e->rows : preset.rows;
	e->columns = e->columns ? e->columns : preset.columns;
	e->kernel = e->kernel ? e->kernel : preset.kernel;
}

static const char *conv_lstm_refuse(const tl_cell_options *options)
{
	const tl_conv_cell_options *o = options->extra;
	return o->rows < 1 || o->columns < 1 || o->rows > LARGEST || o->columns > LARGEST ||
			       o->kernel < 1 || o->kernel % 2 == 0
		       ? "options: rows and columns are at least 1 and less than 2^15, the kernel "
			 "is odd"
		       : NULL;
}

static const tl_member members[] = {
	TL_MEMBER(tl_conv_cell_options, rows, TL_MEMBER_INT64),
	TL_MEMBER(tl_conv_cell_options, columns, TL_MEMBER_INT64),
	TL_MEMBER(tl_conv_cell_options, kernel, TL_MEMBER_INT64),
	{0},
};

const tl_cell_kind tl_cell_conv_lstm = {
	.name = "conv_lstm",
	.doc = "convolutional LSTM with peepholes: Shi et al. 2015",
	.state = {"h", "c"},
	.weights_size = sizeof(struct conv_lstm),
	.weights = conv_lstm_weights,
	.step = conv_lstm_step,
	.state_shape = conv_lstm_state,
	.input_shape = conv_lstm_input,
	.validate = conv_lstm_refuse,
	.extra_size = sizeof(tl_conv_cell_options),
	.extra_members = members,
	.extra_default = &preset,
	.defaults = conv_lstm_defaults,
	.example = &(const tl_cell_options){.in = 1,
					    .hidden = 2,
					    .extra = &(const tl_conv_cell_options){3, 2, 3}},
};
