/*
 * A verb of the command, `tapeloop VERB`. It is declared in one place, a constant struct in the
 * file of its name, and listed in verbs.def: parsing, --help, the manual page, completions for
 * shells and "did you mean" all read this struct.
 *
 *     typedef struct show_options { int64_t hidden; bool json; } show_options;
 *
 *     static const verb_option options[] = {
 *             {'H', "hidden", "N", "units", COUNT(show_options, hidden)},
 *             {'j', "json", NULL, "print JSON", FLAG(show_options, json)},
 *             {0},
 *     };
 *
 *     static int run(const void *given, int count, char **operands)
 *     {
 *             const show_options *o = given;
 *             ...
 *             return STATUS_OK;
 *     }
 *
 *     const verb verb_show = {.name = "show", .run = run, .options = options, ...};
 *
 * A verb is a thin layer over the library's public headers.
 */
#ifndef TOOL_VERB_H
#define TOOL_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the process ends: what was checked failed, or something could not be done; it was called in a
 * way that it does not understand. */
enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

typedef enum option_type {
	OPTION_FLAG,    /* bool, takes no argument */
	OPTION_COUNT,   /* int64_t, 0 or more */
	OPTION_REAL,    /* double */
	OPTION_SECONDS, /* double; written 90, 90s, 2m, 1.5h */
	OPTION_TEXT     /* const char *; of a repeated option the last counts */
} option_type;

/* What a shell offers where an argument is to be typed. */
typedef enum completion { COMPLETE_NOTHING, COMPLETE_FILE, COMPLETE_CELL } completion;

typedef struct verb_option {
	char letter;          /* 0: it has none */
	const char *name;     /* without the two dashes */
	const char *argument; /* "N", "FILE"; NULL for a flag */
	const char *help;     /* of one line or some; a default that is not 0 is added to it */
	option_type type;
	size_t offset; /* of the member that takes the value */
	completion completes;
	const char *choices; /* "bash zsh": nothing else is taken; NULL: anything is */
} verb_option;

/* Members of a row: where the value goes, which is of this C type. .completes and .choices may
 * follow. */
#define FLAG(STRUCT, MEMBER)    FIELD_(OPTION_FLAG, STRUCT, MEMBER, bool)
#define COUNT(STRUCT, MEMBER)   FIELD_(OPTION_COUNT, STRUCT, MEMBER, int64_t)
#define REAL(STRUCT, MEMBER)    FIELD_(OPTION_REAL, STRUCT, MEMBER, double)
#define SECONDS(STRUCT, MEMBER) FIELD_(OPTION_SECONDS, STRUCT, MEMBER, double)
#define TEXT(STRUCT, MEMBER)    FIELD_(OPTION_TEXT, STRUCT, MEMBER, const char *)
/* Adds 0, and compiles only if the member is of that type. */
#define FIELD_(TYPE, STRUCT, MEMBER, C_TYPE)                                                       \
	.type = TYPE, .offset = offsetof(STRUCT, MEMBER) + CHECKED_(((STRUCT *)0)->MEMBER, C_TYPE)
#define CHECKED_(MEMBER, C_TYPE) _Generic((MEMBER), C_TYPE : (size_t)0)

typedef struct verb {
	const char *name;
	const char *summary;  /* one line, for the list of verbs */
	const char *operands; /* "CELL...", as the usage shows them; NULL: there are none */
	int least, most;      /* how many of them */
	completion completes; /* an operand */
	const char *choices;  /* of an operand, as of an option */
	const char *about; /* paragraphs, a newline between them; they are wrapped when printed */
	const verb_option *options; /* ended by one without a name */
	size_t options_size;        /* of the struct that takes their values */
	const void *defaults;       /* which begins as this one; NULL: as all zero */
	const char *examples;       /* lines as typed; further lines begin with a space */
	/* Returns a STATUS_. options is a struct as declared, filled. */
	int (*run)(const void *options, int count, char **operands);
} verb;

enum { MANY = 1000000 }; /* for .most: any number of operands */

/* The list, in the order of verbs.def. */
const verb *verb_at(int index); /* NULL: there are no more */
const verb *verb_find(const char *name);

/*
 * Read what follows the verb's name. Operands are brought together at the end, from *first on.
 * Returns false after an error, which is said, or after --help: the status to end with is in
 * *status.
 */
bool verb_parse(const verb *v, int argc, char **argv, void *options, int *first, int *status);

#endif
