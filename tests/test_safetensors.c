/*
 * safetensors: what is written is read again, what others write too, in all types that are
 * converted; a file that is wrong in any way is refused with the reason; parameters go by names.
 */
#include "counting.h"
#include "scratch.h"
#include "suite.h"

#include <jansson.h>
#include "base/memory.h"
#include <tapeloop/train.h>

/* Files made by hand */

static const char *craft(const char *header, const void *data, size_t size)
{
	static char bytes[4096];
	uint64_t length = strlen(header);
	for (int i = 0; i < 8; i++)
		bytes[i] = (char)(length >> 8 * i);
	memcpy(bytes + 8, header, length);
	if (size)
		memcpy(bytes + 8 + length, data, size);
	const char *path = scratch("crafted.safetensors");
	scratch_write(path, bytes, 8 + length + size);
	return path;
}

static void assert_refused(const char *path, const char *reason)
{
	tl_error e = {TL_OK, ""};
	tl_safetensors *f = tl_safetensors_open(path, &e);
	ck_assert_msg(!f, "%s was opened", path);
	ck_assert_int_eq(e.status, TL_ERROR_FILE);
	ck_assert_msg(strstr(e.text, reason) != NULL, "%s: not: %s", e.text, reason);
	ck_assert_msg(strstr(e.text, path) == e.text, "%s: does not name the file", e.text);
	ck_assert_ptr_null(tl_safetensors_open(path, NULL));
}

static const struct {
	const char *header;
	size_t size; /* of the data */
	const char *reason;
} refused[] = {
	{"", 0, "does not begin with {"},
	{" {}", 0, "does not begin with {"},
	{"[]", 0, "does not begin with {"},
	{"{", 0, "its header, byte"},
	{"{}}", 0, "its header, byte"},
	{"{\"a\":1,\"a\":1}", 0, "duplicate"},
	{"{\"a\\u0000b\":1}", 0, "its header, byte"},
	{"{\"\xff\":1}", 0, "its header, byte"},
	{"{\"a\":1}", 0, "tensor a: it is not described"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "tensor a: it is not described"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}", 4,
	 "tensor a: it is not described"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4,
	 "tensor a: it is not described"},
	{"{\"a\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
	 "tensor a: it is not described"},
	{"{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
	 "there is no type F33"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4,
	 "a dimension of its shape is no number from 0 on"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}", 4,
	 "a dimension of its shape is no number from 0 on"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,2],\"data_offsets\":[0,4]}}", 4,
	 "its shape is too large"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}", 4,
	 "too big integer"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,4]}}", 4,
	 "its shape makes no number of bytes"},
	{"{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}", 2,
	 "its shape makes no number of bytes"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
	 "its type and shape make 8 bytes, and its place has 4"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4,
	 "its data_offsets are no place"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 4,
	 "its data_offsets are no place"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4,
	 "it reaches beyond the end of the file"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
	 "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
	 4, "it shares bytes with another"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
	 "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}",
	 6, "tensor b: it shares bytes with another"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
	 "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[5,9]}}",
	 9, "tensor b: in front of it are bytes that belong to none"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5,
	 "at its end are bytes that belong to no tensor"},
	{"{}", 1, "at its end are bytes that belong to no tensor"},
	{"{\"__metadata__\":[]}", 0, "__metadata__ is not an object of texts"},
	{"{\"__metadata__\":{\"a\":1}}", 0, "__metadata__: a is not a text"},
};

