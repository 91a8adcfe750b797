/*
 * The command `tapeloop`: it finds the verb, reads its options and runs it. All that is known of a
 * verb stands in its declaration (verb.h).
 */
#include "help.h"
#include "said.h"
#include "verb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tapeloop/base.h>

#define VERB(name) extern const verb verb_##name;
#include "verbs.def"
#undef VERB

static const verb *const verbs[] = {
#define VERB(name) &verb_##name,
#include "verbs.def"
#undef VERB
};

enum { VERBS = sizeof verbs / sizeof *verbs };

const verb *verb_at(int index)
{
	return index < VERBS ? verbs[index] : NULL;
}

const verb *verb_find(const char *name)
{
	for (int k = 0; k < VERBS; k++)
		if (!strcmp(verbs[k]->name, name))
			return verbs[k];
	return NULL;
}

static const char *verb_name(int k)
{
	return k < VERBS ? verbs[k]->name : NULL;
}

static int run(const verb *v, int argc, char **argv)
{
	int first, status;
	void *options = calloc(1, v->options_size ? v->options_size : 1);
	if (!options) {
		say_error("out of memory");
		return STATUS_FAILED;
	}
	if (verb_parse(v, argc, argv, options, &first, &status))
		status = v->run(options, argc - first, argv + first);
	free(options);
	return status;
}

static int unknown(const char *word)
{
	const char *like = most_like(word, verb_name);
	say_error("there is no verb %s%s%s%s", word, like ? "; did you mean " : "",
		  like ? like : "", like ? "?" : "");
	fputs("`tapeloop --help` lists them\n", stderr);
	return STATUS_USAGE;
}

static int begin(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	bool help =
		word && (!strcmp(word, "help") || !strcmp(word, "--help") || !strcmp(word, "-h"));
	if (!word) {
		print_overview(stderr);
		return STATUS_USAGE;
	}
	if (help && argc == 2) {
		print_overview(stdout);
		return STATUS_OK;
	}
	if (!strcmp(word, "--version")) {
		printf("tapeloop %s\n", tl_version());
		return STATUS_OK;
	}
	const verb *v = verb_find(help ? argv[2] : word);
	if (!v)
		return unknown(help ? argv[2] : word);
	if (help) {
		print_help(stdout, v);
		return STATUS_OK;
	}
	return run(v, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int status = begin(argc, argv);
	say_progress("%s", "");
	if (fflush(stdout) || ferror(stdout)) {
		say_error("standard output: %s", strerror(errno));
		return STATUS_FAILED;
	}
	return status;
}
