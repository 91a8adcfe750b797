/* Read all arrays of a file as doubles and write them to another, for the tests that try files
 * against other programs': .npy, .npz, or safetensors by the name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tapeloop/train.h>

static bool ends_with(const char *text, const char *ending)
{
	size_t length = strlen(text), rest = strlen(ending);
	return length >= rest && !strcmp(text + length - rest, ending);
}

static tl_status read_npy(const char *path, tl_named_array **arrays, int *count, tl_error *e)
{
	tl_npy *f = tl_npy_open(path, e); /* stays open: the arrays are its own */
	if (!f)
		return e->status;
	*count = tl_npy_count(f);
	*arrays = calloc((size_t)*count + 1, sizeof **arrays);
	for (int i = 0; i < *count; i++) {
		(*arrays)[i].name = tl_npy_name(f, i);
		(*arrays)[i].array = tl_npy_array(f, tl_npy_name(f, i), TL_F64, e);
		if (!(*arrays)[i].array.data)
			return e->status;
	}
	return TL_OK;
}

static tl_status read_safetensors(const char *path, tl_named_array **arrays, int *count,
				  tl_error *e)
{
	tl_safetensors *f = tl_safetensors_open(path, e);
	if (!f)
		return e->status;
	*count = tl_safetensors_count(f);
	*arrays = calloc((size_t)*count + 1, sizeof **arrays);
	for (int i = 0; i < *count; i++) {
		tl_array *a = &(*arrays)[i].array;
		(*arrays)[i].name = tl_safetensors_name(f, i);
		a->dtype = TL_F64;
		a->shape = tl_safetensors_shape(f, i);
		if (a->shape.rank <= TL_MAX_RANK)
			a->data = calloc((size_t)tl_shape_size(a->shape) + 1, sizeof(double));
		if (tl_safetensors_read(f, (*arrays)[i].name, a, e))
			return e->status;
	}
	return TL_OK;
}

int main(int argc, char **argv)
{
	tl_error e = {TL_OK, ""};
	tl_named_array *arrays = NULL;
	int count = 0;
	if (argc != 3)
		return 2;
	tl_status status = ends_with(argv[1], ".safetensors")
				   ? read_safetensors(argv[1], &arrays, &count, &e)
				   : read_npy(argv[1], &arrays, &count, &e);
	if (!status)
		status = ends_with(argv[2], ".npy") ? tl_npy_write(argv[2], &arrays[0].array, &e)
			 : ends_with(argv[2], ".npz")
				 ? tl_npz_write(argv[2], arrays, count, &e)
				 : tl_safetensors_write(argv[2], arrays, count, NULL, 0, &e);
	if (status)
		fprintf(stderr, "%s\n", e.text);
	return status != TL_OK;
}
