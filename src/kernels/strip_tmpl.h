/*
 * The strip interpreter. The domain is cut into chunks of consecutive elements, and the whole
 * program runs on a chunk while it is in L1.
 *
 * Dimensions that every memory slot crosses with one stride are merged first, so a program over
 * contiguous arrays is one long loop. A chunk is a piece of a row, or several whole rows when rows
 * are short. A slot in memory is used where it is if the chunk's elements are neighbours there and
 * fill whole vectors; otherwise it is staged: copied to a buffer before the steps, and from it
 * after them if they wrote it.
 *
 * A slot that is summed into has stride 0 along what is summed; each chunk adds its part. All
 * chunks that add to the same numbers are one thread's, which takes them in the domain's order.
 */
#ifndef TL_KERNELS_STRIP_TMPL_H
#define TL_KERNELS_STRIP_TMPL_H

#include "base/random.h"
#include "kernels/kernels.h"
#include "kernels/reduce_tmpl.h"
#include "kernels/steps_tmpl.h"

enum {
	SHORT_ROW = 64,          /* shorter rows share a chunk */
	STRIP_BYTES = 24 * 1024, /* what the buffers of a chunk may take of L1 */
	STRIP_LEAST = 64,
	STRIP_PAD =
		CACHE_LINE / sizeof(REAL) /* keeps equal offsets of two buffers apart by more
					     than a power of two, which loads after stores mind */
};

typedef struct strip_run {
	const tl_strip *s;
	void *const *base;
	const uint64_t *keys;
	/* the merged domain, innermost first; axis[g] is the innermost dimension in group g */
	int groups, axis[4];
	int64_t size[4];
	int64_t rows, length; /* rows of size[0] elements; most elements of a chunk */
	int64_t buffer;       /* numbers from a slot's buffer to the next one's */
	REAL *buffers;

	bool flat[TL_STRIP_SLOTS]; /* neighbours in memory are neighbours in the domain, row to row
				    */
	bool read[TL_STRIP_SLOTS], written[TL_STRIP_SLOTS], summed[TL_STRIP_SLOTS];
	bool sums;     /* some slot is summed into ... */
	bool whole[4]; /* ... and none of them over this group */
	const void *
		splatted[TL_STRIP_SLOTS]; /* the number that a broadcast slot's buffer is full of */
	bool staged[TL_STRIP_SLOTS];      /* in this chunk */
	REAL *at[TL_STRIP_SLOTS];         /* where this chunk's elements are */
} strip_run;

/* A chunk: elements [column, column + width) of `rows` rows from `row` on. */
typedef struct chunk {
	int64_t row, rows, column, width;
} chunk;

static int64_t strip_length(const tl_strip *s)
{
	int64_t length = TL_STRIP_LENGTH, slots = s->memories + s->registers;
	while (length > STRIP_LEAST && length * slots * (int64_t)sizeof(REAL) > STRIP_BYTES)
		length /= 2;
	return length;
}

static size_t strip_workspace(const tl_strip *s)
{
	int64_t slots = s->memories + s->registers;
	return (size_t)(slots * (strip_length(s) + STRIP_PAD)) * sizeof(REAL) + CACHE_LINE;
}

/* Whether crossing dimension `outer` is the same for every slot as going on over the n elements of
 * the group whose innermost dimension is `axis`. */
static bool merges(const tl_strip *s, int outer, int axis, int64_t n)
{
	for (int m = 0; m < s->memories; m++)
		if (s->memory[m].stride[outer] != s->memory[m].stride[axis] * n)
			return false;
	return true;
}

static void merge_dimensions(strip_run *r)
{
	const tl_strip *s = r->s;
	r->groups = 0;
	for (int d = 3; d >= 0; d--) {
		int last = r->groups - 1;
		if (s->dim[d] == 1)
			continue;
		if (last >= 0 && merges(s, d, r->axis[last], r->size[last])) {
			r->size[last] *= s->dim[d];
			continue;
		}
		r->axis[r->groups] = d;
		r->size[r->groups++] = s->dim[d];
	}
	if (!r->groups) {
		r->axis[0] = 3;
		r->size[0] = r->groups = 1;
	}
	r->rows = 1;
	for (int g = 1; g < r->groups; g++)
		r->rows *= r->size[g];
}

