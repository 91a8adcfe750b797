/*
 * Batches of examples in memory. Examples of about the same length come into one batch: the
 * permutation of an epoch is cut into pools of some batches, each pool sorted by rounded length,
 * and then the batches are permuted. All of it is a function of seed and epoch.
 */
#include "base/fail.h"
#include "base/memory.h"
#include "data/order.h"

#include <tapeloop/random.h>
#include <tapeloop/sequences.h>

#include <stdlib.h>
#include <string.h>

/* One side of the examples. */
typedef struct side {
	tl_sequences s;
	int64_t *steps;       /* of each chosen example; NULL: none has steps */
	int64_t longest;      /* of these, 1 where there are none */
	bool present, padded; /* padded: not all are as long as the longest */
	int64_t bytes;        /* of one step */
} side;

/* A chosen example while it is sorted. */
typedef struct entry {
	int64_t number; /* among the chosen */
	int64_t input_steps, target_steps;
	int64_t place;     /* in the permutation of the epoch */
	int64_t rounds[2]; /* of input and target: what their lengths are rounded up to */
} entry;

typedef struct source {
	tl_sequences_options o;
	side input, target;
	int64_t *chosen; /* numbers of the examples */
	int64_t count, batches;
	tl_order order;    /* of the chosen examples */
	entry *sorted;     /* in the order of this epoch */
	int64_t *batch_at; /* of this epoch: which of the blocks of rows a batch is */
} source;

static void finish(void *user)
{
	source *s = user;
	tl_free(s->input.steps);
	tl_free(s->target.steps);
	tl_free(s->chosen);
	tl_free(s->sorted);
	tl_free(s->batch_at);
	tl_order_finish(&s->order);
	tl_free(s);
}

/* What the options say */

static tl_status choose(source *s, tl_error *error)
{
	const tl_sequences_options *o = &s->o;
	if (o->count < 1 || (o->choice && o->choices < 1))
		return tl_fail(error, TL_ERROR_ARGUMENT, "sequences: there are no examples");
	s->count = o->choice ? o->choices : o->count;
	s->chosen = s->count <= INT64_MAX / 64 ? tl_alloc((size_t)s->count * 8) : NULL;
	if (!s->chosen)
		return tl_fail(error, TL_ERROR_MEMORY, "sequences: out of memory");
	for (int64_t i = 0; i < s->count; i++) {
		int64_t k = s->chosen[i] = o->choice ? o->choice[i] : i;
		if (k < 0 || k >= o->count)
			return tl_fail(error, TL_ERROR_ARGUMENT,
				       "sequences: choice %lld is example %lld, and there are %lld",
				       (long long)i, (long long)k, (long long)o->count);
	}
	return TL_OK;
}

/* Steps of the chosen examples: at least `least`, at most what one array of all has room for. */
static tl_status measure(source *s, side *d, const char *name, int64_t least, tl_error *error)
{
	const tl_sequences *q = &d->s;
	int64_t most = q->steps > 0 ? q->steps : INT32_MAX, shortest = INT64_MAX;
	d->steps = tl_alloc((size_t)s->count * sizeof *d->steps);
	if (!d->steps)
		return tl_fail(error, TL_ERROR_MEMORY, "sequences: out of memory");
	d->longest = 1;
	for (int64_t i = 0; i < s->count; i++) {
		int64_t n = q->lengths ? q->lengths[s->chosen[i]] : q->steps;
		if (n < least || n > most)
			return tl_fail(
				error, TL_ERROR_ARGUMENT,
				"sequences: the %s of example %lld has %lld steps, not %lld to "
				"%lld",
				name, (long long)s->chosen[i], (long long)n, (long long)least,
				(long long)most);
		d->steps[i] = n;
		d->longest = n > d->longest ? n : d->longest;
		shortest = n < shortest ? n : shortest;
	}
	d->padded = shortest < d->longest;
	return TL_OK;
}

