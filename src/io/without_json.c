/* The calls that need JSON, of a library that was built without jansson. */
#include "base/fail.h"
#include "io/model_save.h"

#include <tapeloop/model.h>

static tl_status none(tl_error *error)
{
	return tl_fail(error, TL_ERROR_FILE,
		       "safetensors: the library was built without jansson, which reads them");
}

tl_status tl_safetensors_write(const char *path, const tl_named_array *arrays, int count,
			       const tl_metadata *metadata, int metadata_count, tl_error *error)
{
	(void)path, (void)arrays, (void)count, (void)metadata, (void)metadata_count;
	return none(error);
}

tl_safetensors *tl_safetensors_open(const char *path, tl_error *error)
{
	(void)path;
	none(error);
	return NULL;
}

void tl_safetensors_close(tl_safetensors *file)
{
	(void)file;
}

int tl_safetensors_count(const tl_safetensors *file)
{
	(void)file;
	return 0;
}

const char *tl_safetensors_name(const tl_safetensors *file, int index)
{
	(void)file, (void)index;
	return NULL;
}

int tl_safetensors_find(const tl_safetensors *file, const char *name)
{
	(void)file, (void)name;
	return -1;
}

tl_shape tl_safetensors_shape(const tl_safetensors *file, int index)
{
	(void)file, (void)index;
	return TL_SCALAR;
}

const char *tl_safetensors_dtype(const tl_safetensors *file, int index)
{
	(void)file, (void)index;
	return NULL;
}

const char *tl_safetensors_metadata(const tl_safetensors *file, const char *key)
{
	(void)file, (void)key;
	return NULL;
}

tl_metadata tl_safetensors_metadata_at(const tl_safetensors *file, int index)
{
	(void)file, (void)index;
	return (tl_metadata){NULL, NULL};
}

tl_status tl_safetensors_read(const tl_safetensors *file, const char *name, tl_array *into,
			      tl_error *error)
{
	(void)file, (void)name, (void)into;
	return none(error);
}

tl_status tl_params_save(tl_params *set, const char *path, const tl_metadata *metadata,
			 int metadata_count, tl_error *error)
{
	(void)set, (void)path, (void)metadata, (void)metadata_count;
	return none(error);
}

tl_status tl_params_load(tl_params *set, const char *path, const tl_params_load_options *options,
			 tl_error *error)
{
	(void)set, (void)path, (void)options;
	return none(error);
}

tl_status tl_params_read(tl_params *set, const tl_safetensors *file,
			 const tl_params_load_options *options, tl_error *error)
{
	(void)set, (void)file, (void)options;
	return none(error);
}

tl_status tl_model_save(const char *path, tl_params *set, tl_cell *const *cells, int count,
			const tl_metadata *metadata, int metadata_count, tl_error *error)
{
	(void)path, (void)set, (void)cells, (void)count, (void)metadata, (void)metadata_count;
	return none(error);
}

tl_status tl_model_text(const char *path, tl_params *set, tl_cell *const *cells, int count,
			char **text, tl_error *error)
{
	(void)path, (void)set, (void)cells, (void)count;
	*text = NULL;
	return none(error);
}

void tl_model_text_free(char *text)
{
	(void)text;
}

tl_model *tl_model_load(const char *path, tl_error *error)
{
	(void)path;
	none(error);
	return NULL;
}

void tl_model_destroy(tl_model *model)
{
	(void)model;
}

tl_params *tl_model_set(const tl_model *model)
{
	(void)model;
	return NULL;
}

tl_cell *tl_model_cell(const tl_model *model, const char *name)
{
	(void)model, (void)name;
	return NULL;
}

int tl_model_cell_count(const tl_model *model)
{
	(void)model;
	return 0;
}

tl_cell *tl_model_cell_at(const tl_model *model, int index)
{
	(void)model, (void)index;
	return NULL;
}

const char *tl_model_metadata(const tl_model *model, const char *key)
{
	(void)model, (void)key;
	return NULL;
}
