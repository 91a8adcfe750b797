/* Teacher forcing, and saying one symbol after the other. */
#include <tapeloop/decode.h>

#include "cell/cell.h"
#include "sequence/pick.h"
#include "ops/draw.h"
#include "cell/step.h"

#include "base/random.h"
#include "ops/ops.h"

#include <math.h>
#include <stdio.h>

static bool decoder_fits(const tl_decoder *d, tl_tape *t, const tl_state *start)
{
	if (!t || t->problem.status)
		return false;
	if (d && d->step && start->count > 0 && tl_belongs(t, start->h, "decode", 0))
		return true;
	tl_report(t, TL_ERROR_ARGUMENT, "a decoder has a function next, a start has a state",
		  "decode: there is no decoder, or no start");
	return false;
}

/* What the net itself says after these scores: the likeliest, or drawn. */
static tl_tensor own_symbols(tl_tensor scores, double temperature)
{
	if (temperature <= 0)
		return tl_argmax(scores, 1);
	return tl_drawn(scores, temperature);
}

/* What was said, or with probability 1 - teach what the net would have said after it. */
static tl_tensor fed(tl_tensor target, tl_tensor scores, const tl_teacher_forcing_options *o)
{
	if (o->sampling_probability == 0 || !tl_tape_is_training(target.tape))
		return target;
	tl_tensor own = own_symbols(scores, o->temperature);
	if (o->sampling_probability == 1)
		return own;
	tl_tensor mask =
		tl_dropout_mask(target.tape, tl_tensor_shape(target), o->sampling_probability);
	return tl_chosen(mask, target, own);
}

static bool forcing_fits(tl_tape *t, const tl_teacher_forcing_options *o)
{
	double p = o->sampling_probability;
	if (!(p >= 0 && p <= 1))
		tl_report(t, TL_ERROR_ARGUMENT,
			  "0 is teacher forcing, 1 feeds the net its own tokens",
			  "teacher_force: sampling_probability %g is not in [0, 1]", p);
	else if (!(o->temperature >= 0 && isfinite(o->temperature)))
		tl_report(t, TL_ERROR_ARGUMENT, "at 0 the most probable token is taken",
			  "teacher_force: temperature %g is negative or not finite",
			  o->temperature);
	return !t->problem.status;
}

tl_tensor tl_decoder_teacher_force(const tl_decoder *d, tl_tensor targets, tl_state s,
				   const tl_teacher_forcing_options *options, tl_state *last)
{
	tl_teacher_forcing_options o = options ? *options : (tl_teacher_forcing_options){0};
	tl_tape *t = targets.tape;
	tl_tensor none = {t, 0, 0};
	if (last)
		*last = tl_inert_state(t, s.count);
	if (!decoder_fits(d, t, &s) || !forcing_fits(t, &o))
		return none;
	int64_t steps = tl_tensor_dim(targets, 0), rows = tl_tensor_dim(targets, 1);
	if (tl_tensor_shape(targets).rank != 2 || tl_tensor_dtype(targets) != TL_I32 || steps < 1 ||
	    rows < 1) {
		tl_report(t, TL_ERROR_SHAPE, "tl_input_int(tape, tl_dims(steps, batch), data)",
			  "teacher_force: targets are integers, [steps, batch], of at least one "
			  "step");
		return none;
	}
	tl_tensor *scores = tl_alloc_zero((size_t)steps * sizeof *scores);
	if (!scores) {
		tl_report_memory(t, "teacher_force");
		return none;
	}
	int step = tl_tape_step(t);
	tl_tensor symbols = tl_same_integers(t, rows, d->start_token, "decode");
	for (int64_t k = 0; k < steps && !t->problem.status; k++) {
		tl_tape_set_step(t, (int)k);
		scores[k] = d->step(t, d->user, symbols, &s);
		if (tl_scores_fit(t, scores[k], rows))
			symbols = fed(tl_at(targets, k), scores[k], &o);
	}
	tl_tape_set_step(t, step);
	tl_tensor all = tl_stack(scores, (int)steps, 0);
	tl_free(scores);
	if (last)
		*last = s;
	return all;
}

/* Saying */

/* One step for all rows: fills in what each says. */
static bool say_step(const tl_decoder *d, tl_tape *t, tl_state *s, int step,
		     const tl_sampling *sampling, int32_t *last, int64_t rows)
{
	tl_tensor scores = d->step(t, d->user, tl_constant_int(t, tl_dims(rows), last), s);
	if (!tl_scores_fit(t, scores, rows))
		return false;
	int64_t classes = tl_tensor_dim(scores, 1);
	double *room = tl_alloc((size_t)(rows * classes) * sizeof *room + 1);
	const double *x = room ? tl_scores_of(scores, room) : NULL;
	if (!room)
		tl_report_memory(t, "generate");
	for (int64_t r = 0; x && r < rows; r++) {
		double number = tl_pick_number(sampling ? sampling->seed : 0, step, r);
		last[r] = tl_sample_logits(x + r * classes, classes, sampling, number);
		if (last[r] < 0)
			tl_report_memory(t, "generate");
	}
	tl_free(room);
	return x && !t->problem.status;
}

static bool saying_fits(tl_tape *t, int longest, const tl_sampling *o, bool room)
{
	if (longest < 0 || !room)
		tl_report(t, TL_ERROR_ARGUMENT, "rows * longest symbols, rows lengths",
			  "generate: %s, longest %d", room ? "there is room" : "there is no room",
			  longest);
	else if (!tl_sampling_fits(o))
		tl_report(t, TL_ERROR_ARGUMENT,
			  "temperature and top_k are not negative, top_p is in [0, 1]",
			  "generate: temperature %g, top_k %d, top_p %g", o->temperature, o->top_k,
			  o->top_p);
	return !t->problem.status;
}

tl_status tl_decoder_generate(const tl_decoder *d, tl_state s, int longest,
			      const tl_sampling *sampling, int32_t *symbols, int32_t *lengths)
{
	tl_tape *t = s.h.tape;
	if (!decoder_fits(d, t, &s))
		return t ? t->problem.status : TL_ERROR_TAPE;
	if (!saying_fits(t, longest, sampling, symbols && lengths))
		return t->problem.status;
	int64_t rows = tl_tensor_dim(s.h, 0), going = rows;
	int32_t *last = tl_alloc((size_t)rows * sizeof *last + 1);
	if (!last)
		return tl_report_memory(t, "generate");
	int before = tl_tape_step(t);
	for (int64_t r = 0; r < rows; r++)
		last[r] = d->start_token, lengths[r] = -1;
	for (int k = 0; k < longest; k++) {
		tl_tape_set_step(t, k);
		if (going && !say_step(d, t, &s, k, sampling, last, rows))
			break;
		for (int64_t r = 0; r < rows; r++) {
			if (lengths[r] >= 0)
				last[r] = d->end_token;
			symbols[r * longest + k] = last[r];
			if (lengths[r] < 0 && last[r] == d->end_token)
				lengths[r] = k, going--;
		}
	}
	for (int64_t r = 0; r < rows; r++)
		if (lengths[r] < 0)
			lengths[r] = longest;
	tl_tape_set_step(t, before);
	tl_free(last);
	return t->problem.status;
}