static tl_status check_side(const source *s, const side *d, const char *name, tl_error *error)
{
	const tl_sequences *q = &d->s;
	int64_t size = tl_shape_size(q->shape);
	bool has_steps = q->steps || q->lengths;
	if (q->data && q->each)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "sequences: the %s has data, and an array for each example too",
			       name);
	if (q->dtype < TL_F32 || q->dtype > TL_I32 || size < 1 || size > INT32_MAX ||
	    q->shape.rank > TL_MAX_RANK - 1 - has_steps)
		return tl_fail(error, TL_ERROR_SHAPE,
			       "sequences: the %s has an invalid type or shape of a step; with "
			       "rows%s, an array has at most 4 axes",
			       name, has_steps ? " and steps" : "");
	if (q->data && q->lengths && q->steps == 0)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "sequences: in the data of the %s, how many steps lie between two "
			       "examples? (.steps)",
			       name);
	if (q->steps < 0 || q->steps > INT32_MAX)
		return tl_fail(error, TL_ERROR_ARGUMENT, "sequences: the %s has %lld steps", name,
			       (long long)q->steps);
	if (!has_steps && q->rows_first)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "sequences: the %s has no steps, so rows_first has no effect", name);
	for (int64_t i = 0; q->each && i < s->count; i++)
		if (!q->each[s->chosen[i]])
			return tl_fail(error, TL_ERROR_ARGUMENT,
				       "sequences: the %s of example %lld is NULL", name,
				       (long long)s->chosen[i]);
	return TL_OK;
}

static tl_status start_side(source *s, side *d, const char *name, int64_t least, tl_error *error)
{
	bool own = d->s.steps != TL_STEPS_OF_INPUT;
	d->present = d->s.data || d->s.each;
	d->longest = 1;
	if (!d->present)
		return TL_OK;
	if (!own && (d == &s->input || !s->input.steps || d->s.lengths || d->s.rows_first))
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "sequences: TL_STEPS_OF_INPUT is for targets without lengths and "
			       "rows_first of their own, of an input with steps");
	if (!own) /* laid out as the input is, by steps or by lengths */
		d->s.steps = s->input.s.steps, d->s.lengths = s->input.s.lengths;
	tl_status status = check_side(s, d, name, error);
	if (!status && (d->s.steps || d->s.lengths))
		status = measure(s, d, name, least, error);
	d->bytes = tl_shape_size(d->s.shape) * (int64_t)tl_dtype_size(d->s.dtype);
	return status;
}

static tl_status start(source *s, tl_error *error)
{
	tl_sequences_options *o = &s->o;
	bool of_input = o->target.steps == TL_STEPS_OF_INPUT;
	o->rows = o->rows ? o->rows : 32;
	o->round = o->round ? o->round : 16;
	o->sort_over = o->sort_over ? o->sort_over : 32;
	s->input.s = o->input;
	s->target.s = o->target;
	tl_status status = choose(s, error);
	if (!status)
		status = start_side(s, &s->input, "input", 1, error);
	if (!status)
		status = start_side(s, &s->target, "target", of_input, error);
	if (status)
		return status;
	if (!s->input.present)
		return tl_fail(error, TL_ERROR_ARGUMENT, "sequences: there is no input");
	if (o->rows < 1 || o->rows > INT32_MAX || o->round < 1 || o->round > INT32_MAX ||
	    o->sort_over < 1 || o->sort_over > INT32_MAX)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "sequences: rows, round and sort_over are 1 or more");
	s->batches = tl_order_batches(s->count, o->rows, o->drop_last);
	if (s->batches < 1)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "sequences: %lld examples fill no batch of %lld rows",
			       (long long)s->count, (long long)o->rows);
	s->sorted = tl_alloc((size_t)s->count * sizeof *s->sorted);
	s->batch_at = tl_alloc((size_t)s->batches * sizeof *s->batch_at);
	if (!tl_order_start(&s->order, s->count, o->seed, o->in_order) || !s->sorted ||
	    !s->batch_at)
		return tl_fail(error, TL_ERROR_MEMORY, "sequences: out of memory");
	return TL_OK;
}

