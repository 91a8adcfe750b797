/* What follows a verb: options by the verb's table, through getopt_long, into its struct. */
#define _GNU_SOURCE /* getopt_long */
#include "help.h"
#include "said.h"
#include "verb.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS = 64, HELP = 1000, FIRST = 1001 };

static const verb_option *asked; /* for most_like() */

static const char *option_name(int k)
{
	return asked[k].name;
}

/* A number with one of these endings, worth so many. */
static bool number_of(const char *text, double *value)
{
	static const struct {
		const char *ending;
		double worth;
	} units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}};
	char *end;
	errno = 0;
	*value = strtod(text, &end);
	if (end == text || errno || !isfinite(*value))
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (!strcmp(end, units[i].ending)) {
			*value *= units[i].worth;
			return true;
		}
	return false;
}

static bool count_of(const char *text, int64_t *value)
{
	char *end;
	errno = 0;
	*value = strtoll(text, &end, 10);
	return end != text && !*end && !errno && *value >= 0;
}

/* Is it one of the words? */
static bool among(const char *text, const char *words)
{
	size_t n = strlen(text);
	for (const char *w = words; *w; w += strcspn(w, " "), w += *w == ' ')
		if (strcspn(w, " ") == n && !strncmp(w, text, n))
			return true;
	return false;
}

/* Returns what is wanted instead, or NULL. */
static const char *take(const verb_option *o, const char *text, void *into)
{
	void *member = (char *)into + o->offset;
	char *end = NULL;
	double seconds;
	switch (o->type) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return NULL;
	case OPTION_COUNT:
		return count_of(text, member) ? NULL : "a whole number, 0 or more";
	case OPTION_REAL:
		*(double *)member = strtod(text, &end);
		return end != text && !*end && isfinite(*(double *)member) ? NULL : "a number";
	case OPTION_SECONDS:
		if (!number_of(text, &seconds) || seconds < 0)
			return "a time, as 90, 90s, 2m or 1.5h";
		*(double *)member = seconds;
		return NULL;
	case OPTION_TEXT:
		if (o->choices && !among(text, o->choices))
			return o->choices;
		*(const char **)member = text;
		return NULL;
	}
	return NULL;
}

/* The tables that getopt_long wants. */
static int tables(const verb *v, char *letters, struct option *names)
{
	int n = 0;
	size_t used = 0;
	letters[used++] = ':';
	letters[used++] = 'h';
	for (const verb_option *o = v->options; o && o->name && n < OPTIONS; o++, n++) {
		names[n] = (struct option){o->name, o->argument != NULL, NULL, FIRST + n};
		if (o->letter)
			letters[used++] = o->letter;
		if (o->letter && o->argument)
			letters[used++] = ':';
	}
	names[n] = (struct option){"help", 0, NULL, HELP};
	letters[used] = '\0';
	return n;
}

static void unknown_option(const verb *v, const char *word)
{
	char name[64];
	const char *like = NULL;
	if (!strncmp(word, "--", 2)) {
		snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
		asked = v->options;
		like = v->options ? most_like(name, option_name) : NULL;
		say_error("%s takes no option --%s%s%s%s", v->name, name,
			  like ? "; did you mean --" : "", like ? like : "", like ? "?" : "");
	} else {
		say_error("%s takes no option -%c", v->name, optopt);
	}
}

/* The row of what getopt_long returned. */
static const verb_option *row_of(const verb *v, int found)
{
	if (found >= FIRST)
		return &v->options[found - FIRST];
	for (const verb_option *o = v->options; o && o->name; o++)
		if (o->letter == found)
			return o;
	return NULL;
}

static bool options_of(const verb *v, int argc, char **argv, void *options, int *status)
{
	char letters[2 * OPTIONS + 4];
	struct option names[OPTIONS + 2] = {{0}};
	int found;
	tables(v, letters, names);
	opterr = 0;
	*status = STATUS_USAGE;
	while ((found = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		const verb_option *o = found == '?' || found == ':' ? NULL : row_of(v, found);
		if (found == HELP || found == 'h') {
			print_help(stdout, v);
			*status = STATUS_OK;
			return false;
		}
		if (o) {
			const char *wanted = take(o, optarg, options);
			if (!wanted)
				continue;
			say_error("--%s %s: %s%s is wanted here", o->name, optarg,
				  o->choices ? "one of " : "", wanted);
		} else if (found == ':') {
			o = row_of(v, optopt);
			say_error("--%s wants its %s", o ? o->name : "?", o ? o->argument : "?");
		} else if (optopt >= FIRST) {
			say_error("--%s takes no argument", row_of(v, optopt)->name);
		} else {
			unknown_option(v, argv[optind - 1]);
		}
		return false;
	}
	return true;
}

bool verb_parse(const verb *v, int argc, char **argv, void *options, int *first, int *status)
{
	if (v->defaults)
		memcpy(options, v->defaults, v->options_size);
	if (!options_of(v, argc, argv, options, status)) {
		if (*status == STATUS_USAGE)
			print_usage(stderr, v);
		return false;
	}
	*first = optind;
	*status = STATUS_USAGE;
	if (argc - optind < v->least)
		say_error("%s wants %s", v->name, v->operands);
	else if (argc - optind > v->most)
		say_error("%s: %s is one too many", v->name, argv[optind + v->most]);
	else if (v->choices && optind < argc && !among(argv[optind], v->choices))
		say_error("%s %s: one of %s is wanted here", v->name, argv[optind], v->choices);
	else
		return true;
	print_usage(stderr, v);
	return false;
}