START_TEST(what_is_wrong_is_refused)
{
	char zeros[64] = {0};
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		assert_refused(craft(refused[i].header, zeros, refused[i].size), refused[i].reason);
	const char *path = scratch("raw");
	scratch_write(path, "\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10);
	assert_refused(path, "longer than 100 MB");
	scratch_write(path, "\x03\0\0\0\0\0\0\0{}", 10);
	assert_refused(path, "cut off within its header");
	scratch_write(path, "", 0);
	assert_refused(path, "cut off within the length of its header");
	assert_refused(scratch("absent"), "No such file");
	assert_refused("/dev/null", "not a file of bytes");
	assert_refused("/tmp", "not a file of bytes");
	tl_error e;
	ck_assert_ptr_null(tl_safetensors_open(NULL, &e));
	ck_assert_int_eq(e.status, TL_ERROR_ARGUMENT);
}
END_TEST

/* Round trips */

static const float four[] = {1.5f, -0.0f, INFINITY, 1e-45f};
static const double two[] = {0.1, NAN};
static const int32_t three[] = {INT32_MIN, 0, INT32_MAX};

static const tl_named_array several[] = {
	{"four", {(void *)four, TL_F32, {2, {2, 2}}, 4}},
	{"none", {NULL, TL_F32, {2, {0, 7}}, 0}},
	{"two \"of\" them \xc3\xa4", {(void *)two, TL_F64, {1, {2}}, 2}},
	{"one", {(void *)four, TL_F32, {0}, 1}},
	{"three", {(void *)three, TL_I32, {3, {1, 3, 1}}, 3}},
};
static const tl_metadata said[] = {{"format", "pt"}, {"what", "line\nand \"quotes\""}};

static const char *write_several(void)
{
	const char *path = scratch("several.safetensors");
	tl_error e;
	ck_assert_msg(!tl_safetensors_write(path, several, 5, said, 2, &e), "%s", e.text);
	return path;
}

START_TEST(what_is_written_is_read_again)
{
	tl_error e = {TL_OK, ""};
	const char *path = write_several();
	tl_safetensors *f = tl_safetensors_open(path, &e);
	ck_assert_msg(f != NULL, "%s", e.text);
	/* while it is open, the file is replaced */
	ck_assert_int_eq(tl_safetensors_write(path, several, 1, NULL, 0, NULL), TL_OK);
	ck_assert_int_eq(tl_safetensors_count(f), 5);
	ck_assert_str_eq(tl_safetensors_name(f, 0), several[2].name); /* doubles first */
	ck_assert_str_eq(tl_safetensors_dtype(f, 0), "F64");
	ck_assert_ptr_null(tl_safetensors_name(f, 5));
	ck_assert_int_eq(tl_safetensors_find(f, "five"), -1);
	ck_assert_str_eq(tl_safetensors_metadata(f, "what"), said[1].value);
	ck_assert_ptr_null(tl_safetensors_metadata(f, "who"));
	ck_assert_str_eq(tl_safetensors_metadata_at(f, 0).key, "format");
	ck_assert_ptr_null(tl_safetensors_metadata_at(f, 2).key);
	for (int i = 0; i < 5; i++) {
		const tl_array *a = &several[i].array;
		char room[32];
		tl_array into = {room, a->dtype, a->shape, -1};
		ck_assert_int_eq(tl_safetensors_read(f, several[i].name, &into, &e), TL_OK);
		ck_assert_int_eq(into.size, a->size);
		size_t bytes = (size_t)a->size * tl_dtype_size(a->dtype);
		ck_assert(!bytes || !memcmp(room, a->data, bytes));
		tl_shape shape = tl_safetensors_shape(f, tl_safetensors_find(f, several[i].name));
		ck_assert_mem_eq(&shape, &a->shape, sizeof shape);
	}
	tl_safetensors_close(f);
}
END_TEST

START_TEST(arrays_that_no_file_can_have_are_refused)
{
	const char *path = write_several();
	static const struct {
		tl_named_array array;
		tl_status status;
		const char *reason;
	} bad[] = {
		{{NULL, {(void *)four, TL_F32, {0}, 1}}, TL_ERROR_ARGUMENT, "array 1: no tensor"},
		{{"", {(void *)four, TL_F32, {0}, 1}}, TL_ERROR_ARGUMENT, "array 1: no tensor"},
		{{"__metadata__", {(void *)four, TL_F32, {0}, 1}}, TL_ERROR_ARGUMENT, "its name"},
		{{"\xff", {(void *)four, TL_F32, {0}, 1}}, TL_ERROR_ARGUMENT, "not UTF-8"},
		{{"four", {(void *)four, TL_F32, {0}, 1}}, TL_ERROR_NAME, "is there twice"},
		{{"a", {NULL, TL_F32, {0}, 1}}, TL_ERROR_ARGUMENT, "tensor a: it has no data"},
		{{"a", {(void *)four, 7, {0}, 1}}, TL_ERROR_ARGUMENT, "it has no type"},
		{{"a", {(void *)four, TL_F32, {1, {3}}, 1}}, TL_ERROR_ARGUMENT, "its size is not"},
		{{"a", {(void *)four, TL_F32, {5, {1}}, 1}}, TL_ERROR_ARGUMENT, "shape is invalid"},
		{{"a", {NULL, TL_F32, {1, {-1}}, 0}}, TL_ERROR_ARGUMENT, "shape is invalid"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		tl_named_array both[] = {several[0], bad[i].array};
		tl_error e = {TL_OK, ""};
		ck_assert_int_eq(tl_safetensors_write(path, both, 2, NULL, 0, &e), bad[i].status);
		ck_assert_msg(strstr(e.text, bad[i].reason) != NULL, "%s", e.text);
		ck_assert_int_eq(tl_safetensors_write(path, both, 2, NULL, 0, NULL), bad[i].status);
	}
	tl_metadata twice[] = {{"a", "b"}, {"a", "c"}};
	ck_assert_int_eq(tl_safetensors_write(path, several, 1, twice, 2, NULL), TL_ERROR_NAME);
	tl_safetensors *f = tl_safetensors_open(path, NULL);
	ck_assert_int_eq(tl_safetensors_count(f), 5); /* as it was */
	tl_safetensors_close(f);
}
END_TEST

/* Other types */

static const struct {
	const char *type, *bytes;
	int size;
	tl_dtype into;
	tl_status status;
	double value;
} conversions[] = {
	{"F16", "\x00\x3c", 2, TL_F32, TL_OK, 1},
	{"F16", "\x01\x80", 2, TL_F32, TL_OK, -0x1p-24},
	{"F16", "\xff\x7b", 2, TL_F64, TL_OK, 65504},
	{"F16", "\x00\xfc", 2, TL_F32, TL_OK, -INFINITY},
	{"F16", "\x01\x7c", 2, TL_F32, TL_OK, NAN},
	{"F16", "\x00\x3c", 2, TL_I32, TL_ERROR_TYPE, 0},
	{"BF16", "\x80\xbf", 2, TL_F32, TL_OK, -1},
	{"BF16", "\x01\x00", 2, TL_F64, TL_OK, 0x1p-133},
	{"F32", "\xcd\xcc\xcc\x3d", 4, TL_F64, TL_OK, 0.1f},
	{"F64", "\x9a\x99\x99\x99\x99\x99\xb9\x3f", 8, TL_F32, TL_OK, 0.1f},
	{"F64", "\0\0\0\0\0\0\xf0\x7f", 8, TL_F32, TL_OK, INFINITY},
	{"F64", "\xff\xff\xff\xff\xff\xff\xef\x7f", 8, TL_F32, TL_ERROR_VALUE, 0},
	{"I64", "\xff\xff\xff\xff\xff\xff\xff\xff", 8, TL_I32, TL_OK, -1},
	{"I64", "\x00\x00\x00\x80\x00\x00\x00\x00", 8, TL_I32, TL_ERROR_VALUE, 0},
	{"I64", "\x00\x00\x00\x01\x00\x00\x00\x00", 8, TL_F32, TL_OK, 0x1p24},
	{"I64", "\x01\x00\x00\x01\x00\x00\x00\x00", 8, TL_F32, TL_ERROR_VALUE, 0},
	{"I64", "\x01\x00\x00\x01\x00\x00\x00\x00", 8, TL_F64, TL_OK, 0x1p24 + 1},
	{"I32", "\xff\xff\xff\x7f", 4, TL_F64, TL_OK, INT32_MAX},
	{"I32", "\xff\xff\xff\x7f", 4, TL_F32, TL_ERROR_VALUE, 0},
	{"I16", "\x00\x80", 2, TL_F32, TL_OK, INT16_MIN},
	{"I8", "\x80", 1, TL_I32, TL_OK, INT8_MIN},
	{"U64", "\xff\xff\xff\xff\xff\xff\xff\xff", 8, TL_F64, TL_ERROR_VALUE, 0},
	{"U32", "\xff\xff\xff\xff", 4, TL_F64, TL_OK, UINT32_MAX},
	{"U32", "\xff\xff\xff\xff", 4, TL_I32, TL_ERROR_VALUE, 0},
	{"U16", "\xff\xff", 2, TL_I32, TL_OK, UINT16_MAX},
	{"U8", "\xff", 1, TL_F32, TL_OK, 255},
	{"BOOL", "\x01", 1, TL_I32, TL_OK, 1},
	{"BOOL", "\x02", 1, TL_I32, TL_ERROR_VALUE, 0},
	{"F8_E4M3", "\x01", 1, TL_F32, TL_ERROR_TYPE, 0},
};

static double number_in(const tl_array *a)
{
	return a->dtype == TL_F32   ? *(float *)a->data
	       : a->dtype == TL_F64 ? *(double *)a->data
				    : *(int32_t *)a->data;
}

START_TEST(types_are_converted_where_the_value_stays)
{
	for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++) {
		char header[200];
		double room = 0;
		tl_array into = {&room, conversions[i].into, tl_dims(1), 0};
		tl_error e = {TL_OK, ""};
		snprintf(header, sizeof header,
			 "{\"a\":{\"dtype\":\"%s\",\"shape\":[1],\"data_offsets\":[0,%d]}}",
			 conversions[i].type, conversions[i].size);
		tl_safetensors *f = tl_safetensors_open(
			craft(header, conversions[i].bytes, (size_t)conversions[i].size), &e);
		ck_assert_msg(f != NULL, "%s", e.text);
		tl_status status = tl_safetensors_read(f, "a", &into, &e);
		ck_assert_msg(status == conversions[i].status, "%s %zu: %s", conversions[i].type, i,
			      e.text);
		double value = number_in(&into);
		if (!status && !isnan(conversions[i].value))
			ck_assert_msg(value == conversions[i].value, "%s: %g", conversions[i].type,
				      value);
		ck_assert(status || !isnan(conversions[i].value) || isnan(value));
		ck_assert(!status || room == 0);
		tl_safetensors_close(f);
	}
}
END_TEST

START_TEST(what_does_not_fit_is_said_when_it_is_read)
{
	char zeros[64] = {0};
	tl_error e = {TL_OK, ""};
	tl_safetensors *f = tl_safetensors_open(
		craft("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,2,1,2,1],\"data_offsets\":[0,16]},"
		      "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,24]}}  ",
		      zeros, 24),
		&e);
	ck_assert_msg(f != NULL, "%s", e.text);
	ck_assert_int_eq(tl_safetensors_shape(f, 0).rank, 5);
	tl_array into = {zeros, TL_F32, tl_dims(2, 2), 0};
	ck_assert_int_eq(tl_safetensors_read(f, "a", &into, &e), TL_ERROR_SHAPE);
	ck_assert(strstr(e.text, "tensor a: it has 5 axes, and only 4 can be read") != NULL);
	ck_assert_int_eq(tl_safetensors_read(f, "b", &into, &e), TL_ERROR_SHAPE);
	ck_assert(strstr(e.text, "tensor b: its shape is [2], and [2, 2] is wanted") != NULL);
	ck_assert_int_eq(tl_safetensors_read(f, "c", &into, &e), TL_ERROR_NAME);
	into = (tl_array){NULL, TL_F32, tl_dims(2), 0};
	ck_assert_int_eq(tl_safetensors_read(f, "b", &into, &e), TL_ERROR_ARGUMENT);
	tl_safetensors_close(f);
}
END_TEST

/* Parameters */

static tl_params *two_params(tl_dtype dtype, const char *a, const char *b, int64_t size)
{
	tl_params *set = tl_params_create(dtype);
	tl_params_set_seed(set, 1);
	tl_params_add(set, a, tl_dims(2, 3), tl_init_normal(0, 1));
	tl_params_add_buffer(set, b, tl_dims(size), tl_init_normal(0, 1));
	return set;
}

START_TEST(parameters_are_found_by_name)
{
	const char *path = scratch("model.safetensors");
	tl_params *set = two_params(TL_F32, "a", "b", 5);
	tl_params *other = two_params(TL_F64, "b2", "a2", 5);
	tl_params_destroy(other);
	other = tl_params_create(TL_F64); /* in the other order, and in double */
	tl_param *b = tl_params_add(other, "b", tl_dims(5), tl_init_zeros());
	tl_param *a = tl_params_add(other, "a", tl_dims(2, 3), tl_init_zeros());
	ck_assert_int_eq(tl_params_save(set, path, said, 2, NULL), TL_OK);
	ck_assert_int_eq(tl_params_load(other, path, NULL, NULL), TL_OK);
	for (int i = 0; i < 6; i++)
		ck_assert(tl_param_value_double(a)[i] ==
			  tl_param_value_float(tl_params_find(set, "a"))[i]);
	for (int i = 0; i < 5; i++)
		ck_assert(tl_param_value_double(b)[i] ==
			  tl_param_value_float(tl_params_find(set, "b"))[i]);
	/* and from a file that is open already, with what else is in it */
	tl_params *third = two_params(TL_F32, "a", "more", 2);
	tl_error e = {TL_OK, ""};
	tl_safetensors *f = tl_safetensors_open(path, NULL);
	ck_assert_int_ne(tl_params_read(third, f, NULL, &e), TL_OK);
	ck_assert_msg(strstr(e.text, path) && strstr(e.text, "more"), "%s", e.text);
	ck_assert_int_ne(tl_params_read(third, NULL, NULL, &e), TL_OK);
	const tl_params_load_options some = {.allow_missing = true, .allow_surplus = true};
	ck_assert_int_eq(tl_params_read(third, f, &some, NULL), TL_OK);
	ck_assert_mem_eq(tl_param_value(tl_params_find(third, "a")),
			 tl_param_value(tl_params_find(set, "a")), 6 * sizeof(float));
	tl_safetensors_close(f);
	tl_params_destroy(third);
	tl_params_destroy(set);
	tl_params_destroy(other);
}
END_TEST

START_TEST(sets_that_differ_are_told_apart_and_left_alone)
{
	static const struct {
		const char *a, *b;
		int64_t size;
		tl_params_load_options options;
		tl_status status;
		const char *reason;
	} cases[] = {
		{"a", "b", 5, {0}, TL_OK, ""},
		{"a", "c", 5, {0}, TL_ERROR_NAME, "there is no tensor c"},
		{"a", "c", 5, {.allow_missing = true}, TL_ERROR_NAME, "tensor b: the set has no"},
		{"a", "c", 5, {.allow_surplus = true}, TL_ERROR_NAME, "there is no tensor c"},
		{"a", "c", 5, {true, true, NULL}, TL_OK, ""},
		{"a", "b", 6, {true, true, NULL}, TL_ERROR_SHAPE, "tensor b: its shape is [5]"},
		{"x", "y", 6, {true, true, NULL}, TL_OK, ""},
		{"a", "b", 5, {.prefix = "p."}, TL_ERROR_NAME, "there is no tensor p.a"},
		{"a", "b", 5, {true, false, "p."}, TL_OK, ""},
	};
	const char *path = scratch("model.safetensors");
	tl_params *set = two_params(TL_F32, "a", "b", 5);
	ck_assert_int_eq(tl_params_save(set, path, NULL, 0, NULL), TL_OK);
	tl_params_destroy(set);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		set = two_params(TL_F32, cases[i].a, cases[i].b, cases[i].size);
		int64_t count;
		float *values = tl_params_values(set, &count), before[64];
		for (int64_t k = 0; k < 6; k++)
			values[k] = (float)k;
		memcpy(before, values, (size_t)count * sizeof *values);
		tl_error e = {TL_OK, ""};
		ck_assert_int_eq(tl_params_load(set, path, &cases[i].options, &e), cases[i].status);
		ck_assert_msg(strstr(e.text, cases[i].reason) != NULL, "%s", e.text);
		if (cases[i].status)
			ck_assert_mem_eq(values, before, (size_t)count * sizeof *values);
		tl_params_destroy(set);
	}
}
END_TEST

