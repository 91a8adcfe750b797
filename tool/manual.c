/* The manual page, made of the verbs' declarations, as source for scdoc, which makes roff of it. */
#include "help.h"
#include "said.h"
#include "verb.h"

#include <string.h>

#include <tapeloop/base.h>

/* Text in which nothing is a sign to scdoc. */
static void print_text(const char *text)
{
	for (; *text; text++) {
		if (strchr("\\*_`#[|<~+", *text))
			putchar('\\');
		putchar(*text);
	}
}

/* Paragraphs, one a line of the text. */
static void print_paragraphs(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		char line[2048];
		snprintf(line, sizeof line, "%.*s", (int)n, text);
		print_text(line);
		text += n + (text[n] == '\n');
		printf("\n\n");
	}
}

static void print_verbatim(const char *text)
{
	size_t n = strlen(text);
	printf("```\n%s%s```\n\n", text, n && text[n - 1] == '\n' ? "" : "\n");
}

static void print_option(const verb *v, const verb_option *o)
{
	char otherwise[64];
	if (o->letter)
		printf("*-%c*, ", o->letter);
	printf("*--");
	print_text(o->name);
	printf("*");
	if (o->argument) {
		printf(" _");
		print_text(o->argument);
		printf("_");
	}
	printf("\n\t");
	for (const char *c = o->help; *c; c++) {
		char one[2] = {*c};
		print_text(*c == '\n' ? " " : one);
	}
	default_of(v, o, otherwise, sizeof otherwise);
	if (*otherwise) {
		putchar(' ');
		print_text(otherwise);
	}
	printf("\n\n");
}

static void print_verb(const verb *v)
{
	printf("## tapeloop %s%s%s%s\n\n", v->name, v->options ? " [OPTION]..." : "",
	       v->operands ? " " : "", v->operands ? v->operands : "");
	print_paragraphs(v->about);
	for (const verb_option *o = v->options; o && o->name; o++)
		print_option(v, o);
	if (v->examples) {
		printf("Examples:\n\n");
		print_verbatim(v->examples);
	}
}

static int run(const void *options, int count, char **operands)
{
	(void)options;
	(void)count;
	(void)operands;
	printf("tapeloop(1) \"tapeloop %s\" \"User Commands\"\n\n"
	       "# NAME\n\ntapeloop - recurrent cells from the shell\n\n"
	       "# SYNOPSIS\n\n*tapeloop* _VERB_ \\[_OPTION_]... \\[_OPERAND_]...\n\n# "
	       "DESCRIPTION\n\n",
	       tl_version());
	print_paragraphs(
		"A cell is one step of a recurrent net: a file of equations, or a kind that "
		"the library has. The command lists, checks, times and trains cells.\n"
		"Each verb has a page: tapeloop VERB --help.");
	printf("# CELLS\n\nWhere a verb takes a CELL, it is one of\n\n");
	print_verbatim(about_cells);
	printf("# VERBS\n\n");
	for (int k = 0; verb_at(k); k++)
		print_verb(verb_at(k));
	printf("# EXIT STATUS\n\n*0*\n\tall is well.\n\n*1*\n\twhat was checked failed, or "
	       "something "
	       "could not be done.\n\n*2*\n\tthe command was called in a way that it does not "
	       "understand.\n\n"
	       "# ENVIRONMENT\n\n*TL_CELLS*\n\tthe folder where files of equations are looked for "
	       "by name.\n\n*TL_THREADS*\n\thow many threads compute; one a core if not set.\n\n"
	       "*NO_COLOR*\n\tno colours, also on a terminal.\n\n# SEE ALSO\n\n*tapeloop*(3)\n");
	return STATUS_OK;
}

const verb verb_manual = {
	.name = "manual",
	.summary = "this command's manual page, as scdoc takes it",
	.about = "Prints the page that `man tapeloop` shows where the command was installed.",
	.examples = "tapeloop manual | scdoc | man -l -",
	.run = run,
};
