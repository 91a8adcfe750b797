/* A text that grows; the first failure stays, so that callers ask once, at the end. */
#include "equations/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void tl_write(tl_writer *w, const char *text, size_t length)
{
	if (w->failed || !tl_array_reserve(&w->text, &w->room, w->length + length + 1, 1)) {
		w->failed = true;
		return;
	}
	memcpy(w->text + w->length, text, length);
	w->length += length;
	w->text[w->length] = 0;
}

void tl_write_text(tl_writer *w, const char *text)
{
	tl_write(w, text, strlen(text));
}

void tl_write_format(tl_writer *w, const char *format, ...)
{
	char text[512];
	va_list list;
	va_start(list, format);
	int length = vsnprintf(text, sizeof text, format, list);
	va_end(list);
	tl_write(w, text, length < (int)sizeof text ? (size_t)length : sizeof text - 1);
}
