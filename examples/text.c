/* Reading files and folders, and numbering the letters that occur. */
#define _DEFAULT_SOURCE /* scandir */
#include "text.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* From `begin` on: tables and comments that stand in columns have runs of blanks that say nothing.
 */
static void leave_out_layout(text *t, size_t begin)
{
	size_t to = begin;
	bool inside = false; /* behind the first letter of a line */
	for (size_t i = begin; i < t->size; i++) {
		char c = t->bytes[i];
		if (inside && c == ' ' && t->bytes[to - 1] == ' ')
			continue;
		inside = c != '\n' && (inside || !is_blank(c));
		t->bytes[to++] = c;
	}
	t->size = to;
}

static bool add_file(text *t, const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t got = 0, begin = t->size;
	if (!f)
		return perror(path), false;
	do {
		t->size += got;
		if (t->room - t->size < 65536) {
			char *grown = realloc(t->bytes, t->room * 2 + 65536);
			if (!grown)
				return perror(path), fclose(f), false;
			t->bytes = grown;
			t->room = t->room * 2 + 65536;
		}
		got = fread(t->bytes + t->size, 1, t->room - t->size, f);
	} while (got);
	bool fine = !ferror(f);
	if (!fine)
		perror(path);
	leave_out_layout(t, begin);
	fclose(f);
	return fine;
}

static bool is_source(const char *name)
{
	const char *dot = strrchr(name, '.');
	return dot && (!strcmp(dot, ".c") || !strcmp(dot, ".h") || !strcmp(dot, ".md") ||
		       !strcmp(dot, ".py"));
}

static bool is_folder(const char *path)
{
	struct stat s;
	return !stat(path, &s) && S_ISDIR(s.st_mode);
}

static bool add_folder(text *t, const char *path)
{
	struct dirent **entry;
	int count = scandir(path, &entry, NULL, alphasort);
	bool fine = count >= 0;
	for (int i = 0; i < count; i++) {
		char below[4096];
		const char *name = entry[i]->d_name;
		snprintf(below, sizeof below, "%s/%s", path, name);
		if (fine && *name != '.' && (is_folder(below) || is_source(name)))
			fine = text_add(t, below);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
	return fine;
}

bool text_add(text *t, const char *path)
{
	return is_folder(path) ? add_folder(t, path) : add_file(t, path);
}

void text_number(text *t)
{
	int blanks = 0;
	memset(t->class_of, 0xff, sizeof t->class_of);
	for (size_t i = 0; i < t->size; i++) {
		unsigned char c = (unsigned char)t->bytes[i];
		if (t->class_of[c] < 0) {
			t->letter[t->classes] = (char)c;
			t->class_of[c] = t->classes++;
		}
		blanks = is_blank(t->bytes[i]) ? blanks + 1 : 0;
		t->longest_blank = blanks > t->longest_blank ? blanks : t->longest_blank;
	}
}

void text_finish(text *t)
{
	free(t->bytes);
}
