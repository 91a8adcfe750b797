/* Reading poems, and what makes a quatrain. */
#include "quatrains.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char quatrains_reading[] =
	"Each line is read from left to right. Of five characters two and three belong together, "
	"of seven\nfour and three; lines 2 and 4 rhyme, or did then.\n";

/*
 * A poem is read from the END before it on, and each character is to be followed by the next one,
 * the last by an END: input and target are the same numbers, one apart.
 */
static bool number_poems(pairs *p, const tl_text *text, const tl_vocabulary *v, tl_error *error)
{
	int64_t room = (int64_t)text->size;
	if (!pairs_reserve(p, room, 1))
		return false;
	int32_t *number = p->read.number;
	int64_t count = tl_vocabulary_encode(v, text->bytes, text->size, number, room, error);
	p->count = 0;
	for (int64_t i = 1, begin = 0; i < count; i++) {
		if (number[i] != QUATRAIN_END)
			continue;
		p->read.each[p->count] = number + begin;
		p->written.each[p->count] = number + begin + 1;
		p->read.length[p->count] = p->written.length[p->count] = i - begin;
		p->count++, begin = i;
	}
	return count > 0;
}

static bool read_part(quatrains *q, pairs *p, const char *five, const char *seven, example *e)
{
	/* Of characters that occur once nothing can be learned: they are all one. */
	const tl_vocabulary_options o = {.kind = TL_TOKENS_CHARACTERS,
					 .special = {"\n"},
					 .unknown = "\u25a1",
					 .least_count = 2,
					 .most = e->quick ? 500 : 0};
	tl_text text = {0};
	tl_error error = {TL_OK, "out of memory"};
	bool fine = !tl_text_add(&text, "\n", 1, &error);
	for (int i = 0; i < 2 && fine; i++) {
		const char *path = example_data(e, "poems", i ? seven : five);
		fine = path && !tl_text_add_file(&text, path, &error);
	}
	if (fine && !q->characters)
		q->characters = tl_vocabulary_create(text.bytes, text.size, &o, &error);
	fine = fine && q->characters && number_poems(p, &text, q->characters, &error);
	tl_text_finish(&text);
	return fine || example_fail(e, error.text);
}

bool quatrains_read(quatrains *q, example *e)
{
	return read_part(q, &q->learned, "five-train.txt", "seven-train.txt", e) &&
	       read_part(q, &q->tested, "five-test.txt", "seven-test.txt", e);
}

void quatrains_finish(quatrains *q)
{
	tl_vocabulary_destroy(q->characters);
	pairs_finish(&q->learned);
	pairs_finish(&q->tested);
}

static bool ends_line(const quatrains *q, int32_t character)
{
	return strstr("，。！？；", tl_vocabulary_token(q->characters, character, NULL));
}

bool quatrains_keep_form(const quatrains *q, const int32_t *character, int32_t length)
{
	int32_t line = length == QUATRAIN_FIVE ? 6 : length == QUATRAIN_SEVEN ? 8 : 0;
	for (int32_t i = 0; line && i < length; i++)
		if (ends_line(q, character[i]) != (i % line == line - 1))
			return false;
	return line;
}

void quatrains_print(const quatrains *q, const int32_t *character, int32_t length)
{
	for (int32_t i = 0; i < length; i++)
		printf(ends_line(q, character[i]) ? "%s\n" : "%s",
		       tl_vocabulary_token(q->characters, character[i], NULL));
}