INLINE int64_t slot_stride(const strip_run *r, int m, int group)
{
	return r->s->memory[m].stride[r->axis[group]];
}

/* What the steps do to the slots in memory, and which of those lie as the domain does. */
static void look_at_slots(strip_run *r)
{
	const tl_strip *s = r->s;

	memset(r->read, 0, (size_t)s->memories);
	memset(r->written, 0, (size_t)s->memories);
	memset(r->summed, 0, (size_t)s->memories);
	for (int i = 0; i < s->steps; i++) {
		const tl_strip_step *step = &s->step[i];
		for (int o = 0; o < tl_step_kinds[step->op].operands; o++)
			if (step->from[o] < s->memories)
				r->read[step->from[o]] = true;
		if (step->to < s->memories)
			(step->op == TL_STRIP_sum ? r->summed : r->written)[step->to] = true;
	}
	r->sums = false;
	for (int g = 0; g < r->groups; g++)
		r->whole[g] = true;
	for (int m = 0; m < s->memories; m++)
		if (r->summed[m]) {
			r->sums = true;
			for (int g = 0; g < r->groups; g++)
				r->whole[g] &= slot_stride(r, m, g) != 0;
		}
	for (int m = 0; m < s->memories; m++) {
		int64_t next = r->size[0];
		bool flat = s->memory[m].dtype != TL_I32 &&
			    (slot_stride(r, m, 0) == 1 || r->size[0] == 1);
		for (int g = 1; g < r->groups; next *= r->size[g++])
			flat &= slot_stride(r, m, g) == next;
		r->flat[m] = flat;
		r->splatted[m] = NULL;
	}
}

/* Elements from the start of slot m to the first of a row. */
INLINE int64_t row_offset(const strip_run *r, int m, int64_t row)
{
	int64_t offset = 0;
	for (int g = 1; g < r->groups; g++) {
		int64_t rest = g + 1 < r->groups ? row / r->size[g] : 0;
		offset += (row - rest * r->size[g]) * slot_stride(r, m, g);
		row = rest;
	}
	return offset;
}

/* One row's elements of slot m, from memory to `to`. */
static void fetch_row(strip_run *r, int m, int64_t offset, int64_t n, REAL *to)
{
	int64_t stride = slot_stride(r, m, 0);
	if (r->s->memory[m].dtype == TL_I32) {
		const int32_t *from = (const int32_t *)r->base[m] + offset;
		for (int64_t i = 0; i < n; i++)
			to[i] = (REAL)from[i * stride];
		return;
	}
	const REAL *from = (const REAL *)r->base[m] + offset;
	if (stride == 1)
		memcpy(to, from, (size_t)n * sizeof(REAL));
	else if (stride == 0)
		for (int64_t i = 0; i < n; i++)
			to[i] = *from;
	else
		for (int64_t i = 0; i < n; i++)
			to[i] = from[i * stride];
}

/* A broadcast along the row: the buffer is filled once for all chunks that see the same number. */
static void fetch_splat(strip_run *r, int m, const REAL *from, REAL *to)
{
	if (r->splatted[m] == from)
		return;
	r->splatted[m] = from;
	const vec v = v_splat(*from);
	for (int64_t i = 0; i < r->length; i += VL)
		v_store(to + i, v);
}

/* Point the slots in memory at this chunk's elements, staging those that cannot be used in place.
 */
