/*
 * Reading safetensors: eight bytes that say how long a header is, the header, which is JSON, and
 * the tensors' bytes, each tensor at the place that the header gives. All that the header says is
 * checked here, once: the tensors cover the rest of the file without gaps and without sharing
 * bytes, and each is as long as its type and shape make it.
 */
#include "io/safetensors.h"
#include "base/fail.h"
#include "base/memory.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* As the format's own reader has it. */
enum { LONGEST_HEADER = 100 * 1000 * 1000, LENGTH_BYTES = 8 };

typedef struct entry {
	const char *name; /* all JSON is the header's */
	const json_t *shape;
	const tl_element *element;
	uint64_t begin, end; /* of its bytes in the data */
	int64_t size;        /* elements */
} entry;

struct tl_safetensors {
	char *path;
	tl_map map;
	json_t *header;
	const unsigned char *data;
	uint64_t data_size;
	entry *entry; /* in the order of their bytes */
	entry **by_name;
	size_t count;
	tl_metadata *metadata;
	size_t metadata_count;
};

static tl_status wrong(const tl_safetensors *f, tl_error *error, const char *reason)
{
	return tl_fail(error, TL_ERROR_FILE, "%.200s: %s", f->path, reason);
}

static tl_status wrong_tensor(const tl_safetensors *f, const char *name, tl_error *error,
			      const char *reason)
{
	return tl_fail(error, TL_ERROR_FILE, "%.200s: tensor %.120s: %s", f->path, name, reason);
}

/* Opening */

static uint64_t length_at(const unsigned char *p)
{
	uint64_t length = 0;
	for (int i = LENGTH_BYTES - 1; i >= 0; i--)
		length = length << 8 | p[i];
	return length;
}

static tl_status parse_header(tl_safetensors *f, tl_error *error)
{
	if (f->map.size < LENGTH_BYTES)
		return wrong(f, error, "it is cut off within the length of its header");
	uint64_t length = length_at(f->map.bytes);
	if (length > LONGEST_HEADER)
		return wrong(f, error,
			     "it is no safetensors file: its header would be longer than 100 MB");
	if (length > f->map.size - LENGTH_BYTES)
		return wrong(f, error, "it is cut off within its header");
	const char *text = (const char *)f->map.bytes + LENGTH_BYTES;
	if (!length || *text != '{')
		return wrong(f, error, "its header does not begin with {");
	json_error_t where = {.text = ""};
	f->header = json_loadb(text, length, JSON_REJECT_DUPLICATES, &where);
	if (!f->header && (!*where.text || json_error_code(&where) == json_error_out_of_memory))
		return tl_fail(error, TL_ERROR_MEMORY, "%.200s: out of memory", f->path);
	if (!f->header)
		return tl_fail(error, TL_ERROR_FILE, "%.200s: its header, byte %d: %s", f->path,
			       where.position, where.text);
	f->data = f->map.bytes + LENGTH_BYTES + length;
	f->data_size = f->map.size - LENGTH_BYTES - length;
	return TL_OK;
}

/* A number of the header, which is not negative. */
static bool number(const json_t *json, uint64_t *value)
{
	json_int_t integer = json_integer_value(json);
	*value = (uint64_t)integer;
	return json_is_integer(json) && integer >= 0;
}

/* How many elements, and whether they fill the bytes. */
static tl_status check_size(const tl_safetensors *f, entry *e, tl_error *error)
{
	uint64_t size = 1, dim, bits;
	for (size_t axis = 0; axis < json_array_size(e->shape); axis++) {
		if (!number(json_array_get(e->shape, axis), &dim))
			return wrong_tensor(f, e->name, error,
					    "a dimension of its shape is no number from 0 on");
		if (__builtin_mul_overflow(size, dim, &size) || size > INT64_MAX)
			return wrong_tensor(f, e->name, error, "its shape is too large");
	}
	e->size = (int64_t)size;
	if (__builtin_mul_overflow(size, (uint64_t)e->element->bits, &bits) || bits % 8)
		return wrong_tensor(f, e->name, error, "its shape makes no number of bytes");
	if (bits / 8 != e->end - e->begin)
		return tl_fail(error, TL_ERROR_FILE,
			       "%.200s: tensor %.120s: its type and shape make %llu bytes, and its "
			       "place has %llu",
			       f->path, e->name, (unsigned long long)(bits / 8),
			       (unsigned long long)(e->end - e->begin));
	return TL_OK;
}

