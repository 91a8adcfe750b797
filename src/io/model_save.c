/*
 * Saving a model. What is written beside the numbers is the order in which the set was made: each
 * parameter by its name, or the cell whose first one it is. Loading makes them in that order again,
 * so that the blocks of both sets have the same layout.
 */
#include <tapeloop/equations.h>

#include "base/fail.h"
#include "base/memory.h"
#include "io/members.h"
#include "io/model_save.h"

#include <string.h>

enum { VERSION = 1 };

typedef struct saving {
	const char *path;
	tl_params *set;
	tl_cell *const *cells;
	int count;
	tl_error *error;
} saving;

static tl_status out_of_memory(const saving *s)
{
	return tl_fail(s->error, TL_ERROR_MEMORY, "%.200s: out of memory", s->path);
}

static tl_status wrong_cell(const saving *s, const tl_cell *cell, tl_status status,
			    const char *reason)
{
	return tl_fail(s->error, status, "%.200s: cell %.100s (%.60s): %.200s", s->path,
		       tl_cell_name(cell), cell ? tl_cell_get_kind(cell)->name : "none", reason);
}

/* Is it of this set, and no other one's name? */
static tl_status check_cells(const saving *s)
{
	for (int k = 0; k < s->count; k++) {
		const tl_cell *cell = s->cells[k];
		tl_param *first = tl_cell_param_at(cell, 0);
		if (!first || tl_params_find(s->set, tl_param_name(first)) != first)
			return wrong_cell(s, cell, TL_ERROR_ARGUMENT,
					  "it has no parameters in this set");
		for (int other = 0; other < k; other++)
			if (!strcmp(tl_cell_name(s->cells[other]), tl_cell_name(cell)))
				return wrong_cell(s, cell, TL_ERROR_NAME, "it is there twice");
	}
	return TL_OK;
}

/* {"cell": "lstm0", "kind": "lstm", "options": {"in": 3, ...}, "extra": {...}}; of a kind from text
 * also {"text": "cell ...", "text_options": "leak=0.9"} */
static tl_status describe_cell(const saving *s, const tl_cell *cell, json_t *object)
{
	const tl_cell_kind *kind = tl_cell_get_kind(cell);
	const tl_cell_options *o = tl_cell_get_options(cell);
	tl_error reason = {TL_OK, ""};
	if (json_object_set_new(object, "cell", json_string(tl_cell_name(cell))) ||
	    json_object_set_new(object, "kind", json_string(kind->name)))
		return wrong_cell(s, cell, TL_ERROR_ARGUMENT,
				  "its name or its kind's is not UTF-8, or out of memory");
	const char *text = tl_cell_kind_text(kind);
	if (text && (json_object_set_new(object, "text", json_string(text)) ||
		     json_object_set_new(object, "text_options",
					 json_string(tl_cell_kind_text_options(kind)))))
		return wrong_cell(s, cell, TL_ERROR_ARGUMENT,
				  "its text is not UTF-8, or out of memory");
	const tl_cell_kind *named = text ? NULL : tl_cell_kind_find(kind->name);
	if (named && (named->step != kind->step || named->weights != kind->weights))
		return wrong_cell(s, cell, TL_ERROR_NAME,
				  "another kind is registered under its kind's name, and would be "
				  "loaded in its place");
	if (kind->extra_size && !kind->extra_members)
		return wrong_cell(
			s, cell, TL_ERROR_ARGUMENT,
			"the kind has options of its own and no .extra_members, which say "
			"how to write them");
	json_t *options = json_object(), *extra = json_object();
	tl_status status = tl_members_write(tl_cell_members, o, true, options, &reason);
	if (!status && kind->extra_size)
		status = tl_members_write(kind->extra_members, o->extra, false, extra, &reason);
	bool set = !json_object_set_new(object, "options", options);
	if (kind->extra_size)
		set = !json_object_set_new(object, "extra", extra) && set;
	else
		json_decref(extra);
	return status ? wrong_cell(s, cell, status, reason.text) : set ? TL_OK : out_of_memory(s);
}

