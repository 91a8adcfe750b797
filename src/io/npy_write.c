/* Writing NumPy's files: arrays in this machine's byte order, archives without compression. */
#include "base/atomic.h"
#include "base/fail.h"
#include "base/memory.h"
#include "io/zip.h"

#include <stdio.h>
#include <string.h>
#include <tapeloop/npy.h>

enum { HEADER = 256, ALIGNED = 64, LONGEST_NAME = 1000 };

/* Of an array in an archive, what its two headers there need. */
typedef struct part {
	uint64_t place, size;
	uint32_t checksum;
} part;

static tl_status refused(const char *path, const char *name, tl_status status, const char *reason,
			 tl_error *error)
{
	if (!name)
		return tl_fail(error, status, "%.200s: %s", path, reason);
	return tl_fail(error, status, "%.200s: array %.120s: %s", path, name, reason);
}

static tl_status check(const char *path, const char *name, const tl_array *a, tl_error *error)
{
	bool shaped = a->shape.rank >= 0 && a->shape.rank <= TL_MAX_RANK;
	for (int axis = 0; axis < TL_MAX_RANK; axis++)
		shaped = shaped && a->shape.dim[axis] >= 0;
	const char *reason =
		a->dtype != TL_F32 && a->dtype != TL_F64 && a->dtype != TL_I32 ? "it has no type"
		: !shaped                            ? "its shape is invalid"
		: a->size != tl_shape_size(a->shape) ? "its size is not that of its shape"
		: a->size && !a->data                ? "it has no data"
						     : NULL;
	return reason ? refused(path, name, TL_ERROR_ARGUMENT, reason, error) : TL_OK;
}

static size_t bytes_of(const tl_array *a)
{
	return (size_t)a->size * tl_dtype_size(a->dtype);
}

/* Its length is a multiple of 64, so that the numbers lie well. */
static size_t make_header(const tl_array *a, char header[HEADER])
{
	const uint16_t one = 1;
	char order = *(const char *)&one ? '<' : '>';
	const char *type = a->dtype == TL_F32 ? "f4" : a->dtype == TL_F64 ? "f8" : "i4";
	size_t used = 10;
	used += (size_t)snprintf(header + used, HEADER - used,
				 "{'descr': '%c%s', 'fortran_order': False, 'shape': (", order,
				 type);
	for (int axis = 0; axis < a->shape.rank; axis++)
		used += (size_t)snprintf(header + used, HEADER - used,
					 axis && a->shape.rank > 1 ? " %lld," : "%lld,",
					 (long long)a->shape.dim[axis]);
	if (a->shape.rank > 1)
		used--; /* only one number needs the comma to be a tuple */
	used += (size_t)snprintf(header + used, HEADER - used, "), }");
	size_t length = (used + 1 + ALIGNED - 1) / ALIGNED * ALIGNED;
	memset(header + used, ' ', length - used - 1);
	header[length - 1] = '\n';
	memcpy(header, "\x93NUMPY\1", 8);
	header[8] = (char)((length - 10) & 255);
	header[9] = (char)((length - 10) >> 8);
	return length;
}

static tl_status write_array(tl_atomic *file, const tl_array *a, tl_error *error)
{
	char header[HEADER];
	tl_status status = tl_atomic_write(file, header, make_header(a, header), error);
	return status ? status : tl_atomic_write(file, a->data, bytes_of(a), error);
}

tl_status tl_npy_write(const char *path, const tl_array *array, tl_error *error)
{
	tl_error unasked;
	error = error ? error : &unasked;
	if (!path || !array)
		return tl_fail(error, TL_ERROR_ARGUMENT, "npy: there is no path or no array");
	tl_status status = check(path, NULL, array, error);
	tl_atomic *file = status ? NULL : tl_atomic_open(path, error);
	if (!file)
		return error->status;
	return tl_atomic_close(file, write_array(file, array, error), error);
}

/* Archives */

static tl_status check_all(const char *path, const tl_named_array *arrays, int count,
			   tl_error *error)
{
	for (int i = 0; i < count; i++) {
		const char *name = arrays[i].name;
		if (!name || !*name || strlen(name) > LONGEST_NAME)
			return refused(path, name ? name : "(none)", TL_ERROR_ARGUMENT,
				       "its name is empty or longer than 1000 bytes", error);
		tl_status status = check(path, name, &arrays[i].array, error);
		if (status)
			return status;
		for (int k = 0; k < i; k++)
			if (!strcmp(arrays[k].name, name))
				return refused(path, name, TL_ERROR_NAME, "it is there twice",
					       error);
	}
	return TL_OK;
}

