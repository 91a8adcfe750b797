/* Reads labelled sentences, and gives each word a number. */
#include "sentences.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool sentences_read(sentences *s, example *e)
{
	tl_error error = {TL_OK, ""};
	const char *path = example_data(e, "sentiment", "all.tsv");
	if (!path || tl_text_add_file(&s->text, path, &error))
		return path && example_fail(e, error.text);
	s->word = malloc(s->text.size * sizeof *s->word);
	for (char *c = s->text.bytes, *end = c + s->text.size; c < end && s->count < SENTENCES;
	     s->count++) {
		char *stop = memchr(c, '\n', (size_t)(end - c));
		s->label[s->count] = *c == '1';
		s->start[s->count] = c + 2;
		*c = c[1] = ' '; /* what is left is words */
		c = stop ? stop : end;
		if (stop)
			*c++ = ' ';
	}
	for (size_t i = 0; i < s->text.size; i++)
		s->text.bytes[i] = (char)tolower((unsigned char)s->text.bytes[i]);
	s->words = tl_vocabulary_create(s->text.bytes, s->text.size,
					&(tl_vocabulary_options){.kind = TL_TOKENS_WORDS,
								 .split_punctuation = true,
								 .special = {"<pad>"},
								 .unknown = "<unknown>",
								 .least_count = 2},
					&error);
	int32_t *at = s->word;
	for (int i = 0; s->words && at && i < s->count; i++) {
		const char *end =
			i + 1 < s->count ? s->start[i + 1] - 2 : s->text.bytes + s->text.size;
		s->each[i] = at;
		s->length[i] =
			tl_vocabulary_encode(s->words, s->start[i], (size_t)(end - s->start[i]), at,
					     end - s->start[i], &error);
		if (s->length[i] < 1)
			return example_fail(e, error.status ? error.text : "an empty sentence");
		at += s->length[i];
	}
	return (s->words && s->word) || example_fail(e, error.text);
}

void sentences_finish(sentences *s)
{
	tl_vocabulary_destroy(s->words);
	tl_text_finish(&s->text);
	free(s->word);
}
