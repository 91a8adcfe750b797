/* Places in a text and errors that show them: the line, a caret below, a hint beside it. */
#include "equations/script.h"

#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WIDE = 96 }; /* bytes of a line that an error shows */

int tl_script_line(const tl_script *s, uint32_t at)
{
	int line = 1;
	for (uint32_t i = 0; i < at && i < s->length; i++)
		line += s->text[i] == '\n';
	return line;
}

static uint32_t line_start(const tl_script *s, uint32_t at)
{
	while (at && s->text[at - 1] != '\n')
		at--;
	return at;
}

static int points(const char *text, size_t bytes)
{
	int count = 0;
	for (size_t i = 0; i < bytes; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

int tl_script_column(const tl_script *s, uint32_t at)
{
	uint32_t start = line_start(s, at);
	return points(s->text + start, at - start) + 1;
}

/* The line, cut where it is long, and the caret under the piece. */
static void show(const tl_script *s, tl_place at, const char *hint, char *to, size_t room)
{
	uint32_t start = line_start(s, at.start), end = at.start;
	while (end < s->length && s->text[end] != '\n' && s->text[end] != '\r')
		end++;
	while (at.start - start > WIDE / 2) /* keep the place in sight */
		start++;
	while (start < at.start && ((unsigned char)s->text[start] & 0xc0) == 0x80)
		start++;
	end = end - start > WIDE ? start + WIDE : end;
	while (end > at.start && end < s->length && ((unsigned char)s->text[end] & 0xc0) == 0x80)
		end--;
	at.end = at.end > end ? end : at.end < at.start ? at.start : at.end;
	int indent = points(s->text + start, at.start - start);
	int length = points(s->text + at.start, at.end - at.start);
	char marks[WIDE + 1];
	memset(marks, '~', sizeof marks);
	marks[0] = '^';
	marks[length < 1 ? 1 : length] = 0;
	snprintf(to, room, "\n    %.*s\n    %*s%s%s%s", (int)(end - start), s->text + start, indent,
		 "", marks, hint ? "  " : "", hint ? hint : "");
}

void *tl_script_fail(tl_script *s, tl_place at, const char *hint, const char *message, ...)
{
	if (s->failed)
		return NULL;
	s->failed = true;
	if (!s->error)
		return NULL;
	char *text = s->error->text;
	size_t room = sizeof s->error->text, used;
	va_list list;
	s->error->status = TL_ERROR_ARGUMENT;
	at.start = at.start > s->length ? (uint32_t)s->length : at.start;
	used = (size_t)snprintf(text, room, "%.80s:%d:%d: ", s->file, tl_script_line(s, at.start),
				tl_script_column(s, at.start));
	va_start(list, message);
	char said[200];
	vsnprintf(said, sizeof said, message, list);
	va_end(list);
	used += (size_t)snprintf(text + used, room - used, "%s", said);
	show(s, at, hint, text + used, room - used);
	return NULL;
}

void *tl_script_no_memory(tl_script *s)
{
	if (!s->failed)
		tl_fail(s->error, TL_ERROR_MEMORY, "%.80s: out of memory", s->file);
	s->failed = true;
	return NULL;
}

void *tl_script_take(tl_script *s, size_t bytes)
{
	void *memory = s->failed ? NULL : tl_arena_take(s->arena, bytes, 16);
	return memory ? memset(memory, 0, bytes) : tl_script_no_memory(s);
}

const char *tl_script_text(tl_script *s, const char *format, ...)
{
	char text[240];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	char *copy = tl_script_take(s, strlen(text) + 1);
	return copy ? strcpy(copy, text) : "";
}

const char *tl_script_slice(tl_script *s, tl_place at)
{
	uint32_t length = at.end > at.start ? at.end - at.start : 0;
	bool cut = length > 40;
	if (cut)
		for (length = 37;
		     length && ((unsigned char)s->text[at.start + length] & 0xc0) == 0x80;)
			length--;
	return tl_script_text(s, "%.*s%s", (int)length, s->text + at.start, cut ? "..." : "");
}