static size_t put(unsigned char *at, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (unsigned char)(value >> 8 * i);
	return (size_t)bytes;
}

/* What both headers of a member have: version 2.0, a name in UTF-8, stored, 1 January 1980, the
 * checksum, the size twice, the length of the name, nothing more. */
static size_t put_member(unsigned char *at, const part *p, size_t name)
{
	unsigned char *begin = at;
	at += put(at, 20, 2);
	at += put(at, 0x800, 2);
	at += put(at, 0, 2);
	at += put(at, 0, 2);
	at += put(at, 0x21, 2);
	at += put(at, p->checksum, 4);
	at += put(at, p->size, 4);
	at += put(at, p->size, 4);
	at += put(at, name, 2);
	at += put(at, 0, 2);
	return (size_t)(at - begin);
}

static tl_status write_name(tl_atomic *file, const char *name, tl_error *error)
{
	tl_status status = tl_atomic_write(file, name, strlen(name), error);
	return status ? status : tl_atomic_write(file, ".npy", 4, error);
}

static tl_status write_member(tl_atomic *file, const tl_named_array *a, part *p, tl_error *error)
{
	char header[HEADER];
	unsigned char bytes[40];
	size_t length = make_header(&a->array, header), used = put(bytes, 0x04034b50, 4);
	p->size = length + bytes_of(&a->array);
	p->checksum = tl_zip_checksum(0, header, length);
	p->checksum = tl_zip_checksum(p->checksum, a->array.data, bytes_of(&a->array));
	used += put_member(bytes + used, p, strlen(a->name) + 4);
	tl_status status = tl_atomic_write(file, bytes, used, error);
	if (!status)
		status = write_name(file, a->name, error);
	return status ? status : write_array(file, &a->array, error);
}

/* A row of the directory; 14 bytes of it say where the member begins and nothing else. */
static tl_status write_row(tl_atomic *file, const char *name, const part *p, tl_error *error)
{
	unsigned char bytes[60];
	size_t used = put(bytes, 0x02014b50, 4);
	used += put(bytes + used, 20, 2);
	used += put_member(bytes + used, p, strlen(name) + 4);
	used += put(bytes + used, 0, 8);
	used += put(bytes + used, 0, 2);
	used += put(bytes + used, p->place, 4);
	tl_status status = tl_atomic_write(file, bytes, used, error);
	return status ? status : write_name(file, name, error);
}

static tl_status write_archive(tl_atomic *file, const tl_named_array *arrays, int count,
			       part *parts, tl_error *error)
{
	uint64_t place = 0, directory;
	tl_status status = TL_OK;
	for (int i = 0; i < count && !status; i++) {
		parts[i].place = place;
		status = write_member(file, &arrays[i], &parts[i], error);
		place += 30 + strlen(arrays[i].name) + 4 + parts[i].size;
	}
	directory = place;
	for (int i = 0; i < count && !status; i++) {
		status = write_row(file, arrays[i].name, &parts[i], error);
		place += 46 + strlen(arrays[i].name) + 4;
	}
	unsigned char end[22] = {0};
	put(end, 0x06054b50, 4);
	put(end + 8, (uint64_t)count, 2);
	put(end + 10, (uint64_t)count, 2);
	put(end + 12, place - directory, 4);
	put(end + 16, directory, 4);
	return status ? status : tl_atomic_write(file, end, sizeof end, error);
}

tl_status tl_npz_write(const char *path, const tl_named_array *arrays, int count, tl_error *error)
{
	tl_error unasked;
	uint64_t size = 0;
	error = error ? error : &unasked;
	if (!path || count < 0 || (count && !arrays))
		return tl_fail(error, TL_ERROR_ARGUMENT, "npz: there is no path or no array");
	tl_status status = check_all(path, arrays, count, error);
	if (status)
		return status;
	for (int i = 0; i < count; i++)
		size += bytes_of(&arrays[i].array) + 2 * LONGEST_NAME + HEADER + 100;
	if (size > UINT32_MAX || count >= 0xffff)
		return refused(path, NULL, TL_ERROR_ARGUMENT,
			       "archives are written up to 4 GB and 65534 arrays: safetensors have "
			       "no such limit",
			       error);
	part *parts = tl_alloc_zero((size_t)(count + 1) * sizeof *parts);
	if (!parts)
		return refused(path, NULL, TL_ERROR_MEMORY, "out of memory", error);
	tl_atomic *file = tl_atomic_open(path, error);
	if (file)
		status = tl_atomic_close(file, write_archive(file, arrays, count, parts, error),
					 error);
	tl_free(parts);
	return file ? status : error->status;
}
