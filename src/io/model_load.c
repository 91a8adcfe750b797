/*
 * A model from its file. The set is made in the order in which it was, with limits so that a
 * hostile file cannot ask for more memory than its own tensors are worth; then all values are read
 * at once.
 */
#include <tapeloop/equations.h>

#include "base/fail.h"
#include "base/memory.h"
#include "io/members.h"
#include "io/model_load.h"
#include "io/safetensors.h"

#include <string.h>

enum { VERSION = 1 };

struct tl_model {
	tl_safetensors *file; /* has the metadata */
	tl_params *set;
	tl_cell **cell;
	int count;
};

/* `reason` may be of the set, which keeps its first error. */
static tl_status wrong(const tl_model *m, tl_error *error, tl_status status, const char *reason)
{
	return tl_fail(error, status, "%.200s: %.250s", tl_safetensors_path(m->file), reason);
}

static tl_status wrong_set(const tl_model *m, tl_error *error)
{
	return wrong(m, error, tl_params_status(m->set), tl_params_error(m->set));
}

static tl_status wrong_cell(const tl_model *m, const char *name, tl_error *error, tl_status status,
			    const char *reason)
{
	return tl_fail(error, status, "%.200s: cell %.100s: %.150s", tl_safetensors_path(m->file),
		       name, reason);
}

/* Numbers in all tensors, and what a set may pad each with. */
static int64_t numbers_in(const tl_safetensors *file)
{
	int64_t numbers = 0;
	for (int i = 0; i < tl_safetensors_count(file); i++) {
		tl_shape shape = tl_safetensors_shape(file, i);
		numbers += 16 + (shape.rank <= TL_MAX_RANK ? tl_shape_size(shape) : 0);
	}
	return numbers;
}

/* Cells */

/* Values are read, so that making them orthogonal first, the one initialisation that takes long, is
 * left out. Whether the kind has it is asked of a small one. */
static void set_plain_start(const tl_cell_kind *kind, tl_cell_options *o)
{
	unsigned takes =
		tl_cell_kind_takes(kind, &(tl_cell_options){.in = o->in < 8 ? o->in : 8,
							    .hidden = o->hidden < 8 ? o->hidden : 8,
							    .extra = o->extra});
	if (takes & TL_OPTION_RECURRENT_INIT)
		o->recurrent_init = tl_init_zeros();
}

static tl_status make_cell(tl_model *m, const char *name, const tl_cell_kind *kind,
			   tl_cell_options *o, tl_error *error)
{
	if (o->in < 1 || o->hidden < 1 || o->hidden > numbers_in(m->file))
		return wrong_cell(m, name, error, TL_ERROR_FILE,
				  "its sizes are not those of its tensors");
	set_plain_start(kind, o);
	m->cell[m->count] = tl_cell_kind_text(kind)
				    ? tl_cell_create_from_kind(m->set, kind, name, *o)
				    : tl_cell_create(m->set, kind->name, name, *o);
	if (!m->cell[m->count])
		return wrong_set(m, error);
	m->count++;
	return TL_OK;
}

/* The options of a cell of this kind, and the cell. */
static tl_status add_cell_of(tl_model *m, const json_t *item, const char *name,
			     const tl_cell_kind *kind, tl_error *error)
{
	const json_t *extra = json_object_get(item, "extra");
	tl_error reason = {TL_OK, ""};
	tl_cell_options o = {0};
	if (!extra != !kind->extra_size || (extra && !kind->extra_members))
		return wrong_cell(m, name, error, TL_ERROR_FILE,
				  "its kind has no such options of its own");
	char *own = tl_alloc_zero(kind->extra_size);
	if (!own)
		return wrong_cell(m, name, error, TL_ERROR_MEMORY, "out of memory");
	tl_status status =
		tl_members_read(tl_cell_members, json_object_get(item, "options"), &o, &reason);
	if (!status && extra) {
		status = tl_members_read(kind->extra_members, extra, own, &reason);
		o.extra = own;
	}
	status = status ? wrong_cell(m, name, error, status, reason.text)
			: make_cell(m, name, kind, &o, error);
	tl_free(own);
	return status;
}

