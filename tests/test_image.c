/* Pictures: every kind that PNG and IDX have, against the formulas that they were made by; what is
 * cut off anywhere, or changed, is refused or read, and nothing else. */
#include "counting.h"
#include "suite.h"

#include "fixtures/png_files.h"

#include <tapeloop/train.h>
#include <unistd.h>

enum { W = 5, H = 3, PICTURES = sizeof png_files / sizeof *png_files };

/* Without libpng the calls say so, and the rest of a test is left out. */
static bool is_left_out(const tl_error *e)
{
	bool built_without = strstr(e->text, "was built without") != NULL;
	if (built_without)
		printf("left out: %s\n", e->text);
	return built_without;
}

/* A sample of a picture as a fraction; channel c of red, green and blue. */
static double expected(const struct png_file *f, int x, int y, int c)
{
	bool has_colours = f->channels >= 3;
	int most = (1 << f->bits) - 1;
	int value =
		(37 * x + 91 * y + 53 * (has_colours ? c : 0) + 11) * (f->bits == 16 ? 257 : 1) &
		most;
	if (!strcmp(f->name, "palette4"))
		return (16 * value + 5 * c) % 256 / 255.0;
	return (double)value / most;
}

START_TEST(every_kind_of_png_is_read)
{
	for (int k = 0; k < PICTURES; k++)
		for (int channels = 0; channels <= 3; channels++) {
			const struct png_file *f = &png_files[k];
			bool colours = f->channels >= 3 || !strcmp(f->name, "palette4");
			tl_error e = {TL_OK, ""};
			tl_array a = tl_png_parse(f->bytes, (size_t)f->size, f->name, channels, &e);
			if (is_left_out(&e))
				return;
			if (channels == 2) {
				ck_assert_int_eq(e.status, TL_ERROR_ARGUMENT);
				continue;
			}
			ck_assert_msg(a.data, "%s", e.text);
			int there = channels ? channels : colours ? 3 : 1;
			ck_assert_int_eq(a.dtype, TL_F32);
			ck_assert_int_eq(a.size, there * W * H);
			ck_assert_int_eq(a.shape.dim[0], there);
			ck_assert_int_eq(a.shape.dim[1], H);
			ck_assert_int_eq(a.shape.dim[2], W);
			for (int i = 0; i < there * W * H; i++) {
				int x = i % W, y = i / W % H, c = i / (W * H);
				double want = expected(f, x, y, c);
				if (colours && there == 1)
					want = 0.299 * expected(f, x, y, 0) +
					       0.587 * expected(f, x, y, 1) +
					       0.114 * expected(f, x, y, 2);
				assert_near((double)((float *)a.data)[i], want, 1e-6);
			}
			tl_pixels_free(&a);
			ck_assert_int_eq(a.size, 0);
		}
}
END_TEST

START_TEST(a_png_that_is_cut_off_or_changed_is_refused)
{
	for (int k = 0; k < PICTURES; k++) {
		const struct png_file *f = &png_files[k];
		unsigned char copy[300];
		tl_error e = {TL_OK, ""};
		for (int n = 0; n < f->size; n++) {
			unsigned char *exact = malloc((size_t)n + 1);
			memcpy(exact, f->bytes, (size_t)n);
			tl_array a = tl_png_parse(exact, (size_t)n, "cut", 0, &e);
			free(exact);
			if (is_left_out(&e))
				return;
			ck_assert_ptr_null(a.data);
			ck_assert_str_eq(e.text, "cut: it is cut off");
		}
		for (int n = 0; n < f->size; n++) {
			memcpy(copy, f->bytes, (size_t)f->size);
			copy[n] ^= 0x55;
			tl_array a = tl_png_parse(copy, (size_t)f->size, "changed", 0, &e);
			tl_pixels_free(&a);
		}
		memcpy(copy, f->bytes, (size_t)f->size);
		ck_assert_ptr_null(tl_png_parse(copy, (size_t)f->size + 1, "longer", 0, &e).data);
		ck_assert_str_eq(e.text, "longer: something follows its end");
	}
	/* a head that wants the memory of a large machine */
	unsigned char head[33];
	tl_error e = {TL_OK, ""};
	memcpy(head, png_files[0].bytes, 33);
	memcpy(head + 16, "\0\x0f\xff\xff\0\x0f\xff\xff", 8);
	ck_assert_ptr_null(tl_png_parse(head, 33, "large", 0, &e).data);
	ck_assert_int_ne(e.status, TL_OK);
}
END_TEST

/* Numbers from -3 on, in steps of 1. */
static size_t idx(unsigned char *to, int type, int bytes, int rank, const int *dims)
{
	size_t at = 4, count = 1;
	memcpy(to, (unsigned char[]){0, 0, (unsigned char)type, (unsigned char)rank}, 4);
	for (int k = 0; k < rank; k++, at += 4) {
		memcpy(to + at, (unsigned char[]){0, 0, 0, (unsigned char)dims[k]}, 4);
		count *= (size_t)dims[k];
	}
	for (size_t i = 0; i < count; i++, at += (size_t)bytes) {
		int value = (int)i - 3;
		float f = (float)value;
		double d = value;
		uint64_t bits = (uint64_t)(int64_t)value;
		uint32_t half;
		memcpy(&half, &f, 4);
		bits = type == 0x0d ? half : bits;
		if (type == 0x0e)
			memcpy(&bits, &d, 8);
		for (int k = 0; k < bytes; k++)
			to[at + (size_t)k] = (unsigned char)(bits >> (8 * (bytes - 1 - k)));
	}
	return at;
}