/* The order of an epoch */

/* Whose lengths round up to the same stay in the order of the permutation, so that a batch has
 * other examples in each epoch. */
static int by_length(const void *a, const void *b)
{
	const entry *x = a, *y = b;
	for (int k = 0; k < 2; k++)
		if (x->rounds[k] != y->rounds[k])
			return x->rounds[k] < y->rounds[k] ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static int64_t rounded(const source *s, int64_t steps)
{
	return (steps + s->o.round - 1) / s->o.round * s->o.round;
}

static void arrange(source *s, int64_t epoch)
{
	if (!tl_order_of(&s->order, epoch))
		return;
	int64_t used = s->o.drop_last ? s->batches * s->o.rows : s->count;
	int64_t pool = s->o.sort_over * s->o.rows;
	for (int64_t i = 0; i < used; i++) {
		int64_t k = s->order.at[i];
		int64_t in = s->input.steps ? s->input.steps[k] : 0;
		int64_t out = s->target.steps ? s->target.steps[k] : 0;
		s->sorted[i] = (entry){k, in, out, i, {rounded(s, in), rounded(s, out)}};
	}
	for (int64_t i = 0; i < s->batches; i++)
		s->batch_at[i] = i;
	if (s->o.in_order || (!s->input.padded && !s->target.padded))
		return;
	for (int64_t i = 0; i < used; i += pool)
		qsort(s->sorted + i, (size_t)(used - i < pool ? used - i : pool), sizeof(entry),
		      by_length);
	tl_random r = tl_random_stream(~s->o.seed, (uint64_t)epoch);
	tl_random_permutation(&r, s->batches, s->batch_at);
}

/* Filling */

typedef struct block {
	const entry *row;
	int64_t rows;
	int64_t steps[2]; /* of input and target, padding included */
} block;

static int64_t padded_steps(const source *s, const side *d, const block *b, bool target)
{
	int64_t n = 1;
	for (int64_t r = 0; r < b->rows; r++) {
		int64_t steps = target ? b->row[r].target_steps : b->row[r].input_steps;
		n = steps > n ? steps : n;
	}
	n = rounded(s, n);
	return n < d->longest ? n : d->longest;
}

static tl_shape shape_of(const side *d, int64_t steps, int64_t rows)
{
	tl_shape shape = {.rank = 0};
	if (d->steps && !d->s.rows_first)
		shape.dim[shape.rank++] = steps;
	shape.dim[shape.rank++] = rows;
	if (d->steps && d->s.rows_first)
		shape.dim[shape.rank++] = steps;
	for (int64_t k = 0; k < d->s.shape.rank; k++)
		shape.dim[shape.rank++] = d->s.shape.dim[k];
	return shape;
}

/* A row of the batch from its example: steps that lie `distance` bytes apart. */
static void fill_row(const side *d, char *to, int64_t distance, int64_t example, int64_t steps,
		     int64_t all)
{
	int64_t between = d->s.steps ? d->s.steps * d->bytes : d->bytes;
	const char *from =
		d->s.each ? d->s.each[example] : (const char *)d->s.data + example * between;
	for (int64_t t = 0; t < steps; t++)
		memcpy(to + t * distance, from + t * d->bytes, (size_t)d->bytes);
	for (int64_t t = steps; t < all; t++) {
		memset(to + t * distance, 0, (size_t)d->bytes);
		for (int64_t k = 0; d->s.dtype == TL_I32 && k < d->bytes; k += 4)
			memcpy(to + t * distance + k, &d->s.padding, 4);
	}
}

static void fill_side(const source *s, const side *d, char *to, const block *b, bool target)
{
	int64_t all = b->steps[target];
	bool steps_first = d->steps && !d->s.rows_first;
	for (int64_t r = 0; r < b->rows; r++) {
		int64_t steps = !d->steps ? 1
				: target  ? b->row[r].target_steps
					  : b->row[r].input_steps;
		char *row = to + r * d->bytes * (steps_first ? 1 : all);
		fill_row(d, row, d->bytes * (steps_first ? b->rows : 1),
			 s->chosen[b->row[r].number], steps, all);
	}
}

static bool fill_lengths(int32_t *to, const block *b, bool target)
{
	for (int64_t r = 0; to && r < b->rows; r++)
		to[r] = (int32_t)(target ? b->row[r].target_steps : b->row[r].input_steps);
	return to;
}

static bool fill_weights(const source *s, tl_batch *batch, const block *b)
{
	const side *d = &s->target;
	int64_t steps = b->steps[1];
	tl_shape shape = shape_of(d, steps, b->rows);
	shape.rank = 1 + (d->steps != NULL);
	for (int64_t k = shape.rank; k < TL_MAX_RANK; k++)
		shape.dim[k] = 0;
	float *to = tl_batch_weights_room(batch, shape);
	for (int64_t r = 0; to && r < b->rows; r++) {
		float w = s->o.weights ? s->o.weights[s->chosen[b->row[r].number]] : 1;
		for (int64_t t = 0; t < steps; t++)
			to[d->s.rows_first ? r * steps + t : t * b->rows + r] =
				!d->steps || t < b->row[r].target_steps ? w : 0;
	}
	return to;
}

static tl_status fill(tl_batch *batch, int64_t epoch, int64_t index, void *user)
{
	source *s = user;
	arrange(s, epoch);
	const side *in = &s->input, *out = &s->target;
	int64_t first = s->batch_at[index] * s->o.rows, left = s->count - first;
	block b = {s->sorted + first, left < s->o.rows ? left : s->o.rows, {0}};
	b.steps[0] = padded_steps(s, in, &b, false);
	b.steps[1] = padded_steps(s, out, &b, true);
	void *x = tl_batch_input_room(batch, in->s.dtype, shape_of(in, b.steps[0], b.rows));
	int64_t *example = tl_batch_example_room(batch, b.rows);
	if (!x || !example)
		return TL_ERROR_MEMORY;
	fill_side(s, in, x, &b, false);
	for (int64_t r = 0; r < b.rows; r++)
		example[r] = s->chosen[b.row[r].number];
	if (in->padded && !fill_lengths(tl_batch_lengths_room(batch, b.rows), &b, false))
		return TL_ERROR_MEMORY;
	tl_batch_set_steps(batch, in->steps && !in->s.rows_first, out->steps && !out->s.rows_first);
	if (!out->present)
		return TL_OK;
	void *y = tl_batch_target_room(batch, out->s.dtype, shape_of(out, b.steps[1], b.rows));
	if (!y)
		return TL_ERROR_MEMORY;
	fill_side(s, out, y, &b, true);
	bool own = out->steps && s->o.target.steps != TL_STEPS_OF_INPUT;
	if (own && !fill_lengths(tl_batch_target_lengths_room(batch, b.rows), &b, true))
		return TL_ERROR_MEMORY;
	if ((out->padded || s->o.weights) && !fill_weights(s, batch, &b))
		return TL_ERROR_MEMORY;
	return TL_OK;
}

tl_batches *tl_batches_of_sequences(const tl_sequences_options *options, tl_error *error)
{
	source *s = options ? tl_alloc_zero(sizeof *s) : NULL;
	if (!s) {
		tl_fail(error, options ? TL_ERROR_MEMORY : TL_ERROR_ARGUMENT,
			options ? "sequences: out of memory" : "sequences: there are no options");
		return NULL;
	}
	s->o = *options;
	tl_batches *b = NULL;
	if (!start(s, error)) {
		b = tl_batches_create(&(tl_batches_options){
			.fill = fill, .count = s->batches, .user = s, .destroy = finish});
		if (!b)
			tl_fail(error, TL_ERROR_MEMORY, "sequences: out of memory");
	}
	if (!b)
		finish(s);
	return b;
}
