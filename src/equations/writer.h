/* A text that grows. */
#ifndef TL_EQUATIONS_WRITER_H
#define TL_EQUATIONS_WRITER_H

#include "base/memory.h"

typedef struct tl_writer {
	char *text; /* NULL until something is written; the caller frees it */
	size_t length, room;
	bool failed; /* out of memory: what follows is not written */
} tl_writer;

void tl_write(tl_writer *w, const char *text, size_t length);
void tl_write_text(tl_writer *w, const char *text);
__attribute__((format(printf, 2, 3))) void tl_write_format(tl_writer *w, const char *format, ...);

#endif