START_TEST(every_kind_of_idx_is_read)
{
	static const int types[][2] = {{0x08, 1}, {0x09, 1}, {0x0b, 2},
				       {0x0c, 4}, {0x0d, 4}, {0x0e, 8}};
	static const int dims[] = {2, 3, 1, 2};
	unsigned char file[200];
	for (int k = 0; k < 6; k++)
		for (int rank = 1; rank <= 4; rank++) {
			size_t size = idx(file, types[k][0], types[k][1], rank, dims);
			tl_error e = {TL_OK, ""};
			tl_array a = tl_idx_parse(file, size, "t.idx", TL_IDX_EXACT, &e);
			ck_assert_msg(a.data, "%s", e.text);
			ck_assert_int_eq(a.shape.rank, rank);
			ck_assert_int_eq(a.dtype, k < 4 ? TL_I32 : k == 4 ? TL_F32 : TL_F64);
			for (int64_t i = 0; i < a.size; i++) {
				double x = a.dtype == TL_I32   ? ((int32_t *)a.data)[i]
					   : a.dtype == TL_F32 ? (double)((float *)a.data)[i]
							       : ((double *)a.data)[i];
				ck_assert_double_eq(x,
						    k || i >= 3 ? (double)i - 3 : (double)i + 253);
			}
			tl_pixels_free(&a);
			for (size_t n = 0; n < size; n++) {
				unsigned char *exact = malloc(n + 1);
				memcpy(exact, file, n);
				ck_assert_ptr_null(
					tl_idx_parse(exact, n, "cut", TL_IDX_EXACT, &e).data);
				free(exact);
			}
			ck_assert_ptr_null(
				tl_idx_parse(file, size + 1, "more", TL_IDX_EXACT, &e).data);
		}
	size_t size = idx(file, 0x08, 1, 2, dims);
	tl_array a = tl_idx_parse(file, size, "t.idx", TL_IDX_FRACTIONS, NULL);
	ck_assert_int_eq(a.dtype, TL_F32);
	ck_assert_float_eq(((float *)a.data)[0], 253.0f / 255);
	ck_assert_float_eq(((float *)a.data)[5], 2.0f / 255);
	tl_pixels_free(&a);
}
END_TEST

START_TEST(what_is_no_idx_is_refused)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *words;
	} wrong[] = {
		{"\x1f\x8b\x08\0", 4, "t: it is compressed; unpack it with gunzip"},
		{"", 0, "t: this is no IDX file"},
		{"\0\0\x0a\1\0\0\0\1x", 9, "t: this is no IDX file"},
		{"\0\0\x08\5", 4, "t: it has 5 dimensions, not 1 to 4"},
		{"\0\0\x08\0", 4, "t: it has 0 dimensions, not 1 to 4"},
		{"\0\0\x08\1\0\0\0", 7, "t: it is cut off among its dimensions"},
		{"\0\0\x08\1\0\0\0\0", 8, "t: it has no numbers, or too many"},
		{"\0\0\x08\1\0\0\0\2x", 9, "t: its dimensions need 2 bytes, and it has 1"},
		{"\0\0\x0e\4\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 20,
		 "t: it has no numbers, or too many"},
	};
	tl_error e = {TL_OK, ""};
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
		ck_assert_ptr_null(
			tl_idx_parse(wrong[k].bytes, wrong[k].size, "t", TL_IDX_EXACT, &e).data);
		ck_assert_str_eq(e.text, wrong[k].words);
	}
	ck_assert_ptr_null(tl_idx_parse("\0\0\x09\1\0\0\0\1x", 9, "t", TL_IDX_FRACTIONS, &e).data);
	ck_assert_str_eq(e.text, "t: fractions are of bytes, and it has others");
	ck_assert_ptr_null(tl_idx_read("/nowhere", TL_IDX_EXACT, &e).data);
	ck_assert_str_eq(e.text, "/nowhere: No such file or directory");
}
END_TEST

START_TEST(files_are_read)
{
	char path[] = "image-XXXXXX";
	int f = mkstemp(path);
	const struct png_file *png = &png_files[0];
	tl_error e = {TL_OK, ""};
	ck_assert_int_eq(write(f, png->bytes, (size_t)png->size), png->size);
	close(f);
	tl_array a = tl_png_read(path, 3, &e), none = tl_idx_read(path, TL_IDX_EXACT, &e);
	unlink(path);
	ck_assert_ptr_null(none.data);
	ck_assert(a.size == 3 * W * H || is_left_out(&e));
	tl_pixels_free(&a);
}
END_TEST

START_TEST(memory_may_run_short_anywhere)
{
	static const int dims[] = {2, 3};
	unsigned char file[100];
	size_t size = idx(file, 0x0c, 4, 2, dims);
	counting c;
	counting_start(&c);
	int64_t fail_at = 0;
	do {
		tl_error e = {TL_OK, ""};
		c = (counting){.fail_at = ++fail_at};
		tl_array a = tl_idx_parse(file, size, "t", TL_IDX_EXACT, &e);
		tl_array b = {0};
		if (a.data)
			b = tl_png_parse(png_files[9].bytes, (size_t)png_files[9].size, "p", 0, &e);
		bool left_out = is_left_out(&e);
		ck_assert(left_out || !b.data == (c.calls >= fail_at));
		ck_assert(left_out || b.data || e.status == TL_ERROR_MEMORY);
		tl_pixels_free(&a);
		tl_pixels_free(&b);
		ck_assert_int_eq(c.blocks, 0);
	} while (c.calls >= fail_at);
	counting_stop();
}
END_TEST

SUITE("image", every_kind_of_png_is_read, a_png_that_is_cut_off_or_changed_is_refused,
      every_kind_of_idx_is_read, what_is_no_idx_is_refused, files_are_read,
      memory_may_run_short_anywhere)
