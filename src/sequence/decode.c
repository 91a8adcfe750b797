/* Teacher forcing, and saying one symbol after the other. */
#include <tapeloop/decode.h>

#include "cells/cell.h"
#include "sequence/pick.h"

#include <math.h>

/* Integers by a mask: a where it is not 0, else b. */
static tl_status choose_shape(const tl_call *c, tl_shape *shape, tl_dtype *dtype)
{
	*shape = tl_operand_shape(c, 1);
	*dtype = TL_I32;
	return TL_OK;
}

static tl_status choose_kernel(const tl_run *r)
{
	const int32_t *a = r->in[1].data, *b = r->in[2].data;
	for (int64_t i = 0; i < r->out.size; i++) {
		bool first = r->real == TL_F32 ? ((const float *)r->in[0].data)[i] != 0
					       : ((const double *)r->in[0].data)[i] != 0;
		((int32_t *)r->out.data)[i] = first ? a[i] : b[i];
	}
	return TL_OK;
}

static const tl_op op_choose = {
	.name = "choose",
	.doc = "integers of the one where the mask is not 0, else of the other",
	.operands = 3,
	.shape = choose_shape,
	.kernel = choose_kernel,
	.flat = true,
};

static tl_tensor repeated(tl_tape *t, int32_t symbol, int64_t rows)
{
	tl_tensor none = {t, 0, 0};
	int32_t *s = tl_alloc((size_t)rows * sizeof *s);
	if (!s) {
		tl_report_memory(t, "decode");
		return none;
	}
	for (int64_t i = 0; i < rows; i++)
		s[i] = symbol;
	tl_tensor x = tl_constant_int(t, tl_dims(rows), s);
	tl_free(s);
	return x;
}

static bool decoder_fits(const tl_decoder *d, tl_tape *t, const tl_state *start)
{
	if (!t || t->problem.status)
		return false;
	if (d && d->next && start->count > 0 && tl_belongs(t, start->h, "decode", 0))
		return true;
	tl_report(t, TL_ERROR_ARGUMENT, "a decoder has a function next, a start has a state",
		  "decode: there is no decoder, or no start");
	return false;
}

/* What was said, or with probability 1 - teach what the net would have said after it. */
static tl_tensor fed(tl_tensor target, tl_tensor scores, double teach)
{
	if (teach >= 1 || !scores.id || !tl_tape_is_training(target.tape))
		return target;
	tl_tensor own = tl_argmax(scores, 1);
	if (teach <= 0)
		return own;
	tl_tensor mask = tl_drop_mask(target.tape, tl_tensor_shape(target), 1 - teach);
	return tl_apply(&op_choose, NULL, 3, (const tl_tensor[]){mask, target, own});
}

tl_tensor tl_teach(const tl_decoder *d, tl_tensor targets, tl_state s, double teach, tl_state *last)
{
	tl_tape *t = targets.tape;
	tl_tensor none = {t, 0, 0};
	if (!decoder_fits(d, t, &s))
		return none;
	int64_t steps = tl_tensor_dim(targets, 0), rows = tl_tensor_dim(targets, 1);
	if (tl_tensor_shape(targets).rank != 2 || tl_tensor_dtype(targets) != TL_I32 || steps < 1 ||
	    rows < 1) {
		tl_report(t, TL_ERROR_SHAPE, NULL, "teach: targets are integers, [steps, batch]");
		return none;
	}
	tl_tensor *scores = tl_alloc_zero((size_t)steps * sizeof *scores);
	if (!scores) {
		tl_report_memory(t, "teach");
		return none;
	}
	int step = tl_tape_step(t);
	tl_tensor symbols = repeated(t, d->first, rows);
	for (int64_t k = 0; k < steps && !t->problem.status; k++) {
		tl_step(t, (int)k);
		scores[k] = d->next(t, d->user, symbols, &s);
		symbols = fed(tl_at(targets, k), scores[k], teach);
	}
	tl_step(t, step);
	tl_tensor all = tl_stack(scores, (int)steps, 0);
	tl_free(scores);
	if (last)
		*last = s;
	return all;
}

/* Saying */

const double *tl_scores_of(tl_tensor scores, double *room, int64_t count)
{
	if (tl_tensor_size(scores) != count) {
		tl_report(scores.tape, TL_ERROR_SHAPE, "next returns [rows, classes]",
			  "decode: the scores of a step are of another size than those before");
		return NULL;
	}
	if (tl_tape_dtype(scores.tape) == TL_F64)
		return tl_value_double(scores);
	const float *x = tl_value(scores);
	for (int64_t i = 0; x && i < count; i++)
		room[i] = (double)x[i];
	return x ? room : NULL;
}

/* One step for all rows: fills in what each says. */
static bool say_step(const tl_decoder *d, tl_state *s, int step, const tl_sampling *sampling,
		     int32_t *last, int64_t rows)
{
	tl_tape *t = s->h.tape;
	tl_tensor scores = d->next(t, d->user, tl_constant_int(t, tl_dims(rows), last), s);
	int64_t size = tl_tensor_size(scores), classes = tl_tensor_dim(scores, 1);
	double *room = tl_alloc((size_t)size * sizeof *room + 1);
	const double *x = room && !t->problem.status ? tl_scores_of(scores, room, size) : NULL;
	if (!room)
		tl_report_memory(t, "say");
	for (int64_t r = 0; x && r < rows; r++) {
		double number = tl_pick_number(sampling ? sampling->seed : 0, step, r);
		last[r] = tl_sample_scores(x + r * classes, classes, sampling, number);
		if (last[r] < 0)
			tl_report_memory(t, "say");
	}
	tl_free(room);
	return x && !t->problem.status;
}

tl_status tl_say(const tl_decoder *d, tl_state s, int longest, const tl_sampling *sampling,
		 int32_t *symbols, int32_t *lengths)
{
	tl_tape *t = s.h.tape;
	if (!decoder_fits(d, t, &s))
		return t ? t->problem.status : TL_ERROR_TAPE;
	int64_t rows = tl_tensor_dim(s.h, 0), going = rows;
	int32_t *last = tl_alloc((size_t)rows * sizeof *last + 1);
	if (!last)
		return tl_report_memory(t, "say");
	int before = tl_tape_step(t);
	for (int64_t r = 0; r < rows; r++)
		last[r] = d->first, lengths[r] = -1;
	for (int k = 0; k < longest; k++) {
		tl_step(t, k);
		if (going && !say_step(d, &s, k, sampling, last, rows))
			break;
		for (int64_t r = 0; r < rows; r++) {
			if (lengths[r] >= 0)
				last[r] = d->stop;
			symbols[r * longest + k] = last[r];
			if (lengths[r] < 0 && last[r] == d->stop)
				lengths[r] = k, going--;
		}
	}
	for (int64_t r = 0; r < rows; r++)
		if (lengths[r] < 0)
			lengths[r] = longest;
	tl_step(t, before);
	tl_free(last);
	return t->problem.status;
}
