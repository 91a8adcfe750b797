/* The cell: reservoir and readout. */
#include <tapeloop/esn.h>

#include "cell/cell.h"
#include "ops/sparse.h"
#include "cells/registry.h"

#include <math.h>

struct esn {
	tl_tensor W, W_in, b_in, W_back;
	tl_tensor W_out, b_out;
};

static int64_t in_a_row(const tl_weight_builder *w)
{
	const tl_esn_options *o = w->extra;
	int64_t each = (int64_t)(o->density * (double)w->hidden + 0.5);
	return each < 1 ? 1 : each > w->hidden ? w->hidden : each;
}

static void esn_weights(tl_weight_builder *w, void *into)
{
	struct esn *p = into;
	const tl_esn_options *o = w->extra;
	int64_t n = w->hidden;
	tl_init in = tl_init_uniform(-o->input_scale, o->input_scale);
	p->W = tl_weight_fixed(w, "W", tl_dims(2, n, in_a_row(w)),
			       tl_init_sparse(o->spectral_radius));
	p->W_in = tl_weight_fixed(w, "W_in", tl_dims(n, w->in), in);
	p->b_in = tl_weight_fixed(w, "b_in", tl_dims(n),
				  tl_init_uniform(-o->bias_scale, o->bias_scale));
	p->W_back = tl_weight_fixed(w, "W_back", tl_dims(n, o->out),
				    tl_init_uniform(-o->feedback_scale, o->feedback_scale));
	p->W_out = tl_weight(w, "W_out", tl_dims(o->out, w->in + n + o->out), tl_init_zeros());
	p->b_out = tl_weight(w, "b_out", tl_dims(o->out), tl_init_zeros());
}

/* Jaeger 2001, eqs. 1-2, with the leak of Jaeger et al. 2007, eq. 2 */
static tl_state esn_step(const tl_cell *cell, tl_tensor u, tl_state s)
{
	const struct esn *p = tl_cell_weights(cell, u.tape);
	const tl_esn_options *o = tl_cell_extra(cell);
	double leak = o->leak_rate;
	tl_tensor x = s.h, y = s.c;
	tl_tensor a = tl_add(tl_linear(u, p->W_in, p->b_in), tl_sparse_linear(x, p->W));
	a = tl_cell_activate(cell, tl_add(a, tl_linear(y, p->W_back, TL_NONE)), tl_tanh);
	x = tl_add(tl_scale(x, 1 - leak), tl_scale(a, leak));
	tl_tensor seen[3] = {u, x, y};
	y = tl_linear(tl_concat(seen, 3, 1), p->W_out, p->b_out);
	return tl_state_of(x, o->squash ? tl_tanh(y) : y);
}

static void esn_defaults(void *extra)
{
	tl_esn_options *o = extra;
	o->out = o->out ? o->out : 1;
	tl_default(&o->density, 0.05);
	tl_default(&o->spectral_radius, 0.9);
	tl_default(&o->leak_rate, 1);
	tl_default(&o->input_scale, 1);
	tl_default(&o->bias_scale, o->input_scale);
}

static tl_shape esn_shape(const tl_cell_options *o, int k)
{
	return tl_dims(k ? ((const tl_esn_options *)o->extra)->out : o->hidden);
}

/* W has its columns as numbers, which floats count no further. */
enum { MOST_COLUMNS = 1 << 24 };

static bool is_size(double x)
{
	return x >= 0 && isfinite(x);
}

static const char *esn_refuse(const tl_cell_options *options)
{
	const tl_esn_options *o = options->extra;
	if (!tl_size_fits(o->out) || !(o->density > 0 && o->density <= 1))
		return "options: out is at least 1 and less than 2^31, density in (0, 1]";
	if (!(o->leak_rate > 0 && o->leak_rate <= 1) || !is_size(o->spectral_radius))
		return "options: leak is in (0, 1], the radius not negative";
	if (!is_size(o->input_scale) || !is_size(o->feedback_scale) || !is_size(o->bias_scale))
		return "options: input, feedback and bias are not negative";
	if (options->hidden > MOST_COLUMNS)
		return "options: hidden is at most 2^24 for a sparse W";
	return NULL;
}

static const tl_member members[] = {
	TL_MEMBER(tl_esn_options, out, TL_MEMBER_INT64),
	TL_MEMBER(tl_esn_options, density, TL_MEMBER_REAL),
	TL_MEMBER(tl_esn_options, spectral_radius, TL_MEMBER_REAL),
	TL_MEMBER(tl_esn_options, leak_rate, TL_MEMBER_REAL),
	TL_MEMBER(tl_esn_options, input_scale, TL_MEMBER_REAL),
	TL_MEMBER(tl_esn_options, feedback_scale, TL_MEMBER_REAL),
	TL_MEMBER(tl_esn_options, bias_scale, TL_MEMBER_REAL),
	TL_MEMBER(tl_esn_options, squash, TL_MEMBER_BOOL),
	{0},
};

const tl_cell_kind tl_cell_esn = {
	.name = "esn",
	.doc = "echo state network, sparse reservoir and readout: Jaeger 2001",
	.state = {"x", "y"},
	.weights_size = sizeof(struct esn),
	.weights = esn_weights,
	.step = esn_step,
	.state_shape = esn_shape,
	.validate = esn_refuse,
	.extra_size = sizeof(tl_esn_options),
	.extra_members = members,
	.defaults = esn_defaults,
	.example = &(const tl_cell_options){.in = 3,
					    .hidden = 4,
					    .extra = &(const tl_esn_options){.out = 2,
									     .density = 0.5,
									     .spectral_radius = 0.9,
									     .leak_rate = 0.6,
									     .input_scale = 0.5,
									     .feedback_scale = 0.4,
									     .bias_scale = 0.3}},
};
