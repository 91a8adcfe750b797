/* A text as numbers of letters: for samples beside the task. */
#ifndef TOOL_TASK_TEXT_H
#define TOOL_TASK_TEXT_H

#include "task.h"

typedef struct text_data {
	tl_vocabulary *letters;
	int32_t *number; /* of each letter of the text */
	int64_t count;
} text_data;

#endif
