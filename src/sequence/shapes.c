/* Functions over each step, and what joins an encoder and a decoder. */
#include <tapeloop/sequence.h>

#include "cell/cell.h"
#include "ops/lengths.h"
#include "cell/step.h"

tl_tensor tl_time_distributed(tl_tensor x, tl_tensor (*look)(tl_tensor rows, void *user),
			      void *user)
{
	tl_shape s = tl_tensor_shape(x), rows = s;
	tl_tensor none = {x.tape, 0, 0};
	if (!x.tape || x.tape->problem.status || !tl_belongs(x.tape, x, "time_distributed", 0))
		return none;
	if (s.rank < 3 || !look) {
		tl_report(x.tape, TL_ERROR_SHAPE, "look takes rows, [steps * batch, ...]",
			  look ? "time_distributed: x is not [steps, batch, ...]"
			       : "time_distributed: there is no function");
		return none;
	}
	rows.rank--;
	rows.dim[0] = s.dim[0] * s.dim[1];
	for (int i = 1; i < TL_MAX_RANK; i++)
		rows.dim[i] = i + 1 < s.rank ? s.dim[i + 1] : 0;
	tl_tensor y = look(tl_reshape(x, rows), user);
	tl_shape seen = tl_tensor_shape(y);
	if (x.tape->problem.status || !tl_belongs(x.tape, y, "time_distributed", 1))
		return none;
	if (seen.rank < 1 || seen.dim[0] != rows.dim[0]) {
		char text[96];
		tl_report(x.tape, TL_ERROR_SHAPE, "a row for each row it was given",
			  "time_distributed: of %lld rows the function made %s",
			  (long long)rows.dim[0], tl_shape_text(&seen, text));
		return none;
	}
	seen.dim[0] = 1;
	return tl_reshape(y, tl_dims(s.dim[0], s.dim[1], tl_elements(&seen)));
}

/* Of no steps at all a context is zero, as it is for a row without any. */
static bool no_steps(tl_tensor h)
{
	return tl_tensor_shape(h).rank > 1 && tl_tensor_dim(h, 0) == 0;
}

static tl_tensor nothing_seen(tl_tensor h)
{
	return tl_sum(h, tl_axes(0));
}

/* Rows without a step divide by 1: their sum is zero already. */
tl_tensor tl_mean_over_time(tl_tensor h, tl_tensor lengths)
{
	tl_tensor none = {h.tape, 0, 0};
	if (!lengths.tape)
		return no_steps(h) ? nothing_seen(h) : tl_mean(h, tl_axes(0));
	if (!h.tape || !tl_lengths_fit(h.tape, lengths, tl_tensor_dim(h, 1), "mean_over_time"))
		return none;
	h = tl_masked(h, tl_length_mask(lengths, tl_tensor_dim(h, 0)));
	tl_tensor count = tl_reshape(tl_cast(lengths), tl_dims(tl_tensor_size(lengths), 1));
	return tl_div(tl_sum(h, tl_axes(0)), tl_maximum(count, tl_scalar(h.tape, 1)));
}

tl_tensor tl_max_over_time(tl_tensor h, tl_tensor lengths)
{
	tl_tensor none = {h.tape, 0, 0};
	if (no_steps(h))
		return nothing_seen(h);
	if (!lengths.tape)
		return tl_max(h, tl_axes(0));
	if (!h.tape || !tl_lengths_fit(h.tape, lengths, tl_tensor_dim(h, 1), "max_over_time"))
		return none;
	tl_tensor mask = tl_length_mask(lengths, tl_tensor_dim(h, 0));
	tl_tensor most = tl_max(tl_where(mask, h, tl_scalar(h.tape, -1e30)), tl_axes(0));
	return tl_where(tl_at(mask, 0), most, tl_scalar(h.tape, 0));
}

tl_state tl_cell_initial_state_from(const tl_cell *decoder, tl_tensor context)
{
	tl_tape *t = context.tape;
	if (!t || !tl_belongs(t, context, "initial_state_from", 0))
		return tl_inert_state(t, tl_cell_state_count(decoder));
	tl_state s = tl_cell_initial_state(decoder, t, tl_tensor_dim(context, 0));
	s.h = context;
	return s;
}

tl_tensor tl_concat_context(tl_tensor x, tl_tensor context)
{
	tl_shape s = tl_dims(tl_tensor_dim(x, 0), tl_tensor_dim(x, 1), tl_tensor_dim(context, 1));
	tl_shape is = tl_tensor_shape(x), beside = tl_tensor_shape(context);
	if (!x.tape || !tl_belongs(x.tape, x, "concat_context", 0) ||
	    !tl_belongs(x.tape, context, "concat_context", 1))
		return (tl_tensor){x.tape, 0, 0};
	if (is.rank != 3 || beside.rank != 2 || beside.dim[0] != is.dim[1]) {
		char a[96], b[96];
		tl_report(x.tape, TL_ERROR_SHAPE, "x is [steps, batch, in], the context [batch, n]",
			  "concat_context: %s and %s", tl_shape_text(&is, a),
			  tl_shape_text(&beside, b));
	}
	tl_tensor parts[2] = {x, tl_broadcast_to(context, s)};
	return tl_concat(parts, 2, 2);
}
