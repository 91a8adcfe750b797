/* Both directions of time, and layers on each other. */
#include <tapeloop/sequence.h>

#include "cells/cell.h"

static tl_tensor merged(tl_tensor a, tl_tensor b, tl_merge how)
{
	switch (how) {
	case TL_MERGE_SUM:
		return tl_add(a, b);
	case TL_MERGE_MEAN:
		return tl_scale(tl_add(a, b), 0.5);
	case TL_MERGE_PRODUCT:
		return tl_mul(a, b);
	case TL_MERGE_CONCAT:
		break;
	}
	return tl_concat((const tl_tensor[]){a, b}, 2, 2);
}

tl_unrolled tl_both_ways(const tl_cell *forward, const tl_cell *backward, tl_tensor x, tl_merge how,
			 const tl_unroll_options *options, const tl_state *start_backwards)
{
	tl_unroll_options o = options ? *options : (tl_unroll_options){0};
	o.backwards = false;
	tl_unrolled y = tl_unroll(forward, x, &o);
	o.backwards = true;
	o.start = start_backwards ? *start_backwards : (tl_state){0};
	tl_unrolled back = tl_unroll(backward, x, &o);
	y.h = merged(y.h, back.h, how);
	y.last_backwards = back.last;
	return y;
}

static tl_unrolled one_layer(const tl_layer *layer, tl_tensor x, tl_unroll_options o)
{
	o.noise = layer->noise;
	o.start = layer->start ? *layer->start : (tl_state){0};
	tl_unrolled y = layer->backward ? tl_both_ways(layer->forward, layer->backward, x,
						       layer->merge, &o, layer->start_backwards)
					: tl_unroll(layer->forward, x, &o);
	if (layer->residual)
		y.h = tl_add(y.h, x);
	return y;
}

tl_tensor tl_unroll_layers(const tl_layer *layers, int count, tl_tensor x,
			   const tl_unroll_options *options, tl_unrolled *each)
{
	for (int k = 0; k < count; k++) {
		tl_unrolled y =
			one_layer(&layers[k], x, options ? *options : (tl_unroll_options){0});
		x = y.h;
		if (each)
			each[k] = y;
	}
	return x;
}
