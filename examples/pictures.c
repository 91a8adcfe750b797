/* Pictures and their names: read from IDX files and lines of text. */
#include "pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

tl_vocabulary *pictures_words(example *e)
{
	const tl_vocabulary_options o = {.kind = TL_TOKENS_WORDS,
					 .special = {"<pad>", "<begin>", "<end>"},
					 .unknown = "<unknown>"};
	const char *path = example_data(e, "caption", "train-names.txt");
	tl_text text = {0};
	tl_error error;
	tl_vocabulary *words = NULL;
	if (path && !tl_text_add_file(&text, path, &error))
		words = tl_vocabulary_create(text.bytes, text.size, &o, &error);
	tl_text_finish(&text);
	if (path && !words)
		example_fail(e, error.text);
	return words;
}

bool pictures_read(pictures *p, example *e, const char *part, const tl_vocabulary *words)
{
	char file[64], line[256];
	tl_error error;
	snprintf(file, sizeof file, "%s-images.idx", part);
	const char *path = example_data(e, "caption", file);
	if (!path)
		return false;
	p->image = tl_idx_read(path, TL_IDX_FRACTIONS, &error);
	if (!p->image.size || p->image.size % PIXELS)
		return example_fail(e, p->image.size ? "pictures of another size" : error.text);
	size_t most = (size_t)(p->image.size / PIXELS);
	p->length = calloc(most, sizeof *p->length);
	p->name = calloc(most, sizeof *p->name);
	p->names = calloc(most, sizeof *p->names);
	snprintf(file, sizeof file, "%s-names.txt", part);
	path = example_data(e, "caption", file);
	FILE *names = path && p->length && p->name && p->names ? fopen(path, "r") : NULL;
	while (names && p->count < (int64_t)most && fgets(line, sizeof line, names)) {
		int32_t *name = p->name[p->count];
		int64_t n = tl_vocabulary_encode(words, line, strlen(line), name, WORDS - 1, NULL);
		n = n < 0 ? 0 : n < WORDS - 1 ? n : WORDS - 1;
		name[n] = END;
		p->names[p->count] = name;
		p->length[p->count++] = n + 1;
	}
	if (names)
		fclose(names);
	return names || example_fail(e, "the names of the pictures cannot be read");
}

void pictures_finish(pictures *p)
{
	tl_pixels_free(&p->image);
	free(p->length);
	free(p->name);
	free(p->names);
}

tl_batches *pictures_batches(const pictures *p, int rows, bool in_order)
{
	return tl_batches_of_sequences(
		&(tl_sequences_options){
			.count = p->count,
			.input = {.data = p->image.data, .shape = tl_dims(SIDE, SIDE, 3)},
			.target = {.each = p->names,
				   .dtype = TL_I32,
				   .lengths = p->length,
				   .padding = PAD},
			.rows = rows,
			.round = 4,
			.in_order = in_order},
		NULL);
}
