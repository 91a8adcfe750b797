/* Reading what a net said: the likeliest way, or the likeliest reading over all ways. */
#include <tapeloop/ctc.h>

#include "sequence/pick.h"
#include "graph/graph.h"

#include <math.h>
#include <stdlib.h>

struct page {
	tl_tape *tape;
	int64_t steps, batch, classes;
	int32_t blank;
	double *scores; /* [steps][batch][classes] */
};

static const double *at(const struct page *p, int64_t t, int64_t row)
{
	return p->scores + (t * p->batch + row) * p->classes;
}

static int64_t steps_of(const struct page *p, const int32_t *steps, int64_t row)
{
	return steps ? steps[row] : p->steps;
}

/* What is to be read of a row is there, and can be compared. */
static bool row_fits(const struct page *p, const int32_t *steps, int64_t row)
{
	int64_t n = steps_of(p, steps, row), t = 0;
	if (n < 0 || n > p->steps) {
		tl_report(p->tape, TL_ERROR_ARGUMENT, NULL,
			  "ctc_decode: row %lld has %lld steps of %lld", (long long)row,
			  (long long)n, (long long)p->steps);
		return false;
	}
	while (t < n && tl_scores_fine(at(p, t, row), p->classes))
		t++;
	if (t < n)
		tl_report(p->tape, TL_ERROR_VALUE,
			  "tl_tape_set_check_finite finds where a NaN came from",
			  "ctc_decode: row %lld, step %lld: its scores have a NaN or no finite "
			  "largest",
			  (long long)row, (long long)t);
	return t == n;
}

static bool page_open(struct page *p, tl_tensor scores, const int32_t *steps, int32_t blank,
		      bool room)
{
	tl_tape *t = scores.tape;
	tl_shape s = tl_tensor_shape(scores);
	*p = (struct page){t, s.dim[0], s.dim[1], s.dim[2], blank, NULL};
	if (!t || t->problem.status || !tl_belongs(t, scores, "ctc_decode", 0))
		return false;
	if (s.rank != 3 || blank < 0 || blank >= s.dim[2]) {
		tl_report(t, TL_ERROR_SHAPE, "scores are [steps, batch, classes]",
			  "ctc_decode: rank %lld, blank %d", (long long)s.rank, (int)blank);
		return false;
	}
	if (!room) {
		tl_report(t, TL_ERROR_ARGUMENT, "batch * steps symbols, batch lengths",
			  "ctc_decode: there is no room for symbols, or none for lengths");
		return false;
	}
	int64_t size = tl_tensor_size(scores);
	p->scores = tl_alloc((size_t)size * sizeof *p->scores + 1);
	if (!p->scores) {
		tl_report_memory(t, "ctc_decode");
		return false;
	}
	const double *x = tl_scores_as_doubles(scores, p->scores);
	for (int64_t i = 0; x && x != p->scores && i < size; i++)
		p->scores[i] = x[i];
	bool fine = x != NULL;
	for (int64_t row = 0; row < p->batch && fine; row++)
		fine = row_fits(p, steps, row);
	return fine;
}

tl_status tl_ctc_greedy_decode(tl_tensor scores, const int32_t *steps, int32_t blank,
			       int32_t *symbols, int32_t *lengths)
{
	struct page p;
	if (page_open(&p, scores, steps, blank, symbols && lengths))
		for (int64_t row = 0; row < p.batch; row++) {
			int32_t last = blank, n = 0;
			for (int64_t t = 0; t < steps_of(&p, steps, row); t++) {
				int32_t c = tl_sample_logits(at(&p, t, row), p.classes, NULL, 0);
				if (c != blank && c != last)
					symbols[row * p.steps + n++] = c;
				last = c;
			}
			lengths[row] = n;
		}
	tl_free(p.scores);
	return p.tape ? p.tape->problem.status : TL_ERROR_TAPE;
}

/*
 * A beginning is a node of a tree: that of its last symbol. It has two likelihoods, of the ways
 * that end in a blank and of those that end in the symbol, for only after a blank does the same
 * symbol count as a new one.
 */
struct node {
	int32_t parent, symbol, child, next;
	double blank, said;           /* logarithms, of the step before */
	double next_blank, next_said; /* of this one */
	int64_t seen;                 /* the last step that gave it something */
};

struct tree {
	struct node *node;
	size_t count, room;
	int32_t *live, *touched; /* beginnings kept, and those reached in this step */
	size_t lives, live_room, touches, touch_room;
	tl_tape *tape;
};

static double log_add(double a, double b)
{
	double most = a > b ? a : b, least = a > b ? b : a;
	return most == -INFINITY ? most : most + log1p(exp(least - most));
}

