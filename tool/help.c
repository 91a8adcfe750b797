/* --help: a page for each verb, made of its declaration. */
#include "help.h"
#include "said.h"

#include <inttypes.h>
#include <string.h>

enum { OPTION_COLUMN = 26 };

const char about_cells[] =
	"lstm                 a kind that is written in C; `tapeloop cells` lists them\n"
	"nbrc                 a file of equations that comes with the library\n"
	"./mine.cell          a file of your own: with a slash, or ending in .cell\n"
	"-                    equations from standard input\n"
	"leaky:leak_rate=0.9  any of these, with options: name=value,name=value";

void default_of(const verb *v, const verb_option *o, char *text, size_t room)
{
	const void *member = v->defaults ? (const char *)v->defaults + o->offset : NULL;
	const char *words = member && o->type == OPTION_TEXT ? *(const char *const *)member : NULL;
	*text = '\0';
	if (words)
		snprintf(text, room, "[%s]", words);
	else if (member && o->type == OPTION_COUNT && *(const int64_t *)member)
		snprintf(text, room, "[%" PRId64 "]", *(const int64_t *)member);
	else if (member && (o->type == OPTION_REAL || o->type == OPTION_SECONDS) &&
		 *(const double *)member > 0)
		snprintf(text, room, "[%g%s]", *(const double *)member,
			 o->type == OPTION_SECONDS ? " s" : "");
}

void print_usage(FILE *file, const verb *v)
{
	fprintf(file, "usage: tapeloop %s%s%s%s\n", v->name, v->options ? " [OPTION]..." : "",
		v->operands ? " " : "", v->operands ? v->operands : "");
	if (file == stderr)
		fprintf(file, "`tapeloop %s --help` says more\n", v->name);
}

static void print_option(FILE *file, const verb *v, const verb_option *o)
{
	char left[64], help[1024], otherwise[64];
	snprintf(left, sizeof left, "  %c%c%c --%s%s%s", o->letter ? '-' : ' ',
		 o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
		 o->argument ? " " : "", o->argument ? o->argument : "");
	default_of(v, o, otherwise, sizeof otherwise);
	snprintf(help, sizeof help, "%s%s%s", o->help, *otherwise ? " " : "", otherwise);
	if (columns_of(left) + 2 > OPTION_COLUMN)
		fprintf(file, "%s\n%*s", left, OPTION_COLUMN, "");
	else
		print_padded(file, left, OPTION_COLUMN);
	print_wrapped(file, help, OPTION_COLUMN, OPTION_COLUMN, PAGE_WIDTH);
}

/* Lines of a text, each after two spaces. */
static void print_lines(FILE *file, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		fprintf(file, "  %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void print_heading(FILE *file, const char *words)
{
	fprintf(file, "\n%s%s%s\n", in_bold(file), words, in_plain(file));
}

void print_help(FILE *file, const verb *v)
{
	static const verb_option help = {.letter = 'h', .name = "help", .help = "this page"};
	print_usage(file, v);
	fputc('\n', file);
	print_wrapped(file, v->about, 0, 0, PAGE_WIDTH);
	if (v->completes == COMPLETE_CELL) {
		print_heading(file, "What a CELL is");
		print_lines(file, about_cells);
	}
	print_heading(file, "Options");
	for (const verb_option *o = v->options; o && o->name; o++)
		print_option(file, v, o);
	print_option(file, v, &help);
	if (v->examples) {
		print_heading(file, "Example");
		print_lines(file, v->examples);
	}
}

void print_overview(FILE *file)
{
	fputs("usage: tapeloop VERB [OPTION]... [OPERAND]...\n\n", file);
	print_wrapped(file,
		      "Recurrent cells from a shell: a cell is a file of equations, or one of the "
		      "library's; this program lists, checks, times and trains cells.",
		      0, 0, PAGE_WIDTH);
	fputc('\n', file);
	for (int k = 0; verb_at(k); k++)
		fprintf(file, "  %s%-12s%s %s\n", in_bold(file), verb_at(k)->name, in_plain(file),
			verb_at(k)->summary);
	fputs("\n`tapeloop VERB --help` says more, with an example.\n", file);
}
