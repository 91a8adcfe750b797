/* The manual page, made of the verbs' declarations. */
#include "help.h"
#include "said.h"
#include "verb.h"

#include <string.h>

#include <tapeloop/base.h>

/* Text as roff takes it: a dash is a minus, and no line begins with a dot or a quote. */
static void print_text(const char *text)
{
	bool begins = true;
	for (; *text; text++) {
		if (begins && (*text == '.' || *text == '\''))
			printf("\\&");
		if (*text == '-' || *text == '\\')
			printf(*text == '-' ? "\\-" : "\\e");
		else
			putchar(*text);
		begins = *text == '\n';
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
		printf("%s", *text ? "\n.PP\n" : "\n");
	}
}

static void print_verbatim(const char *text)
{
	printf(".PP\n.nf\n.RS 4\n");
	print_text(text);
	printf("\n.RE\n.fi\n");
}

static void print_option(const verb *v, const verb_option *o)
{
	char otherwise[64];
	printf(".TP\n");
	if (o->letter)
		printf("\\fB\\-%c\\fR, ", o->letter);
	printf("\\fB\\-\\-");
	print_text(o->name);
	printf("\\fR");
	if (o->argument) {
		printf(" \\fI");
		print_text(o->argument);
		printf("\\fR");
	}
	putchar('\n');
	print_text(o->help);
	default_of(v, o, otherwise, sizeof otherwise);
	putchar(*otherwise ? ' ' : '\n');
	if (*otherwise) {
		print_text(otherwise);
		putchar('\n');
	}
}

static void print_verb(const verb *v)
{
	printf(".SS \"tapeloop %s%s%s%s\"\n", v->name, v->options ? " [OPTION]..." : "",
	       v->operands ? " " : "", v->operands ? v->operands : "");
	print_paragraphs(v->about);
	for (const verb_option *o = v->options; o && o->name; o++)
		print_option(v, o);
	if (v->examples)
		print_verbatim(v->examples);
}

static int run(const void *options, int count, char **operands)
{
	(void)options;
	(void)count;
	(void)operands;
	printf(".TH TAPELOOP 1 \"\" \"tapeloop %s\" \"User Commands\"\n"
	       ".SH NAME\ntapeloop \\- recurrent cells from the shell\n"
	       ".SH SYNOPSIS\n.B tapeloop\n\\fIVERB\\fR [\\fIOPTION\\fR]... [\\fIOPERAND\\fR]...\n"
	       ".SH DESCRIPTION\n",
	       tl_version());
	print_paragraphs(
		"A cell is one step of a recurrent net: a file of equations, or a kind that "
		"the library has. The command lists, checks, times and trains cells.\n"
		"Each verb has a page: tapeloop VERB --help.");
	printf(".SH CELLS\nWhere a verb takes a CELL, it is one of\n");
	print_verbatim(about_cells);
	printf(".SH VERBS\n");
	for (int k = 0; verb_at(k); k++)
		print_verb(verb_at(k));
	printf(".SH \"EXIT STATUS\"\n.TP\n0\nall is well.\n.TP\n1\nwhat was checked failed, or "
	       "something could not be done.\n.TP\n2\nthe command was called in a way that it "
	       "does not understand.\n"
	       ".SH ENVIRONMENT\n.TP\n.B TL_CELLS\nthe folder where files of equations are looked "
	       "for by name.\n.TP\n.B TL_THREADS\nhow many threads compute; one a core if not "
	       "set.\n.TP\n.B NO_COLOR\nno colours, also on a terminal.\n");
	return STATUS_OK;
}

const verb verb_manual = {
	.name = "manual",
	.summary = "this command's manual page, in roff",
	.about = "Prints the page that `man tapeloop` shows where the command was installed.",
	.examples = "tapeloop manual | man -l -",
	.run = run,
};
