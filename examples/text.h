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
} text;

/* Add a file, or in alphabetical order the .c, .h, .md and .py files of a folder and those below
 * it. */
bool text_add(text *t, const char *path);
void text_number(text *t); /* fill in the classes, when all is added */
void text_finish(text *t);

#endif
