/* Text from files, and the number of each letter. */
#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

tl_status corpus_add(corpus *c, const char *path, tl_error *error)
{
	struct stat s;
	if (!stat(path, &s) && S_ISDIR(s.st_mode))
		return tl_text_add_folder(&c->text, path, ".c .h .md .py", error);
	return tl_text_add_file(&c->text, path, error);
}

void corpus_leave_out_layout(corpus *c)
{
	tl_text *t = &c->text;
	size_t to = 0;
	bool inside = false; /* behind the first letter of a line */
	for (size_t i = 0; i < t->size; i++) {
		char letter = t->bytes[i];
		if (inside && letter == ' ' && t->bytes[to - 1] == ' ')
			continue;
		inside = letter != '\n' &&
			 (inside || (letter != ' ' && letter != '\t' && letter != '\r'));
		t->bytes[to++] = letter;
	}
	t->size = to;
}

tl_status corpus_number(corpus *c, tl_token_kind letters, tl_error *error)
{
	const tl_text *t = &c->text;
	c->letters = tl_vocabulary_create(t->bytes, t->size,
					  &(tl_vocabulary_options){.kind = letters}, error);
	if (!c->letters)
		return error->status;
	c->number = malloc(t->size * sizeof *c->number);
	if (!c->number) {
		snprintf(error->text, sizeof error->text, "out of memory");
		return error->status = TL_ERROR_MEMORY;
	}
	c->count = tl_vocabulary_encode(c->letters, t->bytes, t->size, c->number, (int64_t)t->size,
					error);
	return c->count < 0 ? error->status : TL_OK;
}

void corpus_finish(corpus *c)
{
	tl_text_finish(&c->text);
	tl_vocabulary_destroy(c->letters);
	free(c->number);
}
