/*
 * Batches of one long stream, read in stretches side by side: row r of batch i goes on where row r
 * of batch i - 1 ended.
 */
#include "base/fail.h"
#include "base/memory.h"
#include "data/series.h"

#include <tapeloop/sequences.h>

typedef struct source {
	tl_stream_options o;
	tl_array stream, target;
	int64_t stretch; /* from a row to the next */
	int64_t shift;   /* from an input to its target */
} source;

/* [steps, rows, ...] from the stretches. */
static bool fill_array(const source *s, const tl_array *from, int64_t first, void *to)
{
	int64_t width = tl_series_width(from);
	for (int64_t t = 0; to && t < s->o.steps; t++)
		for (int64_t r = 0; r < s->o.rows; r++)
			tl_series_copy(from, (first + r * s->stretch + t) * width,
				       tl_series_type(from, s->o.dtype), to,
				       (t * s->o.rows + r) * width, width);
	return to;
}

static tl_shape shape_of(const source *s, const tl_array *from)
{
	tl_shape shape = tl_dims(s->o.steps, s->o.rows);
	for (int64_t k = 1; k < from->shape.rank; k++)
		shape.dim[shape.rank++] = from->shape.dim[k];
	return shape;
}

static tl_status fill(tl_batch *b, int64_t epoch, int64_t index, void *user)
{
	const source *s = user;
	int64_t first = index * s->o.steps;
	void *x = tl_batch_input_room(b, tl_series_type(&s->stream, s->o.dtype),
				      shape_of(s, &s->stream));
	void *y = tl_batch_target_room(b, tl_series_type(&s->target, s->o.dtype),
				       shape_of(s, &s->target));
	(void)epoch;
	tl_batch_set_steps(b, true, true);
	b->begins = index == 0;
	return fill_array(s, &s->stream, first, x) && fill_array(s, &s->target, first + s->shift, y)
		       ? TL_OK
		       : TL_ERROR_MEMORY;
}

static tl_status start(source *s, tl_error *error)
{
	tl_stream_options *o = &s->o;
	bool own = o->target.data || o->target.size;
	if (own && o->ahead)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "stream: ahead has no effect on a target of its own");
	o->rows = o->rows ? o->rows : 32;
	o->steps = o->steps ? o->steps : 64;
	o->ahead = o->ahead ? o->ahead : 1;
	s->target = own ? o->target : s->stream;
	s->shift = own ? 0 : o->ahead;
	if (!tl_series_is_valid(&s->stream, 1, TL_MAX_RANK - 1) ||
	    !tl_series_is_valid(&s->target, 1, TL_MAX_RANK - 1))
		return tl_fail(error, TL_ERROR_SHAPE,
			       "stream: it is an array of [steps] or [steps, ...], and so is its "
			       "target");
	int64_t length = s->stream.shape.dim[0];
	if (s->target.shape.dim[0] != length)
		return tl_fail(error, TL_ERROR_SHAPE,
			       "stream: it has %lld steps, and its target %lld", (long long)length,
			       (long long)s->target.shape.dim[0]);
	if (o->rows < 1 || o->steps < 1 || o->ahead < 1 || o->dtype < TL_F32 || o->dtype > TL_F64)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "stream: rows, steps and ahead are 1 or more, and dtype TL_F32 or "
			       "TL_F64");
	s->stretch = (length - s->shift) / o->rows;
	if (length < s->shift || s->stretch < o->steps)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "stream: %lld steps are too few for %lld rows of %lld",
			       (long long)length, (long long)o->rows, (long long)o->steps);
	return TL_OK;
}

tl_batches *tl_batches_of_stream(tl_array stream, const tl_stream_options *options, tl_error *error)
{
	source *s = tl_alloc_zero(sizeof *s);
	tl_batches *b = NULL;
	if (s && options)
		s->o = *options;
	if (s)
		s->stream = stream;
	if (s && start(s, error)) {
		tl_free(s);
		return NULL;
	}
	if (s)
		b = tl_batches_create(&(tl_batches_options){.fill = fill,
							    .count = s->stretch / s->o.steps,
							    .user = s,
							    .destroy = tl_free});
	if (!b) {
		tl_fail(error, TL_ERROR_MEMORY, "stream: out of memory");
		tl_free(s);
	}
	return b;
}
