/*
 * What reads data from outside, on hostile bytes: CSV, IDX, PNG, and the saved texts of scalings
 * and vocabularies. It either reads them or says why not; what was read keeps its promises, and the
 * saved form of it is read again. The first byte of an input says which, the second with what
 * options.
 *
 *     fuzz_data [COUNT [FIRST]]   inputs made of good ones by cutting, repeating and flipping bits
 *     fuzz_data --seeds FOLDER    writes the good ones there, for libFuzzer to begin with
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tapeloop/train.h>

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "fuzz_data: %s\n", what);
	abort();
}

/* All or nothing: a result, or an error in words. */
static void check(bool made, const tl_error *e)
{
	if (made == (e->status != TL_OK) || made == (e->text[0] != 0))
		fail("a result and an error, or neither");
}

static void try_csv(const char *text, size_t size, unsigned how)
{
	tl_csv_options o = {.no_header = how & 1, .missing = (tl_csv_missing)(how >> 1 & 3)};
	tl_error e = {TL_OK, ""};
	if (how & 8)
		o.columns[0] = "#1";
	if (how & 16)
		o.text[0] = "#1";
	if (how & 32)
		o.separator = ';', o.decimal = ',';
	tl_table *t = tl_csv_parse(text, size, "input", &o, &e);
	check(t, &e);
	int64_t rows = tl_table_row_count(t), columns = tl_table_column_count(t);
	const double *x = tl_table_values(t).data;
	if (t && (rows < 1 || columns < 1))
		fail("an empty table");
	for (int64_t i = 0; i < rows * columns; i++)
		if (!isfinite(x[i]) && !(isnan(x[i]) && o.missing == TL_MISSING_NAN))
			fail("a number that is not finite");
	for (int64_t i = 0; how & 16 && i < rows; i++)
		if (!tl_table_category(t, 0, (int)x[i * columns]))
			fail("a category without a text");
	tl_table_destroy(t);
}

static void try_pixels(const char *bytes, size_t size, unsigned how, bool png)
{
	tl_error e = {TL_OK, ""};
	tl_array a = png ? tl_png_parse(bytes, size, "input", how % 3 == 2 ? 3 : (int)how % 3, &e)
			 : tl_idx_parse(bytes, size, "input", (tl_idx_form)(how & 1), &e);
	check(a.data, &e);
	if (a.size != (a.data ? tl_shape_size(a.shape) : 0))
		fail("a size that is not the shape's");
	for (int64_t i = 0; png && i < a.size; i++)
		if (!(((float *)a.data)[i] >= 0 && ((float *)a.data)[i] <= 1.00001f))
			fail("a sample that is no fraction");
	tl_pixels_free(&a);
}

static void try_scaling(const char *text)
{
	tl_error e = {TL_OK, ""};
	tl_scaling *s = tl_scaling_from_text(text, &e);
	check(s, &e);
	tl_scaling *again = s ? tl_scaling_from_text(tl_scaling_text(s), &e) : NULL;
	if (s && (!again || strcmp(tl_scaling_text(s), tl_scaling_text(again)) != 0))
		fail("a scaling changes when it is saved");
	tl_scaling_destroy(again);
	tl_scaling_destroy(s);
}

