/*
 * Pictures, and other numbers in the formats of data sets: IDX, as MNIST is, and PNG.
 *
 *     tl_array images = tl_idx_read("train-images-idx3-ubyte", TL_IDX_FRACTIONS, &error);
 *     tl_array labels = tl_idx_read("train-labels-idx1-ubyte", TL_IDX_EXACT, &error);
 *     ...
 *     tl_pixels_free(&images);
 *
 * IDX is read by the library itself, PNG by libpng; a library that was built without it has the
 * calls, and they fail and say so.
 *
 * On failure: an array without data, of size 0; the tl_error names the file and the reason. What is
 *     cut off, or goes on after its end, is refused.
 * Owner: the caller owns the array's data and frees it with tl_pixels_free.
 */
#ifndef TAPELOOP_IMAGE_H
#define TAPELOOP_IMAGE_H

#include <tapeloop/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As what numbers of an IDX file are taken. */
typedef enum tl_idx_form {
	TL_IDX_EXACT,    /* integers as TL_I32, real numbers as they are */
	TL_IDX_FRACTIONS /* bytes without sign, divided by 255, as TL_F32; other types are refused
			  */
} tl_idx_form;

/* 1 to 4 dimensions of any of the format's types, not compressed. */
TL_API tl_array tl_idx_read(const char *path, tl_idx_form form, tl_error *error);
/* The same of a file in memory; errors call it by this name. */
TL_API tl_array tl_idx_parse(const void *bytes, size_t size, const char *name, tl_idx_form form,
			     tl_error *error);

/*
 * A picture as TL_F32 [channels, height, width], 0 to 1, as its samples stand in the file: channels
 * is 1 for grey, 3 for red, green and blue, 0 for what the file has. Grey of colours is 0.299 red +
 * 0.587 green + 0.114 blue. Transparency is left out.
 */
TL_API tl_array tl_png_read(const char *path, int channels, tl_error *error);
TL_API tl_array tl_png_parse(const void *bytes, size_t size, const char *name, int channels,
			     tl_error *error);

TL_API void tl_pixels_free(tl_array *array); /* empty afterwards; NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