static void enter_chunk(strip_run *r, const chunk *c)
{
	const int64_t n = c->rows * c->width, padded = round_up(n, VL);

	for (int m = 0; m < r->s->memories; m++) {
		const tl_strip_memory *memory = &r->s->memory[m];
		int64_t stride = slot_stride(r, m, 0);
		int64_t offset = row_offset(r, m, c->row) + c->column * stride;
		REAL *buffer = r->buffers + m * r->buffer;
		if (r->summed[m])
			continue;
		bool neighbours =
			r->flat[m] || (c->rows == 1 && stride == 1 && memory->dtype != TL_I32);

		r->staged[m] = !neighbours || padded != n;
		if (!r->staged[m]) {
			r->at[m] = (REAL *)r->base[m] + offset;
			continue;
		}
		r->at[m] = buffer;
		if (!r->read[m])
			continue;
		if (c->rows == 1 && stride == 0 && memory->dtype != TL_I32 && !r->written[m]) {
			fetch_splat(r, m, (const REAL *)r->base[m] + offset, buffer);
			continue;
		}
		if (neighbours)
			memcpy(buffer, (const REAL *)r->base[m] + offset, (size_t)n * sizeof(REAL));
		else
			for (int64_t i = 0; i < c->rows; i++)
				fetch_row(r, m, i ? row_offset(r, m, c->row + i) : offset, c->width,
					  buffer + i * c->width);
		for (int64_t i = n; i < padded; i++)
			buffer[i] = 0;
	}
}

/* Put what was written to staged slots where it belongs. */
static void leave_chunk(strip_run *r, const chunk *c)
{
	for (int m = 0; m < r->s->memories; m++) {
		if (!r->written[m] || !r->staged[m])
			continue;
		int64_t stride = slot_stride(r, m, 0);
		for (int64_t i = 0; i < c->rows; i++) {
			int64_t offset = row_offset(r, m, c->row + i) + c->column * stride;
			REAL *to = (REAL *)r->base[m] + offset;
			const REAL *from = r->at[m] + i * c->width;
			for (int64_t j = 0; j < c->width; j++)
				to[j * stride] = from[j];
		}
	}
}

static void step_keep(int64_t n, REAL *out, const double *imm, uint64_t key, int64_t first)
{
	/* bits / 2^53 < rate, as integers; NaN and rates below 0 drop nothing */
	uint64_t limit = imm[0] > 0 ? (uint64_t)ceil(fmin(imm[0], 1) * 0x1p53) : 0;
	REAL keep = (REAL)imm[1];
	for (int64_t i = 0; i < n; i++)
		out[i] = tl_random_bits(key, (uint64_t)(first + i)) >> 11 < limit ? 0 : keep;
}

/* The op sees the domain's elements alone: what pads the vector may be any numbers, which it might
 * not bear. */
static void step_own(const tl_strip_step *t, REAL *const *at, int64_t n)
{
	tl_elementwise_args args = {.attr = t->attr,
				    .real = sizeof(REAL) == 4 ? TL_F32 : TL_F64,
				    .n = n,
				    .out = at[t->to]};
	for (int o = 0; o < tl_step_kinds[t->op].operands; o++)
		args.in[o] = at[t->from[o]];
	t->own->elementwise(&args);
	for (int64_t i = n; i % VL; i++)
		at[t->to][i] = 0;
}

/* Is the chunk's row the first of those that slot m sums up? */
static bool first_of_sum(const strip_run *r, int m, int64_t row)
{
	bool first = true;
	for (int g = 1; g < r->groups; g++) {
		first &= slot_stride(r, m, g) != 0 || row % r->size[g] == 0;
		row /= r->size[g];
	}
	return first;
}

/* Add the chunk, a piece of one row, to what slot m sums up. */
static void step_sum(const strip_run *r, const chunk *c, int m, const REAL *from)
{
	int64_t stride = slot_stride(r, m, 0);
	REAL *to = (REAL *)r->base[m] + row_offset(r, m, c->row) + c->column * stride;
	bool first = first_of_sum(r, m, c->row);
	if (!stride) {
		REAL sum = reduce_block(TL_REDUCE_SUM, c->width, from);
		*to = first && !c->column ? sum : *to + sum;
	} else if (first) {
		for (int64_t j = 0; j < c->width; j++)
			to[j * stride] = 0 + from[j]; /* of -0 alone too the sum is 0 */
	} else if (stride == 1) {
		for (int64_t j = 0; j < c->width; j++)
			to[j] += from[j];
	} else {
		for (int64_t j = 0; j < c->width; j++)
			to[j * stride] += from[j];
	}
}

