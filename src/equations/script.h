/* The text of a cell, places in it, and errors that show them. */
#ifndef TL_EQUATIONS_SCRIPT_H
#define TL_EQUATIONS_SCRIPT_H

#include "base/memory.h"

/* A piece of the text, in bytes. */
typedef struct tl_place {
	uint32_t start, end;
} tl_place;

/* All that is made of a text lies in one arena, and the first problem is kept. */
typedef struct tl_script {
	const char *file, *text;
	size_t length;
	tl_arena *arena;
	tl_error *error;
	bool failed;
} tl_script;

/*
 * "FILE:LINE:COLUMN: message", the line, and a caret with a hint beside it (NULL: none). Only the
 * first failure is kept. Returns NULL.
 */
__attribute__((format(printf, 4, 5))) void *
tl_script_fail(tl_script *s, tl_place at, const char *hint, const char *message, ...);
void *tl_script_no_memory(tl_script *s);

/* Zeroed memory of the arena; NULL when there is none, and then the source has failed. */
void *tl_script_take(tl_script *s, size_t bytes);

int tl_script_line(const tl_script *s, uint32_t at);
int tl_script_column(const tl_script *s, uint32_t at); /* in code points, from 1 */

/* A text made by printf, in the arena; "" when there is no memory. */
__attribute__((format(printf, 2, 3))) const char *tl_script_text(tl_script *s, const char *format,
								 ...);
/* The piece of text itself, shortened to what fits a message. */
const char *tl_script_slice(tl_script *s, tl_place at);

static inline tl_place tl_place_join(tl_place a, tl_place b)
{
	return (tl_place){a.start, b.end};
}

#endif
