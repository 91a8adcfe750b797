/* `tapeloop cells`: what there is to choose from. */
#define _DEFAULT_SOURCE /* scandir */
#include "cell.h"
#include "json.h"
#include "said.h"
#include "verb.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

typedef struct cells_options {
	bool json, names;
} cells_options;

static const verb_option options[] = {
	{'n', "names", NULL, "names only, one a line, without a heading",
	 FLAG(cells_options, names)},
	{'j', "json", NULL, "print JSON: an array of objects", FLAG(cells_options, json)},
	{0},
};

enum { NAME = 22, STATES = 12, SOURCE = 6, DOC = NAME + STATES + SOURCE };

typedef struct listing {
	const cells_options *o;
	json json;
} listing;

/* "h c", or if these are too many "h c .. (16)". */
static void states_words(const tl_cell_kind *kind, char *text, size_t room)
{
	size_t used = 0;
	int count = 0, shown = 0;
	*text = '\0';
	while (count < TL_MAX_STATES && kind->state[count])
		count++;
	for (; shown < count && shown < 5 && used < room; shown++)
		used += (size_t)snprintf(text + used, room - used, "%s%s", shown ? " " : "",
					 kind->state[shown]);
	if (shown < count || columns_of(text) >= STATES)
		snprintf(text, room, "%s .. (%d)", kind->state[0], count);
}

static void list_for_people(const char *name, const tl_cell_kind *kind)
{
	char states[256];
	const char *doc = kind->doc ? kind->doc : "";
	states_words(kind, states, sizeof states);
	printf("%s", in_bold(stdout));
	print_padded(stdout, name, columns_of(name) < NAME ? NAME : 0);
	printf("%s", in_plain(stdout));
	if (columns_of(name) >= NAME)
		printf("\n%*s", NAME, "");
	print_padded(stdout, states, STATES);
	print_padded(stdout, tl_cell_kind_text(kind) ? "text" : "C", SOURCE);
	print_wrapped(stdout, doc, DOC, DOC, PAGE_WIDTH);
}

static void list_as_json(json *j, const char *name, const tl_cell_kind *kind)
{
	json_open(j, NULL, '{');
	json_text(j, "name", name);
	json_text(j, "source", tl_cell_kind_text(kind) ? "text" : "C");
	json_open(j, "states", '[');
	for (int k = 0; k < TL_MAX_STATES && kind->state[k]; k++)
		json_text(j, NULL, kind->state[k]);
	json_close(j);
	json_text(j, "doc", kind->doc);
	json_close(j);
}

static void list(listing *l, const char *name, const tl_cell_kind *kind)
{
	if (l->o->names)
		puts(name);
	else if (l->o->json)
		list_as_json(&l->json, name, kind);
	else
		list_for_people(name, kind);
}

static int is_cell(const struct dirent *e)
{
	size_t n = strlen(e->d_name);
	return *e->d_name != '.' && n > 5 && !strcmp(e->d_name + n - 5, ".cell");
}

/* Files of the folder; one that a kind in C has the name of is called by its file's name. */
static int list_files(listing *l)
{
	struct dirent **files;
	int status = STATUS_OK, n = scandir(cells_folder(), &files, is_cell, alphasort);
	for (int k = 0; k < n; k++) {
		char path[4096], name[256];
		snprintf(path, sizeof path, "%s/%s", cells_folder(), files[k]->d_name);
		snprintf(name, sizeof name, "%.*s", (int)strlen(files[k]->d_name) - 5,
			 files[k]->d_name);
		if (tl_cell_kind_find(name))
			snprintf(name, sizeof name, "%s", files[k]->d_name);
		tl_cell_kind *kind = cell_read(path, NULL);
		if (kind)
			list(l, name, kind);
		else
			status = STATUS_FAILED;
		tl_cell_kind_destroy(kind);
		free(files[k]);
	}
	if (n >= 0)
		free(files);
	return status;
}

static int run(const void *given, int count, char **operands)
{
	listing l = {.o = given, .json = json_begin(stdout)};
	(void)count;
	(void)operands;
	if (l.o->json)
		json_open(&l.json, NULL, '[');
	else if (!l.o->names)
		printf("%-*s%-*s%-*s%s\n", NAME, "cell", STATES, "states", SOURCE, "as", "paper");
	for (int k = 0; tl_cell_kind_at(k); k++)
		list(&l, tl_cell_kind_at(k)->name, tl_cell_kind_at(k));
	int status = list_files(&l);
	if (l.o->json)
		json_close(&l.json);
	return status;
}

const verb verb_cells = {
	.name = "cells",
	.summary = "list the cells that come with the library",
	.about = "Lists the kinds of cells: their states, whether they are written in C or as a "
		 "text of equations, and their papers. A text that has the name of a kind in C is "
		 "called by its file's name, lstm.cell.",
	.options = options,
	.options_size = sizeof(cells_options),
	.examples = "tapeloop cells\ntapeloop cells --json | jq -r '.[] | select(.states[1]).name'",
	.run = run,
};
