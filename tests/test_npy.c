/*
 * NumPy's files: what is written is read again, both orders of axes and of bytes are read, and what
 * is wrong is refused. test_numpy.py tries it against NumPy.
 */
#include "counting.h"
#include "scratch.h"
#include "suite.h"

#include <tapeloop/train.h>

static const float six[] = {1, 2, 3, 4, 5, 6};
static const double two[] = {0.1, NAN};
static const int32_t one[] = {INT32_MIN};

static const tl_named_array arrays[] = {
	{"six", {(void *)six, TL_F32, {2, {2, 3}}, 6}},
	{"two", {(void *)two, TL_F64, {1, {2}}, 2}},
	{"a longer name/\xc3\xa4", {(void *)one, TL_I32, {0}, 1}},
	{"none", {NULL, TL_F64, {3, {2, 0, 2}}, 0}},
	{"deep", {(void *)six, TL_F32, {4, {1, 2, 1, 3}}, 6}},
};

enum { ARRAYS = sizeof arrays / sizeof *arrays };

static void assert_same(tl_npy *f, const char *name, const tl_array *a)
{
	tl_error e = {TL_OK, ""};
	tl_array is = tl_npy_array(f, name, a->dtype, &e);
	ck_assert_msg(is.data != NULL, "%s", e.text);
	ck_assert_mem_eq(&is.shape, &a->shape, sizeof is.shape);
	ck_assert_int_eq(is.size, a->size);
	size_t bytes = (size_t)a->size * tl_dtype_size(a->dtype);
	ck_assert(!bytes || !memcmp(is.data, a->data, bytes));
	char room[64];
	tl_array into = {room, a->dtype, a->shape, -1};
	ck_assert_int_eq(tl_npy_read(f, name, &into, &e), TL_OK);
	ck_assert(into.size == a->size && (!bytes || !memcmp(room, a->data, bytes)));
}

START_TEST(what_is_written_is_read_again)
{
	const char *path = scratch("array.npy");
	tl_error e = {TL_OK, ""};
	for (int i = 0; i < ARRAYS; i++) {
		ck_assert_int_eq(tl_npy_write(path, &arrays[i].array, &e), TL_OK);
		tl_npy *f = tl_npy_open(path, &e);
		ck_assert_msg(f != NULL, "%s", e.text);
		ck_assert_int_eq(tl_npy_count(f), 1);
		assert_same(f, "", &arrays[i].array);
		tl_npy_close(f);
	}
	path = scratch("arrays.npz");
	ck_assert_msg(!tl_npz_write(path, arrays, ARRAYS, &e), "%s", e.text);
	tl_npy *f = tl_npy_open(path, &e);
	ck_assert_msg(f != NULL, "%s", e.text);
	ck_assert_int_eq(tl_npy_count(f), ARRAYS);
	for (int i = 0; i < ARRAYS; i++) {
		ck_assert_str_eq(tl_npy_name(f, i), arrays[i].name);
		assert_same(f, arrays[i].name, &arrays[i].array);
	}
	ck_assert_str_eq(tl_npy_dtype(f, 1) + 1, "f8");
	ck_assert_ptr_null(tl_npy_array(f, "seven", TL_F32, &e).data);
	ck_assert_int_eq(e.status, TL_ERROR_NAME);
	ck_assert_ptr_null(tl_npy_array(f, "two", TL_I32, &e).data);
	ck_assert_int_eq(e.status, TL_ERROR_TYPE);
	tl_array into = {NULL, TL_F32, tl_dims(3, 2), 0};
	ck_assert_int_eq(tl_npy_read(f, "six", &into, &e), TL_ERROR_SHAPE);
	tl_npy_close(f);
	ck_assert_int_eq(tl_npz_write(path, NULL, 0, &e), TL_OK);
	f = tl_npy_open(path, &e);
	ck_assert_int_eq(tl_npy_count(f), 0);
	tl_npy_close(f);
}
END_TEST

/* Arrays made by hand */