static void try_vocabulary(const char *text, unsigned how)
{
	tl_error e = {TL_OK, ""};
	tl_vocabulary *v = tl_vocabulary_from_text(text, &e);
	check(v, &e);
	if (!v && how & 1) { /* or else one of this text */
		tl_vocabulary_options o = {.kind = (tl_token_kind)(how / 2 % 3),
					   .special = {"<end>"}};
		e = (tl_error){TL_OK, ""};
		v = tl_vocabulary_create(text, strlen(text), &o, &e);
		check(v, &e);
		if (v && tl_vocabulary_encode(v, text, strlen(text), NULL, 0, &e) < 0)
			fail("a vocabulary lacks tokens of its own text");
	}
	tl_vocabulary *again = v ? tl_vocabulary_from_text(tl_vocabulary_text(v), &e) : NULL;
	if (v && (!again || strcmp(tl_vocabulary_text(v), tl_vocabulary_text(again)) != 0))
		fail("a vocabulary changes when it is saved");
	tl_vocabulary_destroy(again);
	tl_vocabulary_destroy(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	/* in memory of its own size, so that reading past its end is found; the texts end with 0 */
	char *bytes = malloc(size - 2 + 1);
	if (!bytes)
		return 0;
	unsigned which = data[0] % 5;
	memcpy(bytes, data + 2, size - 2);
	bytes[size - 2] = 0;
	if (which < 3 && size > 2) {
		char *exact = malloc(size - 2);
		if (exact)
			memcpy(exact, data + 2, size - 2);
		free(bytes);
		bytes = exact;
	}
	if (bytes && which == 0)
		try_csv(bytes, size - 2, data[1]);
	else if (bytes && which < 3)
		try_pixels(bytes, size - 2, data[1], which == 2);
	else if (bytes && which == 3)
		try_scaling(bytes);
	else if (bytes)
		try_vocabulary(bytes, data[1]);
	free(bytes);
	return 0;
}

#ifdef FUZZ_STANDALONE

#include "fuzz/draw.h"
#include "tests/fixtures/png_files.h"

enum { MOST = 600 };

typedef struct seed {
	const char *bytes;
	size_t size;
} seed;

#define SEED(text)                                                                                 \
	{                                                                                          \
		text, sizeof text - 1                                                              \
	}

/* The first letter says what it is, the second the options. */
static const seed seeds[] = {
	SEED("\0\0a,b\n1,2\n3,\n\"4\",5e-3\n"),
	SEED("\0\0x,\"y \"\"z\"\"\"\r\n1,2.5\r\n-3,NA\r\n"),
	SEED("\0\2a,b\n1,\n,2\n"),
	SEED("\0\x30\"town\";t\nRome;1,5\nOslo;-2,25\n"),
	SEED("\0\1"
	     "1,2,3\n4,5,6\n"),
	SEED("\1\0\0\0\x08\2\0\0\0\2\0\0\0\3abcdef"),
	SEED("\1\1\0\0\x0d\1\0\0\0\2\x3f\x80\0\0\xc0\0\0\0"),
	SEED("\3\0tapeloop scaling 1\n2\n1.5 2\n-3e4 0.25\n"),
	SEED("\4\0tapeloop vocabulary 1\n2 1 1 1 4\n0 <end>\n0 ?\n5 the\n2 \\x5cx\n"),
	SEED("\4\5the cat \xe2\x82\xac sat\n"),
};

enum { TEXTS = sizeof seeds / sizeof *seeds, SEEDS = TEXTS + sizeof png_files / sizeof *png_files };

static size_t take_seed(size_t k, uint8_t *to)
{
	if (k < TEXTS) {
		memcpy(to, seeds[k].bytes, seeds[k].size);
		return seeds[k].size;
	}
	const struct png_file *f = &png_files[k - TEXTS];
	to[0] = 2;
	to[1] = (uint8_t)below(3);
	memcpy(to + 2, f->bytes, (size_t)f->size);
	return 2 + (size_t)f->size;
}

/* Flip a bit, set a byte to one that means something, cut the end off, or repeat a part. */
static size_t change(uint8_t *b, size_t size)
{
	static const char telling[] = "\0\n\r\",;#.eE-+\\x\"\x7f\x80\xff\xc3\xe2 0919NA";
	size_t at = below(size), length = 1 + below(size - at), to = below(size);
	switch (below(5)) {
	case 0:
		b[at] ^= (uint8_t)(1u << below(8));
		return size;
	case 1:
		b[at] = (uint8_t)telling[below(sizeof telling - 1)];
		return size;
	case 2:
		return at + 1;
	case 3: /* leave a part out */
		memmove(b + at, b + at + length - 1, size - at - length + 1);
		return size - length + 1;
	default:
		if (length > 40 || size + length > MOST)
			return size;
		uint8_t part[40];
		memcpy(part, b + at, length);
		memmove(b + to + length, b + to, size - to);
		memcpy(b + to, part, length);
		return size + length;
	}
}

static int write_seeds(const char *folder)
{
	for (size_t k = 0; k < SEEDS; k++) {
		char path[4096];
		uint8_t input[MOST];
		size_t size = take_seed(k, input);
		snprintf(path, sizeof path, "%s/%zu", folder, k);
		FILE *f = fopen(path, "wb");
		bool written = f && fwrite(input, 1, size, f) == size;
		if (!f || fclose(f) || !written)
			return perror(path), 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--seeds"))
		return write_seeds(argv[2]);
	long count = argc > 1 ? atol(argv[1]) : 100000, first = argc > 2 ? atol(argv[2]) : 1;
	for (long i = first; i < first + count; i++) {
		uint8_t input[MOST];
		draw_from = (uint64_t)i;
		size_t size = take_seed(below(SEEDS), input);
		for (size_t changes = below(5); changes > 0; changes--)
			size = change(input, size);
		LLVMFuzzerTestOneInput(input, size);
	}
	printf("%ld inputs, from %ld on\n", count, first);
	return 0;
}

#endif
