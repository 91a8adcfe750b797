/*
 * Hostile files: whatever the bytes are, a reader refuses them or gives what they say, and touches
 * no memory but its own. One program a format (FUZZ_FORMAT). For libFuzzer the bytes are its own;
 * by number they are a good file of those made here, changed in a few places.
 *
 *     fuzz_npz 20000 1             inputs by number: how many, from which on
 *     fuzz_npz --seconds 600
 *     fuzz_npz --seeds FOLDER      the good files, for libFuzzer to begin with
 */
#include "io/model_load.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "io/zip.h"

#include <tapeloop/train.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SAFETENSORS, NPY, NPZ, LARGEST = 1 << 16, READ_MOST = 1 << 20 };

/* Reading all there is */

static tl_map map_of(const uint8_t *bytes, size_t size)
{
	return (tl_map){.bytes = bytes, .size = size};
}

static void read_tensor(const tl_safetensors *f, int index)
{
	tl_shape shape = tl_safetensors_shape(f, index);
	int64_t size = shape.rank <= TL_MAX_RANK ? tl_shape_size(shape) : 1;
	tl_safetensors_dtype(f, index);
	for (int dtype = TL_F32; dtype <= TL_I32 && size <= READ_MOST; dtype++) {
		tl_error e;
		tl_array into = {malloc((size_t)size * 8 + 1), (tl_dtype)dtype, shape, 0};
		if (into.data)
			tl_safetensors_read(f, tl_safetensors_name(f, index), &into, &e);
		free(into.data);
	}
}

static bool try_safetensors(const uint8_t *bytes, size_t size)
{
	tl_error e;
	tl_map map = map_of(bytes, size);
	tl_safetensors *f = tl_safetensors_of(&map, "file", &e);
	for (int i = 0; i < tl_safetensors_count(f); i++)
		read_tensor(f, i);
	for (int i = 0; tl_safetensors_metadata_at(f, i).key; i++)
		if (!tl_safetensors_metadata(f, tl_safetensors_metadata_at(f, i).key))
			abort();
	bool opened = f != NULL;
	tl_model_destroy(f ? tl_model_of(f, &e) : NULL);
	return opened;
}

static bool try_npy(const uint8_t *bytes, size_t size)
{
	tl_error e;
	tl_map map = map_of(bytes, size);
	tl_npy *f = tl_npy_of(&map, "file", &e);
	for (int i = 0; i < tl_npy_count(f); i++)
		for (int dtype = TL_F32; dtype <= TL_I32; dtype++) {
			tl_npy_dtype(f, i);
			tl_npy_array(f, tl_npy_name(f, i), (tl_dtype)dtype, &e);
		}
	bool opened = f != NULL;
	tl_npy_close(f);
	return opened;
}

/* Members that are changed are given the right checksum, or little would be read of them. */
static void mend(uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i + 46 <= size; i++) {
		uint32_t place, length;
		if (memcmp(bytes + i, "PK\1\2", 4) != 0 || bytes[i + 10])
			continue;
		memcpy(&place, bytes + i + 42, 4);
		memcpy(&length, bytes + i + 20, 4);
		if (place + (size_t)30 > size)
			continue;
		size_t head = (size_t)30 + bytes[place + 26] + 256u * bytes[place + 27] +
			      bytes[place + 28] + 256u * bytes[place + 29];
		if (head > size - place || length > size - place - head)
			continue;
		uint32_t sum = tl_zip_checksum(0, bytes + place + head, length);
		memcpy(bytes + i + 16, &sum, 4);
	}
}

static bool try(const uint8_t *bytes, size_t size)
{
	if (FUZZ_FORMAT == SAFETENSORS)
		return try_safetensors(bytes, size);
	bool opened = try_npy(bytes, size);
	uint8_t *copy = FUZZ_FORMAT == NPZ && size ? malloc(size) : NULL;
	if (!copy)
		return opened;
	memcpy(copy, bytes, size);
	mend(copy, size);
	opened = try_npy(copy, size);
	free(copy);
	return opened;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	/* bytes of its own size, so that what reads behind them is seen */
	uint8_t *copy = malloc(size ? size : 1);
	if (copy && size)
		memcpy(copy, bytes, size);
	if (copy)
		try(copy, size);
	free(copy);
	return 0;
}

#ifdef FUZZ_STANDALONE

/* Good files */

enum { SEEDS = 3 };

typedef struct seed {
	uint8_t bytes[LARGEST];
	size_t size;
} seed;

static seed seeds[SEEDS];

static const float six[] = {1, 2, 3, 4, 5, 6};
static const double two[] = {0.5, -2};
static const int32_t one[] = {7};

static const tl_named_array arrays[] = {
	{"a", {(void *)six, TL_F32, {2, {2, 3}}, 6}},
	{"b.c", {(void *)two, TL_F64, {1, {2}}, 2}},
	{"d", {(void *)one, TL_I32, {0}, 1}},
};

