/* Windows over rows and columns: their sizes, and the loops over them in both number types. */
#include "ops/window.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define REAL     float
#define FN(name) name##_float
#include "ops/window_tmpl.h"
#undef REAL
#undef FN
#define REAL     double
#define FN(name) name##_double
#include "ops/window_tmpl.h"
#undef REAL
#undef FN

static const char *const axis_name[] = {"rows", "columns"};

/* A number of the options: `usual` where it is 0. */
static bool option_fits(tl_tape *t, const char *name, const char *what, int64_t *option,
			int64_t usual, int64_t least)
{
	if (*option == 0)
		*option = usual;
	if (*option >= least && *option <= INT32_MAX)
		return true;
	tl_report(t, TL_ERROR_ARGUMENT, NULL, "%s: the %s cannot be %lld", name, what,
		  (long long)*option);
	return false;
}

void tl_window_words(const tl_call *c, char *text, size_t room)
{
	const tl_window *w = c->attr;
	const int64_t *pair[] = {w->size, w->stride, w->padding, w->dilation};
	static const char *const name[] = {"window", "stride", "padding", "dilation"};
	static const int64_t usual[] = {0, 1, 0, 1};
	int used = 0;
	for (int k = 0; k < 4 && (size_t)used < room; k++)
		if (!k || pair[k][0] != usual[k] || pair[k][1] != usual[k])
			used += snprintf(text + used, room - (size_t)used, "%s%s %lld x %lld",
					 k ? ", " : "", name[k], (long long)pair[k][0],
					 (long long)pair[k][1]);
}

bool tl_window_make(tl_tensor x, const char *name, const int64_t size[2], const int64_t stride[2],
		    const tl_conv_options *options, tl_window *w)
{
	tl_conv_options o = options ? *options : (tl_conv_options){0};
	for (int i = 0; i < 2; i++) {
		w->in[i] = tl_tensor_dim(x, i - 2);
		w->size[i] = size[i];
		w->stride[i] = o.stride[i];
		w->padding[i] = o.padding[i];
		w->dilation[i] = o.dilation[i];
		if (!option_fits(x.tape, name, "size of the window", &w->size[i], 0, 1) ||
		    !option_fits(x.tape, name, "stride", &w->stride[i], stride[i], 1) ||
		    !option_fits(x.tape, name, "padding", &w->padding[i], 0, 0) ||
		    !option_fits(x.tape, name, "dilation", &w->dilation[i], 1, 1))
			return false;
		int64_t reach = w->dilation[i] * (w->size[i] - 1) + 1;
		int64_t room = w->in[i] + 2 * w->padding[i] - reach;
		w->out[i] = room / w->stride[i] + 1;
		if (room < 0) {
			tl_report(x.tape, TL_ERROR_SHAPE, "padding makes x larger",
				  "%s: a window of %lld %s does not fit in %lld, padded to %lld",
				  name, (long long)reach, axis_name[i], (long long)w->in[i],
				  (long long)(room + reach));
			return false;
		}
	}
	return true;
}

void tl_window_columns(const tl_window *w, tl_dtype dtype, int64_t channels, void *x, int64_t first,
		       int64_t last, void *column, bool back)
{
	if (dtype == TL_F32)
		columns_float(w, channels, x, first, last, column, back);
	else
		columns_double(w, channels, x, first, last, column, back);
}

void tl_window_largest(const tl_window *w, tl_dtype dtype, int64_t first, int64_t last,
		       const void *seen, void *x, void *result, bool back)
{
	if (dtype == TL_F32)
		largest_float(w, first, last, seen, x, result, back);
	else
		largest_double(w, first, last, seen, x, result, back);
}

void tl_window_mean(const tl_window *w, tl_dtype dtype, int64_t first, int64_t last, void *x,
		    void *result, bool back)
{
	if (dtype == TL_F32)
		mean_float(w, first, last, x, result, back);
	else
		mean_double(w, first, last, x, result, back);
}
