/*
 * NumPy's files: an array by itself, or a zip archive of them. Either becomes a list of arrays,
 * whose headers are read when the file is opened.
 */
#include "io/npy.h"
#include "base/fail.h"
#include "base/memory.h"
#include "io/npy_header.h"
#include "io/zip.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

typedef struct item {
	const char *name;
	tl_npy_header header;
	void *read[3]; /* what tl_npy_array made, for each type */
} item;

struct tl_npy {
	char *path;
	tl_map map;
	tl_zip zip;
	item *item;
	int count;
};

static tl_status wrong(const tl_npy *f, const char *name, tl_status status, const char *reason,
		       tl_error *error)
{
	if (!*name)
		return tl_fail(error, status, "%.200s: %s", f->path, reason);
	return tl_fail(error, status, "%.200s: array %.120s: %s", f->path, name, reason);
}

static tl_status no_memory(const tl_npy *f, tl_error *error)
{
	return tl_fail(error, TL_ERROR_MEMORY, "%.200s: out of memory", f->path);
}

/* Opening */

static tl_status add_item(tl_npy *f, const char *name, const unsigned char *bytes, size_t size,
			  tl_error *error)
{
	item *i = &f->item[f->count];
	*i = (item){.name = name};
	const char *problem = tl_npy_header_read(&i->header, bytes, size);
	if (problem)
		return wrong(f, name, TL_ERROR_FILE, problem, error);
	if (tl_npy_find(f, name) >= 0)
		return wrong(f, name, TL_ERROR_FILE, "it is there twice", error);
	f->count++;
	return TL_OK;
}

static tl_status add_members(tl_npy *f, tl_error *error)
{
	static const char ending[] = ".npy";
	for (size_t i = 0; i < f->zip.count; i++) {
		tl_zip_member *m = &f->zip.member[i];
		size_t length = strlen(m->name), rest = sizeof ending - 1;
		if (length <= rest || strcmp(m->name + length - rest, ending) != 0)
			return wrong(f, m->name, TL_ERROR_FILE, "its name does not end with .npy",
				     error);
		m->name[length - rest] = 0;
		tl_status status = add_item(f, m->name, m->bytes, m->size, error);
		if (status)
			return status;
	}
	return TL_OK;
}

static tl_status parse(tl_npy *f, tl_error *error)
{
	bool archive = f->map.size >= 2 && !memcmp(f->map.bytes, "PK", 2);
	tl_status status = archive ? tl_zip_open(&f->zip, &f->map, f->path, error) : TL_OK;
	size_t count = archive ? f->zip.count : 1;
	if (status)
		return status;
	if (count > INT_MAX || !(f->item = tl_alloc((count + 1) * sizeof *f->item)))
		return no_memory(f, error);
	return archive ? add_members(f, error) : add_item(f, "", f->map.bytes, f->map.size, error);
}

tl_npy *tl_npy_of(tl_map *map, const char *path, tl_error *error)
{
	tl_npy *f = tl_alloc_zero(sizeof *f);
	if (!f || !(f->path = tl_alloc(strlen(path) + 1))) {
		tl_map_close(map);
		tl_fail(error, TL_ERROR_MEMORY, "%.200s: out of memory", path);
		tl_npy_close(f);
		return NULL;
	}
	strcpy(f->path, path);
	f->map = *map;
	if (!parse(f, error))
		return f;
	tl_npy_close(f);
	return NULL;
}

tl_npy *tl_npy_open(const char *path, tl_error *error)
{
	tl_map map;
	return tl_map_open(&map, path, error) ? NULL : tl_npy_of(&map, path, error);
}

void tl_npy_close(tl_npy *f)
{
	if (!f)
		return;
	for (int i = 0; i < f->count; i++)
		for (int k = 0; k < 3; k++)
			tl_free(f->item[i].read[k]);
	tl_free(f->item);
	tl_zip_close(&f->zip);
	tl_map_close(&f->map);
	tl_free(f->path);
	tl_free(f);
}

/* Looking */

static const tl_npy_header *header_at(const tl_npy *f, int index)
{
	return f && index >= 0 && index < f->count ? &f->item[index].header : NULL;
}

int tl_npy_count(const tl_npy *f)
{
	return f ? f->count : 0;
}

const char *tl_npy_name(const tl_npy *f, int index)
{
	return header_at(f, index) ? f->item[index].name : NULL;
}

int tl_npy_find(const tl_npy *f, const char *name)
{
	for (int i = 0; name && i < tl_npy_count(f); i++)
		if (!strcmp(f->item[i].name, name))
			return i;
	return -1;
}

tl_shape tl_npy_shape(const tl_npy *f, int index)
{
	const tl_npy_header *h = header_at(f, index);
	tl_shape shape = TL_SCALAR;
	if (!h)
		return shape;
	shape.rank = h->rank;
	for (int axis = 0; axis < h->rank && axis < TL_MAX_RANK; axis++)
		shape.dim[axis] = h->dim[axis];
	return shape;
}

