/*
 * What has a name, over time: of every name that tl_tag gave in a scope, and of every state, one
 * row a step, of the sequence of the batch that is looked at. Attention weights are matrices of
 * their own: a row says how much each place of the memory was looked at.
 */
#include "run/source.h"
#include "view/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	WIDEST = 64, /* numbers of a row */
	ATTENTION_WIDEST = 512,
	SERIES_BYTES = 5 << 20, /* of all rows together */
};

/* A tensor with a name, and where. */
typedef struct named {
	int32_t scope, step;
	const char *name;
	uint32_t node;
	size_t order;
} named;

static int by_series(const void *a, const void *b)
{
	const named *x = a, *y = b;
	int names = strcmp(x->name, y->name);
	if (x->scope != y->scope)
		return x->scope < y->scope ? -1 : 1;
	if (names)
		return names;
	if (x->step != y->step)
		return x->step < y->step ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool same_series(const named *a, const named *b)
{
	return a->scope == b->scope && !strcmp(a->name, b->name);
}

/* Those with a step and a value, sorted; of several in one step the last, as tl_tape_find has it.
 */
static size_t list_named(const tl_snapshot *s, named *list, bool attention)
{
	const tl_tape *t = s->tape;
	size_t count = 0, kept = 0;
	for (size_t i = 0; i < t->observations; i++) {
		const tl_observation *o = &t->observation[i];
		const tl_node *n = tl_node_at(t, o->node);
		bool is = !strcmp(o->name, "attention");
		if (is == attention && (is || o->step >= 0) && n->dtype != TL_I32 && !n->primal &&
		    tl_elements(&n->shape) && tl_snapshot_value(s, o->node))
			list[count++] = (named){o->scope, o->step, o->name, o->node, i};
	}
	qsort(list, count, sizeof *list, by_series);
	for (size_t i = 0; i < count; i++) {
		bool again = i + 1 < count && same_series(&list[i], &list[i + 1]) &&
			     list[i].step == list[i + 1].step && list[i].step >= 0;
		if (!again)
			list[kept++] = list[i];
	}
	return kept;
}

/* The first axis is the batch, if there are several. */
static int64_t width_of(const tl_node *n)
{
	int64_t size = tl_elements(&n->shape);
	return n->shape.rank > 1 && n->shape.dim[0] ? size / n->shape.dim[0] : size;
}

static int64_t row_of(const tl_node *n, int sequence)
{
	int64_t rows = n->shape.rank > 1 ? n->shape.dim[0] : 1;
	return sequence < rows ? sequence : rows - 1;
}

typedef struct block {
	float *data;
	size_t count, room;
} block;

static bool append(block *b, float x)
{
	if (!tl_array_reserve(&b->data, &b->room, b->count + 1, sizeof *b->data))
		return false;
	b->data[b->count++] = x;
	return true;
}

static bool write_members(tl_json *j, const named *first, size_t count)
{
	uint32_t *number = tl_alloc(count * sizeof *number);
	for (size_t i = 0; number && i < count; i++)
		number[i] = first[i].node;
	if (number)
		tl_json_array(j, "node", "u32", number, count);
	for (size_t i = 0; number && i < count; i++)
		number[i] = (uint32_t)first[i].step;
	if (number)
		tl_json_array(j, "step", "i32", number, count);
	tl_free(number);
	return number != NULL;
}

/* Rows that are shorter than the widest of their series end with NaN. */
static bool write_rows(tl_json *j, const tl_snapshot *s, const named *first, size_t count,
		       int64_t columns, int sequence)
{
	size_t numbers = count * (size_t)columns, at = 0;
	float *number = tl_alloc(numbers * sizeof *number);
	for (size_t i = 0; number && i < count; i++) {
		const tl_node *n = tl_node_at(s->tape, first[i].node);
		const void *value = tl_snapshot_value(s, first[i].node);
		int64_t width = width_of(n), row = row_of(n, sequence);
		for (int64_t c = 0; c < columns; c++)
			number[at++] =
				c < width ? (float)tl_number_at(value, n->dtype, row * width + c)
					  : NAN;
	}
	if (number)
		tl_json_array(j, "rows", "f32", number, numbers);
	tl_free(number);
	return number != NULL;
}

static bool write_one(tl_json *j, const tl_snapshot *s, const named *first, size_t count,
		      int64_t most, int sequence)
{
	int64_t width = 0;
	for (size_t i = 0; i < count; i++) {
		int64_t w = width_of(tl_node_at(s->tape, first[i].node));
		width = w > width ? w : width;
	}
	int64_t columns = width < most ? width : most;
	tl_json_open(j, NULL, '{');
	tl_json_number(j, "scope", first->scope);
	tl_json_text(j, "name", first->name);
	tl_json_number(j, "width", (double)width);
	tl_json_number(j, "columns", (double)columns);
	bool fine =
		write_members(j, first, count) && write_rows(j, s, first, count, columns, sequence);
	tl_json_close(j, '}');
	return fine;
}

static size_t length_of(const named *first, const named *end)
{
	size_t count = 1;
	while (first + count < end && same_series(first, first + count))
		count++;
	return count;
}

static bool write_all(tl_json *j, const tl_snapshot *s, const named *list, size_t count,
		      int sequence)
{
	int64_t most = count ? SERIES_BYTES / 4 / (int64_t)count : 0;
	most = most > WIDEST ? WIDEST : most < 1 ? 1 : most;
	bool fine = true;
	tl_json_open(j, "series", '[');
	for (size_t i = 0, length; fine && i < count; i += length) {
		length = length_of(list + i, list + count);
		fine = write_one(j, s, list + i, length, most, sequence);
	}
	tl_json_close(j, ']');
	return fine;
}

/* Attention */

/* Where the weights of one place lie: along the memory, from the first on, with a stride. */
typedef struct looking {
	int64_t rows, columns, first, row_stride, stride;
} looking;

/* Do the numbers along the first axis add up to 1, or to 0 where nothing may be looked at? Then
 * the memory is that axis, and the batch the second. */
static bool memory_is_first(const tl_node *n, const void *value)
{
	int64_t places = n->shape.dim[0], batch = n->shape.dim[1];
	for (int64_t b = 0; b < batch; b++) {
		double sum = 0;
		for (int64_t p = 0; p < places; p++)
			sum += tl_number_at(value, n->dtype, p * batch + b);
		if (fabs(sum) > 1e-3 && fabs(sum - 1) > 1e-3)
			return false;
	}
	return true;
}

/* [memory, batch] or [batch, memory] in a step; [..., queries, memory] of a whole sequence, of
 * which the batch or its heads come first. */
static looking looking_of(const tl_node *n, const void *value, int step, int sequence, int64_t head)
{
	const int64_t *d = n->shape.dim;
	int rank = n->shape.rank;
	if (rank < 2)
		return (looking){1, rank ? d[0] : 1, 0, 0, 1};
	int64_t columns = d[rank - 1], rows = d[rank - 2];
	if (rank == 2 && step >= 0) {
		bool first = memory_is_first(n, value);
		int64_t batch = first ? d[1] : d[0], b = sequence < batch ? sequence : batch - 1;
		return first ? (looking){1, d[0], b, 0, batch}
			     : (looking){1, columns, b * columns, 0, 1};
	}
	int64_t items = tl_elements(&n->shape) / (rows * columns), heads = rank == 4 ? d[1] : 1;
	int64_t item = sequence * heads < items ? sequence * heads : items - heads;
	return (looking){rows, columns, (item + head) * rows * columns, columns, 1};
}

static bool append_looking(block *b, const tl_snapshot *s, const named *x, looking l)
{
	const tl_node *n = tl_node_at(s->tape, x->node);
	const void *value = tl_snapshot_value(s, x->node);
	for (int64_t r = 0; r < l.rows; r++)
		for (int64_t c = 0; c < l.columns; c++)
			if (!append(b,
				    (float)tl_number_at(value, n->dtype,
							l.first + r * l.row_stride + c * l.stride)))
				return false;
	return true;
}

/* One map: the rows of all steps, or the matrix of one tensor. */
static bool write_map(tl_json *j, const tl_snapshot *s, const named *first, size_t count,
		      int sequence, int64_t head)
{
	block b = {0};
	looking l = {0};
	bool fine = true;
	int64_t columns = 0, rows = 0;
	for (size_t i = 0; fine && i < count; i++) {
		const tl_node *n = tl_node_at(s->tape, first[i].node);
		l = looking_of(n, tl_snapshot_value(s, first[i].node), first[i].step, sequence,
			       head);
		if (i && l.columns != columns)
			continue; /* of another memory */
		columns = l.columns;
		rows += l.rows;
		if (columns <= ATTENTION_WIDEST && rows <= ATTENTION_WIDEST)
			fine = append_looking(&b, s, &first[i], l);
	}
	if (fine && b.count) {
		tl_json_open(j, NULL, '{');
		tl_json_number(j, "scope", first->scope);
		tl_json_number(j, "head", (double)head);
		tl_json_number(j, "columns", (double)columns);
		fine = write_members(j, first, count);
		tl_json_array(j, "rows", "f32", b.data, b.count);
		tl_json_close(j, '}');
	}
	tl_free(b.data);
	return fine;
}

static bool write_attention(tl_json *j, const tl_snapshot *s, const named *list, size_t count,
			    int sequence)
{
	bool fine = true;
	tl_json_open(j, "attention", '[');
	for (size_t i = 0, length; fine && i < count; i += length) {
		length = list[i].step < 0 ? 1 : length_of(list + i, list + count);
		const tl_shape *shape = &tl_node_at(s->tape, list[i].node)->shape;
		int64_t heads = shape->rank == 4 ? shape->dim[1] : 1;
		for (int64_t head = 0; fine && head < heads; head++)
			fine = write_map(j, s, list + i, length, sequence, head);
	}
	tl_json_close(j, ']');
	return fine;
}

bool tl_series_write(tl_json *j, const tl_snapshot *s, int sequence)
{
	named *list = tl_alloc((s->tape->observations + 1) * sizeof *list);
	bool fine = list && write_all(j, s, list, list_named(s, list, false), sequence) &&
		    write_attention(j, s, list, list_named(s, list, true), sequence);
	tl_free(list);
	return fine;
}

int64_t tl_series_batch(const tl_snapshot *s)
{
	int64_t most = 1;
	for (size_t i = 0; i < s->tape->observations; i++) {
		const tl_observation *o = &s->tape->observation[i];
		const tl_node *n = tl_node_at(s->tape, o->node);
		if (o->step >= 0 && n->shape.rank > 1 && n->shape.dim[0] > most)
			most = n->shape.dim[0];
	}
	return most;
}
