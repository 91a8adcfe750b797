/* What the files of a trainer share: the clock, errors, copies of values. */
#include "train/trainer.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

double tl_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

tl_status tl_trainer_fail(tl_trainer *t, tl_status status, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(t->error.text, sizeof t->error.text, format, arguments);
	va_end(arguments);
	t->error.status = status;
	return status;
}

/* Copy each value of the set, or each buffer, between it and the bytes that are kept. */
static int64_t copy_values(char *bytes, tl_params *set, bool buffers, bool back)
{
	int64_t size = 0;
	for (int i = 0; i < tl_params_count(set); i++) {
		tl_param *p = tl_params_at(set, i);
		size_t own = (size_t)tl_param_size(p) * tl_dtype_size(tl_params_dtype(set));
		if (buffers && !tl_param_is_buffer(p))
			continue;
		if (bytes && back)
			memcpy(tl_param_value(p), bytes + size, own);
		else if (bytes)
			memcpy(bytes + size, tl_param_value(p), own);
		size += (int64_t)own;
	}
	return size;
}

bool tl_values_take(tl_values *v, tl_params *set, bool buffers)
{
	int64_t size = copy_values(NULL, set, buffers, false);
	if (size != v->size || !v->bytes) {
		char *grown = tl_realloc(v->bytes, (size_t)size);
		if (!grown)
			return false;
		v->bytes = grown;
		v->size = size;
	}
	copy_values(v->bytes, set, buffers, false);
	return true;
}

void tl_values_put(const tl_values *v, tl_params *set, bool buffers)
{
	if (v->bytes && v->size == copy_values(NULL, set, buffers, false))
		copy_values(v->bytes, set, buffers, true);
}
