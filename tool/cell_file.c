/* Files of equations: where they are, and reading them. */
#define _DEFAULT_SOURCE /* readlink */
#include "cell.h"
#include "cell_file.h"
#include "said.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_LIMIT = 1 << 20 };

/* Beside the program as it is installed, or as it lies in a build folder of the sources. */
static bool beside_program(char *path)
{
	static const char *const places[] = {"/share/tapeloop/cells", "/../cells"};
	ssize_t n = readlink("/proc/self/exe", path, CELL_PATH - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	for (int i = 0; i < 2; i++) {
		char *slash = strrchr(path, '/');
		if (!slash)
			return false;
		*slash = '\0';
	}
	size_t length = strlen(path);
	for (int i = 0; i < 2 && length + 32 < CELL_PATH; i++) {
		strcpy(path + length, places[i]);
		if (!access(path, R_OK | X_OK))
			return true;
	}
	return false;
}

const char *cells_folder(void)
{
	static char path[CELL_PATH];
	const char *told = getenv("TL_CELLS");
	if (told && *told)
		return told;
	if (!*path && !beside_program(path))
		strcpy(path, TOOL_CELLS);
	return path;
}

static char *standard_input(void)
{
	char *text = malloc(TEXT_LIMIT + 1);
	size_t n = text ? fread(text, 1, TEXT_LIMIT + 1, stdin) : 0;
	if (!text || n > TEXT_LIMIT || ferror(stdin)) {
		say_error("standard input: %s", !text           ? "out of memory"
						: ferror(stdin) ? strerror(errno)
								: "more than 1 MB");
		free(text);
		return NULL;
	}
	text[n] = '\0';
	return text;
}

tl_cell_kind *cell_read(const char *path, const char *options)
{
	tl_cell_kind *kind = NULL;
	tl_error error = {0};
	bool standard = !strcmp(path, "-");
	char *text = standard ? standard_input() : NULL;
	if (text)
		kind = tl_cell_parse(text, "standard input", options, &error);
	else if (!standard)
		kind = tl_cell_read(path, options, &error);
	free(text);
	if (!kind && *error.text)
		say_error("%s", error.text);
	return kind;
}

bool cell_is_path(const char *name)
{
	size_t n = strlen(name);
	return strchr(name, '/') || !strcmp(name, "-") || (n > 5 && !strcmp(name + n - 5, ".cell"));
}

bool cell_place(const char *name, char *path, size_t room)
{
	if (cell_is_path(name)) {
		snprintf(path, room, "%s", name);
		if (strchr(name, '/') || !strcmp(name, "-") || !access(path, F_OK))
			return true;
		snprintf(path, room, "%s/%s", cells_folder(), name);
		if (access(path, F_OK))
			snprintf(path, room, "%s", name); /* which the error will name */
		return true;
	}
	snprintf(path, room, "%s/%s.cell", cells_folder(), name);
	return !access(path, F_OK);
}

bool cell_file_like(const char *name, char *like, size_t room)
{
	DIR *folder = opendir(cells_folder());
	int best = strlen(name) < 4 ? 2 : 3;
	bool found = false;
	for (struct dirent *e; folder && (e = readdir(folder));) {
		char own[256];
		size_t n = strlen(e->d_name);
		if (n < 6 || n >= sizeof own || strcmp(e->d_name + n - 5, ".cell"))
			continue;
		snprintf(own, sizeof own, "%.*s", (int)n - 5, e->d_name);
		if (distance_of(name, own) >= best)
			continue;
		best = distance_of(name, own);
		snprintf(like, room, "%s", own);
		found = true;
	}
	if (folder)
		closedir(folder);
	return found;
}
