/*
 * Arrays in NumPy's files: .npy has one, .npz (a zip archive of them) has several with names.
 *
 *     tl_npy *file = tl_npy_open("data.npz", &error);
 *     tl_array x = tl_npy_array(file, "x", TL_F32, &error);    a .npy has one array, named ""
 *     ...
 *     tl_npy_close(file);
 *
 * Read are real numbers of 16, 32 and 64 bits, integers and truth values, in C and Fortran order
 * and both byte orders, in archives as they are or compressed. Written are .npy, and .npz without
 * compression.
 *
 * On failure: NULL or a status, and the tl_error names the file, the array and the reason; the file
 *     at the path, or what was to be filled, is as it was. Of NULL and of what is not there,
 *     getters return NULL, -1 or 0. Compressed archives need zlib at build time.
 * Owner: the caller owns what tl_npy_open returns and closes it; texts and arrays that it hands out
 *     are valid until then. One thread at a time.
 */
#ifndef TAPELOOP_NPY_H
#define TAPELOOP_NPY_H

#include <tapeloop/safetensors.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_npy tl_npy;

/* Open a file of either kind; it is told by its contents. Everything but the type of the numbers is
 * checked here, and what is compressed is expanded. */
TL_API tl_npy *tl_npy_open(const char *path, tl_error *error);
TL_API void tl_npy_close(tl_npy *file); /* NULL is fine */

/* Its arrays, in the order in which they lie in the file. */
TL_API int tl_npy_count(const tl_npy *file);
TL_API const char *tl_npy_name(const tl_npy *file, int index);
TL_API int tl_npy_find(const tl_npy *file, const char *name); /* -1: none */

/* As tl_safetensors_shape says it. */
TL_API tl_shape tl_npy_shape(const tl_npy *file, int index);

/* NumPy's name for the type of its elements: "<f4". */
TL_API const char *tl_npy_dtype(const tl_npy *file, int index);

/* Read an array into memory of yours, with the conversions of tl_safetensors_read. */
TL_API tl_status tl_npy_read(const tl_npy *file, const char *name, tl_array *into, tl_error *error);

/*
 * Read an array of whatever shape into memory of the file's own.
 * On failure: an array without data. One without elements has data, too.
 */
TL_API tl_array tl_npy_array(tl_npy *file, const char *name, tl_dtype dtype, tl_error *error);

/* Write a file. It takes the place of an earlier one as tl_safetensors_write says. */
TL_API tl_status tl_npy_write(const char *path, const tl_array *array, tl_error *error);
TL_API tl_status tl_npz_write(const char *path, const tl_named_array *arrays, int count,
			      tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
