/* Completions for shells, made of the verbs' declarations. */
#include "help.h"
#include "said.h"
#include "verb.h"

#include <string.h>

static const char list_cells[] = "tapeloop cells --names 2>/dev/null";

/* bash */

/* The words that compgen makes of what stands to be typed. */
static void print_bash_words(completion what, const char *choices)
{
	if (choices)
		printf("COMPREPLY=($(compgen -W '%s' -- \"$cur\"))", choices);
	else if (what == COMPLETE_CELL)
		printf("COMPREPLY=($(compgen -W \"$(%s)\" -- \"$cur\") $(compgen -f -X '!*.cell' "
		       "-- \"$cur\"))",
		       list_cells);
	else if (what == COMPLETE_FILE)
		printf("COMPREPLY=($(compgen -f -- \"$cur\"))");
	else
		printf(":");
}

static void print_bash_verb(const verb *v)
{
	printf("\t%s)\n\t\tcase $prev in\n", v->name);
	for (const verb_option *o = v->options; o && o->name; o++) {
		if (!o->argument)
			continue;
		printf("\t\t--%s", o->name);
		if (o->letter)
			printf("|-%c", o->letter);
		printf(") ");
		print_bash_words(o->completes, o->choices);
		printf("; return ;;\n");
	}
	printf("\t\tesac\n\t\tcase $cur in\n\t\t-*) COMPREPLY=($(compgen -W '--help");
	for (const verb_option *o = v->options; o && o->name; o++)
		printf(" --%s", o->name);
	printf("' -- \"$cur\")) ;;\n\t\t*) ");
	print_bash_words(v->completes, v->choices);
	printf(" ;;\n\t\tesac ;;\n");
}

static void print_bash(void)
{
	printf("# bash completion for tapeloop, made by `tapeloop completions bash`\n"
	       "_tapeloop() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	       "\tCOMPREPLY=()\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	       "\t\tCOMPREPLY=($(compgen -W '--help --version");
	for (int k = 0; verb_at(k); k++)
		printf(" %s", verb_at(k)->name);
	printf("' -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n");
	for (int k = 0; verb_at(k); k++)
		print_bash_verb(verb_at(k));
	printf("\tesac\n}\ncomplete -F _tapeloop tapeloop\n");
}

/* zsh */

/* Inside '...': what _arguments takes as its own is escaped, and quotes end there. */
static void print_zsh_text(const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			printf("'\\''");
		else if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text == '\n' ? ' ' : *text);
}

static void print_zsh_action(completion what, const char *choices)
{
	if (choices)
		printf("(%s)", choices);
	else if (what == COMPLETE_CELL)
		printf("_tapeloop_cells");
	else if (what == COMPLETE_FILE)
		printf("_files");
	else
		printf(" ");
}

static void print_zsh_option(const verb_option *o)
{
	if (o->letter)
		printf(" \\\n\t\t\t'(-%c --%s)'{-%c,--%s}'[", o->letter, o->name, o->letter,
		       o->name);
	else
		printf(" \\\n\t\t\t'--%s[", o->name);
	print_zsh_text(o->help);
	putchar(']');
	if (o->argument) {
		printf(":%s:", o->argument);
		print_zsh_action(o->completes, o->choices);
	}
	putchar('\'');
}

static void print_zsh(void)
{
	printf("#compdef tapeloop\n# zsh completion, made by `tapeloop completions zsh`\n"
	       "_tapeloop_cells() {\n\tcompadd -- ${(f)\"$(%s)\"}\n\t_files -g '*.cell'\n}\n\n"
	       "_tapeloop() {\n\tif (( CURRENT == 2 )); then\n\t\tlocal -a verbs=(\n",
	       list_cells);
	for (int k = 0; verb_at(k); k++) {
		printf("\t\t\t'%s:", verb_at(k)->name);
		print_zsh_text(verb_at(k)->summary);
		printf("'\n");
	}
	printf("\t\t)\n\t\t_describe verb verbs\n\t\treturn\n\tfi\n\tlocal verb=$words[2]\n"
	       "\tshift words\n\t(( CURRENT-- ))\n\tcase $verb in\n");
	for (int k = 0; verb_at(k); k++) {
		const verb *v = verb_at(k);
		printf("\t%s)\n\t\t_arguments '(-h --help)'{-h,--help}'[the page of this verb]'",
		       v->name);
		for (const verb_option *o = v->options; o && o->name; o++)
			print_zsh_option(o);
		if (v->operands) {
			printf(" \\\n\t\t\t'*:%s:",
			       v->completes == COMPLETE_CELL ? "cell" : "operand");
			print_zsh_action(v->completes, v->choices);
			putchar('\'');
		}
		printf(" ;;\n");
	}
	printf("\tesac\n}\n\n_tapeloop \"$@\"\n");
}

static int run(const void *options, int count, char **operands)
{
	(void)options;
	(void)count;
	if (!strcmp(operands[0], "bash"))
		print_bash();
	else
		print_zsh();
	return STATUS_OK;
}

const verb verb_completions = {
	.name = "completions",
	.summary = "completions for bash or zsh, to be read by the shell",
	.operands = "SHELL",
	.least = 1,
	.most = 1,
	.choices = "bash zsh",
	.about = "Prints a script that completes verbs, options and names of cells. Where the "
		 "command was installed with the system the shells have it already.",
	.examples = "source <(tapeloop completions bash)",
	.run = run,
};
