/* What convolutions and poolings share: windows that move over the last two axes of [.., rows,
 * columns]. */
#ifndef TL_OPS_WINDOW_H
#define TL_OPS_WINDOW_H

#include "ops/ops.h"

/* Rows first, then columns. An attribute of ops: without padding bytes. */
typedef struct tl_window {
	int64_t in[2], size[2], stride[2], padding[2], dilation[2];
	int64_t out[2]; /* follows from the others */
} tl_window;

/* In words: ".attributes" of ops that have windows. */
void tl_window_words(const tl_call *c, char *text, size_t room);

/*
 * The windows of x, whose last two axes are moved over, by the options (NULL: the usual). A stride
 * of 0 becomes `stride`. False after reporting in the name of the caller: an option that cannot be,
 * a window that is larger than x with its padding.
 */
bool tl_window_make(tl_tensor x, const char *name, const int64_t size[2], const int64_t stride[2],
		    const tl_conv_options *options, tl_window *w);

/*
 * For one image of `channels` planes, and the windows [first, last) counted row by row: column p of
 * `column`, a matrix of channels x size[0] x size[1] rows, holds what window first + p sees,
 * padding as zeros. With back, columns are added into x instead.
 */
void tl_window_columns(const tl_window *w, tl_dtype dtype, int64_t channels, void *x, int64_t first,
		       int64_t last, void *column, bool back);

/*
 * Planes [first, last) of pooling. Largest: from[window] = x[..] where seen[..] is largest, or with
 * back x[..] += from[window]. Mean: from[window] = mean of x over the window, or the adjoint of
 * that. What is added into is not cleared first.
 */
void tl_window_largest(const tl_window *w, tl_dtype dtype, int64_t first, int64_t last,
		       const void *seen, void *x, void *result, bool back);
void tl_window_mean(const tl_window *w, tl_dtype dtype, int64_t first, int64_t last, void *x,
		    void *result, bool back);

#endif
