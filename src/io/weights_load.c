/*
 * Weights of other frameworks, read. All arrays of all layers are read into memory first; only when
 * nothing can fail any more do they go to the cells, by tl_cell_import.
 */
#include "base/fail.h"
#include "base/memory.h"
#include "io/layout.h"
#include "io/map.h"
#include "io/npy.h"
#include "io/safetensors.h"

#include <string.h>
#include <tapeloop/custom_cell.h>

/* One of the two is there. */
typedef struct source {
	const char *path;
	tl_safetensors *tensors;
	tl_npy *arrays;
	tl_error *error;
} source;

static tl_status open_source(source *s)
{
	tl_map map;
	tl_status status = tl_map_open(&map, s->path, s->error);
	if (status)
		return status;
	bool archive = map.size >= 2 && !memcmp(map.bytes, "PK", 2);
	tl_map_close(&map);
	if (archive)
		s->arrays = tl_npy_open(s->path, s->error);
	else
		s->tensors = tl_safetensors_open(s->path, s->error);
	return s->arrays || s->tensors ? TL_OK : s->error->status;
}

static void close_source(source *s)
{
	tl_safetensors_close(s->tensors);
	tl_npy_close(s->arrays);
}

static int find(const source *s, const char *name)
{
	return s->arrays ? tl_npy_find(s->arrays, name) : tl_safetensors_find(s->tensors, name);
}

static tl_status read_array(const source *s, const char *name, tl_array *into)
{
	return s->arrays ? tl_npy_read(s->arrays, name, into, s->error)
			 : tl_safetensors_read(s->tensors, name, into, s->error);
}

/* Which of the part's names the file has, or NULL. */
static const char *name_in(const source *s, const tl_part *part)
{
	for (int i = 0; i < TL_PART_NAMES; i++)
		if (*part->name[i] && find(s, part->name[i]) >= 0)
			return part->name[i];
	return NULL;
}

/* The shape in the file: with an axis of one or two directions in front, where there is such. */
static tl_shape whole_shape(const source *s, const tl_layout *l, const tl_part *part,
			    const char *name)
{
	tl_shape shape = part->shape;
	if (!l->directions)
		return shape;
	tl_shape is = s->arrays ? tl_npy_shape(s->arrays, find(s, name))
				: tl_safetensors_shape(s->tensors, find(s, name));
	for (int64_t axis = shape.rank++; axis > 0; axis--)
		shape.dim[axis] = shape.dim[axis - 1];
	shape.dim[0] = is.rank > 0 && is.dim[0] == 2 ? 2 : 1;
	return shape;
}

static tl_status read_part(const source *s, tl_layout *l, tl_part *part, int *directions)
{
	const char *name = name_in(s, part);
	if (part->shape.rank < 0)
		return !name ? TL_OK
			     : tl_fail(s->error, TL_ERROR_ARGUMENT,
				       "%.200s: tensor %.120s: cell %.60s (%.40s) has no place for "
				       "it",
				       s->path, name, tl_cell_name(l->layer->cell),
				       tl_cell_get_kind(l->layer->cell)->name);
	if (!name && part->needed)
		return tl_fail(s->error, TL_ERROR_NAME, "%.200s: there is no tensor %.120s",
			       s->path, *part->name[0] ? part->name[0] : "of so long a name");
	/* what is missing is zero, in both directions */
	tl_shape shape = name ? whole_shape(s, l, part, name) : part->shape;
	size_t bytes = (size_t)tl_shape_size(shape) * tl_dtype_size(l->dtype);
	if (!(part->data = tl_alloc_zero(name ? bytes : 2 * bytes)))
		return tl_fail(s->error, TL_ERROR_MEMORY, "%.200s: out of memory", s->path);
	if (!name)
		return TL_OK;
	tl_array into = {part->data, l->dtype, shape, 0};
	int has = l->directions ? (int)shape.dim[0] : 1;
	if (*directions && *directions != has)
		return tl_fail(s->error, TL_ERROR_SHAPE,
			       "%.200s: tensor %.120s: it has not as many directions as W", s->path,
			       name);
	*directions = has;
	return read_array(s, name, &into);
}

static tl_status read_layer(const source *s, tl_layout *l, const tl_weights_layer *layer,
			    tl_weights_format format, int *direction)
{
	int directions = 0;
	tl_status status = tl_layout_of(l, layer, format, s->path, s->error);
	for (int i = 0; i < TL_PARTS && !status; i++)
		status = read_part(s, l, &l->part[i], &directions);
	if (status)
		return status;
	const tl_part *b = &l->part[TL_PART_B], *b_h = &l->part[TL_PART_B_H];
	if (b_h->shape.rank >= 0 && !name_in(s, b) != !name_in(s, b_h))
		return tl_fail(s->error, TL_ERROR_NAME,
			       "%.200s: of the biases %.100s and %.100s one is missing", s->path,
			       b->name[0], b_h->name[0]);
	/* a layer that is backward only has one direction, too */
	*direction = l->directions && layer->reverse && directions == 2;
	return TL_OK;
}

static void import(const tl_layout *l, int direction)
{
	tl_flat_weights w = tl_layout_arrays(l, direction, NULL);
	tl_cell_import(l->layer->cell, l->order, &w);
}

tl_status tl_weights_load(const char *path, tl_weights_format format,
			  const tl_weights_layer *layers, int count, tl_error *error)
{
	tl_error unasked;
	source s = {.path = path, .error = error ? error : &unasked};
	if (!path || !layers || count < 1)
		return tl_fail(error, TL_ERROR_ARGUMENT, "weights: there is no path or no layer");
	tl_layout *l = tl_alloc_zero((size_t)count * sizeof *l);
	int *direction = tl_alloc_zero((size_t)count * sizeof *direction);
	tl_status status = l && direction
				   ? open_source(&s)
				   : tl_fail(error, TL_ERROR_MEMORY, "%.200s: out of memory", path);
	for (int i = 0; i < count && !status; i++)
		status = read_layer(&s, &l[i], &layers[i], format, &direction[i]);
	for (int i = 0; i < count && !status; i++)
		import(&l[i], direction[i]);
	for (int i = 0; l && i < count; i++)
		for (int k = 0; k < TL_PARTS; k++)
			tl_free(l[i].part[k].data);
	tl_free(l);
	tl_free(direction);
	close_source(&s);
	return status;
}
