/*
 * Structs of options as JSON. A member is a number, a truth value, an activation by its name, or an
 * array of these. What the file has and the struct lacks is refused: it may matter to who wrote it.
 */
#include "io/members.h"
#include "base/fail.h"

#include <limits.h>
#include <string.h>

#define COMMON(NAME, TYPE) TL_MEMBER(tl_cell_options, NAME, TYPE)

const tl_member tl_cell_members[] = {
	COMMON(in, TL_MEMBER_INT64),
	COMMON(hidden, TL_MEMBER_INT64),
	COMMON(activation, TL_MEMBER_ACTIVATION),
	COMMON(forget_bias, TL_MEMBER_REAL),
	COMMON(chrono, TL_MEMBER_REAL),
	COMMON(trainable_initial_state, TL_MEMBER_BOOL),
	COMMON(two_biases, TL_MEMBER_BOOL),
	COMMON(layer_norm, TL_MEMBER_BOOL),
	COMMON(weight_dropout, TL_MEMBER_REAL),
	COMMON(update_dropout, TL_MEMBER_REAL),
	{0},
};

static size_t size_of(tl_member_type type)
{
	switch (type) {
	case TL_MEMBER_REAL:
		return sizeof(double);
	case TL_MEMBER_INT:
		return sizeof(int);
	case TL_MEMBER_INT64:
		return sizeof(int64_t);
	case TL_MEMBER_BOOL:
		return sizeof(bool);
	case TL_MEMBER_ACTIVATION:
		return sizeof(tl_activation);
	}
	return 0;
}

static tl_status unknown_type(const tl_member *m, tl_error *error)
{
	return tl_fail(error, TL_ERROR_ARGUMENT, "option %.60s has no type that files have",
		       m->name);
}

/* Writing */

static bool is_zero(const char *at, size_t size)
{
	while (size && !at[size - 1])
		size--;
	return size == 0;
}

/* NULL, and the error untouched, when memory is short. */
static json_t *value_at(const tl_member *m, const char *at, tl_error *error)
{
	tl_activation function;
	double real;
	int integer;
	int64_t wide;
	switch (m->type) {
	case TL_MEMBER_REAL:
		memcpy(&real, at, sizeof real);
		return json_real(real);
	case TL_MEMBER_INT:
		memcpy(&integer, at, sizeof integer);
		return json_integer(integer);
	case TL_MEMBER_INT64:
		memcpy(&wide, at, sizeof wide);
		return json_integer(wide);
	case TL_MEMBER_BOOL:
		return json_boolean(*(const bool *)at);
	case TL_MEMBER_ACTIVATION:
		memcpy(&function, at, sizeof function);
		if (!function)
			return json_null();
		if (tl_activation_name(function))
			return json_string(tl_activation_name(function));
		tl_fail(error, TL_ERROR_NAME,
			"option %.60s is a function without a name: tl_activation_register gives "
			"it one",
			m->name);
	}
	return NULL;
}

static json_t *values_at(const tl_member *m, const char *at, size_t size, tl_error *error)
{
	if (m->size == size)
		return value_at(m, at, error);
	json_t *array = json_array();
	for (size_t i = 0; i < m->size / size; i++)
		if (json_array_append_new(array, value_at(m, at + i * size, error))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

tl_status tl_members_write(const tl_member *members, const void *from, bool sparse, json_t *object,
			   tl_error *error)
{
	tl_error reason = {TL_OK, ""};
	for (const tl_member *m = members; m->name; m++) {
		const char *at = (const char *)from + m->offset;
		size_t size = size_of(m->type);
		if (!size || !m->size || m->size % size)
			return unknown_type(m, error);
		if (sparse && is_zero(at, m->size))
			continue;
		if (!json_object_set_new(object, m->name, values_at(m, at, size, &reason)))
			continue;
		return reason.status ? tl_fail(error, reason.status, "%s", reason.text)
				     : tl_fail(error, TL_ERROR_MEMORY,
					       "option %.60s: out of memory, or no finite number",
					       m->name);
	}
	return TL_OK;
}

/* Reading */

static tl_status read_activation(const tl_member *m, const json_t *value, char *at, tl_error *error)
{
	tl_activation function = tl_activation_find(json_string_value(value));
	if (json_is_string(value) && !function)
		return tl_fail(error, TL_ERROR_NAME,
			       "option %.60s: there is no activation \"%.60s\"; your own are "
			       "registered with tl_activation_register",
			       m->name, json_string_value(value));
	memcpy(at, &function, sizeof function);
	return json_is_string(value) || json_is_null(value) ? TL_OK : TL_ERROR_FILE;
}

static tl_status read_value(const tl_member *m, const json_t *value, char *at, tl_error *error)
{
	double real = json_number_value(value);
	int64_t wide = json_integer_value(value);
	int integer = (int)wide;
	bool truth = json_is_true(value), fits = json_is_integer(value);
	switch (m->type) {
	case TL_MEMBER_REAL:
		memcpy(at, &real, sizeof real);
		return json_is_number(value) ? TL_OK : TL_ERROR_FILE;
	case TL_MEMBER_INT:
		memcpy(at, &integer, sizeof integer);
		return fits && wide >= INT_MIN && wide <= INT_MAX ? TL_OK : TL_ERROR_FILE;
	case TL_MEMBER_INT64:
		memcpy(at, &wide, sizeof wide);
		return fits ? TL_OK : TL_ERROR_FILE;
	case TL_MEMBER_BOOL:
		memcpy(at, &truth, sizeof truth);
		return json_is_boolean(value) ? TL_OK : TL_ERROR_FILE;
	case TL_MEMBER_ACTIVATION:
		return read_activation(m, value, at, error);
	}
	return TL_ERROR_FILE;
}

static tl_status read_member(const tl_member *m, const json_t *value, char *into, tl_error *error)
{
	size_t size = size_of(m->type), count = size ? m->size / size : 0;
	tl_error reason = {TL_OK, ""};
	tl_status status = TL_OK;
	if (!count || m->size % size)
		return unknown_type(m, error);
	if (count > 1 && json_array_size(value) != count)
		return tl_fail(error, TL_ERROR_FILE, "option %.60s is no array of %zu", m->name,
			       count);
	for (size_t i = 0; i < count && !status; i++)
		status = read_value(m, count > 1 ? json_array_get(value, i) : value,
				    into + m->offset + i * size, &reason);
	if (reason.status)
		return tl_fail(error, reason.status, "%s", reason.text);
	return status ? tl_fail(error, status, "option %.60s has a value of the wrong type",
				m->name)
		      : TL_OK;
}

tl_status tl_members_read(const tl_member *members, const json_t *object, void *into,
			  tl_error *error)
{
	const char *key;
	json_t *value;
	if (!json_is_object(object))
		return tl_fail(error, TL_ERROR_FILE, "its options are no object");
	json_object_foreach((json_t *)object, key, value)
	{
		const tl_member *m = members;
		while (m->name && strcmp(m->name, key) != 0)
			m++;
		if (!m->name)
			return tl_fail(error, TL_ERROR_FILE,
				       "option %.60s is not known to this version of the kind",
				       key);
		tl_status status = read_member(m, value, into, error);
		if (status)
			return status;
	}
	return TL_OK;
}