static const char *craft(int version, const char *header, const void *data, size_t size)
{
	static char bytes[1024];
	size_t length = strlen(header), begin = version == 1 ? 10 : 12;
	memcpy(bytes, "\x93NUMPY", 6);
	bytes[6] = (char)version;
	bytes[7] = 0;
	for (size_t i = 8; i < begin; i++)
		bytes[i] = (char)(length >> 8 * (i - 8));
	memcpy(bytes + begin, header, length);
	if (size)
		memcpy(bytes + begin + length, data, size);
	const char *path = scratch("crafted.npy");
	scratch_write(path, bytes, begin + length + size);
	return path;
}

START_TEST(orders_of_axes_and_bytes_are_read)
{
	static const unsigned char shorts[] = {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8};
	static const float wanted[] = {1, 5, 3, 7, 2, 6, 4, 8};
	tl_npy *f = tl_npy_open(craft(2,
				      "{\"shape\": (2, 2L,2 ) ,'fortran_order' :True, 'descr': "
				      "'>i2'}  \n",
				      shorts, 16),
				NULL);
	tl_array a = tl_npy_array(f, "", TL_F32, NULL);
	ck_assert_ptr_nonnull(a.data);
	ck_assert_mem_eq(a.data, wanted, sizeof wanted);
	ck_assert_ptr_eq(a.data, tl_npy_array(f, "", TL_F32, NULL).data);
	ck_assert(*(int32_t *)tl_npy_array(f, "", TL_I32, NULL).data == 1);
	tl_npy_close(f);
	f = tl_npy_open(
		craft(1, "{'descr': '<f2', 'fortran_order': False, 'shape': ()}\n", "\x00\x3c", 2),
		NULL);
	ck_assert(*(double *)tl_npy_array(f, "", TL_F64, NULL).data == 1);
	tl_npy_close(f);
}
END_TEST

#define HEAD(TYPE, SHAPE) "{'descr': '" TYPE "', 'fortran_order': False, 'shape': (" SHAPE ")}\n"

static const struct {
	const char *header;
	size_t size;
	const char *reason; /* of opening, or else of reading as TL_F32 */
	bool opens;
} wrong[] = {
	{"", 0, "its header is damaged", false},
	{"{}", 0, "its header is damaged", false},
	{"{'descr': '<f4'}", 4, "its header is damaged", false},
	{HEAD("<f4", "1,") "x", 4, "its header is damaged", false},
	{HEAD("<f4", "-1,"), 4, "its header is damaged", false},
	{HEAD("<f4", "1 1"), 4, "its header is damaged", false},
	{HEAD("<f4", "99999999999999999999"), 4, "its header is damaged", false},
	{HEAD("<f4", "4294967296, 4294967296"), 4, "its shape is too large", false},
	{HEAD("<f4", "4611686018427387904"), 4, "its shape is too large", false},
	{HEAD("<f4", "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"), 0,
	 "its header is damaged", false},
	{HEAD("<f4", "2"), 4, "it is cut off", false},
	{HEAD("<f4", "2"), 9, "behind its elements are bytes", false},
	{"{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': ()}", 4,
	 "its elements are records", false},
	{"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4,
	 "its header is damaged", false},
	{"{'descr': '<f4', 'fortran_order': 0, 'shape': ()}", 4, "its header is damaged", false},
	{"{'descr': '<f4\\'', 'fortran_order': False, 'shape': ()}", 4, "header is damaged", false},
	{HEAD("|O", "1"), 8, "elements of type |O are not read", true},
	{HEAD("<U4", "1"), 16, "elements of type <U4 are not read", true},
	{HEAD("|f4", "1"), 4, "elements of type |f4 are not read", true},
	{HEAD("<f4", "1,1,1,1,1"), 4, "it has 5 axes, and only 4 can be read", true},
	{HEAD("<i4", "1"), 4, NULL, true},
};

START_TEST(what_is_wrong_is_refused)
{
	static const char zeros[32];
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		tl_error e = {TL_OK, ""};
		const char *path = craft(1, wrong[i].header, zeros, wrong[i].size);
		tl_npy *f = tl_npy_open(path, &e);
		ck_assert_msg(!f == !wrong[i].opens, "%s: %s", wrong[i].header, e.text);
		bool reads = f && tl_npy_array(f, "", TL_F32, &e).data;
		ck_assert(reads == !wrong[i].reason);
		ck_assert_msg(reads || (strstr(e.text, wrong[i].reason) && strstr(e.text, path)),
			      "%s: %s", wrong[i].header, e.text);
		tl_npy_close(f);
	}
	tl_error e;
	ck_assert_ptr_null(tl_npy_open(craft(4, HEAD("<f4", "1"), zeros, 4), &e));
	ck_assert(strstr(e.text, "of a version that is not known") != NULL);
	ck_assert_ptr_null(tl_npy_open(scratch("absent"), &e));
	ck_assert_ptr_null(tl_npy_open(NULL, NULL));
}
END_TEST

