/* Nets whose output goes back into their hidden layer: the "back projections" of the literature. */
#include "cell/cell.h"
#include "cells/registry.h"

struct feedback {
	tl_tensor U, W, B, b; /* input, state (not in jordan), output fed back */
	tl_tensor V, c;       /* output */
};

static int64_t out_of(const tl_cell_options *o)
{
	const tl_feedback_options *e = o->extra;
	return e->out ? e->out : o->hidden;
}

static void output_weights(tl_weight_builder *w, struct feedback *p, int64_t out)
{
	p->B = tl_weight_recurrent(w, "B", w->hidden, out);
	p->b = tl_weight_bias(w, "b", w->hidden);
	p->V = tl_weight_recurrent(w, "V", out, w->hidden); /* it is in the loop */
	p->c = tl_weight_bias(w, "c", out);
}

static tl_tensor squash(const tl_cell *cell, tl_tensor x)
{
	const tl_feedback_options *e = tl_cell_extra(cell);
	return e->squash ? e->squash(x) : tl_sigmoid(x);
}

static void jordan_weights(tl_weight_builder *w, void *into)
{
	struct feedback *p = into;
	p->U = tl_weight_input(w, "U", w->hidden, w->in);
	output_weights(w, p, out_of(w->options));
}

/* Jordan 1986: what the net remembers is its last output. */
static tl_state jordan_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct feedback *p = tl_cell_weights(cell, x.tape);
	tl_tensor a = tl_add(tl_linear(x, p->U, p->b), tl_linear(s.h, p->B, TL_NONE));
	tl_tensor h = tl_tag(tl_cell_activate(cell, a, tl_tanh), "h");
	return tl_state_of(squash(cell, tl_linear(h, p->V, p->c)));
}

static void back_weights(tl_weight_builder *w, void *into)
{
	struct feedback *p = into;
	p->U = tl_weight_input(w, "U", w->hidden, w->in);
	p->W = tl_weight_recurrent(w, "W", w->hidden, w->hidden);
	output_weights(w, p, out_of(w->options));
}

/* Both: the state and the output come back. */
static tl_state back_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct feedback *p = tl_cell_weights(cell, x.tape);
	tl_tensor y = s.h, h = s.c;
	tl_tensor a = tl_add(tl_linear(x, p->U, p->b), tl_linear(h, p->W, TL_NONE));
	h = tl_cell_activate(cell, tl_add(a, tl_linear(y, p->B, TL_NONE)), tl_tanh);
	y = squash(cell, tl_linear(h, p->V, p->c));
	return tl_state_of(y, h);
}

static tl_shape feedback_shape(const tl_cell_options *o, int k)
{
	return tl_dims(k ? o->hidden : out_of(o));
}

static const char *feedback_refuse(const tl_cell_options *o)
{
	return tl_size_fits(out_of(o)) ? NULL : "options: out is not negative, less than 2^31";
}

static const tl_feedback_options preset, sample = {.out = 2};

static const tl_member members[] = {
	TL_MEMBER(tl_feedback_options, out, TL_MEMBER_INT64),
	TL_MEMBER(tl_feedback_options, squash, TL_MEMBER_ACTIVATION),
	{0},
};

const tl_cell_kind tl_cell_jordan = {
	.name = "jordan",
	.doc = "the output y = g(V h + c) is fed back, h = tanh(U x + B y + b): Jordan 1986",
	.state = {"y"},
	.weights_size = sizeof(struct feedback),
	.weights = jordan_weights,
	.step = jordan_step,
	.state_shape = feedback_shape,
	.validate = feedback_refuse,
	.extra_size = sizeof preset,
	.extra_members = members,
	.extra_default = &preset,
	.example = &(const tl_cell_options){.in = 3, .hidden = 4, .extra = &sample},
};

const tl_cell_kind tl_cell_back_projection = {
	.name = "back_projection",
	.doc = "vanilla net with its output fed back, h = tanh(U x + W h + B y + b): Jaeger 2001",
	.state = {"y", "h"},
	.weights_size = sizeof(struct feedback),
	.weights = back_weights,
	.step = back_step,
	.state_shape = feedback_shape,
	.validate = feedback_refuse,
	.extra_size = sizeof preset,
	.extra_members = members,
	.extra_default = &preset,
	.example = &(const tl_cell_options){.in = 3, .hidden = 4, .extra = &sample},
};