static tl_status save_model(const char *path)
{
	tl_phased_options phased = {0.5, 0.125, true};
	tl_params *set = tl_params_create(TL_F32);
	tl_cell *cells[] = {
		tl_cell_create(set, "lstm", "low", (tl_cell_options){.in = 2, .hidden = 3}),
		tl_cell_create(
			set, "phased_lstm", "high",
			(tl_cell_options){
				.in = 3, .hidden = 2, .activation = tl_relu, .extra = &phased})};
	tl_params_add(set, "W", tl_dims(2, 2), tl_init_zeros());
	tl_metadata text = {"vocabulary", "abc"};
	tl_status status = tl_model_save(path, set, cells, 2, &text, 1, NULL);
	tl_cell_destroy(cells[0]);
	tl_cell_destroy(cells[1]);
	tl_params_destroy(set);
	return status;
}

static tl_status save_seed(const char *path, int which)
{
	if (FUZZ_FORMAT == NPY)
		return tl_npy_write(path, &arrays[which].array, NULL);
	if (FUZZ_FORMAT == NPZ)
		return tl_npz_write(path, arrays, which + 1, NULL);
	return which < 2 ? tl_safetensors_write(path, arrays, which + 2,
						&(tl_metadata){"format", "pt"}, which, NULL)
			 : save_model(path);
}

static void make_seeds(const char *folder)
{
	for (int i = 0; i < SEEDS; i++) {
		char path[500];
		snprintf(path, sizeof path, "%s/seed%d", folder, i);
		FILE *file = save_seed(path, i) ? NULL : fopen(path, "rb");
		if (!file) {
			perror(path);
			exit(2);
		}
		seeds[i].size = fread(seeds[i].bytes, 1, LARGEST, file);
		fclose(file);
	}
}

/* Bad ones */

static uint64_t next(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* Put `count` bytes in the place of `removed` others. */
static void splice(seed *s, size_t at, size_t removed, const void *bytes, size_t count)
{
	if (at > s->size || removed > s->size - at || s->size - removed + count > LARGEST)
		return;
	memmove(s->bytes + at + count, s->bytes + at + removed, s->size - at - removed);
	if (count)
		memcpy(s->bytes + at, bytes, count);
	s->size = s->size - removed + count;
}

static void change(seed *s, uint64_t *state)
{
	static const char *const words[] = {
		"0",     "1",       "2",    "-1",      "4294967296",  "9223372036854775807",
		"{",     "}",       "[",    "]",       "(",           ")",
		",",     "\"",      "'",    "\\",      "true",        "null",
		"1e300", "\\u0000", "BF16", "F8_E4M3", "\"shape\"",   "\"dtype\"",
		"False", "'>f8'",   "'|O'", "lstm",    "\"hidden\":", "PK\1\2",
	};
	uint64_t r = next(state);
	size_t at = s->size ? (r >> 8) % s->size : 0;
	const char *word = words[(r >> 40) % (sizeof words / sizeof *words)];
	uint8_t byte = (uint8_t)(r >> 56);
	switch (r & 7) {
	case 0:
	case 1:
		splice(s, at, 1, &byte, 1);
		break;
	case 2:
		splice(s, at, 0, &byte, 1);
		break;
	case 3:
		splice(s, at, 1 + byte % 8, NULL, 0);
		break;
	case 4:
		splice(s, at, 0, word, strlen(word));
		break;
	case 5:
		splice(s, at, strlen(word), word, strlen(word));
		break;
	case 6: /* a number of four bytes that is large or nothing */
		splice(s, at, 4, byte & 1 ? "\xff\xff\xff\xff" : "\0\0\0", 4);
		break;
	default:
		s->size = byte & 1 ? at : s->size;
	}
}

static bool run(long number)
{
	static seed s;
	uint64_t state = (uint64_t)number;
	s = seeds[next(&state) % SEEDS];
	for (uint64_t changes = next(&state) % 5; changes; changes--)
		change(&s, &state);
	uint8_t *copy = malloc(s.size ? s.size : 1);
	if (!copy)
		return false;
	memcpy(copy, s.bytes, s.size);
	bool opened = try(copy, s.size);
	free(copy);
	return opened;
}

int main(int argc, char **argv)
{
	bool timed = argc > 2 && !strcmp(argv[1], "--seconds");
	if (argc > 2 && !strcmp(argv[1], "--seeds")) {
		make_seeds(argv[2]);
		return 0;
	}
	char folder[] = "/tmp/tapeloop-fuzz-XXXXXX", path[60];
	if (!mkdtemp(folder))
		return 2;
	make_seeds(folder);
	for (int i = 0; i < SEEDS; i++) {
		snprintf(path, sizeof path, "%s/seed%d", folder, i);
		unlink(path);
	}
	rmdir(folder);
	long count = argc > 1 && !timed ? atol(argv[1]) : 1000, opened = 0, done = 0;
	long first = argc > 2 && !timed ? atol(argv[2]) : 1;
	time_t end = timed ? time(NULL) + atol(argv[2]) : 0;
	for (long i = first; timed ? time(NULL) < end : done < count; i++, done++)
		opened += run(i);
	printf("%ld inputs, %ld of them whole\n", done, opened);
	return opened == 0;
}
#endif
