/* Pages that are made of the verbs' declarations: --help, for people at a terminal. */
#ifndef TOOL_HELP_H
#define TOOL_HELP_H

#include "verb.h"

#include <stdio.h>

void print_usage(FILE *file, const verb *v); /* one line or two */
void print_help(FILE *file, const verb *v);
void print_overview(FILE *file); /* all verbs */

/* "[256]", what an option is if it is not given; "" if that is 0. */
void default_of(const verb *v, const verb_option *o, char *text, size_t room);

/* What a CELL is, for the pages of the verbs that take one. */
extern const char about_cells[];

#endif