/* A kind whose text is in the file; the cell made of it keeps what it needs. */
static tl_status add_cell_of_text(tl_model *m, const json_t *item, const char *name,
				  const char *text, tl_error *error)
{
	const char *options = json_string_value(json_object_get(item, "text_options"));
	tl_error reason = {TL_OK, ""};
	if (!options || json_object_size(item) != 5)
		return wrong_cell(m, name, error, TL_ERROR_FILE,
				  "it is not described by kind, options, text and text_options");
	tl_cell_kind *kind = tl_cell_parse(text, name, options, &reason);
	if (!kind)
		return wrong_cell(m, name, error,
				  reason.status == TL_ERROR_MEMORY ? TL_ERROR_MEMORY
								   : TL_ERROR_FILE,
				  reason.text);
	tl_status status = add_cell_of(m, item, name, kind, error);
	tl_cell_kind_destroy(kind);
	return status;
}

static tl_status add_cell(tl_model *m, const json_t *item, const char *name, tl_error *error)
{
	const char *called = json_string_value(json_object_get(item, "kind"));
	const char *text = json_string_value(json_object_get(item, "text"));
	const tl_cell_kind *kind = tl_cell_kind_find(called);
	if (called && text)
		return add_cell_of_text(m, item, name, text, error);
	bool extra = json_object_get(item, "extra") != NULL;
	if (!called || json_object_size(item) != 3 + (size_t)extra)
		return wrong_cell(m, name, error, TL_ERROR_FILE,
				  "it is not described by kind, options and extra");
	if (!kind)
		return tl_fail(error, TL_ERROR_NAME,
			       "%.200s: cell %.100s: there is no kind \"%.60s\"; your own are "
			       "registered with tl_cell_kind_register",
			       tl_safetensors_path(m->file), name, called);
	return add_cell_of(m, item, name, kind, error);
}

/* Parameters */

static tl_status add_param(tl_model *m, const char *name, bool buffer, tl_error *error)
{
	int index = tl_safetensors_find(m->file, name);
	if (index < 0)
		return tl_fail(error, TL_ERROR_FILE, "%.200s: there is no tensor %.120s",
			       tl_safetensors_path(m->file), name);
	tl_shape shape = tl_safetensors_shape(m->file, index);
	tl_param *p = buffer ? tl_params_add_buffer(m->set, name, shape, tl_init_zeros())
			     : tl_params_add(m->set, name, shape, tl_init_zeros());
	if (!p)
		return wrong_set(m, error);
	return tl_param_offer(p);
}

static tl_status add_item(tl_model *m, const json_t *item, tl_error *error)
{
	const char *cell = json_string_value(json_object_get(item, "cell"));
	const char *param = json_string_value(json_object_get(item, "param"));
	const char *buffer = json_string_value(json_object_get(item, "buffer"));
	if (cell)
		return add_cell(m, item, cell, error);
	if (json_object_size(item) != 1 || (!param && !buffer))
		return wrong(m, error, TL_ERROR_FILE,
			     "its model names something that is no cell, parameter or buffer");
	return add_param(m, param ? param : buffer, buffer != NULL, error);
}

static tl_status freeze(tl_model *m, const json_t *frozen, tl_error *error)
{
	for (size_t i = 0; i < json_array_size(frozen); i++) {
		const char *name = json_string_value(json_array_get(frozen, i));
		if (tl_param_set_trainable(tl_params_find(m->set, name), false))
			return wrong(m, error, TL_ERROR_FILE,
				     "its model freezes what is no parameter");
	}
	return TL_OK;
}

/* The model */

