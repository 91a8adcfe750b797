/*
 * How the program of a lesson ends:
 *
 *     return lesson_end(tape, "1-tape", NULL, argc, argv);
 *
 * A tape keeps its first error, so it is enough to look once, here.
 */
#ifndef LESSON_H
#define LESSON_H

#include <stdio.h>
#include <string.h>
#include <tapeloop/tapeloop.h>

typedef struct tl_view_options tl_view_options;

/* Destroys the tape; returns what main returns. */
static inline int lesson_end(tl_tape *tape, const char *name, const tl_view_options *options,
			     int argc, char **argv)
{
	(void)options, (void)argv;
	int failed = tl_tape_error(tape) != NULL;
	if (failed)
		fprintf(stderr, "%s: %s\n", name, tl_tape_error(tape));
	if (argc > 1)
		fprintf(stderr, "usage: %s\n", name), failed = 2;
	tl_tape_destroy(tape);
	return failed;
}

#endif