static int32_t child_of(struct tree *t, int32_t parent, int32_t symbol)
{
	int32_t k = parent < 0 ? -1 : t->node[parent].child;
	while (k >= 0 && t->node[k].symbol != symbol)
		k = t->node[k].next;
	if (k >= 0)
		return k;
	if (!tl_array_reserve(&t->node, &t->room, t->count + 1, sizeof *t->node))
		return -1;
	k = (int32_t)t->count++;
	t->node[k] = (struct node){.parent = parent,
				   .symbol = symbol,
				   .child = -1,
				   .next = parent < 0 ? -1 : t->node[parent].child,
				   .blank = -INFINITY,
				   .said = -INFINITY,
				   .seen = -1};
	if (parent >= 0)
		t->node[parent].child = k;
	return k;
}

/* Add to one likelihood of a beginning, for this step. */
static bool give(struct tree *t, int32_t k, int64_t step, bool blank, double log_likelihood)
{
	if (k < 0 ||
	    !tl_array_reserve(&t->touched, &t->touch_room, t->touches + 1, sizeof *t->touched))
		return false;
	struct node *n = &t->node[k];
	if (n->seen != step) {
		n->seen = step;
		n->next_blank = n->next_said = -INFINITY;
		t->touched[t->touches++] = k;
	}
	double *to = blank ? &n->next_blank : &n->next_said;
	*to = log_add(*to, log_likelihood);
	return true;
}

static bool extend(struct tree *t, const struct page *p, int64_t step, const double *x)
{
	double all = tl_log_sum(x, p->classes);
	bool fine = true;
	t->touches = 0;
	for (size_t i = 0; i < t->lives && fine; i++) {
		int32_t k = t->live[i], symbol = t->node[k].symbol;
		double blank = t->node[k].blank, said = t->node[k].said;
		double whole = log_add(blank, said);
		fine = give(t, k, step, true, whole + x[p->blank] - all);
		if (symbol >= 0 && fine)
			fine = give(t, k, step, false, said + x[symbol] - all);
		for (int32_t c = 0; c < p->classes && fine; c++)
			if (c != p->blank)
				fine = give(t, child_of(t, k, c), step, false,
					    (c == symbol ? blank : whole) + x[c] - all);
	}
	return fine;
}

struct rank {
	double log_likelihood;
	int32_t node;
};

static int by_rank(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;
	if (x->log_likelihood != y->log_likelihood)
		return x->log_likelihood < y->log_likelihood ? 1 : -1;
	return x->node < y->node ? -1 : 1;
}

static bool prune(struct tree *t, size_t beam)
{
	struct rank *list = tl_alloc(t->touches * sizeof *list + 1);
	t->lives = t->touches < beam ? t->touches : beam;
	if (!list || !tl_array_reserve(&t->live, &t->live_room, t->lives, sizeof *t->live)) {
		tl_free(list);
		return false;
	}
	for (size_t i = 0; i < t->touches; i++) {
		struct node *n = &t->node[t->touched[i]];
		n->blank = n->next_blank;
		n->said = n->next_said;
		list[i] = (struct rank){log_add(n->blank, n->said), t->touched[i]};
	}
	qsort(list, t->touches, sizeof *list, by_rank);
	for (size_t i = 0; i < t->lives; i++)
		t->live[i] = list[i].node;
	tl_free(list);
	return true;
}

static bool read_row(struct tree *t, const struct page *p, int64_t row, int64_t steps, size_t beam)
{
	t->count = 0;
	t->lives = 1;
	if (!tl_array_reserve(&t->live, &t->live_room, 1, sizeof *t->live) ||
	    (t->live[0] = child_of(t, -1, -1)) < 0)
		return false;
	t->node[0].blank = 0;
	for (int64_t s = 0; s < steps; s++)
		if (!extend(t, p, s, at(p, s, row)) || !prune(t, beam))
			return false;
	return true;
}

tl_status tl_ctc_beam_search(tl_tensor scores, const int32_t *steps, int32_t blank, int beam,
			     int32_t *symbols, int32_t *lengths, double *log_likelihood)
{
	struct page p;
	struct tree t = {0};
	bool fine = page_open(&p, scores, steps, blank, symbols && lengths);
	if (fine && beam < 1)
		fine = false, tl_report(p.tape, TL_ERROR_ARGUMENT, "a beam is at least 1",
					"ctc_beam_search: beam %d", beam);
	for (int64_t row = 0; fine && row < p.batch; row++) {
		if (!read_row(&t, &p, row, steps_of(&p, steps, row), (size_t)beam)) {
			tl_report_memory(p.tape, "ctc_beam_search");
			break;
		}
		const struct node *best = &t.node[t.live[0]];
		int32_t n = 0, *to = symbols + row * p.steps;
		if (log_likelihood)
			log_likelihood[row] = log_add(best->blank, best->said);
		for (const struct node *k = best; k->parent >= 0; k = &t.node[k->parent])
			n++;
		lengths[row] = n;
		for (const struct node *k = best; k->parent >= 0; k = &t.node[k->parent])
			to[--n] = k->symbol;
	}
	tl_free(t.node), tl_free(t.live), tl_free(t.touched), tl_free(p.scores);
	return p.tape ? p.tape->problem.status : TL_ERROR_TAPE;
}
