/* What a batch holds: arrays that keep their room from one filling to the next. */
#include "base/memory.h"

#include <tapeloop/batch.h>
#include <tapeloop/tape.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { INPUT, TARGET, LENGTHS, TARGET_LENGTHS, WEIGHTS, EXAMPLE };

tl_batch *tl_batch_create(void)
{
	return tl_alloc_zero(sizeof(tl_batch));
}

void tl_batch_destroy(tl_batch *b)
{
	if (!b)
		return;
	tl_free(b->input.data);
	tl_free(b->target.data);
	tl_free(b->lengths.data);
	tl_free(b->target_lengths.data);
	tl_free(b->weights.data);
	tl_free(b->example);
	tl_free(b);
}

tl_status tl_batch_fail(tl_batch *b, tl_status status, const char *format, ...)
{
	va_list arguments;
	if (!b || !format)
		return status;
	va_start(arguments, format);
	vsnprintf(b->error.text, sizeof b->error.text, format, arguments);
	va_end(arguments);
	return b->error.status = status;
}

static bool grown(tl_batch *b, int which, void **data, int64_t bytes)
{
	if (*data && b->room[which] >= (size_t)bytes)
		return true;
	void *memory = tl_alloc((size_t)bytes);
	if (!memory)
		return false;
	tl_free(*data);
	*data = memory;
	b->room[which] = (size_t)bytes;
	return true;
}

static void *array_room(tl_batch *b, int which, tl_array *a, tl_dtype dtype, tl_shape shape)
{
	int64_t size = tl_shape_size(shape);
	if (!b || size < 1 || size > INT64_MAX / 8 || dtype < TL_F32 || dtype > TL_I32 ||
	    !grown(b, which, &a->data, size * (int64_t)tl_dtype_size(dtype)))
		return NULL;
	a->dtype = dtype;
	a->shape = shape;
	a->size = size;
	return a->data;
}

/* Which arrays have steps, unless that was said, and how many rows there are. */
static void settle(tl_batch *b)
{
	const tl_shape *in = &b->input.shape, *out = &b->target.shape;
	if (!b->steps_are_set) {
		b->input_has_steps = in->rank >= 3 || (in->rank == 2 && b->input.dtype == TL_I32);
		b->target_has_steps = b->input_has_steps && b->target.size && out->rank >= 2 &&
				      out->dim[0] == in->dim[0] && out->dim[1] == in->dim[1];
	}
	if (b->input.size)
		b->rows = in->rank > b->input_has_steps ? in->dim[b->input_has_steps] : 1;
}

void *tl_batch_input_room(tl_batch *b, tl_dtype dtype, tl_shape shape)
{
	void *room = array_room(b, INPUT, b ? &b->input : NULL, dtype, shape);
	if (room)
		settle(b);
	return room;
}

void *tl_batch_target_room(tl_batch *b, tl_dtype dtype, tl_shape shape)
{
	void *room = array_room(b, TARGET, b ? &b->target : NULL, dtype, shape);
	if (room)
		settle(b);
	return room;
}

int32_t *tl_batch_lengths_room(tl_batch *b, int64_t rows)
{
	return array_room(b, LENGTHS, b ? &b->lengths : NULL, TL_I32, tl_dims(rows));
}

int32_t *tl_batch_target_lengths_room(tl_batch *b, int64_t rows)
{
	return array_room(b, TARGET_LENGTHS, b ? &b->target_lengths : NULL, TL_I32, tl_dims(rows));
}

float *tl_batch_weights_room(tl_batch *b, tl_shape shape)
{
	return array_room(b, WEIGHTS, b ? &b->weights : NULL, TL_F32, shape);
}

int64_t *tl_batch_example_room(tl_batch *b, int64_t rows)
{
	void *data = b ? b->example : NULL;
	if (!b || rows < 1 || rows > INT64_MAX / 16 || !grown(b, EXAMPLE, &data, rows * 8))
		return NULL;
	return b->example = data;
}

void tl_batch_set_steps(tl_batch *b, bool input_has_steps, bool target_has_steps)
{
	if (!b)
		return;
	b->input_has_steps = input_has_steps;
	b->target_has_steps = target_has_steps;
	b->steps_are_set = true;
	settle(b);
}

/* The axis of the rows; -1 if its size is not their number. */
static int row_axis(const tl_batch *b, const tl_array *a)
{
	int axis = a == &b->input                        ? b->input_has_steps
		   : a == &b->target || a == &b->weights ? b->target_has_steps
							 : 0;
	return axis < a->shape.rank && a->shape.dim[axis] == b->rows ? axis : -1;
}

static void keep(const tl_batch *b, tl_array *a, int64_t first, int64_t count)
{
	int axis = row_axis(b, a);
	int64_t before = 1, after = (int64_t)tl_dtype_size(a->dtype);
	if (!a->size)
		return;
	for (int d = 0; d < axis; d++)
		before *= a->shape.dim[d];
	for (int d = axis + 1; d < a->shape.rank; d++)
		after *= a->shape.dim[d];
	char *data = a->data;
	for (int64_t i = 0; i < before; i++)
		memmove(data + i * count * after, data + (i * b->rows + first) * after,
			(size_t)(count * after));
	a->shape.dim[axis] = count;
	a->size = tl_shape_size(a->shape);
}

tl_status tl_batch_keep_rows(tl_batch *b, int64_t first, int64_t count)
{
	if (!b || first < 0 || count < 1 || count > b->rows || first > b->rows - count)
		return TL_ERROR_ARGUMENT;
	tl_array *all[] = {&b->input, &b->target, &b->weights, &b->lengths, &b->target_lengths};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i]->size && row_axis(b, all[i]) < 0)
			return TL_ERROR_SHAPE;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		keep(b, all[i], first, count);
	if (b->example)
		memmove(b->example, b->example + first, (size_t)count * sizeof *b->example);
	b->rows = count;
	return TL_OK;
}

static tl_tensor on(const tl_array *a, tl_tape *tape)
{
	if (!a || !a->size)
		return TL_NONE;
	return a->dtype == TL_I32   ? tl_input_int(tape, a->shape, a->data)
	       : a->dtype == TL_F32 ? tl_input(tape, a->shape, a->data)
				    : tl_input_double(tape, a->shape, a->data);
}

tl_tensor tl_batch_input(const tl_batch *b, tl_tape *tape)
{
	return on(b ? &b->input : NULL, tape);
}

tl_tensor tl_batch_target(const tl_batch *b, tl_tape *tape)
{
	return on(b ? &b->target : NULL, tape);
}

tl_tensor tl_batch_lengths(const tl_batch *b, tl_tape *tape)
{
	return on(b ? &b->lengths : NULL, tape);
}

tl_tensor tl_batch_target_lengths(const tl_batch *b, tl_tape *tape)
{
	return on(b ? &b->target_lengths : NULL, tape);
}

tl_tensor tl_batch_weights(const tl_batch *b, tl_tape *tape)
{
	return on(b ? &b->weights : NULL, tape);
}