const char *tl_npy_dtype(const tl_npy *f, int index)
{
	const tl_npy_header *h = header_at(f, index);
	return h ? h->type : NULL;
}

/* Reading */

static tl_elements elements_of(const tl_npy_header *h)
{
	return (tl_elements){h->data, h->size, h->element, h->big_endian};
}

static tl_status check(const tl_npy *f, int index, tl_dtype dtype, tl_error *error)
{
	const tl_npy_header *h = &f->item[index].header;
	char reason[TL_REASON];
	if (h->rank > TL_MAX_RANK) {
		snprintf(reason, sizeof reason, "it has %d axes, and only %d can be read", h->rank,
			 TL_MAX_RANK);
		return wrong(f, f->item[index].name, TL_ERROR_SHAPE, reason, error);
	}
	if (!h->element) {
		snprintf(reason, sizeof reason, "elements of type %s are not read", h->type);
		return wrong(f, f->item[index].name, TL_ERROR_TYPE, reason, error);
	}
	tl_elements from = elements_of(h);
	tl_status status = tl_elements_check(&from, dtype, reason);
	return status ? wrong(f, f->item[index].name, status, reason, error) : TL_OK;
}

/* The same numbers with the last axis contiguous: `from` has the first one so. */
static void turn(const tl_npy_header *h, size_t size, const char *from, char *into)
{
	int64_t at[TL_MAX_RANK] = {0}, place = 0, step[TL_MAX_RANK], below = 1;
	for (int axis = 0; axis < h->rank; axis++) {
		step[axis] = below;
		below *= h->dim[axis];
	}
	for (int64_t i = 0; i < h->size; i++) {
		memcpy(into + (size_t)i * size, from + (size_t)place * size, size);
		for (int axis = h->rank - 1; axis >= 0; axis--) {
			place += step[axis];
			if (++at[axis] < h->dim[axis])
				break;
			place -= step[axis] * h->dim[axis];
			at[axis] = 0;
		}
	}
}

static tl_status convert(const tl_npy *f, int index, tl_dtype dtype, void *into, tl_error *error)
{
	const tl_npy_header *h = &f->item[index].header;
	tl_elements from = elements_of(h);
	size_t size = tl_dtype_size(dtype);
	if (!h->fortran || h->rank < 2) {
		tl_elements_convert(&from, dtype, into);
		return TL_OK;
	}
	char *converted = tl_alloc((size_t)h->size * size);
	if (!converted)
		return no_memory(f, error);
	tl_elements_convert(&from, dtype, converted);
	turn(h, size, converted, into);
	tl_free(converted);
	return TL_OK;
}

static int find(const tl_npy *f, const char *name, tl_error *error)
{
	int index = tl_npy_find(f, name);
	if (f && name && index < 0)
		tl_fail(error, TL_ERROR_NAME, "%.200s: there is no array %.120s", f->path,
			*name ? name : "without a name");
	else if (index < 0)
		tl_fail(error, TL_ERROR_ARGUMENT, "npy: there is no file or no name");
	return index;
}

tl_status tl_npy_read(const tl_npy *f, const char *name, tl_array *into, tl_error *error)
{
	int index = find(f, name, error);
	if (index < 0 || !into)
		return index < 0 && f && name
			       ? TL_ERROR_NAME
			       : tl_fail(error, TL_ERROR_ARGUMENT,
					 "npy: there is no file, no name or no array");
	tl_status status = check(f, index, into->dtype, error);
	if (status)
		return status;
	tl_shape shape = tl_npy_shape(f, index);
	if (memcmp(&shape, &into->shape, sizeof shape) != 0)
		return wrong(f, name, TL_ERROR_SHAPE, "its shape is not the one that is wanted",
			     error);
	int64_t size = f->item[index].header.size;
	if (size && !into->data)
		return wrong(f, name, TL_ERROR_ARGUMENT, "there is no memory to read it into",
			     error);
	status = convert(f, index, into->dtype, into->data, error);
	if (!status)
		into->size = size;
	return status;
}

tl_array tl_npy_array(tl_npy *f, const char *name, tl_dtype dtype, tl_error *error)
{
	tl_array none = {NULL, dtype, TL_SCALAR, 0};
	int index = find(f, name, error);
	if (index < 0 || check(f, index, dtype, error))
		return none;
	item *i = &f->item[index];
	void **read = &i->read[dtype];
	if (!*read) {
		void *data = NULL;
		if ((uint64_t)i->header.size < SIZE_MAX / 16)
			data = tl_alloc((size_t)i->header.size * tl_dtype_size(dtype) + 1);
		if (!data)
			no_memory(f, error);
		if (!data || convert(f, index, dtype, data, error)) {
			tl_free(data);
			return none;
		}
		*read = data;
	}
	return (tl_array){*read, dtype, tl_npy_shape(f, index), i->header.size};
}
