/*
 * Beam search: the best few beginnings are kept, each is continued by every symbol, and the best
 * few of all these are kept again. Beginnings are rows of one batch; keeping is gathering rows.
 */
#include "cell/cell.h"
#include "sequence/pick.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A continuation: row `from` says `symbol`. */
struct next {
	double log_likelihood;
	int32_t from, symbol;
};

struct search {
	const tl_decoder *decoder;
	tl_tape *tape;
	tl_state state;
	tl_beam_search_options options;
	int longest, rows;
	int32_t *said, *other; /* [rows][longest], and room for the next */
	size_t said_room, other_room;
	double *likelihood; /* of each row */
	size_t likelihood_room;
	struct next *list; /* continuations of a step */
	size_t room;
	double *scores;
	size_t score_room;
	tl_hypothesis *out;
	int count, found;
};

static double normalised(const struct search *s, double log_likelihood, int length)
{
	return log_likelihood / pow((5 + length) / 6.0, s->options.length_penalty);
}

static int by_likelihood(const void *a, const void *b)
{
	const struct next *x = a, *y = b;
	if (x->log_likelihood != y->log_likelihood)
		return x->log_likelihood < y->log_likelihood ? 1 : -1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->symbol < y->symbol ? -1 : x->symbol > y->symbol;
}

static int32_t *row_of(const struct search *s, int32_t *said, int64_t row)
{
	return said + row * s->longest;
}

/* Put a finished sequence among the best found. */
static void keep(struct search *s, const int32_t *symbols, int length, double likelihood, bool stop)
{
	double score = normalised(s, likelihood, length + stop);
	int at = s->found < s->count ? s->found : s->count - 1;
	if (s->found >= s->count && (s->count < 1 || score <= s->out[at].score))
		return;
	int32_t *room = s->out[at].tokens;
	for (; at > 0 && s->out[at - 1].score < score; at--)
		s->out[at] = s->out[at - 1];
	memcpy(room, symbols, (size_t)length * sizeof *room);
	s->out[at] = (tl_hypothesis){room, length, likelihood, score};
	s->found += s->found < s->count;
}

/* All continuations of all rows, best first; false on error. */
static bool continuations(struct search *s, int step, size_t *found)
{
	int32_t *last = tl_alloc((size_t)s->rows * sizeof *last);
	if (!last)
		return tl_report_memory(s->tape, "beam_search"), false;
	for (int r = 0; r < s->rows; r++)
		last[r] = step ? row_of(s, s->said, r)[step - 1] : s->decoder->start_token;
	tl_tensor symbols = tl_constant_int(s->tape, tl_dims(s->rows), last);
	tl_free(last);
	tl_tensor scores = s->decoder->step(s->tape, s->decoder->user, symbols, &s->state);
	if (!tl_scores_fit(s->tape, scores, s->rows))
		return false;
	int64_t size = tl_tensor_size(scores), classes = tl_tensor_dim(scores, 1);
	if (!tl_array_reserve(&s->list, &s->room, (size_t)size, sizeof *s->list) ||
	    !tl_array_reserve(&s->scores, &s->score_room, (size_t)size, sizeof *s->scores))
		return tl_report_memory(s->tape, "beam_search"), false;
	const double *x = tl_scores_of(scores, s->scores);
	if (!x)
		return false;
	for (int r = 0; r < s->rows; r++) {
		double all = tl_log_sum(x + r * classes, classes);
		for (int64_t c = 0; c < classes; c++)
			s->list[r * classes + c] = (struct next){
				s->likelihood[r] + x[r * classes + c] - all, r, (int32_t)c};
	}
	qsort(s->list, (size_t)size, sizeof *s->list, by_likelihood);
	*found = (size_t)size;
	return true;
}

/* Room for so many rows to go on with: a beam may be far wider than there is anything to keep. */
static bool reserve(struct search *s, size_t rows)
{
	size_t numbers = rows * (size_t)s->longest;
	return tl_array_reserve(&s->other, &s->other_room, numbers, sizeof *s->other) &&
	       tl_array_reserve(&s->likelihood, &s->likelihood_room, rows, sizeof *s->likelihood);
}

