/* Whole files of text in memory. */
#define _DEFAULT_SOURCE /* lstat */
#include "base/fail.h"
#include "base/memory.h"

#include <tapeloop/text.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PIECE = 1 << 16, DEEPEST = 64 };

static tl_status no_memory(const char *path, tl_error *error)
{
	return tl_fail(error, TL_ERROR_MEMORY, "%s: out of memory", path);
}

static tl_status no_file(const char *path, tl_error *error)
{
	return tl_fail(error, TL_ERROR_FILE, "%s: %s", path, strerror(errno));
}

tl_status tl_text_add(tl_text *t, const char *bytes, size_t size, tl_error *error)
{
	if (!t || (size && !bytes))
		return tl_fail(error, TL_ERROR_ARGUMENT, "text: there is none");
	if (size > SIZE_MAX / 2 - t->size ||
	    !tl_array_reserve(&t->bytes, &t->room, t->size + size + 1, 1))
		return no_memory("text", error);
	if (size)
		memcpy(t->bytes + t->size, bytes, size);
	t->size += size;
	t->bytes[t->size] = 0;
	return TL_OK;
}

/* What was added since is taken off again. */
static tl_status cut(tl_text *t, size_t size, tl_status status)
{
	if (status && t->bytes)
		t->bytes[t->size = size] = 0;
	return status;
}

tl_status tl_text_add_file(tl_text *t, const char *path, tl_error *error)
{
	if (!t || !path)
		return tl_fail(error, TL_ERROR_ARGUMENT, "text: there is no text or no path");
	FILE *f = fopen(path, "rb");
	size_t got = 0, begin = t->size;
	tl_status status = TL_OK;
	if (!f)
		return no_file(path, error);
	do {
		t->size += got;
		if (!tl_array_reserve(&t->bytes, &t->room, t->size + PIECE + 1, 1)) {
			status = no_memory(path, error);
			break;
		}
		got = fread(t->bytes + t->size, 1, t->room - t->size - 1, f);
		t->bytes[t->size + got] = 0;
	} while (got);
	if (!status && ferror(f))
		status = no_file(path, error);
	fclose(f);
	return cut(t, begin, status);
}

static bool ends_in_one(const char *name, const char *endings)
{
	size_t length = strlen(name);
	bool any = false;
	while (endings && *(endings += strspn(endings, " "))) {
		size_t n = strcspn(endings, " ");
		any = true;
		if (n <= length && !strncmp(name + length - n, endings, n))
			return true;
		endings += n;
	}
	return !any;
}

typedef struct names {
	char **at;
	size_t count, room;
} names;

static void finish_names(names *n)
{
	for (size_t i = 0; i < n->count; i++)
		tl_free(n->at[i]);
	tl_free(n->at);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The paths in a folder, in order. */
static tl_status list(names *n, const char *path, tl_error *error)
{
	DIR *folder = opendir(path);
	tl_status status = TL_OK;
	if (!folder)
		return no_file(path, error);
	for (struct dirent *e; !status && (e = readdir(folder));) {
		size_t size = strlen(path) + strlen(e->d_name) + 2;
		if (e->d_name[0] == '.')
			continue;
		char *name = tl_array_reserve(&n->at, &n->room, n->count + 1, sizeof *n->at)
				     ? tl_alloc(size)
				     : NULL;
		if (!name) {
			status = no_memory(path, error);
			break;
		}
		snprintf(name, size, "%s/%s", path, e->d_name);
		n->at[n->count++] = name;
	}
	closedir(folder);
	if (n->count)
		qsort(n->at, n->count, sizeof *n->at, by_text);
	return status;
}

static tl_status add_folder(tl_text *t, const char *path, const char *endings, int depth,
			    tl_error *error)
{
	names n = {0};
	if (depth > DEEPEST)
		return tl_fail(error, TL_ERROR_FILE, "%s: more than %d folders deep", path,
			       DEEPEST);
	tl_status status = list(&n, path, error);
	for (size_t i = 0; !status && i < n.count; i++) {
		struct stat s, itself;
		if (stat(n.at[i], &s) || lstat(n.at[i], &itself))
			status = no_file(n.at[i], error);
		else if (S_ISDIR(s.st_mode) && S_ISDIR(itself.st_mode))
			status = add_folder(t, n.at[i], endings, depth + 1, error);
		else if (S_ISREG(s.st_mode) && ends_in_one(n.at[i], endings))
			status = tl_text_add_file(t, n.at[i], error);
	}
	finish_names(&n);
	return status;
}

tl_status tl_text_add_folder(tl_text *t, const char *path, const char *endings, tl_error *error)
{
	if (!t || !path)
		return tl_fail(error, TL_ERROR_ARGUMENT, "text: there is no text or no path");
	size_t begin = t->size;
	return cut(t, begin, add_folder(t, path, endings, 0, error));
}

void tl_text_finish(tl_text *t)
{
	if (!t)
		return;
	tl_free(t->bytes);
	*t = (tl_text){0};
}
