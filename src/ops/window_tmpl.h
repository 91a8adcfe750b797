/* The loops of window.c, for REAL; FN(name) is the name they get. */

static void FN(columns)(const tl_window *w, int64_t channels, REAL *x, int64_t first, int64_t last,
			REAL *column, bool back)
{
	int64_t patch = w->size[0] * w->size[1], wide = w->out[1];
	for (int64_t k = 0; k < channels * patch; k++, column += last - first) {
		REAL *plane = x + k / patch * w->in[0] * w->in[1];
		int64_t down = k % patch / w->size[1] * w->dilation[0] - w->padding[0];
		int64_t right = k % w->size[1] * w->dilation[1] - w->padding[1];
		for (int64_t p = first, end; p < last; p = end) { /* one row of windows at a time */
			int64_t top = p / wide, row = top * w->stride[0] + down;
			end = (top + 1) * wide < last ? (top + 1) * wide : last;
			bool inside = row >= 0 && row < w->in[0];
			REAL *line = plane + (inside ? row * w->in[1] : 0), *to = column - first;
			for (int64_t q = p; q < end; q++) {
				int64_t at = (q - top * wide) * w->stride[1] + right;
				bool here = inside && at >= 0 && at < w->in[1];
				if (!back)
					to[q] = here ? line[at] : 0;
				else if (here)
					line[at] += to[q];
			}
		}
	}
}

/* Where in a plane the largest of a window is; -1 if all of the window is padding. NaN is largest.
 */
static int64_t FN(largest_at)(const tl_window *w, const REAL *plane, int64_t top, int64_t left)
{
	int64_t best = -1;
	for (int64_t i = 0; i < w->size[0]; i++) {
		int64_t row = top + i * w->dilation[0];
		if (row < 0 || row >= w->in[0])
			continue;
		for (int64_t j = 0; j < w->size[1]; j++) {
			int64_t column = left + j * w->dilation[1], at = row * w->in[1] + column;
			if (column < 0 || column >= w->in[1])
				continue;
			if (best < 0 || plane[at] > plane[best] ||
			    (isnan(plane[at]) && !isnan(plane[best])))
				best = at;
		}
	}
	return best;
}

/* A window without any element gives what `nothing` is. */
static void FN(largest)(const tl_window *w, int64_t first, int64_t last, const REAL *seen, REAL *x,
			REAL *result, bool back)
{
	const REAL nothing = seen == x ? (REAL)-INFINITY : 0;
	int64_t windows = w->out[0] * w->out[1], size = w->in[0] * w->in[1];
	for (int64_t n = first; n < last; n++)
		for (int64_t p = 0; p < windows; p++) {
			int64_t top = p / w->out[1] * w->stride[0] - w->padding[0];
			int64_t left = p % w->out[1] * w->stride[1] - w->padding[1];
			int64_t at = FN(largest_at)(w, seen + n * size, top, left);
			REAL *one = &result[n * windows + p];
			if (!back)
				*one = at < 0 ? nothing : x[n * size + at];
			else if (at >= 0)
				x[n * size + at] += *one;
		}
}

static void FN(mean)(const tl_window *w, int64_t first, int64_t last, REAL *x, REAL *result,
		     bool back)
{
	const REAL share = 1 / (REAL)(w->size[0] * w->size[1]);
	int64_t windows = w->out[0] * w->out[1], size = w->in[0] * w->in[1];
	for (int64_t n = first; n < last; n++)
		for (int64_t p = 0; p < windows; p++) {
			REAL sum = 0, *one = &result[n * windows + p];
			int64_t top = p / w->out[1] * w->stride[0] - w->padding[0];
			int64_t left = p % w->out[1] * w->stride[1] - w->padding[1];
			for (int64_t k = 0; k < w->size[0] * w->size[1]; k++) {
				int64_t row = top + k / w->size[1] * w->dilation[0];
				int64_t column = left + k % w->size[1] * w->dilation[1];
				if (row < 0 || row >= w->in[0] || column < 0 || column >= w->in[1])
					continue;
				REAL *at = &x[n * size + row * w->in[1] + column];
				if (back)
					*at += *one * share;
				else
					sum += *at;
			}
			if (!back)
				*one = sum * share;
		}
}