static void run_chunk(strip_run *r, const chunk *c)
{
	const int64_t n = round_up(c->rows * c->width, VL);

	enter_chunk(r, c);
	for (int i = 0; i < r->s->steps; i++) {
		const tl_strip_step *t = &r->s->step[i];
		const int operands = tl_step_kinds[t->op].operands;
		strip_fn *loop = step_loops[t->op];
		if (loop)
			loop(n, r->at[t->to], operands > 0 ? r->at[t->from[0]] : NULL,
			     operands > 1 ? r->at[t->from[1]] : NULL,
			     operands > 2 ? r->at[t->from[2]] : NULL, t->imm);
		else if (t->own)
			step_own(t, r->at, c->rows * c->width);
		else if (t->op == TL_STRIP_keep)
			step_keep(n, r->at[t->to], t->imm, r->keys[(int)t->imm[2]],
				  c->row * r->size[0] + c->column);
		else
			step_sum(r, c, t->to, r->at[t->from[0]]);
	}
	leave_chunk(r, c);
}

/* How many rows of the given size a chunk takes: as many as fit, whole vectors if that is near. */
static int64_t rows_together(int64_t size, int64_t length)
{
	int64_t most = length / size;
	for (int64_t rows = most; rows > most / 2; rows--)
		if (rows * size % VL == 0)
			return rows;
	return most;
}

/* Which of the numbers that are summed up, or runs of them, a piece of a row adds to. */
static int64_t sum_of(const strip_run *r, int64_t row, int64_t piece, int64_t pieces)
{
	int64_t number = r->whole[0] ? piece : 0, next = r->whole[0] ? pieces : 1;
	for (int g = 1; g < r->groups; g++) {
		if (r->whole[g]) {
			number += row % r->size[g] * next;
			next *= r->size[g];
		}
		row /= r->size[g];
	}
	return number;
}

static void strip(const tl_strip *s, void *const *base, const uint64_t *keys, void *workspace,
		  int part, int parts)
{
	strip_run r;
	if (s->dim[0] * s->dim[1] * s->dim[2] * s->dim[3] == 0)
		return;
	r.s = s;
	r.base = base;
	r.keys = keys;
	r.length = strip_length(s);
	r.buffer = r.length + STRIP_PAD;
	r.buffers = align_up(workspace);
	merge_dimensions(&r);
	look_at_slots(&r);
	for (int i = 0; i < s->registers; i++)
		r.at[s->memories + i] = r.buffers + (s->memories + i) * r.buffer;

	int64_t size = r.size[0], together = 1, pieces = 1, piece = size, first, last;
	if (!r.sums && r.rows > 1 && size <= r.length / 2 && (size < SHORT_ROW || size % VL)) {
		together = rows_together(size, r.length);
	} else {
		pieces = (size + r.length - 1) / r.length;
		piece = min_i64(r.length, round_up((size + pieces - 1) / pieces, STRIP_PAD));
		pieces = (size + piece - 1) / piece;
	}
	int64_t units = (r.rows + together - 1) / together * pieces, sums = units;
	if (r.sums)
		sums = sum_of(&r, r.rows - 1, pieces - 1, pieces) + 1;
	share(sums, 1, part, parts, &first, &last);
	for (int64_t u = r.sums ? 0 : first, end = r.sums ? units : last; u < end; u++) {
		if (r.sums && parts > 1) {
			int64_t sum = sum_of(&r, u / pieces, u % pieces, pieces);
			if (sum < first || sum >= last)
				continue;
		}
		chunk c = {.row = u, .width = size};
		if (pieces > 1) {
			c.row = u / pieces;
			c.column = u % pieces * piece;
			c.width = min_i64(piece, size - c.column);
		}
		c.row *= together;
		c.rows = min_i64(together, r.rows - c.row);
		run_chunk(&r, &c);
	}
}

#endif
