/* Batches of the windows of a series, and parts of what is numbered. */
#include "base/fail.h"
#include "base/memory.h"
#include "data/order.h"
#include "data/series.h"

#include <tapeloop/sequences.h>

#include <math.h>

typedef struct source {
	tl_windows_options o;
	tl_array series;
	int *targets; /* the columns */
	int target_count;
	int64_t width, count; /* columns; windows */
	tl_order order;
} source;

static void finish(void *user)
{
	source *s = user;
	tl_free(s->targets);
	tl_order_finish(&s->order);
	tl_free(s);
}

/* The values that follow time t, to place `to` of the targets. */
static void fill_target(const source *s, int64_t t, void *data, int64_t to)
{
	for (int64_t h = 1; h <= s->o.horizon; h++)
		for (int k = 0; k < s->target_count; k++)
			tl_series_copy(&s->series, (t + h) * s->width + s->targets[k], s->o.dtype,
				       data, to++, 1);
}

static tl_status fill(tl_batch *b, int64_t epoch, int64_t index, void *user)
{
	source *s = user;
	const tl_windows_options *o = &s->o;
	int64_t first = index * o->rows, steps = o->steps, width = s->width;
	int64_t rows = s->count - first < o->rows ? s->count - first : o->rows;
	int64_t out = o->horizon * s->target_count;
	tl_shape shape = o->every_step ? tl_dims(steps, rows, out) : tl_dims(rows, out);
	void *x = tl_batch_input_room(b, o->dtype, tl_dims(steps, rows, width));
	void *y = tl_batch_target_room(b, o->dtype, shape);
	int64_t *example = tl_batch_example_room(b, rows);
	if (!x || !y || !example)
		return TL_ERROR_MEMORY;
	tl_batch_set_steps(b, true, o->every_step);
	tl_order_of(&s->order, epoch);
	for (int64_t r = 0; r < rows; r++) {
		int64_t at = o->range.first + s->order.at[first + r] * o->stride;
		example[r] = at;
		for (int64_t t = 0; t < steps; t++)
			tl_series_copy(&s->series, (at + t) * width, o->dtype, x,
				       (t * rows + r) * width, width);
		for (int64_t t = o->every_step ? 0 : steps - 1; t < steps; t++)
			fill_target(s, at + t, y, (o->every_step ? t * rows + r : r) * out);
	}
	return TL_OK;
}

static tl_status choose_targets(source *s, tl_error *error)
{
	const tl_windows_options *o = &s->o;
	if (!o->targets != !o->target_count || o->target_count < 0)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "windows: targets and target_count belong together");
	s->target_count = o->targets ? o->target_count : (int)s->width;
	s->targets = tl_alloc((size_t)s->target_count * sizeof *s->targets);
	for (int k = 0; s->targets && k < s->target_count; k++) {
		s->targets[k] = o->targets ? o->targets[k] : k;
		if (s->targets[k] < 0 || s->targets[k] >= s->width)
			return tl_fail(error, TL_ERROR_ARGUMENT,
				       "windows: there is no column %d, but %lld from 0 on",
				       s->targets[k], (long long)s->width);
	}
	return s->targets ? TL_OK : tl_fail(error, TL_ERROR_MEMORY, "windows: out of memory");
}

static tl_status count_windows(source *s, tl_error *error)
{
	tl_windows_options *o = &s->o;
	int64_t length = s->series.shape.dim[0];
	if (!o->range.first && !o->range.count)
		o->range.count = length;
	if (o->range.first < 0 || o->range.count < 1 || o->range.count > length ||
	    o->range.first > length - o->range.count)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "windows: rows %lld to %lld are no range of a series of %lld",
			       (long long)o->range.first,
			       (long long)(o->range.first + o->range.count - 1), (long long)length);
	int64_t starts = o->steps > length || o->horizon > length
				 ? 0
				 : o->range.count - o->steps - o->horizon + 1;
	if (starts < 1)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "windows: %lld rows are too few for %lld steps and %lld more",
			       (long long)o->range.count, (long long)o->steps,
			       (long long)o->horizon);
	s->count = (starts - 1) / o->stride + 1;
	if (tl_order_batches(s->count, o->rows, o->drop_last) < 1)
		return tl_fail(error, TL_ERROR_ARGUMENT, "windows: %lld fill no batch of %lld rows",
			       (long long)s->count, (long long)o->rows);
	return TL_OK;
}

static tl_status start(source *s, tl_error *error)
{
	tl_windows_options *o = &s->o;
	o->steps = o->steps ? o->steps : 32;
	o->horizon = o->horizon ? o->horizon : 1;
	o->stride = o->stride ? o->stride : 1;
	o->rows = o->rows ? o->rows : 32;
	if (!tl_series_is_valid(&s->series, 1, 2) || s->series.dtype == TL_I32 ||
	    tl_series_width(&s->series) > INT32_MAX)
		return tl_fail(error, TL_ERROR_SHAPE,
			       "windows: a series is an array of real numbers, [times] or [times, "
			       "columns]");
	s->width = tl_series_width(&s->series);
	if (o->steps < 1 || o->horizon < 1 || o->stride < 1 || o->rows < 1 || o->dtype < TL_F32 ||
	    o->dtype > TL_F64)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "windows: steps, horizon, stride and rows are 1 or more, and dtype "
			       "TL_F32 or TL_F64");
	tl_status status = count_windows(s, error);
	if (!status)
		status = choose_targets(s, error);
	if (!status && !tl_order_start(&s->order, s->count, o->seed, o->in_order))
		status = tl_fail(error, TL_ERROR_MEMORY, "windows: out of memory");
	return status;
}

tl_batches *tl_batches_of_windows(tl_array series, const tl_windows_options *options,
				  tl_error *error)
{
	source *s = tl_alloc_zero(sizeof *s);
	if (!s) {
		tl_fail(error, TL_ERROR_MEMORY, "windows: out of memory");
		return NULL;
	}
	if (options)
		s->o = *options;
	s->series = series;
	tl_batches *b = NULL;
	if (!start(s, error)) {
		b = tl_batches_create(&(tl_batches_options){
			.fill = fill,
			.count = tl_order_batches(s->count, s->o.rows, s->o.drop_last),
			.user = s,
			.destroy = finish});
		if (!b)
			tl_fail(error, TL_ERROR_MEMORY, "windows: out of memory");
	}
	if (!b)
		finish(s);
	return b;
}

/* Part k ends where the shares up to it do, to the nearest. */
tl_status tl_ranges_split(int64_t count, int parts, const double *shares, tl_range *ranges)
{
	double sum = 0;
	int64_t end = 0;
	if (count < 1 || parts < 1 || !shares || !ranges)
		return TL_ERROR_ARGUMENT;
	for (int k = 0; k < parts; k++) {
		int64_t first = end;
		sum += shares[k];
		if (!(shares[k] > 0) || !(sum < 1 + 1e-9))
			return TL_ERROR_ARGUMENT;
		end = k == parts - 1 ? count : (int64_t)llround(sum * (double)count);
		if (end <= first || end > count)
			return TL_ERROR_ARGUMENT;
		ranges[k] = (tl_range){first, end - first};
	}
	return fabs(sum - 1) < 1e-9 ? TL_OK : TL_ERROR_ARGUMENT;
}
