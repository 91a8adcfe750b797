/* A vanilla net beside a few units that change slowly, whatever happens. */
#include "cell/cell.h"
#include "cells/registry.h"

struct scrn {
	tl_tensor A, B, P, R;
};

static int64_t context(const tl_cell_options *o)
{
	const tl_scrn_options *e = o->extra;
	return e->context ? e->context : o->hidden;
}

static void scrn_weights(tl_weight_builder *w, void *into)
{
	struct scrn *p = into;
	int64_t slow = context(w->options);
	p->B = tl_weight_input(w, "B", slow, w->in);
	p->P = tl_weight_recurrent(w, "P", w->hidden, slow);
	p->A = tl_weight_input(w, "A", w->hidden, w->in);
	p->R = tl_weight_recurrent(w, "R", w->hidden, w->hidden);
}

/* Mikolov et al. 2015, eqs. 3-4. The output (eq. 5) reads both states: V s + U h. */
static tl_state scrn_step(const tl_cell *cell, tl_tensor x, tl_state state)
{
	const struct scrn *p = tl_cell_weights(cell, x.tape);
	double keep = ((const tl_scrn_options *)tl_cell_extra(cell))->keep;
	tl_tensor h = state.h, s = state.c;
	s = tl_add(tl_scale(tl_linear(x, p->B, TL_NONE), 1 - keep), tl_scale(s, keep));
	tl_tensor a = tl_add(tl_linear(s, p->P, TL_NONE), tl_linear(x, p->A, TL_NONE));
	h = tl_cell_activate(cell, tl_add(a, tl_linear(h, p->R, TL_NONE)), tl_sigmoid);
	return tl_state_of(h, s);
}

static tl_shape scrn_shape(const tl_cell_options *o, int k)
{
	return tl_dims(k ? context(o) : o->hidden);
}

static void scrn_defaults(void *extra)
{
	tl_default(&((tl_scrn_options *)extra)->keep, 0.95);
}

static const char *scrn_refuse(const tl_cell_options *o)
{
	const tl_scrn_options *e = o->extra;
	return !tl_size_fits(context(o)) || !(e->keep >= 0 && e->keep <= 1)
		       ? "options: context is not negative, keep in [0, 1]"
		       : NULL;
}

static const tl_member members[] = {
	TL_MEMBER(tl_scrn_options, context, TL_MEMBER_INT64),
	TL_MEMBER(tl_scrn_options, keep, TL_MEMBER_REAL),
	{0},
};

const tl_cell_kind tl_cell_scrn = {
	.name = "scrn",
	.doc = "structurally constrained net: Mikolov et al. 2015 (h is shown; their output reads "
	       "s too)",
	.state = {"h", "s"},
	.weights_size = sizeof(struct scrn),
	.weights = scrn_weights,
	.step = scrn_step,
	.state_shape = scrn_shape,
	.validate = scrn_refuse,
	.extra_size = sizeof(tl_scrn_options),
	.extra_members = members,
	.defaults = scrn_defaults,
	.example = &(const tl_cell_options){.in = 3,
					    .hidden = 4,
					    .extra = &(const tl_scrn_options){2, 0.7}},
};
