/*
 * The values of a parameter set in a safetensors file. Loading goes twice over the set: all tensors
 * are found and looked at first, and when nothing can fail any more they are read.
 */
#include "base/fail.h"
#include "base/memory.h"
#include "io/safetensors.h"

#include <string.h>

static tl_status out_of_memory(const char *path, tl_error *error)
{
	return tl_fail(error, TL_ERROR_MEMORY, "%.200s: out of memory", path);
}

tl_status tl_params_save(tl_params *set, const char *path, const tl_metadata *metadata,
			 int metadata_count, tl_error *error)
{
	if (!path || tl_params_error(set))
		return tl_fail(error, set ? tl_params_status(set) : TL_ERROR_ARGUMENT,
			       "%.200s: %.200s", path ? path : "file",
			       path ? tl_params_error(set) : "there is no path");
	int count = tl_params_count(set);
	tl_named_array *arrays = tl_alloc((size_t)count * sizeof *arrays);
	if (!arrays)
		return out_of_memory(path, error);
	for (int i = 0; i < count; i++) {
		tl_param *p = tl_params_at(set, i);
		arrays[i] = (tl_named_array){tl_param_name(p),
					     {tl_param_value(p), tl_params_dtype(set),
					      tl_param_shape(p), tl_param_size(p)}};
	}
	tl_status status =
		tl_safetensors_write(path, arrays, count, metadata, metadata_count, error);
	tl_free(arrays);
	return status;
}

/* The tensor of each parameter, or -1. */
static tl_status find_all(tl_params *set, const tl_safetensors *file,
			  const tl_params_load_options *o, char *name, int *tensor, tl_error *error)
{
	const char *path = tl_safetensors_path(file);
	size_t skip = o->prefix ? strlen(o->prefix) : 0;
	if (skip)
		memcpy(name, o->prefix, skip);
	for (int i = 0; i < tl_params_count(set); i++) {
		tl_param *p = tl_params_at(set, i);
		tl_shape shape = tl_param_shape(p);
		strcpy(name + skip, tl_param_name(p));
		tensor[i] = tl_safetensors_find(file, name);
		if (tensor[i] < 0 && !o->allow_missing)
			return tl_fail(error, TL_ERROR_NAME,
				       "%.200s: there is no tensor %.120s, which the set has", path,
				       name);
		if (tensor[i] < 0)
			continue;
		tl_status status =
			tl_safetensors_check(file, tensor[i], tl_params_dtype(set), &shape, error);
		if (status)
			return status;
	}
	return TL_OK;
}

static tl_status check_surplus(const tl_params *set, const tl_safetensors *file, const char *prefix,
			       tl_error *error)
{
	size_t skip = prefix ? strlen(prefix) : 0;
	for (int i = 0; i < tl_safetensors_count(file); i++) {
		const char *name = tl_safetensors_name(file, i);
		if ((skip && strncmp(name, prefix, skip) != 0) || tl_params_find(set, name + skip))
			continue;
		if (!strncmp(name, TL_TRAINER_PREFIX, sizeof TL_TRAINER_PREFIX - 1))
			continue;
		return tl_fail(error, TL_ERROR_NAME,
			       "%.200s: tensor %.120s: the set has no such parameter",
			       tl_safetensors_path(file), name);
	}
	return TL_OK;
}

static size_t longest_name(const tl_params *set)
{
	size_t longest = 0;
	for (int i = 0; i < tl_params_count(set); i++) {
		size_t length = strlen(tl_param_name(tl_params_at(set, i)));
		longest = length > longest ? length : longest;
	}
	return longest;
}

tl_status tl_params_read(tl_params *set, const tl_safetensors *file,
			 const tl_params_load_options *options, tl_error *error)
{
	static const tl_params_load_options strict;
	const tl_params_load_options *o = options ? options : &strict;
	if (!set || !file)
		return tl_fail(error, TL_ERROR_ARGUMENT,
			       "safetensors: there is no parameter set or no file");
	int count = tl_params_count(set);
	int *tensor = tl_alloc((size_t)count * sizeof *tensor);
	char *name = tl_alloc((o->prefix ? strlen(o->prefix) : 0) + longest_name(set) + 1);
	tl_status status = tensor && name ? find_all(set, file, o, name, tensor, error)
					  : out_of_memory(tl_safetensors_path(file), error);
	if (!status && !o->allow_surplus)
		status = check_surplus(set, file, o->prefix, error);
	for (int i = 0; i < count && !status; i++)
		if (tensor[i] >= 0)
			tl_safetensors_convert(file, tensor[i], tl_params_dtype(set),
					       tl_param_value(tl_params_at(set, i)));
	tl_free(name);
	tl_free(tensor);
	return status;
}

tl_status tl_params_load(tl_params *set, const char *path, const tl_params_load_options *options,
			 tl_error *error)
{
	tl_error unasked;
	error = error ? error : &unasked;
	tl_safetensors *file = tl_safetensors_open(path, error);
	if (!file)
		return error->status;
	tl_status status = tl_params_read(set, file, options, error);
	tl_safetensors_close(file);
	return status;
}
