/* The loops of window.c, for REAL; FN(name) is the name they get. */

/* n numbers of a line, `stride` apart, to a column; or back, added. */
static void FN(piece)(int64_t n, REAL *line, int64_t stride, REAL *column, bool back)
{
	if (!back && stride == 1)
		memcpy(column, line, (size_t)n * sizeof(REAL));
	else if (!back)
		for (int64_t i = 0; i < n; i++)
			column[i] = line[i * stride];
	else if (stride == 1)
		for (int64_t i = 0; i < n; i++)
			line[i] += column[i];
	else
		for (int64_t i = 0; i < n; i++)
			line[i * stride] += column[i];
}

static void FN(columns)(const tl_window *w, int64_t channels, REAL *x, int64_t first, int64_t last,
			REAL *column, bool back)
{
	int64_t patch = w->size[0] * w->size[1], wide = w->out[1], stride = w->stride[1];
	for (int64_t k = 0; k < channels * patch; k++, column += last - first) {
		REAL *plane = x + k / patch * w->in[0] * w->in[1];
		int64_t down = k % patch / w->size[1] * w->dilation[0] - w->padding[0];
		int64_t right = k % w->size[1] * w->dilation[1] - w->padding[1];
		/* windows [low, high) of a row see a number here, the others padding */
		int64_t low = right < 0 ? (-right + stride - 1) / stride : 0;
		int64_t high = right < w->in[1] ? (w->in[1] - right + stride - 1) / stride : 0;
		int64_t top = first / wide, left = first % wide;
		REAL *end = column + (last - first);
		for (REAL *start = column; start < end; top++, left = 0) { /* a row of windows */
			int64_t row = top * w->stride[0] + down;
			int64_t n = end - start < wide - left ? end - start : wide - left;
			bool inside = row >= 0 && row < w->in[0];
			int64_t from = low < left ? 0 : low - left < n ? low - left : n;
			int64_t to = high - left < n ? high - left : n;
			if (!inside || to < from)
				from = to = 0;
			if (from < to)
				FN(piece)
			(to - from, plane + row * w->in[1] + (left + from) * stride + right, stride,
			 start + from, back);
			for (int64_t i = 0; !back && i < from; i++)
				start[i] = 0;
			for (int64_t i = to; !back && i < n; i++)
				start[i] = 0;
			start += n;
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