static const tl_cell *cell_that_begins_with(const saving *s, const tl_param *p)
{
	for (int k = 0; k < s->count; k++)
		if (tl_cell_param_at(s->cells[k], 0) == p)
			return s->cells[k];
	return NULL;
}

static bool is_of_a_cell(const saving *s, const tl_param *p)
{
	for (int k = 0; k < s->count; k++)
		for (int i = 0; i < tl_cell_param_count(s->cells[k]); i++)
			if (tl_cell_param_at(s->cells[k], i) == p)
				return true;
	return false;
}

static tl_status add_item(const saving *s, tl_param *p, json_t *order, json_t *frozen)
{
	const tl_cell *cell = cell_that_begins_with(s, p);
	tl_status status = TL_OK;
	if (cell || !is_of_a_cell(s, p)) {
		json_t *object = json_object();
		const char *is = tl_param_is_buffer(p) ? "buffer" : "param";
		if (cell)
			status = describe_cell(s, cell, object);
		else if (json_object_set_new(object, is, json_string(tl_param_name(p))))
			status = tl_fail(
				s->error, TL_ERROR_ARGUMENT,
				"%.200s: tensor %.120s: its name is not UTF-8, or out of memory",
				s->path, tl_param_name(p));
		if (json_array_append_new(order, object) && !status)
			status = out_of_memory(s);
	}
	if (!status && !tl_param_is_buffer(p) && !tl_param_is_trainable(p) &&
	    json_array_append_new(frozen, json_string(tl_param_name(p))))
		status = out_of_memory(s);
	return status;
}

/* The JSON of all that is no number; the caller frees it as jansson has it. */
static tl_status describe(const saving *s, char **text)
{
	json_t *model = json_object(), *order = json_array(), *frozen = json_array();
	const char *dtype = tl_params_dtype(s->set) == TL_F64 ? "F64" : "F32";
	tl_status status = TL_OK;
	bool made = !json_object_set_new(model, "version", json_integer(VERSION));
	made = !json_object_set_new(model, "dtype", json_string(dtype)) && made;
	made = !json_object_set_new(model, "order", order) && made;
	made = !json_object_set_new(model, "frozen", frozen) && made;
	for (int i = 0; i < tl_params_count(s->set) && made && !status; i++)
		status = add_item(s, tl_params_at(s->set, i), order, frozen);
	if (made && !status)
		*text = json_dumps(model, JSON_COMPACT);
	json_decref(model);
	return status || *text ? status : out_of_memory(s);
}

static tl_status save(const saving *s, const tl_metadata *metadata, int count, const char *text)
{
	tl_metadata *all = tl_alloc(((size_t)count + 1) * sizeof *all);
	if (!all)
		return out_of_memory(s);
	all[0] = (tl_metadata){TL_MODEL_KEY, text};
	if (count)
		memcpy(all + 1, metadata, (size_t)count * sizeof *all);
	tl_status status = tl_params_save(s->set, s->path, all, count + 1, s->error);
	tl_free(all);
	return status;
}

tl_status tl_model_text(const char *path, tl_params *set, tl_cell *const *cells, int count,
			char **text, tl_error *error)
{
	saving s = {path, set, cells, count, error};
	*text = NULL;
	if (tl_params_error(set))
		return tl_fail(error, tl_params_status(set), "%.200s: %.200s", path,
			       tl_params_error(set));
	tl_status status = check_cells(&s);
	return status ? status : describe(&s, text);
}

void tl_model_text_free(char *text)
{
	json_free_t release;
	json_get_alloc_funcs(NULL, &release);
	release(text);
}

tl_status tl_model_save(const char *path, tl_params *set, tl_cell *const *cells, int count,
			const tl_metadata *metadata, int metadata_count, tl_error *error)
{
	saving s = {path, set, cells, count, error};
	char *text = NULL;
	if (!path || !set || count < 0 || (count && !cells) || metadata_count < 0 ||
	    (metadata_count && !metadata))
		return tl_fail(
			error, TL_ERROR_ARGUMENT,
			"model: there is no path or no set, or there are no cells or metadata");
	tl_status status = tl_model_text(path, set, cells, count, &text, error);
	if (!status)
		status = save(&s, metadata, metadata_count, text);
	tl_model_text_free(text);
	return status;
}
