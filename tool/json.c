/* JSON, written as it comes. */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

json json_begin(FILE *file)
{
	return (json){.file = file};
}

static void quoted(FILE *f, const char *text)
{
	fputc('"', f);
	for (; *text; text++)
		if (*text == '\n')
			fputs("\\n", f);
		else if ((unsigned char)*text < ' ')
			fprintf(f, "\\u%04x", (unsigned char)*text);
		else
			fprintf(f, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	fputc('"', f);
}

static void before(json *j, const char *name)
{
	if (j->follows)
		fputs(j->depth == 1 && !j->one_line ? ",\n " : ", ", j->file);
	j->follows = true;
	if (name) {
		quoted(j->file, name);
		fputs(": ", j->file);
	}
}

void json_open(json *j, const char *name, char bracket)
{
	before(j, name);
	fputc(bracket, j->file);
	if (j->depth < JSON_DEPTH)
		j->closing[j->depth] = bracket == '{' ? '}' : ']';
	j->depth++;
	j->follows = false;
}

void json_close(json *j)
{
	j->depth--;
	if (j->depth < JSON_DEPTH)
		fputc(j->closing[j->depth], j->file);
	j->follows = true;
	if (!j->depth)
		fputc('\n', j->file);
}

void json_text(json *j, const char *name, const char *value)
{
	before(j, name);
	if (value)
		quoted(j->file, value);
	else
		fputs("null", j->file);
}

void json_number(json *j, const char *name, double value)
{
	char text[40];
	before(j, name);
	if (!isfinite(value)) {
		fputs("null", j->file);
		return;
	}
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	fputs(text, j->file);
}

void json_count(json *j, const char *name, int64_t value)
{
	before(j, name);
	fprintf(j->file, "%" PRId64, value);
}

void json_flag(json *j, const char *name, bool value)
{
	before(j, name);
	fputs(value ? "true" : "false", j->file);
}
