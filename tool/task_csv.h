/* A table of numbers from a CSV file, as a model reads it: for forecasts beside the task. */
#ifndef TOOL_TASK_CSV_H
#define TOOL_TASK_CSV_H

#include "task.h"

typedef struct csv_data {
	tl_table *table; /* the target is column 0; what a model reads, scaled */
	tl_scaling *scaling;
	char *columns;  /* their names, a line each */
	char *left_out; /* columns that hold no numbers, "Date, Place"; NULL: none */
	int target;
} csv_data;

/* Read t->file: the columns that hold numbers, or those of t->texts; scaled as t->texts say, if
 * they do. */
tl_status csv_open(const task *t, tl_csv_missing missing, csv_data *d, tl_error *error);
void csv_release(void *data); /* a csv_data that was allocated */

/* One whole file; "-" is standard input. */
tl_status read_whole(const char *path, tl_text *text, tl_error *error);

#endif
