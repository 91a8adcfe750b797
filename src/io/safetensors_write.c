/*
 * Writing safetensors. The arrays lie in the order in which they are given, but those of 8 bytes an
 * element first, and the header is filled up with blanks: so every tensor lies where its elements
 * may be read in place, as the format asks for.
 */
#include "base/atomic.h"
#include "base/fail.h"
#include "base/memory.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <tapeloop/safetensors.h>

enum { LENGTH_BYTES = 8, ALIGNED = 8, LONGEST_HEADER = 100 * 1000 * 1000 };

typedef struct writing {
	const char *path;
	const tl_named_array *arrays;
	int count;
	tl_error *error;
} writing;

static const char *type_name(tl_dtype dtype)
{
	return dtype == TL_F64 ? "F64" : dtype == TL_F32 ? "F32" : dtype == TL_I32 ? "I32" : NULL;
}

static size_t bytes_of(const tl_array *a)
{
	return (size_t)a->size * tl_dtype_size(a->dtype);
}

static bool is_shape(const tl_shape *s)
{
	for (int axis = 0; axis < TL_MAX_RANK; axis++)
		if (s->dim[axis] < 0)
			return false;
	return s->rank >= 0 && s->rank <= TL_MAX_RANK;
}

static tl_status check(const writing *w)
{
	for (int i = 0; i < w->count; i++) {
		const char *name = w->arrays[i].name;
		const tl_array *a = &w->arrays[i].array;
		if (!name || !*name || !strcmp(name, "__metadata__"))
			return tl_fail(w->error, TL_ERROR_ARGUMENT,
				       "%.200s: array %d: no tensor can have its name", w->path, i);
		const char *reason = !type_name(a->dtype)   ? "it has no type"
				     : !is_shape(&a->shape) ? "its shape is invalid"
				     : a->size != tl_shape_size(a->shape)
					     ? "its size is not that of its shape"
				     : a->size && !a->data ? "it has no data"
							   : NULL;
		if (reason)
			return tl_fail(w->error, TL_ERROR_ARGUMENT, "%.200s: tensor %.120s: %s",
				       w->path, name, reason);
	}
	return TL_OK;
}

/* NULL when memory is short, or a name is no UTF-8. */
static json_t *describe(const tl_array *a, size_t begin)
{
	json_t *shape = json_array();
	for (int axis = 0; axis < a->shape.rank; axis++)
		if (json_array_append_new(shape, json_integer(a->shape.dim[axis]))) {
			json_decref(shape);
			return NULL;
		}
	return json_pack("{s:s, s:o, s:[I, I]}", "dtype", type_name(a->dtype), "shape", shape,
			 "data_offsets", (json_int_t)begin, (json_int_t)(begin + bytes_of(a)));
}

static tl_status add_metadata(const writing *w, json_t *header, const tl_metadata *metadata,
			      int count)
{
	json_t *texts = json_object();
	if (json_object_set_new(header, "__metadata__", texts))
		return tl_fail(w->error, TL_ERROR_MEMORY, "%.200s: out of memory", w->path);
	for (int i = 0; i < count; i++) {
		const char *key = metadata[i].key, *value = metadata[i].value;
		if (!key || !value)
			return tl_fail(w->error, TL_ERROR_ARGUMENT,
				       "%.200s: metadata %d lacks a key or a value", w->path, i);
		if (json_object_get(texts, key))
			return tl_fail(w->error, TL_ERROR_NAME,
				       "%.200s: metadata %.120s is there twice", w->path, key);
		if (json_object_set_new(texts, key, json_string(value)))
			return tl_fail(w->error, TL_ERROR_ARGUMENT,
				       "%.200s: metadata %.120s: it is not UTF-8, or out of memory",
				       w->path, key);
	}
	return TL_OK;
}

