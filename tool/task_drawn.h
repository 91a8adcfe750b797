/* Tasks whose examples are drawn: as many as are asked for, no two alike. */
#ifndef TOOL_TASK_DRAWN_H
#define TOOL_TASK_DRAWN_H

#include "task.h"

/* One example: it fills row r of the arrays, in which the next step is `rows` rows further on. All
 * is 0 at first. */
typedef struct drawn_row {
	float *input;   /* of step t and number k: input[(t * rows + r) * in + k] */
	float *number;  /* the target, if that is numbers, or else ... */
	int32_t *class; /* ... both [steps, rows] or [rows] */
	float *weight;  /* as the target; NULL: all count */
	int64_t rows, r;
} drawn_row;

typedef struct drawn {
	int64_t steps;
	bool weights;
	void (*draw)(const task *t, tl_random *random, drawn_row *row);
} drawn;

/* Sources of such examples for a task whose sizes are set. */
tl_status task_draws(task *t, const drawn *how, tl_error *error);

static inline float *drawn_input(const task *t, const drawn_row *row, int64_t step)
{
	return &row->input[(step * row->rows + row->r) * t->in];
}

#endif