START_TEST(names_can_begin_with_a_prefix)
{
	const char *path = scratch("prefixed.safetensors");
	tl_named_array arrays[] = {
		{"p.a", {(void *)four, TL_F32, {1, {4}}, 4}},
		{"q.a", {(void *)three, TL_I32, {1, {3}}, 3}},
	};
	ck_assert_int_eq(tl_safetensors_write(path, arrays, 2, NULL, 0, NULL), TL_OK);
	tl_params *set = tl_params_create(TL_F32);
	tl_param *a = tl_params_add(set, "a", tl_dims(4), tl_init_zeros());
	ck_assert_int_eq(tl_params_load(set, path, NULL, NULL), TL_ERROR_NAME);
	tl_params_load_options o = {.prefix = "p."};
	ck_assert_int_eq(tl_params_load(set, path, &o, NULL), TL_OK);
	ck_assert_mem_eq(tl_param_value(a), four, sizeof four);
	tl_params_destroy(set);
}
END_TEST

/* Memory is short at each place in turn; jansson's as well while it writes. (While it reads it may
 * end the process for want of memory.) */
START_TEST(memory_may_be_short_anywhere)
{
	counting c;
	json_malloc_t take;
	json_free_t release;
	json_get_alloc_funcs(&take, &release);
	counting_start(&c);
	bool fine = false;
	for (int64_t fail = 1; !fine; fail++) {
		const char *path = scratch("short.safetensors");
		tl_error e = {TL_OK, ""};
		c.fail_at = 0;
		tl_params *set = two_params(TL_F32, "a", "b", 5);
		c.calls = 0;
		c.fail_at = fail;
		json_set_alloc_funcs(tl_alloc, tl_free);
		fine = !tl_params_save(set, path, said, 2, &e);
		json_set_alloc_funcs(take, release);
		ck_assert(fine || e.status == TL_ERROR_MEMORY || e.status == TL_ERROR_ARGUMENT);
		fine = !tl_params_load(set, path, NULL, &e) && fine;
		ck_assert(fine || e.status);
		fine = fine && c.calls < fail;
		tl_params_destroy(set);
		ck_assert_int_eq(c.blocks, 0);
	}
	ck_assert_int_gt(c.calls, 30);
	counting_stop();
}
END_TEST

SUITE("safetensors", what_is_wrong_is_refused, what_is_written_is_read_again,
      arrays_that_no_file_can_have_are_refused, types_are_converted_where_the_value_stays,
      what_does_not_fit_is_said_when_it_is_read, parameters_are_found_by_name,
      sets_that_differ_are_told_apart_and_left_alone, names_can_begin_with_a_prefix,
      memory_may_be_short_anywhere)
