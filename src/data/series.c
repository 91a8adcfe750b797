/* What the sources that are made of one series share. */
#include "data/series.h"

#include <string.h>

int64_t tl_series_width(const tl_array *series)
{
	return series->size / series->shape.dim[0];
}

tl_dtype tl_series_type(const tl_array *series, tl_dtype real)
{
	return series->dtype == TL_I32 ? TL_I32 : real;
}

void tl_series_copy(const tl_array *series, int64_t from, tl_dtype dtype, void *data, int64_t to,
		    int64_t count)
{
	size_t size = tl_dtype_size(dtype);
	if (series->dtype == dtype) {
		memcpy((char *)data + (size_t)to * size, (char *)series->data + (size_t)from * size,
		       (size_t)count * size);
		return;
	}
	for (int64_t i = 0; i < count; i++) {
		if (dtype == TL_F32)
			((float *)data)[to + i] = (float)((double *)series->data)[from + i];
		else
			((double *)data)[to + i] = ((float *)series->data)[from + i];
	}
}

bool tl_series_is_valid(const tl_array *a, int least, int most)
{
	return a->data && a->size > 0 && a->dtype >= TL_F32 && a->dtype <= TL_I32 &&
	       a->shape.rank >= least && a->shape.rank <= most &&
	       tl_shape_size(a->shape) == a->size;
}
