/* IDX: two zeros, a type, a number of dimensions, the dimensions, the numbers; all in big-endian
 * order. */
#include "base/fail.h"
#include "base/memory.h"

#include <tapeloop/image.h>
#include <tapeloop/text.h>

#include <string.h>

typedef struct idx {
	const unsigned char *at;
	int type;
	int bytes; /* of a number */
	tl_dtype dtype;
	tl_shape shape;
	int64_t size;
} idx;

static bool take_type(idx *x, int type)
{
	static const struct {
		int type, bytes;
		tl_dtype dtype;
	} types[] = {{0x08, 1, TL_I32}, {0x09, 1, TL_I32}, {0x0b, 2, TL_I32},
		     {0x0c, 4, TL_I32}, {0x0d, 4, TL_F32}, {0x0e, 8, TL_F64}};
	for (size_t k = 0; k < sizeof types / sizeof *types; k++)
		if (types[k].type == type) {
			x->type = type;
			x->bytes = types[k].bytes;
			x->dtype = types[k].dtype;
			return true;
		}
	return false;
}

static uint64_t big_endian(const unsigned char *at, int bytes)
{
	uint64_t x = 0;
	for (int k = 0; k < bytes; k++)
		x = x << 8 | at[k];
	return x;
}

/* The numbers must be as many as the bytes after the dimensions. */
static tl_status read_head(idx *x, const unsigned char *b, size_t size, const char *name,
			   tl_error *error)
{
	if (size >= 2 && b[0] == 0x1f && b[1] == 0x8b)
		return tl_fail(error, TL_ERROR_VALUE, "%s: it is compressed; unpack it with gunzip",
			       name);
	if (size < 4 || b[0] || b[1] || !take_type(x, b[2]))
		return tl_fail(error, TL_ERROR_VALUE, "%s: this is no IDX file", name);
	if (b[3] < 1 || b[3] > TL_MAX_RANK)
		return tl_fail(error, TL_ERROR_SHAPE, "%s: it has %d dimensions, not 1 to 4", name,
			       b[3]);
	size_t head = 4 + 4 * (size_t)b[3];
	if (size < head)
		return tl_fail(error, TL_ERROR_VALUE, "%s: it is cut off among its dimensions",
			       name);
	x->shape.rank = b[3];
	for (int k = 0; k < b[3]; k++)
		x->shape.dim[k] = (int64_t)big_endian(b + 4 + 4 * k, 4);
	x->size = tl_shape_size(x->shape);
	if (x->size < 1 || x->size > INT64_MAX / 16)
		return tl_fail(error, TL_ERROR_SHAPE, "%s: it has no numbers, or too many", name);
	uint64_t there = size - head, needed = (uint64_t)x->size * (uint64_t)x->bytes;
	if (there != needed)
		return tl_fail(error, TL_ERROR_VALUE,
			       "%s: its dimensions need %llu bytes, and it has %llu", name,
			       (unsigned long long)needed, (unsigned long long)there);
	x->at = b + head;
	return TL_OK;
}

static void convert_one(const idx *x, int64_t i, void *to)
{
	uint64_t bits = big_endian(x->at + i * x->bytes, x->bytes);
	uint32_t half = (uint32_t)bits;
	int32_t value = x->type == 0x09   ? (int8_t)bits
			: x->type == 0x0b ? (int16_t)bits
					  : (int32_t)half;
	if (x->dtype == TL_F64)
		memcpy((double *)to + i, &bits, sizeof bits);
	else if (x->dtype == TL_F32)
		memcpy((float *)to + i, &half, sizeof half);
	else
		((int32_t *)to)[i] = value;
}

tl_array tl_idx_parse(const void *bytes, size_t size, const char *name, tl_idx_form form,
		      tl_error *error)
{
	idx x = {0};
	tl_array none = {0};
	name = name ? name : "idx";
	if (!bytes || form < TL_IDX_EXACT || form > TL_IDX_FRACTIONS) {
		tl_fail(error, TL_ERROR_ARGUMENT, "%s: there are no bytes, or no such form", name);
		return none;
	}
	if (read_head(&x, bytes, size, name, error))
		return none;
	if (form == TL_IDX_FRACTIONS && x.type != 0x08) {
		tl_fail(error, TL_ERROR_TYPE, "%s: fractions are of bytes, and it has others",
			name);
		return none;
	}
	x.dtype = form == TL_IDX_FRACTIONS ? TL_F32 : x.dtype;
	void *data = tl_alloc((size_t)x.size * tl_dtype_size(x.dtype));
	if (!data) {
		tl_fail(error, TL_ERROR_MEMORY, "%s: out of memory", name);
		return none;
	}
	for (int64_t i = 0; i < x.size; i++) {
		if (form == TL_IDX_FRACTIONS)
			((float *)data)[i] = (float)x.at[i] / 255;
		else
			convert_one(&x, i, data);
	}
	return (tl_array){data, x.dtype, x.shape, x.size};
}

tl_array tl_idx_read(const char *path, tl_idx_form form, tl_error *error)
{
	tl_text file = {0};
	tl_array a = {0};
	if (!tl_text_add_file(&file, path, error))
		a = tl_idx_parse(file.bytes, file.size, path, form, error);
	tl_text_finish(&file);
	return a;
}

void tl_pixels_free(tl_array *array)
{
	if (!array)
		return;
	tl_free(array->data);
	*array = (tl_array){0};
}
