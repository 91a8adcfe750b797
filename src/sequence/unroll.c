/* Steps one after the other, over a whole sequence. */
#include <tapeloop/sequence.h>

#include "cell/cell.h"
#include "ops/lengths.h"
#include "sequence/noise.h"
#include "cell/step.h"

#include <limits.h>

/* What an unrolling needs at every step. */
struct walk {
	const tl_cell *cell;
	tl_unroll_options options;
	int64_t steps, batch;
	tl_tensor x, mask; /* mask: inert without lengths */
	bool turned;       /* each row was put in the order its steps are taken in */
	struct noise noise;
};

static bool prepare(struct walk *w, const tl_cell *cell, tl_tensor x, const tl_unroll_options *o)
{
	tl_tape *t = x.tape;
	*w = (struct walk){.cell = cell, .x = x};
	if (o)
		w->options = *o;
	if (!t || t->problem.status || !tl_belongs(t, x, "unroll", 0))
		return false;
	if (!cell) {
		tl_report(t, TL_ERROR_ARGUMENT, "tl_params_error says why it was not made",
			  "unroll: there is no cell");
		return false;
	}
	if (tl_tensor_shape(x).rank != tl_cell_input_shape(cell).rank + 2) {
		char text[96];
		tl_shape s = tl_tensor_shape(x);
		tl_report(t, TL_ERROR_SHAPE, "the first axis is time, the second the batch",
			  "unroll: %s takes [steps, batch, ...], x is %s", cell->name,
			  tl_shape_text(&s, text));
		return false;
	}
	w->steps = tl_tensor_dim(x, 0);
	w->batch = tl_tensor_dim(x, 1);
	if (w->options.first_step < 0 || w->steps > INT_MAX - w->options.first_step) {
		tl_report(t, TL_ERROR_ARGUMENT,
			  "steps are counted from first_step, by an int, from 0",
			  "unroll: %lld steps, the first called %d", (long long)w->steps,
			  w->options.first_step);
		return false;
	}
	if (w->options.initial_state_backward.count) {
		tl_report(t, TL_ERROR_ARGUMENT, "tl_bidirectional has two directions",
			  "unroll: initial_state_backward is set, and there is one direction");
		return false;
	}
	if (w->options.initial_state.count &&
	    !tl_state_fits(cell, t, w->options.initial_state, w->batch)) /* no step may ever look */
		return false;
	if (!w->options.lengths.tape)
		return true;
	if (!tl_lengths_fit(t, w->options.lengths, w->batch, "unroll"))
		return false;
	w->mask = tl_length_mask(w->options.lengths, w->steps);
	w->turned = w->options.reverse && cell->kind->uses_step;
	w->x = w->turned ? tl_turned(x, w->options.lengths) : tl_masked(x, w->mask);
	return !t->problem.status;
}

/* The k-th step taken, at position `at`. */
static tl_state one_step(struct walk *w, int64_t k, int64_t at, tl_state s)
{
	tl_tape *t = w->x.tape;
	tl_tape_set_step(t, w->options.first_step + (int)k);
	tl_tensor x = tl_noise_input(&w->noise, tl_at(w->x, at));
	tl_state seen = tl_noise_seen(&w->noise, s);
	tl_state next = tl_noise_kept(&w->noise, tl_cell_step(w->cell, x, seen), s);
	return w->mask.id ? tl_state_where(tl_at(w->mask, at), next, s) : next;
}

static void walk(struct walk *w, tl_tensor *shown, tl_unrolled *y)
{
	tl_tape *t = w->x.tape;
	int step = tl_tape_step(t);
	tl_state s = w->options.initial_state.count ? w->options.initial_state
						    : tl_cell_initial_state(w->cell, t, w->batch);
	tl_noise_start(&w->noise, t, &w->options.dropout);
	w->noise.first_older = w->cell->kind->first_older_state;
	for (int64_t k = 0; k < w->steps && !t->problem.status; k++) {
		int64_t at = w->options.reverse && !w->turned ? w->steps - 1 - k : k;
		s = one_step(w, k, at, s);
		shown[at] = tl_noise_output(&w->noise, s.h);
	}
	tl_tape_set_step(t, step);
	y->final_state = s;
	y->h = w->steps ? tl_stack(shown, (int)w->steps, 0)
			: tl_slice(tl_expand_dims(s.h, 0), 0, 0, 0, 1);
	y->h = w->turned ? tl_turned(y->h, w->options.lengths) : tl_masked(y->h, w->mask);
}

