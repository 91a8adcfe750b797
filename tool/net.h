/*
 * The net that a task is learned by: letters are embedded, layers of one kind of cell read step by
 * step, and a linear readout says numbers or logits of classes.
 */
#ifndef TOOL_NET_H
#define TOOL_NET_H

#include "cell.h"
#include "task.h"

enum { NET_LAYERS = 8, NET_EMBEDDING = 32 };

typedef struct net_options {
	int64_t hidden;
	int layers; /* 0: one */
	uint64_t seed;
	double dropout; /* of what each layer reads but the first, and of the output */
} net_options;

typedef struct net {
	const task *t;
	net_options o;
	tl_params *set; /* "E", "cell0.W_i" ..., "V", "c" */
	tl_cell *cell[NET_LAYERS];
	tl_param *E, *V, *c;
	tl_carry learning[NET_LAYERS], testing[NET_LAYERS]; /* of tasks that carry their state */
	tl_tensor said;                                     /* by the last batch */
} net;

/* Made anew; an error is put into text, of `room` bytes. Forget gates begin open, with a bias of 1,
 * unless the choice says something else about them. */
bool net_create(net *n, const task *t, const cell_choice *choice, const net_options *o, char *text,
		size_t room);
void net_finish(net *n);

/* Its parameters, and weights that are fixed, as those of a reservoir. */
int64_t net_parameters(const net *n);

/* What tl_optimizer_create takes, of a text in which lr is short for learning_rate. */
void net_optimizer_text(const char *text, char *out, size_t room);

/* For a trainer: its loss, and what is measured (tool/task.h makes the metric of it). */
tl_tensor net_loss(tl_tape *tape, const tl_batch *batch, void *user);
extern const tl_metric net_metrics[]; /* by task_metric */
/* The task's metric over a source, and the loss; NaN on failure. */
double net_measure(net *n, tl_trainer *trainer, tl_batches *source, double *loss);

#endif