static tl_status make(tl_model *m, const json_t *model, tl_error *error)
{
	const char *dtype = json_string_value(json_object_get(model, "dtype"));
	const json_t *order = json_object_get(model, "order");
	const json_t *frozen = json_object_get(model, "frozen");
	if (json_integer_value(json_object_get(model, "version")) != VERSION)
		return wrong(m, error, TL_ERROR_FILE,
			     "its model is of a version that is not known here");
	bool wide = dtype && !strcmp(dtype, "F64");
	if (json_object_size(model) != 4 || !dtype || (!wide && strcmp(dtype, "F32") != 0) ||
	    !json_is_array(order) || !json_is_array(frozen))
		return wrong(m, error, TL_ERROR_FILE,
			     "its model is not described by version, dtype, order and frozen");
	m->set = tl_params_create(wide ? TL_F64 : TL_F32);
	m->cell = tl_alloc((json_array_size(order) + 1) * sizeof *m->cell);
	if (!m->set || !m->cell)
		return wrong(m, error, TL_ERROR_MEMORY, "out of memory");
	tl_params_set_limit(m->set, numbers_in(m->file));
	tl_status status = TL_OK;
	for (size_t i = 0; i < json_array_size(order) && !status; i++)
		status = add_item(m, json_array_get(order, i), error);
	tl_params_set_limit(m->set, 0);
	if (!status)
		status = freeze(m, frozen, error);
	return status ? status : tl_params_read(m->set, m->file, NULL, error);
}

static tl_status parse(tl_model *m, tl_error *error)
{
	const char *text = tl_safetensors_metadata(m->file, TL_MODEL_KEY);
	if (!text)
		return wrong(m, error, TL_ERROR_FILE,
			     "it has tensors and no model; tl_params_load reads those");
	json_error_t where = {.text = ""};
	json_t *model = json_loads(text, JSON_REJECT_DUPLICATES, &where);
	tl_status status = model ? make(m, model, error)
			   : !*where.text || json_error_code(&where) == json_error_out_of_memory
				   ? wrong(m, error, TL_ERROR_MEMORY, "out of memory")
				   : wrong(m, error, TL_ERROR_FILE, where.text);
	json_decref(model);
	return status;
}

tl_model *tl_model_of(tl_safetensors *file, tl_error *error)
{
	tl_model *m = tl_alloc_zero(sizeof *m);
	if (!m) {
		tl_fail(error, TL_ERROR_MEMORY, "%.200s: out of memory", tl_safetensors_path(file));
		tl_safetensors_close(file);
		return NULL;
	}
	m->file = file;
	if (!parse(m, error))
		return m;
	tl_model_destroy(m);
	return NULL;
}

tl_model *tl_model_load(const char *path, tl_error *error)
{
	tl_safetensors *file = tl_safetensors_open(path, error);
	return file ? tl_model_of(file, error) : NULL;
}

void tl_model_destroy(tl_model *m)
{
	if (!m)
		return;
	for (int i = 0; i < m->count; i++)
		tl_cell_destroy(m->cell[i]);
	tl_free(m->cell);
	tl_params_destroy(m->set);
	tl_safetensors_close(m->file);
	tl_free(m);
}

tl_params *tl_model_set(const tl_model *m)
{
	return m ? m->set : NULL;
}

tl_cell *tl_model_cell(const tl_model *m, const char *name)
{
	for (int i = 0; name && i < tl_model_cell_count(m); i++)
		if (!strcmp(tl_cell_name(m->cell[i]), name))
			return m->cell[i];
	return NULL;
}

int tl_model_cell_count(const tl_model *m)
{
	return m ? m->count : 0;
}

tl_cell *tl_model_cell_at(const tl_model *m, int index)
{
	return m && index >= 0 && index < m->count ? m->cell[index] : NULL;
}

const char *tl_model_metadata(const tl_model *m, const char *key)
{
	return m ? tl_safetensors_metadata(m->file, key) : NULL;
}
