/* What the sources that are made of one series share. */
#ifndef TL_DATA_SERIES_H
#define TL_DATA_SERIES_H

#include <tapeloop/batch.h>

/* Numbers of one time: all after the first axis. */
int64_t tl_series_width(const tl_array *series);

/* Real numbers are converted to the type of the batch, integers stay as they are. */
tl_dtype tl_series_type(const tl_array *series, tl_dtype real);

/* `count` numbers from number `from` of the series on, to number `to` of the batch's array. */
void tl_series_copy(const tl_array *series, int64_t from, tl_dtype dtype, void *data, int64_t to,
		    int64_t count);

/* Is it an array of rank `least` to `most`, its size what its shape says? */
bool tl_series_is_valid(const tl_array *series, int least, int most);

#endif
