/* Text to learn from: files, or folders of source. */
#ifndef TL_EXAMPLES_TEXT_H
#define TL_EXAMPLES_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_CODES = 256 };

typedef struct text {
	char *bytes;
	size_t size, room;
	int32_t class_of[TEXT_CODES]; /* of each byte that occurs, from 0 on; others -1 */
	char letter[TEXT_CODES];      /* of each class */
	int classes;
	int longest_blank; /* blanks, tabs and ends of lines in a row, at most */
} text;

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Add a file, or in alphabetical order the .c, .h, .md and .py files of a folder and those below
 * it. Of blanks in a row inside a line, which are layout, all but the first are left out. */
bool text_add(text *t, const char *path);
void text_number(text *t); /* fill in what follows from it, when all is added */
void text_finish(text *t);

#endif