START_TEST(arrays_that_no_file_can_have_are_refused)
{
	const tl_named_array bad[][2] = {
		{{"", arrays[0].array}, arrays[1]},
		{{NULL, arrays[0].array}, arrays[1]},
		{arrays[0], arrays[0]},
		{{"a", {(void *)six, TL_F32, {1, {3}}, 6}}, arrays[0]},
		{{"a", {NULL, TL_F32, {1, {6}}, 6}}, arrays[0]},
		{{"a", {(void *)six, 5, {1, {6}}, 6}}, arrays[0]},
		{{"a", {(void *)six, TL_F32, {9, {6}}, 6}}, arrays[0]},
	};
	const char *path = scratch("kept.npz");
	ck_assert_int_eq(tl_npz_write(path, arrays, 1, NULL), TL_OK);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		tl_error e = {TL_OK, ""};
		ck_assert_int_ne(tl_npz_write(path, bad[i], 2, &e), TL_OK);
		ck_assert(e.status && strstr(e.text, path));
		ck_assert(i < 3 || tl_npy_write(path, &bad[i][0].array, NULL));
	}
	tl_npy *f = tl_npy_open(path, NULL);
	ck_assert_int_eq(tl_npy_count(f), 1);
	tl_npy_close(f);
}
END_TEST

/* Each byte of an archive matters, or is one that is documented not to: the time, versions and
 * attributes. Whatever it becomes, nothing breaks, and what is read is what was written. */
START_TEST(archives_that_are_damaged_are_refused)
{
	size_t size;
	const char *path = scratch("whole.npz"), *damaged = scratch("damaged.npz");
	ck_assert_int_eq(tl_npz_write(path, arrays, 2, NULL), TL_OK);
	char *bytes = scratch_read(path, &size);
	int refused = 0;
	for (size_t i = 0; i < size; i++) {
		tl_error e = {TL_OK, ""};
		bytes[i] ^= 0x41;
		scratch_write(damaged, bytes, size);
		tl_npy *f = tl_npy_open(damaged, &e);
		refused += !f;
		ck_assert(f || strstr(e.text, damaged) == e.text);
		for (int k = 0; k < tl_npy_count(f); k++)
			assert_same(f, tl_npy_name(f, k), &arrays[k].array);
		tl_npy_close(f);
		bytes[i] ^= 0x41;
	}
	ck_assert_int_ge(refused, (int)size - 80);
	for (size_t cut = 0; cut < size; cut++) {
		scratch_write(damaged, bytes, cut);
		ck_assert_ptr_null(tl_npy_open(damaged, NULL));
	}
	free(bytes);
}
END_TEST

START_TEST(memory_may_be_short_anywhere)
{
	counting c;
	counting_start(&c);
	const char *path = scratch("short.npz");
	bool fine = false;
	for (int64_t fail = 1; !fine; fail++) {
		tl_error e = {TL_OK, ""};
		c.calls = 0;
		c.fail_at = fail;
		fine = !tl_npz_write(path, arrays, 2, &e);
		ck_assert(fine || e.status == TL_ERROR_MEMORY);
		if (!fine)
			continue;
		tl_npy *f = tl_npy_open(path, &e);
		fine = tl_npy_array(f, "six", TL_F64, &e).data != NULL;
		ck_assert(fine || e.status);
		tl_npy_close(f);
		ck_assert_int_eq(c.blocks, 0);
		fine = fine && c.calls < fail;
	}
	ck_assert_int_gt(c.calls, 8);
	counting_stop();
}
END_TEST

SUITE("npy", what_is_written_is_read_again, orders_of_axes_and_bytes_are_read,
      what_is_wrong_is_refused, arrays_that_no_file_can_have_are_refused,
      archives_that_are_damaged_are_refused, memory_may_be_short_anywhere)
