/* Both directions of time, and layers on each other. */
#include <tapeloop/sequence.h>

#include "cell/cell.h"
#include "ops/lengths.h"
#include "sequence/noise.h"

/* Adding would stretch a width of 1 over the other. */
static bool widths_fit(tl_tensor a, tl_tensor b, const char *what)
{
	char one[96], other[96];
	tl_shape s = tl_tensor_shape(a), r = tl_tensor_shape(b);
	if (!a.id || !b.id || tl_shape_same(&s, &r))
		return true;
	tl_report(a.tape, TL_ERROR_SHAPE, "only TL_MERGE_CONCAT joins what is of two widths",
		  "%s: %s and %s", what, tl_shape_text(&s, one), tl_shape_text(&r, other));
	return false;
}

static tl_tensor merged(tl_tensor a, tl_tensor b, tl_merge_mode how)
{
	tl_tensor none = {a.tape, 0, 0};
	if (how != TL_MERGE_CONCAT && !widths_fit(a, b, "bidirectional"))
		return none;
	switch (how) {
	case TL_MERGE_SUM:
		return tl_add(a, b);
	case TL_MERGE_MEAN:
		return tl_scale(tl_add(a, b), 0.5);
	case TL_MERGE_PRODUCT:
		return tl_mul(a, b);
	case TL_MERGE_CONCAT:
		return tl_concat((const tl_tensor[]){a, b}, 2, 2);
	}
	if (a.tape)
		tl_report(a.tape, TL_ERROR_ARGUMENT, "concat, sum, mean or product",
			  "bidirectional: there is no merge %d", (int)how);
	return none;
}

tl_unrolled tl_bidirectional(const tl_cell *forward, const tl_cell *backward, tl_tensor x,
			     tl_merge_mode how, const tl_unroll_options *options)
{
	tl_unroll_options o = options ? *options : (tl_unroll_options){0};
	tl_state last = o.initial_state_backward;
	o.initial_state_backward = (tl_state){0};
	if (o.reverse && x.tape)
		tl_report(x.tape, TL_ERROR_ARGUMENT, NULL,
			  "bidirectional: reverse is set, and both directions are taken");
	o.reverse = false;
	tl_unrolled y = tl_unroll(forward, x, &o);
	o.reverse = true;
	o.initial_state = last;
	tl_unrolled back = tl_unroll(backward, x, &o);
	y.h = merged(y.h, back.h, how);
	y.final_state_backward = back.final_state;
	return y;
}

static tl_unrolled one_layer(const tl_layer *layer, tl_tensor x, tl_unroll_options o)
{
	o.dropout = layer->dropout;
	o.initial_state = layer->initial_state ? *layer->initial_state : (tl_state){0};
	if (layer->initial_state_backward)
		o.initial_state_backward = *layer->initial_state_backward;
	tl_unrolled y = layer->backward ? tl_bidirectional(layer->forward, layer->backward, x,
							   layer->merge, &o)
					: tl_unroll(layer->forward, x, &o);
	if (layer->residual && widths_fit(y.h, x, "a residual layer"))
		y.h = tl_add(y.h, x);
	return y;
}

tl_tensor tl_unroll_layers(const tl_layer *layers, int count, tl_tensor x,
			   const tl_unroll_options *options, tl_unrolled *each)
{
	tl_unroll_options o = options ? *options : (tl_unroll_options){0};
	if (x.tape && (count < 0 || (count && !layers)))
		tl_report(x.tape, TL_ERROR_ARGUMENT, NULL, "unroll_layers: %d layers%s", count,
			  layers ? "" : ", and they are NULL");
	if (x.tape && (o.initial_state.count || o.initial_state_backward.count ||
		       tl_dropout_is_set(&o.dropout)))
		tl_report(x.tape, TL_ERROR_ARGUMENT,
			  "options give lengths, first_step and reverse; a layer has the rest",
			  "unroll_layers: initial states and dropout are of each layer");
	if (!x.tape || x.tape->problem.status)
		return (tl_tensor){x.tape, 0, 0};
	/* A residual must not show what stands after the end of a row. */
	if (o.lengths.tape && tl_lengths_fit(x.tape, o.lengths, tl_tensor_dim(x, 1), "unroll"))
		x = tl_masked(x, tl_length_mask(o.lengths, tl_tensor_dim(x, 0)));
	for (int k = 0; k < count; k++) {
		tl_unrolled y = one_layer(&layers[k], x, o);
		x = y.h;
		if (each)
			each[k] = y;
	}
	return x;
}