tl_unrolled tl_unroll(const tl_cell *cell, tl_tensor x, const tl_unroll_options *options)
{
	struct walk w;
	tl_unrolled y = {.h = {x.tape, 0, 0},
			 .final_state = tl_inert_state(x.tape, tl_cell_state_count(cell))};
	if (!prepare(&w, cell, x, options))
		return y;
	tl_tensor *shown = tl_alloc_zero(((size_t)w.steps + 1) * sizeof *shown);
	if (!shown)
		tl_report_memory(x.tape, "unroll");
	else
		walk(&w, shown, &y);
	tl_free(shown);
	return y;
}

/* In pieces, with the state cut from its past between them */

/* at: the states before each step and after the last; masks: of each step, which it is taken again
 * with. */
static void walk_truncated(struct walk *w, int64_t k1, int64_t k2, tl_tensor *shown, tl_state *at,
			   struct masks *masks, tl_unrolled *y)
{
	tl_tape *t = w->x.tape;
	int step = tl_tape_step(t);
	int64_t before = k2 - k1;
	at[0] = w->options.initial_state.count ? w->options.initial_state
					       : tl_cell_initial_state(w->cell, t, w->batch);
	tl_noise_start(&w->noise, t, &w->options.dropout);
	w->noise.first_older = w->cell->kind->first_older_state;
	for (int64_t from = 0; from < w->steps && !t->problem.status; from += k1) {
		int64_t count = from + k1 < w->steps ? k1 : w->steps - from;
		int64_t start = from > before ? from - before : 0;
		/* at[start] is there: windows that end at multiples of k1 left the states after
		 * each of their steps. */
		tl_state s = start ? tl_state_detach(at[start]) : at[0];
		for (int64_t k = start; k < from + count; k++) {
			w->noise.step = &masks[k];
			s = one_step(w, k, k, s);
			if (k >= from) {
				shown[k] = tl_noise_output(&w->noise, s.h);
				at[k + 1] = s;
			}
		}
	}
	tl_tape_set_step(t, step);
	y->final_state = at[w->steps];
	y->h = tl_masked(tl_stack(shown, (int)w->steps, 0), w->mask);
}

tl_unrolled tl_unroll_truncated(const tl_cell *cell, tl_tensor x, int k1, int k2,
				const tl_unroll_options *options)
{
	struct walk w;
	tl_unrolled y = {.h = {x.tape, 0, 0},
			 .final_state = tl_inert_state(x.tape, tl_cell_state_count(cell))};
	if (!prepare(&w, cell, x, options))
		return y;
	if (k1 < 1 || k2 < k1 || w.options.reverse || w.steps < 1) {
		tl_report(x.tape, TL_ERROR_ARGUMENT, "1 <= k1 <= k2, at least one step, forwards",
			  "unroll_truncated: k1 %d, k2 %d, %lld steps%s", k1, k2,
			  (long long)w.steps, w.options.reverse ? ", backwards" : "");
		return y;
	}
	tl_tensor *shown = tl_alloc_zero((size_t)w.steps * sizeof *shown);
	tl_state *at = tl_alloc_zero(((size_t)w.steps + 1) * sizeof *at);
	struct masks *masks = tl_alloc_zero((size_t)w.steps * sizeof *masks);
	if (!shown || !at || !masks)
		tl_report_memory(x.tape, "unroll_truncated");
	else
		walk_truncated(&w, k1, k2, shown, at, masks, &y);
	tl_free(shown);
	tl_free(at);
	tl_free(masks);
	return y;
}