static tl_status parse_entry(const tl_safetensors *f, entry *e, const json_t *json, tl_error *error)
{
	const json_t *dtype = json_object_get(json, "dtype");
	const json_t *place = json_object_get(json, "data_offsets");
	e->shape = json_object_get(json, "shape");
	if (!json_is_object(json) || json_object_size(json) != 3 || !json_is_string(dtype) ||
	    !json_is_array(e->shape) || !json_is_array(place) || json_array_size(place) != 2)
		return wrong_tensor(
			f, e->name, error,
			"it is not described by dtype, shape and data_offsets, and nothing else");
	if (!(e->element = tl_element_named(json_string_value(dtype))))
		return tl_fail(error, TL_ERROR_FILE,
			       "%.200s: tensor %.120s: there is no type %.40s", f->path, e->name,
			       json_string_value(dtype));
	if (!number(json_array_get(place, 0), &e->begin) ||
	    !number(json_array_get(place, 1), &e->end) || e->begin > e->end)
		return wrong_tensor(f, e->name, error, "its data_offsets are no place");
	if (e->end > f->data_size)
		return wrong_tensor(f, e->name, error, "it reaches beyond the end of the file");
	return check_size(f, e, error);
}

static tl_status parse_metadata(tl_safetensors *f, json_t *json, tl_error *error)
{
	if (!json_is_object(json))
		return wrong(f, error, "__metadata__ is not an object of texts");
	if (!(f->metadata = tl_alloc(json_object_size(json) * sizeof *f->metadata)))
		return tl_fail(error, TL_ERROR_MEMORY, "%.200s: out of memory", f->path);
	const char *key;
	json_t *value;
	json_object_foreach(json, key, value)
	{
		if (!json_is_string(value))
			return tl_fail(error, TL_ERROR_FILE,
				       "%.200s: __metadata__: %.120s is not a text", f->path, key);
		f->metadata[f->metadata_count++] = (tl_metadata){key, json_string_value(value)};
	}
	return TL_OK;
}

static int by_place(const void *a, const void *b)
{
	const entry *x = a, *y = b;
	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(entry *const *)a)->name, (*(entry *const *)b)->name);
}

/* Each byte is some tensor's, and only one's. */
static tl_status check_cover(const tl_safetensors *f, tl_error *error)
{
	uint64_t end = 0;
	for (size_t i = 0; i < f->count; i++) {
		const entry *e = &f->entry[i];
		if (e->begin < end)
			return wrong_tensor(f, e->name, error, "it shares bytes with another");
		if (e->begin > end)
			return wrong_tensor(f, e->name, error,
					    "in front of it are bytes that belong to none");
		end = e->end;
	}
	return end == f->data_size
		       ? TL_OK
		       : wrong(f, error, "at its end are bytes that belong to no tensor");
}

static tl_status parse(tl_safetensors *f, tl_error *error)
{
	tl_status status = parse_header(f, error);
	if (status)
		return status;
	size_t room = json_object_size(f->header) + 1;
	f->entry = tl_alloc(room * sizeof *f->entry);
	f->by_name = tl_alloc(room * sizeof *f->by_name);
	if (!f->entry || !f->by_name)
		return tl_fail(error, TL_ERROR_MEMORY, "%.200s: out of memory", f->path);
	const char *key;
	json_t *value;
	json_object_foreach(f->header, key, value)
	{
		if (!strcmp(key, "__metadata__")) {
			status = parse_metadata(f, value, error);
		} else {
			f->entry[f->count].name = key;
			status = parse_entry(f, &f->entry[f->count], value, error);
			f->count++;
		}
		if (status)
			return status;
	}
	if (f->count > INT32_MAX || f->metadata_count > INT32_MAX)
		return wrong(f, error, "it has too many tensors");
	qsort(f->entry, f->count, sizeof *f->entry, by_place);
	for (size_t i = 0; i < f->count; i++)
		f->by_name[i] = &f->entry[i];
	qsort(f->by_name, f->count, sizeof *f->by_name, by_name);
	return check_cover(f, error);
}

tl_safetensors *tl_safetensors_of(tl_map *map, const char *path, tl_error *error)
{
	tl_status status = TL_ERROR_MEMORY;
	tl_safetensors *f = tl_alloc_zero(sizeof *f);
	if (!f || !(f->path = tl_alloc(strlen(path) + 1))) {
		tl_map_close(map);
		tl_fail(error, TL_ERROR_MEMORY, "%.200s: out of memory", path);
	} else {
		strcpy(f->path, path);
		f->map = *map;
		status = parse(f, error);
	}
	if (!status)
		return f;
	tl_safetensors_close(f);
	return NULL;
}

tl_safetensors *tl_safetensors_open(const char *path, tl_error *error)
{
	tl_map map;
	return tl_map_open(&map, path, error) ? NULL : tl_safetensors_of(&map, path, error);
}

void tl_safetensors_close(tl_safetensors *f)
{
	if (!f)
		return;
	json_decref(f->header);
	tl_map_close(&f->map);
	tl_free(f->path);
	tl_free(f->entry);
	tl_free(f->by_name);
	tl_free(f->metadata);
	tl_free(f);
}

/* Looking */

