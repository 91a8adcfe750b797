/*
 * JSON, written as it comes: what is open is kept, so that commas and brackets are right.
 *
 *     json j = json_begin(stdout);
 *     json_open(&j, NULL, '{');
 *     json_text(&j, "name", "lstm");
 *     json_open(&j, "weights", '[');
 *     ...
 *     json_close(&j);
 *     json_close(&j);
 *
 * A member of an object has a name, an element of an array has NULL. Numbers are written so that
 * they are read again as they were; NaN and infinity, which JSON lacks, as null.
 */
#ifndef TOOL_JSON_H
#define TOOL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { JSON_DEPTH = 32 };

typedef struct json {
	FILE *file;
	int depth;
	bool follows;  /* something stands before in what is open */
	bool one_line; /* set it after json_begin: for files of a line each */
	char closing[JSON_DEPTH];
} json;

json json_begin(FILE *file);
void json_open(json *j, const char *name, char bracket); /* '{' or '[' */
void json_close(json *j);                                /* the last opened; a newline after all */
void json_text(json *j, const char *name, const char *value); /* NULL: null */
void json_number(json *j, const char *name, double value);
void json_count(json *j, const char *name, int64_t value);
void json_flag(json *j, const char *name, bool value);

#endif
