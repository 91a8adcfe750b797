/* The nodes of a tape, taken apart from its listing: columns begin where their headings do. */
#define _POSIX_C_SOURCE 200809L
#include "listing.h"
#include "said.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NODE, OP, OPERANDS, SHAPE, NAME, SCOPE, STEP, OF, LINE, COLUMNS };

static const char *const headings[COLUMNS] = {"node",  "op",   "operands", "shape", "name",
					      "scope", "step", "of",       "line"};

/* Where each column begins; one that is left out begins where the next one does. */
static void find_columns(const char *head, int at[COLUMNS + 1])
{
	int end = (int)strlen(head);
	const char *value = strstr(head, "  value");
	at[COLUMNS] = value ? (int)(value - head) + 2 : end;
	for (int k = COLUMNS - 1; k >= 0; k--) {
		size_t n = strlen(headings[k]);
		const char *p = head;
		at[k] = at[k + 1];
		while ((p = strstr(p, headings[k]))) {
			bool whole = (p == head || p[-1] == ' ') && (p[n] == ' ' || !p[n]);
			if (whole) {
				at[k] = (int)(p - head);
				break;
			}
			p += n;
		}
	}
}

static void copy_column(const char *line, const int at[COLUMNS + 1], int k, char *to, size_t room)
{
	int length = (int)strlen(line), begin = at[k],
	    end = at[k + 1] < length ? at[k + 1] : length;
	while (end > begin && line[end - 1] == ' ')
		end--;
	snprintf(to, room, "%.*s", end > begin ? end - begin : 0,
		 begin < length ? line + begin : "");
}

static void take_row(const char *line, const int at[COLUMNS + 1], listed *row)
{
	char step[16];
	*row = (listed){.id = atoi(line)};
	copy_column(line, at, OP, row->op, sizeof row->op);
	copy_column(line, at, OPERANDS, row->operands, sizeof row->operands);
	copy_column(line, at, NAME, row->name, sizeof row->name);
	copy_column(line, at, STEP, step, sizeof step);
	row->step = *step ? atoi(step) : -1;
}

static bool take_rows(listing *l, char *text, int64_t nodes)
{
	int at[COLUMNS + 1];
	char *rest = NULL, *line = strtok_r(text, "\n", &rest);
	l->rows = calloc((size_t)nodes + 1, sizeof *l->rows);
	if (!l->rows || !line)
		return false;
	find_columns(line, at);
	while ((line = strtok_r(NULL, "\n", &rest)) && isdigit((unsigned char)*line) &&
	       l->count < nodes)
		take_row(line, at, &l->rows[l->count++]);
	return true;
}

bool listing_read(listing *l, tl_tape *tape)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	*l = (listing){0};
	bool done = file && !tl_tape_print(tape, file);
	if (file && fclose(file))
		done = false;
	done = done && text && take_rows(l, text, tl_tape_node_count(tape));
	if (!done) {
		say_error("out of memory");
		listing_release(l);
	}
	free(text);
	return done;
}

void listing_release(listing *l)
{
	free(l->rows);
	*l = (listing){0};
}

tl_tensor listed_tensor(tl_tensor any, int id)
{
	return (tl_tensor){any.tape, (uint32_t)id, any.generation};
}
