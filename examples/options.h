/*
 * The command lines of the examples. Each declares its options in a table; --help is made of the
 * same. What is wrong is said in words before anything is done: unknown options, missing values,
 * numbers that are none, cells that there are not, folders that cannot be written.
 */
#ifndef TL_EXAMPLES_OPTIONS_H
#define TL_EXAMPLES_OPTIONS_H

#include <stdbool.h>

typedef enum option_type {
	OPTION_FLAG,   /* no value; a bool */
	OPTION_TEXT,   /* a const char * */
	OPTION_COUNT,  /* an int, above 0 */
	OPTION_NUMBER, /* a double, above 0 */
	OPTION_CELL, /* a const tl_cell_kind *, by its name, or of a file of equations; "list" lists
			all */
	OPTION_FOLDER, /* a const char *: made if missing, and a file can be made in it */
} option_type;

typedef struct option {
	const char *name;  /* "--out" */
	const char *value; /* what follows it, for --help: "FOLDER"; NULL for a flag */
	option_type type;
	void *into; /* keeps what is there if the option is not given */
	const char *help;
} option;

typedef struct command {
	const char *name, *about;
	const option *option;
	int options;
	const char *
		rest; /* what other arguments are, for --help: "[FILE ...]"; NULL: there are none */
	bool alone;   /* of several processes, under mpirun, the first does it all */
} command;

/*
 * Read the command line; other arguments than options move to argv[1] ... argv[*rest]. False when
 * the program is to end at once, with *status: after --help, or after an error, in words.
 */
bool options_read(const command *c, int argc, char **argv, int *rest, int *status);

enum { INTERRUPTED = 130 }; /* by Ctrl-C: the exit status, as a shell has it */

#endif
