/*
 * A model's file: the net of a task, and texts that say which task it was and how its data was
 * read, so that the file alone is enough.
 */
#ifndef TOOL_MODEL_H
#define TOOL_MODEL_H

#include "net.h"

enum { MODEL_TEXTS = 8 };

/* The texts of a net's file. */
typedef struct model_texts {
	tl_metadata text[MODEL_TEXTS];
	int count;
	char options[256], layers[16];
} model_texts;

void model_describe(const net *n, model_texts *texts);

typedef struct model {
	tl_model *file;
	task t; /* to be opened, if there is data */
	net n;  /* of the file's set and cells, without anything that is carried */
} model;

/* Return false after an error, which is said. */
bool model_open(const char *path, model *m);
bool model_open_task(model *m, const char *data); /* data: NULL for tasks that are drawn */
void model_close(model *m);

#endif
