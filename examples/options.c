/* Options by their tables, folders that are there before the work starts. */
#define _DEFAULT_SOURCE /* mkstemp */
#include "options.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tapeloop/train.h>

enum { WRONG_USE = 2, PATH = 4096 };

__attribute__((format(printf, 2, 3))) static bool wrong(const command *c, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	fprintf(stderr, "%s: ", c->name);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
	va_end(list);
	return false;
}

static void list_cells(FILE *file)
{
	for (int i = 0; i < tl_cell_kind_count(); i++)
		fprintf(file, "  %-22s %s\n", tl_cell_kind_at(i)->name, tl_cell_kind_at(i)->doc);
}

static void print_help(const command *c)
{
	char given[64];
	printf("usage: %s%s%s%s\n\n%s\n\n", c->name, c->options ? " [option ...]" : "",
	       c->rest ? " " : "", c->rest ? c->rest : "", c->about);
	for (int i = 0; i < c->options; i++) {
		const option *o = &c->option[i];
		snprintf(given, sizeof given, "%s%s%s", o->name, o->value ? " " : "",
			 o->value ? o->value : "");
		printf("  %-18s %s\n", given, o->help);
	}
	printf("  %-18s %s\n", "--help", "this text");
}

/* Make the folder and those above it, and see that files can be made there. */
static bool folder_ready(const command *c, const char *path)
{
	char part[PATH];
	size_t length = strlen(path);
	if (!length || length + sizeof "/.XXXXXX" > sizeof part)
		return wrong(c, "\"%s\" is no name for a folder", path);
	for (size_t i = 1; i <= length; i++)
		if (path[i] == '/' || i == length) {
			snprintf(part, sizeof part, "%.*s", (int)i, path);
			mkdir(part, 0777); /* what matters comes next */
		}
	snprintf(part, sizeof part, "%s/.XXXXXX", path);
	int probe = mkstemp(part);
	if (probe < 0)
		return wrong(c, "cannot write to folder %s: %s", path, strerror(errno));
	close(probe);
	unlink(part);
	return true;
}

static bool number_of(const char *text, double *number)
{
	char *end;
	*number = strtod(text, &end);
	return end > text && !*end && isfinite(*number) && *number > 0;
}

static tl_cell_kind *read_kind; /* of a file of equations; lives as long as the process */

/* False: end now, with *status. */
static bool take(const command *c, const option *o, const char *value, int *status)
{
	double number;
	*status = WRONG_USE;
	switch (o->type) {
	case OPTION_FLAG:
		*(bool *)o->into = true;
		return true;
	case OPTION_FOLDER: /* looked at when the whole line is right */
	case OPTION_TEXT:
		*(const char **)o->into = value;
		return true;
	case OPTION_COUNT:
		if (!number_of(value, &number) || number > 1e9 || number != floor(number))
			return wrong(c, "%s wants a whole number from 1 on, not \"%s\"", o->name,
				     value);
		*(int *)o->into = (int)number;
		return true;
	case OPTION_NUMBER:
		if (!number_of(value, &number))
			return wrong(c, "%s wants a number above 0, not \"%s\"", o->name, value);
		*(double *)o->into = number;
		return true;
	case OPTION_CELL:
		break;
	}
	if (!strcmp(value, "list")) {
		list_cells(stdout);
		*status = EXIT_SUCCESS;
		return false;
	}
	const tl_cell_kind *kind = tl_cell_kind_find(value);
	if (!kind && strstr(value, ".cell")) {
		tl_error error = {TL_OK, ""};
		kind = read_kind = tl_cell_read(value, NULL, &error);
		if (!kind)
			return wrong(c, "%s", error.text);
	}
	if (!kind) {
		wrong(c, "there is no cell \"%s\"; there are", value);
		list_cells(stderr);
		return false;
	}
	*(const tl_cell_kind **)o->into = kind;
	return true;
}

/* The option of this name, or of what is before its "="; *value is what is behind. */
static const option *find(const command *c, const char *given, const char **value)
{
	size_t length = strcspn(given, "=");
	*value = given[length] ? given + length + 1 : NULL;
	for (int i = 0; i < c->options; i++)
		if (strlen(c->option[i].name) == length &&
		    !strncmp(c->option[i].name, given, length))
			return &c->option[i];
	return NULL;
}

static bool read_all(const command *c, int argc, char **argv, int *rest, int *status)
{
	bool only_rest = false;
	*status = WRONG_USE;
	for (int i = 1; i < argc; i++) {
		const char *value;
		if (only_rest || argv[i][0] != '-' || !argv[i][1]) {
			if (!c->rest)
				return wrong(c, "what is \"%s\"? See %s --help", argv[i], c->name);
			argv[++*rest] = argv[i];
			continue;
		}
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			print_help(c);
			*status = EXIT_SUCCESS;
			return false;
		}
		only_rest = !strcmp(argv[i], "--");
		if (only_rest)
			continue;
		const option *o = find(c, argv[i], &value);
		if (!o)
			return wrong(c, "there is no option %s; see %s --help", argv[i], c->name);
		if (!o->value && value)
			return wrong(c, "%s takes no value", o->name);
		if (o->value && !value && i + 1 == argc)
			return wrong(c, "%s wants a value: %s", o->name, o->value);
		if (!take(c, o, o->value && !value ? argv[++i] : value, status))
			return false;
	}
	return true;
}

bool options_read(const command *c, int argc, char **argv, int *rest, int *status)
{
	*rest = 0;
	*status = EXIT_SUCCESS;
	if (c->alone && tl_process_rank())
		return false;
	if (!read_all(c, argc, argv, rest, status))
		return false;
	*status = EXIT_FAILURE;
	for (int i = 0; i < c->options; i++)
		if (c->option[i].type == OPTION_FOLDER &&
		    !folder_ready(c, *(const char **)c->option[i].into))
			return false;
	return true;
}
