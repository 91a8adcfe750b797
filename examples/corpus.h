/*
 * Files of text as numbers, one after the other: bytes, or characters of UTF-8. For language
 * models.
 */
#ifndef TL_EXAMPLES_CORPUS_H
#define TL_EXAMPLES_CORPUS_H

#include <tapeloop/train.h>

typedef struct corpus {
	tl_text text;
	tl_vocabulary *letters;
	int32_t *number; /* of each letter of the text, `count` of them */
	int64_t count;
} corpus;

/* Add a file, or all sources and documents in a folder. */
tl_status corpus_add(corpus *c, const char *path, tl_error *error);

/* Of blanks in a row inside a line, which are layout and say nothing, all but the first go. */
void corpus_leave_out_layout(corpus *c);

/* Give each letter a number, when all text has been added. */
tl_status corpus_number(corpus *c, tl_token_kind letters, tl_error *error);

void corpus_finish(corpus *c);

#endif
