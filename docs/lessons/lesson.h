/*
 * How the program of a lesson ends:
 *
 *     return lesson_end(tape, "1-tape", NULL, argc, argv);
 *
 * A tape keeps its first error, so it is enough to look once, here. What is on the tape can be
 * looked at: `1-tape --view FOLDER` writes it as a page, FOLDER/1-tape.html, that any browser
 * opens.
 */
#ifndef LESSON_H
#define LESSON_H

#include <stdio.h>
#include <string.h>
#include <tapeloop/tapeloop.h>

/* Writes the page when asked to; destroys the tape; returns what main returns. */
static inline int lesson_end(tl_tape *tape, const char *name, const tl_view_options *options,
			     int argc, char **argv)
{
	int failed = tl_tape_error(tape) != NULL;
	if (failed)
		fprintf(stderr, "%s: %s\n", name, tl_tape_error(tape));
	if (argc == 3 && !strcmp(argv[1], "--view")) {
		char path[1024];
		tl_error error = {TL_OK, ""};
		snprintf(path, sizeof path, "%s/%s.html", argv[2], name);
		if (tl_view_write(tape, path, options, &error)) {
			fprintf(stderr, "%s\n", error.text);
			failed = 1;
		}
	} else if (argc > 1) {
		fprintf(stderr, "usage: %s [--view FOLDER]\n", name);
		failed = 2;
	}
	tl_tape_destroy(tape);
	return failed;
}

#endif