static tl_status add_array(const writing *w, json_t *header, int index, size_t *place)
{
	const tl_named_array *a = &w->arrays[index];
	if (json_object_get(header, a->name))
		return tl_fail(w->error, TL_ERROR_NAME, "%.200s: tensor %.120s is there twice",
			       w->path, a->name);
	if (json_object_set_new(header, a->name, describe(&a->array, *place)))
		return tl_fail(w->error, TL_ERROR_ARGUMENT,
			       "%.200s: tensor %.120s: its name is not UTF-8, or out of memory",
			       w->path, a->name);
	*place += bytes_of(&a->array);
	return TL_OK;
}

/* Arrays of 8 bytes an element come first: the turn of one of these is 0. */
static bool has_turn(const tl_array *a, int turn)
{
	return (tl_dtype_size(a->dtype) != 8) == turn;
}

static tl_status make_header(const writing *w, json_t *header, const tl_metadata *metadata,
			     int metadata_count)
{
	size_t place = 0;
	tl_status status = TL_OK;
	if (metadata_count)
		status = add_metadata(w, header, metadata, metadata_count);
	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < w->count && !status; i++)
			if (has_turn(&w->arrays[i].array, turn))
				status = add_array(w, header, i, &place);
	return status;
}

static tl_status write_header(const writing *w, tl_atomic *file, const char *text)
{
	uint64_t used = strlen(text), length = (used + ALIGNED - 1) / ALIGNED * ALIGNED;
	unsigned char bytes[LENGTH_BYTES];
	if (length > LONGEST_HEADER)
		return tl_fail(w->error, TL_ERROR_ARGUMENT,
			       "%.200s: names and metadata are longer than 100 MB", w->path);
	for (int i = 0; i < LENGTH_BYTES; i++)
		bytes[i] = (unsigned char)(length >> 8 * i);
	tl_status status = tl_atomic_write(file, bytes, sizeof bytes, w->error);
	if (!status)
		status = tl_atomic_write(file, text, used, w->error);
	return status ? status : tl_atomic_write(file, "        ", length - used, w->error);
}

/* The format's bytes are little-endian. */
static tl_status write_array(const writing *w, tl_atomic *file, const tl_array *a)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return tl_atomic_write(file, a->data, bytes_of(a), w->error);
#else
	size_t width = tl_dtype_size(a->dtype);
	tl_status status = TL_OK;
	for (int64_t i = 0; i < a->size && !status; i++) {
		unsigned char bytes[8];
		for (size_t k = 0; k < width; k++)
			bytes[k] = ((unsigned char *)a->data)[(size_t)i * width + width - 1 - k];
		status = tl_atomic_write(file, bytes, width, w->error);
	}
	return status;
#endif
}

static tl_status write_file(const writing *w, const char *header)
{
	tl_atomic *file = tl_atomic_open(w->path, w->error);
	if (!file)
		return w->error->status;
	tl_status status = write_header(w, file, header);
	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < w->count && !status; i++)
			if (has_turn(&w->arrays[i].array, turn))
				status = write_array(w, file, &w->arrays[i].array);
	return tl_atomic_close(file, status, w->error);
}

tl_status tl_safetensors_write(const char *path, const tl_named_array *arrays, int count,
			       const tl_metadata *metadata, int metadata_count, tl_error *error)
{
	tl_error unasked;
	writing w = {path, arrays, count, error ? error : &unasked};
	if (!path || count < 0 || metadata_count < 0 || (count && !arrays) ||
	    (metadata_count && !metadata))
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "safetensors: there is no path, or there are no arrays or metadata");
	tl_status status = check(&w);
	if (status)
		return status;
	json_t *header = json_object();
	char *text = NULL;
	status = make_header(&w, header, metadata, metadata_count);
	if (!status && !(text = json_dumps(header, JSON_COMPACT)))
		status = tl_fail(error, TL_ERROR_MEMORY, "%.200s: out of memory", path);
	if (!status)
		status = write_file(&w, text);
	json_free_t release;
	json_get_alloc_funcs(NULL, &release);
	release(text);
	json_decref(header);
	return status;
}
