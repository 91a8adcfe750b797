/* Weights as other frameworks have them, written: exported from the cells into arrays of their
 * layouts, which go to one file. */
#include "base/fail.h"
#include "base/memory.h"
#include "io/layout.h"

#include <string.h>
#include <tapeloop/npy.h>

typedef struct saving {
	const char *path;
	const tl_weights_layer *layers;
	tl_layout *layout;
	int count;
	tl_error *error;
} saving;

static tl_status out_of_memory(const saving *s)
{
	return tl_fail(s->error, TL_ERROR_MEMORY, "%.200s: out of memory", s->path);
}

/* Is layer i the second half of the arrays of the one before? */
static bool is_second(const saving *s, int i)
{
	const tl_layout *l = s->layout;
	return i > 0 && l[i].directions && l[i].layer->reverse && !l[i - 1].layer->reverse &&
	       !strcmp(l[i].part[TL_PART_W].name[0], l[i - 1].part[TL_PART_W].name[0]);
}

static bool has_second(const saving *s, int i)
{
	return i + 1 < s->count && is_second(s, i + 1);
}

/* Two of them must be of one size. */
static tl_status check_second(const saving *s, int i)
{
	for (int k = 0; k < TL_PARTS; k++) {
		const tl_part *a = &s->layout[i - 1].part[k], *b = &s->layout[i].part[k];
		if (memcmp(&a->shape, &b->shape, sizeof a->shape) != 0 ||
		    s->layout[i - 1].dtype != s->layout[i].dtype ||
		    strcmp(a->name[0], b->name[0]) != 0)
			return tl_fail(s->error, TL_ERROR_SHAPE,
				       "%.200s: cell %.100s: it cannot be the other direction of "
				       "%.100s, whose arrays have other shapes or names",
				       s->path, tl_cell_name(s->layers[i].cell),
				       tl_cell_name(s->layers[i - 1].cell));
	}
	return TL_OK;
}

static void add_to(void *sum, const void *x, int64_t size, tl_dtype dtype)
{
	for (int64_t i = 0; i < size; i++)
		if (dtype == TL_F64)
			((double *)sum)[i] += ((const double *)x)[i];
		else
			((float *)sum)[i] += ((const float *)x)[i];
}

/* The cell of layer i, into the arrays of layer `home`. */
static tl_status export_cell(const saving *s, int i, int home)
{
	tl_layout *l = &s->layout[home];
	size_t number = tl_dtype_size(l->dtype);
	void *b_h = l->bias_is_summed ? tl_alloc_zero((size_t)l->rows * number) : NULL;
	if (l->bias_is_summed && !b_h)
		return out_of_memory(s);
	tl_flat_weights w = tl_layout_arrays(l, i - home, b_h);
	tl_status status = tl_cell_export(s->layers[i].cell, l->order, &w, NULL);
	if (b_h)
		add_to(w.b, b_h, l->rows, l->dtype);
	tl_free(b_h);
	return status;
}

static tl_status make_arrays(const saving *s, int i)
{
	tl_layout *l = &s->layout[i];
	size_t twice = has_second(s, i) ? 2 : 1;
	for (int k = 0; k < TL_PARTS; k++) {
		tl_part *p = &l->part[k];
		size_t bytes = (size_t)tl_part_size(p) * tl_dtype_size(l->dtype) * twice;
		if (p->shape.rank < 0)
			continue;
		if (!*p->name[0])
			return tl_fail(s->error, TL_ERROR_ARGUMENT,
				       "%.200s: cell %.100s: its prefix is too long", s->path,
				       tl_cell_name(s->layers[i].cell));
		if (!(p->data = tl_alloc_zero(bytes)))
			return out_of_memory(s);
	}
	return TL_OK;
}

static tl_status gather(const saving *s, tl_weights_format format)
{
	tl_status status = TL_OK;
	for (int i = 0; i < s->count && !status; i++)
		status = tl_layout_of(&s->layout[i], &s->layers[i], format, s->path, s->error);
	for (int i = 0; i < s->count && !status; i++) {
		bool second = is_second(s, i);
		status = second ? check_second(s, i) : make_arrays(s, i);
		if (!status)
			status = export_cell(s, i, second ? i - 1 : i);
	}
	return status;
}

static tl_named_array named(const saving *s, int i, const tl_part *p)
{
	const tl_layout *l = &s->layout[i];
	tl_shape shape = p->shape;
	if (l->directions) {
		for (int64_t axis = shape.rank++; axis > 0; axis--)
			shape.dim[axis] = shape.dim[axis - 1];
		shape.dim[0] = has_second(s, i) ? 2 : 1;
	}
	return (tl_named_array){p->name[0], {p->data, l->dtype, shape, tl_shape_size(shape)}};
}

static tl_status write_all(const saving *s, tl_weights_format format)
{
	/* what others who read PyTorch's tensors want to be told */
	static const tl_metadata from_pytorch = {"format", "pt"};
	size_t length = strlen(s->path);
	bool archive = length >= 4 && !strcmp(s->path + length - 4, ".npz");
	tl_named_array *arrays = tl_alloc((size_t)s->count * TL_PARTS * sizeof *arrays);
	int count = 0;
	if (!arrays)
		return out_of_memory(s);
	for (int i = 0; i < s->count; i++)
		for (int k = 0; k < TL_PARTS; k++)
			if (s->layout[i].part[k].data)
				arrays[count++] = named(s, i, &s->layout[i].part[k]);
	tl_status status = archive ? tl_npz_write(s->path, arrays, count, s->error)
				   : tl_safetensors_write(s->path, arrays, count, &from_pytorch,
							  format == TL_WEIGHTS_PYTORCH, s->error);
	tl_free(arrays);
	return status;
}

tl_status tl_weights_save(const char *path, tl_weights_format format,
			  const tl_weights_layer *layers, int count, tl_error *error)
{
	if (!path || !layers || count < 1)
		return tl_fail(error, TL_ERROR_ARGUMENT, "weights: there is no path or no layer");
	saving s = {path, layers, tl_alloc_zero((size_t)count * sizeof(tl_layout)), count, error};
	if (!s.layout)
		return out_of_memory(&s);
	tl_status status = gather(&s, format);
	if (!status)
		status = write_all(&s, format);
	for (int i = 0; i < count; i++)
		for (int k = 0; k < TL_PARTS; k++)
			tl_free(s.layout[i].part[k].data);
	tl_free(s.layout);
	return status;
}