/* The rows to go on with; their states are gathered from where they come from. */
static bool go_on(struct search *s, int step, size_t found)
{
	int rows = 0;
	size_t taken =
		found < (size_t)s->options.beam_width ? found : (size_t)s->options.beam_width;
	int32_t *from = tl_alloc(taken * sizeof *from);
	if (!from || !reserve(s, taken)) {
		tl_free(from);
		return tl_report_memory(s->tape, "beam_search"), false;
	}
	for (size_t i = 0; i < taken; i++) {
		const struct next *n = &s->list[i];
		const int32_t *said = row_of(s, s->said, n->from);
		if (n->symbol == s->decoder->end_token) {
			keep(s, said, step, n->log_likelihood, true);
			continue;
		}
		int32_t *next = row_of(s, s->other, rows);
		memcpy(next, said, (size_t)step * sizeof *next);
		next[step] = n->symbol;
		s->likelihood[rows] = n->log_likelihood;
		from[rows++] = n->from;
	}
	s->rows = rows;
	int32_t *said = s->said;
	size_t room = s->said_room;
	s->said = s->other, s->said_room = s->other_room;
	s->other = said, s->other_room = room;
	tl_tensor index = rows ? tl_constant_int(s->tape, tl_dims(rows), from) : s->state.h;
	for (int k = 0; rows && k < s->state.count; k++)
		*tl_state_at(&s->state, k) = tl_embedding(*tl_state_at(&s->state, k), index);
	tl_free(from);
	return !s->tape->problem.status;
}

/* No beginning that goes on can become better than the worst that is kept. */
static bool settled(const struct search *s)
{
	if (s->found < s->count || !s->rows)
		return !s->rows;
	double most = s->likelihood[0];
	return normalised(s, most, s->options.length_penalty > 0 ? s->longest + 1 : 1) <=
	       s->out[s->count - 1].score;
}

static void search(struct search *s)
{
	int before = tl_tape_step(s->tape), step = 0;
	for (; step < s->longest && !settled(s); step++) {
		size_t found;
		tl_tape_set_step(s->tape, step);
		if (!continuations(s, step, &found) || !go_on(s, step, found))
			break;
	}
	for (int r = 0; step == s->longest && r < s->rows; r++)
		keep(s, row_of(s, s->said, r), s->longest, s->likelihood[r], false);
	tl_tape_set_step(s->tape, before);
}

static bool has_room(const tl_hypothesis *out, int count)
{
	for (int k = 0; out && k < count; k++)
		if (!out[k].tokens)
			return false;
	return out != NULL;
}

int tl_decoder_beam_search(const tl_decoder *d, tl_state start, int longest,
			   tl_beam_search_options options, tl_hypothesis *out, int count)
{
	tl_tape *t = start.h.tape;
	if (!t || t->problem.status || !tl_belongs(t, start.h, "beam_search", 0))
		return -1;
	if (!d || !d->step || options.beam_width < 1 || longest < 1 || count < 1 ||
	    tl_tensor_dim(start.h, 0) != 1) {
		tl_report(t, TL_ERROR_ARGUMENT, "a start of one row, a beam of at least 1",
			  "beam_search: beam %d, longest %d, %d wanted", options.beam_width,
			  longest, count);
		return -1;
	}
	if (!(options.length_penalty >= 0) || !isfinite(options.length_penalty) ||
	    !has_room(out, count)) {
		tl_report(t, TL_ERROR_ARGUMENT,
			  "normalise is not negative, each result has its symbols",
			  "beam_search: normalise %g, or no room for what is said",
			  options.length_penalty);
		return -1;
	}
	struct search s = {.decoder = d,
			   .tape = t,
			   .state = start,
			   .options = options,
			   .longest = longest,
			   .rows = 1,
			   .out = out,
			   .count = count};
	/* One row has said nothing so far, with certainty. */
	if (!tl_array_reserve(&s.said, &s.said_room, (size_t)longest, sizeof *s.said) ||
	    !reserve(&s, 1)) {
		tl_report_memory(t, "beam_search");
	} else {
		s.likelihood[0] = 0;
		search(&s);
	}
	tl_free(s.said), tl_free(s.other), tl_free(s.likelihood), tl_free(s.list),
		tl_free(s.scores);
	return t->problem.status ? -1 : s.found;
}
