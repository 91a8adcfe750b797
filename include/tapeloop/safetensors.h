/*
 * Arrays in files of the safetensors format, which other frameworks read and write: named arrays of
 * numbers, and texts that say something about them. A file is mapped into memory and checked in
 * full when it is opened, so what follows never reads beyond it.
 *
 *     tl_params_save(model, "model.safetensors", NULL, 0, &error);
 *     ...
 *     tl_params_load(model, "model.safetensors", NULL, &error);
 *
 * Parameters are found by their names, whatever the order in which either set was made. model.h
 * saves the cells as well.
 *
 * On failure: NULL or a status, and the tl_error names the file, the tensor and the reason; the
 *     file at the path, or what was to be filled, is as it was. Of NULL and of what is not there,
 *     getters return NULL or 0. Without jansson at build time, all that opens or writes fails.
 * Owner: the caller owns what tl_safetensors_open returns and closes it; texts that it hands out
 *     are valid until then. It may be read by several threads.
 */
#ifndef TAPELOOP_SAFETENSORS_H
#define TAPELOOP_SAFETENSORS_H

#include <tapeloop/params.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An array as a file holds it. */
typedef struct tl_named_array {
	const char *name;
	tl_array array;
} tl_named_array;

/* What a file says besides numbers: texts, in UTF-8. */
typedef struct tl_metadata {
	const char *key, *value;
} tl_metadata;

/*
 * Write a file. It takes the place of an earlier one only when all of it has reached the disk: it
 * is written beside it (as PATH.saving), and then renamed. Whatever happens meanwhile, the file at
 * the path is the old one or the new one, and whole.
 */
TL_API tl_status tl_safetensors_write(const char *path, const tl_named_array *arrays, int count,
				      const tl_metadata *metadata, int metadata_count,
				      tl_error *error);

typedef struct tl_safetensors tl_safetensors;

/*
 * Open a file for reading. While it is open it may be replaced, as the call above does, but not
 * made shorter in place.
 */
TL_API tl_safetensors *tl_safetensors_open(const char *path, tl_error *error);
TL_API void tl_safetensors_close(tl_safetensors *file); /* NULL is fine */

/* Its tensors, in the order in which they lie in the file. */
TL_API int tl_safetensors_count(const tl_safetensors *file);
TL_API const char *tl_safetensors_name(const tl_safetensors *file, int index);
TL_API int tl_safetensors_find(const tl_safetensors *file, const char *name); /* -1: none */

/* The shape as in the file: of more than four axes, rank says how many, and the first four follow.
 * Such a tensor cannot be read. */
TL_API tl_shape tl_safetensors_shape(const tl_safetensors *file, int index);

/* The format's name for the type of its elements: "F32", "BF16", "I64" ... */
TL_API const char *tl_safetensors_dtype(const tl_safetensors *file, int index);

/* What the file says under this key; and the pairs by number, {NULL, NULL} after the last. */
TL_API const char *tl_safetensors_metadata(const tl_safetensors *file, const char *key);
TL_API tl_metadata tl_safetensors_metadata_at(const tl_safetensors *file, int index);

/*
 * Read a tensor. `into` has data (room for the elements), dtype and shape, which must be that of
 * the file; size is filled in. Real numbers are rounded to the type that is asked for, and integers
 * become real numbers that equal them. What does not fit is refused: a number that would become
 * infinite, an integer that would be rounded, a real number where integers are wanted.
 */
TL_API tl_status tl_safetensors_read(const tl_safetensors *file, const char *name, tl_array *into,
				     tl_error *error);

/* The values of a parameter set, buffers included, each under its name. */
TL_API tl_status tl_params_save(tl_params *set, const char *path, const tl_metadata *metadata,
				int metadata_count, tl_error *error);

/* What a trainer keeps beside the parameters has names that begin so, and is never surplus: a
 * checkpoint is a file of weights too. */
#define TL_TRAINER_PREFIX "trainer:"

/* What a file and a set may differ in. */
typedef struct tl_params_load_options {
	bool allow_missing; /* parameters that are not in the file keep their values */
	bool allow_surplus; /* tensors of the file that the set lacks are left out */
	const char *prefix; /* only tensors whose names begin so, and without it */
} tl_params_load_options;

/*
 * Read the values of all parameters, by name. A parameter that the file lacks, a tensor that the
 * set lacks and one of another shape are errors, unless the options say otherwise; NULL: they do
 * not. All is checked before the first value changes. tl_params_read is the same from a file that
 * is open.
 */
TL_API tl_status tl_params_load(tl_params *set, const char *path,
				const tl_params_load_options *options, tl_error *error);
TL_API tl_status tl_params_read(tl_params *set, const tl_safetensors *file,
				const tl_params_load_options *options, tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
