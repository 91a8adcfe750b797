/*
 * What the command says, apart from a verb's own output: errors, progress, colours where a terminal
 * shows them; and whether the user has had enough (Ctrl-C).
 */
#ifndef TOOL_SAID_H
#define TOOL_SAID_H

#include <stdbool.h>
#include <stdio.h>

/* "tapeloop: ..." and a newline on standard error, after the progress line is wiped. */
__attribute__((format(printf, 1, 2))) void say_error(const char *format, ...);

/* A line that the next one replaces, on standard error, if that is a terminal; "" wipes it. */
__attribute__((format(printf, 1, 2))) void say_progress(const char *format, ...);

/* Is this a terminal that shows colours: NO_COLOR is not set, and TERM is not "dumb". */
bool has_colours(FILE *file);

/* SGR sequences, or "" where colours are not shown: file is whom they are printed to. */
const char *in_bold(FILE *file);
const char *in_red(FILE *file);
const char *in_green(FILE *file);
const char *in_yellow(FILE *file);
const char *in_plain(FILE *file); /* ends any of them */

/* From now on the first Ctrl-C or SIGTERM is noted, and the second one ends the process. A verb
 * that measures for long asks between two measurements, and prints what it has. */
void take_interrupts(void);
bool interrupted(void);

/* Of a list of words, the one that is most like `text`, or NULL if none is: two letters added,
 * lost, exchanged or wrong, and fewer in short words. word(k) is NULL after the last. */
const char *most_like(const char *text, const char *(*word)(int k));
/* Two words' distance in such steps. */
int distance_of(const char *a, const char *b);

/* Columns that a UTF-8 text takes: its characters, none of which is wide. */
int columns_of(const char *text);
/* The text and spaces up to so many columns. */
void print_padded(FILE *file, const char *text, int columns);
/* The text in lines that end before column `width`; lines after the first are indented. The first
 * begins at column `at`. Newlines in it begin a new line. A newline at the end is printed. */
void print_wrapped(FILE *file, const char *text, int at, int indent, int width);

/* "1.05 M", "132 k": three digits and a power of a thousand. The same buffer for four calls on. */
const char *amount_words(double amount);

enum { PAGE_WIDTH = 80 };

#endif
