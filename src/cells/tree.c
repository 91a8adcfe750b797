/*
 * LSTMs over trees: a node is computed from the states of its children, by tl_cell_tree_step, and a
 * tree is just another tape. A chain is the tree in which every node has one child, so a step is
 * that.
 */
#include "cell/cell.h"
#include "cells/registry.h"

#include <stdio.h>

enum { MOST_CHILDREN = 8 };

struct child_sum {
	tl_gate i, f, o, u;
};

static void child_sum_weights(tl_weight_builder *w, void *into)
{
	struct child_sum *p = into;
	p->i = tl_gate_weights(w, "i", &(tl_gate_options){.bias = tl_init_input_bias(w)});
	p->f = tl_gate_weights(w, "f", &(tl_gate_options){.bias = tl_init_forget_bias(w)});
	p->o = tl_gate_weights(w, "o", NULL);
	p->u = tl_gate_weights(w, "u", NULL);
}

/* Tai, Socher & Manning 2015, eqs. 2-8: a forget gate for each child, which sees that child. */
static tl_state child_sum_join(const tl_cell *cell, tl_tensor x, const tl_state *child, int count)
{
	const struct child_sum *p = tl_cell_weights(cell, x.tape);
	tl_tensor sum = tl_zeros(x.tape, tl_dims(tl_tensor_dim(x, 0), cell->options.hidden));
	for (int k = 0; k < count; k++)
		sum = tl_add(sum, child[k].h);
	tl_tensor i = tl_tag(tl_sigmoid(tl_gate_sum(&p->i, x, sum)), "i");
	tl_tensor o = tl_tag(tl_sigmoid(tl_gate_sum(&p->o, x, sum)), "o");
	tl_tensor u = tl_cell_activate(cell, tl_gate_sum(&p->u, x, sum), tl_tanh);
	tl_tensor c = tl_mul(i, tl_cell_update_dropout(cell, u));
	for (int k = 0; k < count; k++) {
		tl_tensor f = tl_sigmoid(tl_gate_sum(&p->f, x, child[k].h));
		c = tl_add(c, tl_mul(tl_tag(f, "f"), child[k].c));
	}
	return tl_state_of(tl_mul(o, tl_cell_activate(cell, c, tl_tanh)), c);
}

const tl_cell_kind tl_cell_tree = {
	.name = "tree_lstm",
	.doc = "child-sum tree LSTM, any number of children: Tai, Socher & Manning 2015",
	.state = {"h", "c"},
	.weights_size = sizeof(struct child_sum),
	.weights = child_sum_weights,
	.tree_step = child_sum_join,
};

/* Children have places, and each place its weights. */
struct nary {
	tl_gate i, f, o, u; /* W and b */
	tl_tensor U_i[MOST_CHILDREN], U_o[MOST_CHILDREN], U_u[MOST_CHILDREN];
	tl_tensor U_f[MOST_CHILDREN][MOST_CHILDREN]; /* to the gate of child k from child l */
};

static tl_tensor place(tl_weight_builder *w, const char *gate, int k)
{
	char name[24];
	snprintf(name, sizeof name, "U_%s%d", gate, k);
	return tl_weight_recurrent(w, name, w->hidden, w->hidden);
}

static void nary_weights(tl_weight_builder *w, void *into)
{
	struct nary *p = into;
	const tl_tree_options *e = w->extra;
	char name[16];
	p->i = tl_gate_weights(
		w, "i", &(tl_gate_options){.no_recurrent = true, .bias = tl_init_input_bias(w)});
	p->f = tl_gate_weights(
		w, "f", &(tl_gate_options){.no_recurrent = true, .bias = tl_init_forget_bias(w)});
	p->o = tl_gate_weights(w, "o", &(tl_gate_options){.no_recurrent = true});
	p->u = tl_gate_weights(w, "u", &(tl_gate_options){.no_recurrent = true});
	tl_weights_refuse(w, TL_OPTION_LAYER_NORM); /* it would spare the products of children */
	for (int k = 0; k < e->children; k++) {
		p->U_i[k] = place(w, "i", k);
		p->U_o[k] = place(w, "o", k);
		p->U_u[k] = place(w, "u", k);
		snprintf(name, sizeof name, "f%d", k);
		for (int l = 0; l < e->children; l++)
			p->U_f[k][l] = place(w, name, l);
	}
}

static tl_tensor over_children(tl_tensor sum, const tl_tensor *U, const tl_state *child, int count)
{
	for (int k = 0; k < count; k++)
		sum = tl_add(sum, tl_linear(child[k].h, U[k], TL_NONE));
	return sum;
}

/* Tai, Socher & Manning 2015, eqs. 9-14 */
static tl_state nary_join(const tl_cell *cell, tl_tensor x, const tl_state *child, int count)
{
	const struct nary *p = tl_cell_weights(cell, x.tape);
	const tl_tree_options *e = tl_cell_extra(cell);
	if (count > e->children) {
		tl_report(x.tape, TL_ERROR_ARGUMENT, "options: children",
			  "%s (tree_lstm_nary): %d children, at most %d", cell->name, count,
			  e->children);
		count = 0;
	}
	tl_tensor i = over_children(tl_gate_input(&p->i, x), p->U_i, child, count);
	tl_tensor o = over_children(tl_gate_input(&p->o, x), p->U_o, child, count);
	tl_tensor u = over_children(tl_gate_input(&p->u, x), p->U_u, child, count);
	u = tl_cell_update_dropout(cell, tl_cell_activate(cell, u, tl_tanh));
	tl_tensor c = tl_mul(tl_tag(tl_sigmoid(i), "i"), u);
	for (int k = 0; k < count; k++) {
		tl_tensor f = over_children(tl_gate_input(&p->f, x), p->U_f[k], child, count);
		c = tl_add(c, tl_mul(tl_tag(tl_sigmoid(f), "f"), child[k].c));
	}
	o = tl_tag(tl_sigmoid(o), "o");
	return tl_state_of(tl_mul(o, tl_cell_activate(cell, c, tl_tanh)), c);
}

static void nary_defaults(void *extra)
{
	tl_tree_options *e = extra;
	e->children = e->children ? e->children : 2;
}

static const char *nary_refuse(const tl_cell_options *o)
{
	const tl_tree_options *e = o->extra;
	return e->children < 1 || e->children > MOST_CHILDREN ? "options: children are 1 to 8"
							      : NULL;
}

static const tl_member members[] = {
	TL_MEMBER(tl_tree_options, children, TL_MEMBER_INT),
	{0},
};

const tl_cell_kind tl_cell_tree_nary = {
	.name = "tree_lstm_nary",
	.doc = "N-ary tree LSTM, children have places: Tai, Socher & Manning 2015",
	.state = {"h", "c"},
	.weights_size = sizeof(struct nary),
	.weights = nary_weights,
	.tree_step = nary_join,
	.validate = nary_refuse,
	.extra_size = sizeof(tl_tree_options),
	.extra_members = members,
	.defaults = nary_defaults,
};
