/*
 * A hidden layer in groups, each with its clock: group k moves at steps that are multiples of its
 * period and stands still at others. Groups are ordered from fast to slow, and a group hears itself
 * and the slower ones, which are all that lies to its right: group k of g has a recurrent block of
 * size rows x (g - k) size columns. The work of a group that stands still is not recorded, so it
 * costs nothing, forwards or backwards.
 */
#include "cell/cell.h"
#include "cells/registry.h"

#include <stdio.h>

struct clockwork {
	tl_tensor U[TL_MAX_STATES], W[TL_MAX_STATES], b[TL_MAX_STATES];
};

static void clockwork_weights(tl_weight_builder *w, void *into)
{
	struct clockwork *p = into;
	const tl_clockwork_options *o = w->extra;
	int64_t size = w->hidden / o->groups;
	char name[16];
	for (int k = 0; k < o->groups; k++) {
		snprintf(name, sizeof name, "U_%d", k);
		p->U[k] = tl_weight_input(w, name, size, w->in);
		snprintf(name, sizeof name, "W_%d", k);
		p->W[k] = tl_weight_recurrent(w, name, size, (o->groups - k) * size);
		snprintf(name, sizeof name, "b_%d", k);
		p->b[k] = tl_weight_bias(w, name, size);
	}
}

/* Koutnik et al. 2014, section 3: of eq. 1 the rows of groups for which t mod T_k = 0. */
static tl_state clockwork_step(const tl_cell *cell, tl_tensor x, tl_state s)
{
	const struct clockwork *p = tl_cell_weights(cell, x.tape);
	const tl_clockwork_options *o = tl_cell_extra(cell);
	int64_t n = tl_tensor_dim(s.h, 1), size = n / o->groups;
	int t = tl_tape_step(x.tape) < 0 ? 0 : tl_tape_step(x.tape);
	tl_tensor part[TL_MAX_STATES];
	for (int k = 0; k < o->groups; k++) {
		part[k] = tl_slice(s.h, 1, k * size, t % o->period[k] ? (k + 1) * size : n, 1);
		if (t % o->period[k])
			continue;
		part[k] = tl_add(tl_linear(x, p->U[k], p->b[k]),
				 tl_linear(part[k], p->W[k], TL_NONE));
		part[k] = tl_cell_activate(cell, part[k], tl_tanh);
	}
	return tl_state_of(tl_concat(part, o->groups, 1));
}

static void clockwork_defaults(void *extra)
{
	tl_clockwork_options *e = extra;
	bool told = false;
	e->groups = e->groups ? e->groups : 4;
	for (int k = 0; k < TL_MAX_STATES; k++)
		told = told || e->period[k];
	for (int k = 0; k < TL_MAX_STATES && !told; k++)
		e->period[k] = 1 << k;
}

static const char *clockwork_refuse(const tl_cell_options *options)
{
	const tl_clockwork_options *o = options->extra;
	if (o->groups < 1 || o->groups > TL_MAX_STATES || options->hidden % o->groups)
		return "options: groups are 1 to 16, of equal size";
	for (int k = 0; k < o->groups; k++)
		if (o->period[k] < 1 || (k && o->period[k] <= o->period[k - 1]))
			return "options: periods are at least 1 and grow from group to group";
	return NULL;
}

static const tl_member members[] = {
	TL_MEMBER(tl_clockwork_options, groups, TL_MEMBER_INT),
	TL_MEMBER(tl_clockwork_options, period, TL_MEMBER_INT),
	{0},
};

const tl_cell_kind tl_cell_clockwork = {
	.name = "clockwork",
	.doc = "clockwork RNN: Koutnik, Greff, Gomez & Schmidhuber 2014",
	.state = {"h"},
	.weights_size = sizeof(struct clockwork),
	.weights = clockwork_weights,
	.step = clockwork_step,
	.validate = clockwork_refuse,
	.uses_step = true,
	.extra_size = sizeof(tl_clockwork_options),
	.extra_members = members,
	.defaults = clockwork_defaults,
};