static const entry *entry_at(const tl_safetensors *f, int index)
{
	return f && index >= 0 && (size_t)index < f->count ? &f->entry[index] : NULL;
}

const char *tl_safetensors_path(const tl_safetensors *f)
{
	return f->path;
}

int tl_safetensors_count(const tl_safetensors *f)
{
	return f ? (int)f->count : 0;
}

const char *tl_safetensors_name(const tl_safetensors *f, int index)
{
	const entry *e = entry_at(f, index);
	return e ? e->name : NULL;
}

int tl_safetensors_find(const tl_safetensors *f, const char *name)
{
	entry wanted = {.name = name}, *key = &wanted;
	if (!f || !name)
		return -1;
	entry **found = bsearch(&key, f->by_name, f->count, sizeof *f->by_name, by_name);
	return found ? (int)(*found - f->entry) : -1;
}

tl_shape tl_safetensors_shape(const tl_safetensors *f, int index)
{
	const entry *e = entry_at(f, index);
	tl_shape shape = TL_SCALAR;
	if (!e)
		return shape;
	shape.rank = (int64_t)json_array_size(e->shape);
	for (int axis = 0; axis < shape.rank && axis < TL_MAX_RANK; axis++)
		shape.dim[axis] = json_integer_value(json_array_get(e->shape, (size_t)axis));
	return shape;
}

const char *tl_safetensors_dtype(const tl_safetensors *f, int index)
{
	const entry *e = entry_at(f, index);
	return e ? e->element->name : NULL;
}

const char *tl_safetensors_metadata(const tl_safetensors *f, const char *key)
{
	return f && key ? json_string_value(
				  json_object_get(json_object_get(f->header, "__metadata__"), key))
			: NULL;
}

tl_metadata tl_safetensors_metadata_at(const tl_safetensors *f, int index)
{
	return f && index >= 0 && (size_t)index < f->metadata_count ? f->metadata[index]
								    : (tl_metadata){NULL, NULL};
}

/* Reading */

static tl_elements elements_of(const tl_safetensors *f, const entry *e)
{
	return (tl_elements){f->data + e->begin, e->size, e->element, false};
}

static void shape_words(const tl_shape *s, char *text, size_t room)
{
	size_t used = (size_t)snprintf(text, room, "[");
	for (int i = 0; i < s->rank && i < TL_MAX_RANK && used < room; i++)
		used += (size_t)snprintf(text + used, room - used, "%s%lld", i ? ", " : "",
					 (long long)s->dim[i]);
	if (used < room)
		snprintf(text + used, room - used, s->rank > TL_MAX_RANK ? ", ...]" : "]");
}

tl_status tl_safetensors_check(const tl_safetensors *f, int index, tl_dtype dtype,
			       const tl_shape *shape, tl_error *error)
{
	const entry *e = &f->entry[index];
	tl_shape own = tl_safetensors_shape(f, index);
	if (own.rank > TL_MAX_RANK)
		return tl_fail(error, TL_ERROR_SHAPE,
			       "%.200s: tensor %.120s: it has %lld axes, and only %d can be read",
			       f->path, e->name, (long long)own.rank, TL_MAX_RANK);
	if (memcmp(&own, shape, sizeof own) != 0) {
		char there[100], here[100];
		shape_words(&own, there, sizeof there);
		shape_words(shape, here, sizeof here);
		return tl_fail(error, TL_ERROR_SHAPE,
			       "%.200s: tensor %.100s: its shape is %s, and %s is wanted", f->path,
			       e->name, there, here);
	}
	char reason[TL_REASON];
	tl_elements from = elements_of(f, e);
	tl_status status = tl_elements_check(&from, dtype, reason);
	return status ? tl_fail(error, status, "%.200s: tensor %.120s: %s", f->path, e->name,
				reason)
		      : TL_OK;
}

void tl_safetensors_convert(const tl_safetensors *f, int index, tl_dtype dtype, void *into)
{
	tl_elements from = elements_of(f, &f->entry[index]);
	tl_elements_convert(&from, dtype, into);
}

tl_status tl_safetensors_read(const tl_safetensors *f, const char *name, tl_array *into,
			      tl_error *error)
{
	if (!f || !name || !into)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "safetensors: there is no file, no name or no array");
	int index = tl_safetensors_find(f, name);
	if (index < 0)
		return tl_fail(error, TL_ERROR_NAME, "%.200s: there is no tensor %.120s", f->path,
			       name);
	tl_status status = tl_safetensors_check(f, index, into->dtype, &into->shape, error);
	if (status)
		return status;
	int64_t size = f->entry[index].size;
	if (size && !into->data)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "%.200s: tensor %.120s: there is no memory to read it into", f->path,
			       name);
	tl_safetensors_convert(f, index, into->dtype, into->data);
	into->size = size;
	return TL_OK;
}
